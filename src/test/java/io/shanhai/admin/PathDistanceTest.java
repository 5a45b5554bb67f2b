package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathDistanceTest {

    @ParameterizedTest
    @CsvSource({"/v1/routes/a, /v1/routes/{id}, 0", "/v1/route, /v1/routes, 1", "/v1/rotues, /v1/routes, 1",
            "/v1/registry/svc, /v1/registry, 3", "/registry, /registry, 0"})
    void countsTypingErrorsAndMissingSegments(String path, String pattern, int distance) {
        assertEquals(distance, PathDistance.between(path, pattern));
    }

    @ParameterizedTest
    @CsvSource({"/v1/metrics, /v1/routes", "/a/b/c/d, /v1/routes", "/v1/limits/a/b/c, /v1/limits/{id}"})
    void unlikePathsAreNotNear(String path, String pattern) {
        assertTrue(PathDistance.between(path, pattern) > PathDistance.NEAR);
    }
}
