package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZerosTest {

    @ParameterizedTest
    @CsvSource({"64, 64", "64, 65535", "64, 65536", "64, 131071", "64, 299999", "64, 150000", "299999, 299999"})
    void findsTheLastByteThatIsNotZero(int from, int at) {
        ByteBuffer bytes = ByteBuffer.allocate(300_000);
        bytes.put(10, (byte) 1);
        bytes.put(at, (byte) 0x80);
        assertEquals(at, Zeros.lastNonZero(bytes, from));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "100, 40", "300000, 64", "65536, 0", "65600, 64"})
    void saysWhenAllIsZero(int size, int from) {
        assertEquals(from - 1, Zeros.lastNonZero(ByteBuffer.allocate(size), from));
    }
}
