package io.shanhai.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "null", "true", "false", "0", "-1", "2147483648", "92233720368547758070", "1.50", "1e3",
            "\"a\\u00e9\\n\"", "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":\"\"}", " [ 1 , \"x\" , [ ] ] "})
    void readsWhatDataBindingReads(String text) throws JsonProcessingException {
        ObjectMapper binding = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
        assertEquals(binding.readTree(text), JsonText.read(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[1,", "{\"a\":1,\"a\":2}", "{} {}", "1 2", "nul", "{'a':1}", "{\"a\" 1}", "01", "\"\n\"", "]"})
    void refusesWhatIsNotOneValue(String text) {
        assertTrue(assertThrows(JsonProcessingException.class, () -> JsonText.read(text)).getLocation().getLineNr() >= 1);
    }

    @Test
    void textWithoutAValueIsMissing() throws JsonProcessingException {
        assertTrue(JsonText.read(" \n").isMissingNode());
    }

    @Test
    void depthIsBounded() throws JsonProcessingException {
        JsonText.read("[".repeat(JsonText.MAX_DEPTH) + "]".repeat(JsonText.MAX_DEPTH));
        String deeper = "[".repeat(JsonText.MAX_DEPTH + 1) + "]".repeat(JsonText.MAX_DEPTH + 1);
        assertThrows(JsonProcessingException.class, () -> JsonText.read(deeper));
    }
}
