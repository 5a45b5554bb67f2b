package io.shanhai.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VersionTest {

    @Test
    void theBuildFilledInItsNumber() {
        assertTrue(Version.current().number().matches("\\d+\\.\\d+\\.\\d+.*"), Version.current().number());
    }

    @Test
    void namesTheCommitOnlyWhenItIsKnown() {
        assertEquals("1.2.3", new Version("1.2.3", "").toString());
        assertEquals("1.2.3 (abc1234)", new Version("1.2.3", "abc1234").toString());
    }
}
