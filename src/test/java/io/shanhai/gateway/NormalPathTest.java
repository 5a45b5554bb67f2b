package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NormalPathTest {

    @ParameterizedTest
    @ValueSource(strings = {"/", "/a", "/a/b/", "//", "/a//b", "/a;v=1/b", "/a%2Fb", "/a%2F", "/%20", "/%00",
            "/.well-known/x", "/...", "/a/..b", "/a/b..", "/a\\..\\b", "/a;/..;/b", "*", "", "/%25"})
    void leavesWhatIsNormalAlone(String path) {
        assertSame(path, NormalPath.of(path));
    }

    @ParameterizedTest
    @CsvSource({"/%7euser,/~user", "/%41%62%2d%2E%5f,/Ab-._", "/%2f,/%2F", "/%c3%a9,/%C3%A9", "/%2525,/%2525", "/%252e,/%252e",
            "/.,/", "/..,/", "/a/.,/a/", "/a/..,/", "/a/./b,/a/b", "/a/../b,/b", "/../../a,/a", "/a/b/../../c,/c",
            "/a//../b,/a/b",
            "/a/%2e%2e/b,/b", "/a/%2E./b,/b", "/a/.%2e,/", "/%2e/a,/a", "/a/..%2Fb,/a/..%2Fb", "/a/..;/b,/a/..;/b", "/a/b/..,/a/",
            "//../a,/a", "/a/...,/a/...", "/./.././a/,/a/"})
    void appliesRfc3986Section622(String path, String expected) {
        assertEquals(expected, NormalPath.of(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%", "/%2", "/%zz", "/a%2/b", "/%%41", "/a%g1", "/%u0041", "/%1\u0661"})
    void refusesWhatIsNoEscape(String path) {
        assertNull(NormalPath.of(path));
    }

    @Test
    void isNormalAfterOneStep() {
        Random random = new Random(3);
        String[] pieces = {"/", "/", ".", "..", "%2e", "%2F", "a", "%41", ";", "%25", "//"};
        for (int i = 0; i < 20_000; i++) {
            StringBuilder path = new StringBuilder("/");
            for (int n = random.nextInt(8); n > 0; n--) {
                path.append(pieces[random.nextInt(pieces.length)]);
            }
            String normal = NormalPath.of(path.toString());
            assertSame(normal, NormalPath.of(normal), path::toString);
        }
    }
}
