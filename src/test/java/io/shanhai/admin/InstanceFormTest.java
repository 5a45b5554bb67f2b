package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.gateway.plan.Violation;
import io.shanhai.registry.InstanceSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstanceFormTest {

    @Test
    void anEmptyFormMeansTheDefaults() {
        assertEquals(InstanceSpec.DEFAULT, read("{}"));
        assertEquals(InstanceSpec.DEFAULT, read("{\"ttl\":null,\"weight\":null,\"zone\":null,\"tags\":null}"));
    }

    @Test
    void readsEveryField() {
        InstanceSpec spec = read(
                "{\"ttl\":\"2m\",\"weight\":0,\"zone\":\"z1\",\"tags\":{\"v\":2,\"canary\":true},\"metadata\":{\"a\":\"b\"}}");
        assertEquals(Optional.of(Duration.ofMinutes(2)), spec.ttl());
        assertEquals(0, spec.weight());
        assertEquals("z1", spec.zone());
        assertEquals(Map.of("v", "2", "canary", "true"), spec.tags());
        assertEquals(Map.of("a", "b"), spec.metadata());
    }

    @Test
    void noneMeansNoLease() {
        assertEquals(Optional.empty(), read("{\"ttl\":\"none\"}").ttl());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            {"ttl":"0s"}              | /ttl
            {"ttl":"1500ms"}          | /ttl
            {"ttl":"366d"}            | /ttl
            {"ttl":10}                | /ttl
            {"ttl":"soon"}            | /ttl
            {"weight":-1}             | /weight
            {"weight":10001}          | /weight
            {"weight":"100"}          | /weight
            {"weight":1.5}            | /weight
            {"zone":7}                | /zone
            {"tags":["a"]}            | /tags
            {"tags":{"a":{"b":1}}}    | /tags
            {"metadata":"x"}          | /metadata
            {"probe":{"tcp":true}}    | /probe
            {"wieght":100}            | /wieght
            {"a/b":1}                 | /a~1b
            """)
    void refusesWhatItCannotTakeWithItsPlace(String json, String pointer) {
        ProblemException thrown = assertThrows(ProblemException.class, () -> read(json));
        assertEquals(400, thrown.answer().status());
        assertEquals(List.of(pointer), thrown.answer().violations().stream().map(Violation::path).toList());
        assertTrue(thrown.answer().violations().getFirst().message().contains("expected")
                || pointer.equals("/probe"), thrown.answer().violations().toString());
    }

    @Test
    void tellsEverythingThatIsWrongAtOnce() {
        ProblemException thrown = assertThrows(ProblemException.class,
                () -> read("{\"ttl\":\"0s\",\"weight\":-1,\"zone\":1,\"tags\":1,\"x\":1}"));
        assertEquals(5, thrown.answer().violations().size());
    }

    private static InstanceSpec read(String json) {
        return InstanceForm.read((ObjectNode) Json.parse(json.getBytes(StandardCharsets.UTF_8)));
    }
}
