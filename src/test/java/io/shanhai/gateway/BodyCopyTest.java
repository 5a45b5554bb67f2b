package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BodyCopyTest {

    @Test
    void keepsABodyOfUpToItsBound() {
        BodyCopy copy = new BodyCopy(11);
        copy.add("xhello ".getBytes(StandardCharsets.US_ASCII), 1, 6);
        ByteBuffer source = ByteBuffer.wrap("..world..".getBytes(StandardCharsets.US_ASCII));
        copy.add(source, 2, 5);
        assertEquals(0, source.position());
        assertFalse(copy.isComplete());
        copy.end();
        assertTrue(copy.isComplete());
        assertEquals("hello world", StandardCharsets.US_ASCII.decode(copy.content()).toString());
    }

    @Test
    void keepsNothingOfALongerOne() {
        BodyCopy copy = new BodyCopy(4);
        copy.add(new byte[4], 0, 4);
        copy.add(new byte[1], 0, 1);
        copy.add(new byte[1], 0, 1);
        copy.end();
        assertTrue(copy.isOverflown());
        assertFalse(copy.isComplete());
        assertEquals(0, copy.size());
    }
}
