package io.shanhai.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TracestateTest {

    static Stream<String> valid() {
        return Stream.of("foo=1", "foo=1,bar=2", "foo=1 \t , \t bar=2, \t baz=3", "foo=1,", ",foo=1", "foo=1,,,bar=2",
                "foo=1,foo=1", // duplicates are the senders' fault, not a reason to drop
                "foo@bar=1", "0foo=1", "fw529a3039@dt=FfAAA", "0123456789abcdefghijklmnopqrstuvwxyz_-*/@=1",
                "foo= !\"#$%&'()*+-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
                "k".repeat(256) + "=1", "foo=" + "v".repeat(256), members(32), members(32) + ",,");
    }

    static Stream<String> invalid() {
        return Stream.of("foo", "=1", "foo=", "foo=,bar=3", "foo=bar=baz", "foo =1", "FOO=1", "foo.bar=1", "@foo=1", "_foo=1",
                "foo=a\tb", "foo=caf\u00e9", "foo=a\u007f", "foo=1,bad", "k".repeat(257) + "=1", "foo=" + "v".repeat(257),
                members(33));
    }

    static Stream<String> empty() {
        return Stream.of("", " ", ",", " ,\t, ");
    }

    @ParameterizedTest
    @MethodSource("valid")
    void passesOnWhatIsValidUntouched(String value) {
        assertSame(value, Tracestate.validOrEmpty(value));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void dropsAllWhenOneMemberIsBad(String value) {
        assertEquals("", Tracestate.validOrEmpty(value));
    }

    @ParameterizedTest
    @MethodSource("empty")
    void noMemberIsNoTracestate(String value) {
        assertEquals("", Tracestate.validOrEmpty(value));
    }

    private static String members(int many) {
        List<String> members = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            members.add("bar" + i + "=" + i);
        }
        return String.join(",", members);
    }
}
