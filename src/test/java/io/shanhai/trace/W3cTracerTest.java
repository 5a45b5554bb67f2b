package io.shanhai.trace;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class W3cTracerTest {

    private static final String IDS = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

    private final Tracer tracer = new W3cTracer(0, new Xoshiro256(1, 2, 3, 4));

    @ParameterizedTest
    @CsvSource({"00,00", "01,01", "02,02", "03,03", "ff,03", "fc,00"})
    void keepsTheCallersSampledAndRandomFlagsAndClearsTheRest(String received, String sent) {
        TraceContext joined = tracer.join("00-" + IDS + "-" + received, 1, null);
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", joined.traceId());
        assertEquals(0x00f067aa0ba902b7L, joined.parentSpanId());
        assertNotEquals(joined.parentSpanId(), joined.spanId());
        assertTrue(joined.traceparent().matches("00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-" + sent),
                joined.traceparent());
    }

    @Test
    void laterVersionIsSentOnAsOurs() {
        assertTrue(tracer.join("cc-" + IDS + "-01-more", 1, null).traceparent().startsWith("00-4bf9"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "00-" + IDS + "-01-", "ff-" + IDS + "-01"})
    void invalidTraceparentStartsATraceAndDropsTheTracestate(String traceparent) {
        TraceContext root = tracer.join(traceparent, 1, "foo=1");
        assertNotEquals("4bf92f3577b34da6a3ce929d0e0e4736", root.traceId());
        assertEquals(0, root.parentSpanId());
        assertEquals("", root.tracestate());
    }

    @Test
    void twoTraceparentHeadersAreInvalid() {
        TraceContext root = tracer.join("00-" + IDS + "-01", 2, "foo=1");
        assertEquals(0, root.parentSpanId());
        assertEquals("", root.tracestate());
    }

    @Test
    void invalidTracestateDoesNotHurtTheTraceparent() {
        TraceContext joined = tracer.join("00-" + IDS + "-01", 1, "foo");
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", joined.traceId());
        assertEquals("", joined.tracestate());
        assertEquals("a=1,b=2", tracer.join("00-" + IDS + "-01", 1, "a=1,b=2").tracestate());
    }

    @Test
    void ownRootsAreRandomAndSaySo() {
        TraceContext root = tracer.join(null, 0, null);
        assertEquals(TraceContext.RANDOM, root.flags());
        assertEquals(0, root.parentSpanId());
    }

    @Test
    void childKeepsAllButTheSpan() {
        TraceContext parent = tracer.join("00-" + IDS + "-03", 1, "foo=1");
        TraceContext child = tracer.child(parent);
        assertEquals(parent.traceId(), child.traceId());
        assertEquals(parent.spanId(), child.parentSpanId());
        assertNotEquals(parent.spanId(), child.spanId());
        assertEquals(parent.flags(), child.flags());
        assertEquals("foo=1", child.tracestate());
    }

    @ParameterizedTest
    @CsvSource({"0.0,0,0", "1.0,20000,20000", "0.1,1850,2150", "0.5,9750,10250"}) // 3.5 standard deviations
    void samplesRootsAtItsRate(double rate, int atLeast, int atMost) {
        Tracer sampler = new W3cTracer(rate, new Xoshiro256(5, 6, 7, 8));
        int sampled = 0;
        for (int i = 0; i < 20_000; i++) {
            sampled += sampler.join(null, 0, null).isSampled() ? 1 : 0;
        }
        assertTrue(sampled >= atLeast && sampled <= atMost, sampled + " of 20000 at " + rate);
    }

    /// What a sampler at 10 % keeps, one at 50 % keeps too: both look at the id only.
    @Test
    void samplingIsConsistentAcrossRates() {
        Tracer few = new W3cTracer(0.1, new Xoshiro256(9, 9, 9, 9));
        Tracer many = new W3cTracer(0.5, new Xoshiro256(9, 9, 9, 9));
        int onlyMany = 0;
        for (int i = 0; i < 5_000; i++) {
            TraceContext a = few.join(null, 0, null);
            TraceContext b = many.join(null, 0, null);
            assertEquals(a.traceId(), b.traceId(), "same seed, same ids");
            assertFalse(a.isSampled() && !b.isSampled());
            assertEquals((a.traceIdLow() & 0xffffffffffffffL) >= (long) (0.9 * (1L << 56)), a.isSampled());
            onlyMany += b.isSampled() && !a.isSampled() ? 1 : 0;
        }
        assertTrue(onlyMany > 1_500, "only at 50 %: " + onlyMany);
    }

    @Test
    void idsDifferBetweenThreadsAndTracers() throws InterruptedException {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        Tracer first = new W3cTracer(1);
        Tracer second = new W3cTracer(1);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 50; t++) {
            Tracer mine = t % 2 == 0 ? first : second;
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 200; i++) {
                    seen.add(mine.join(null, 0, null).traceId());
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(50 * 200, seen.size());
    }

    @Test
    void lowerBitsAreSpreadEvenly() {
        int[] perByte = new int[256];
        for (int i = 0; i < 25_600; i++) {
            perByte[(int) (tracer.join(null, 0, null).traceIdLow() & 0xff)]++;
        }
        double chiSquare = 0;
        for (int count : perByte) {
            chiSquare += (count - 100.0) * (count - 100.0) / 100.0;
        }
        assertTrue(chiSquare > 170 && chiSquare < 350, "chi square of 255 degrees: " + chiSquare);
    }

    /// Reference values from the authors' C code, state 1, 2, 3, 4.
    @Test
    void generatorIsTheOneItSaysItIs() {
        Xoshiro256 generator = new Xoshiro256(1, 2, 3, 4);
        Set<Long> values = new HashSet<>();
        assertEquals(41943041L, generator.nextLong());
        assertEquals(58720359L, generator.nextLong());
        assertEquals(3588806011781223L, generator.nextLong());
        assertEquals(3591011842654386L, generator.nextLong());
        for (int i = 0; i < 10_000; i++) {
            assertTrue(values.add(generator.nextLong()));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void rejectsARateThatIsNone(double rate) {
        assertThrows(IllegalArgumentException.class, () -> new W3cTracer(rate));
    }

    /// Whether a request is sampled is drawn anew, whatever is spared: the rate must hold.
    @Test
    void unseenRootIsUsedAgainOnlyWhenNotSampled() {
        W3cTracer half = new W3cTracer(0.5);
        TraceContext unseen = new W3cTracer(0).join(null, 0, null);
        int sampled = 0;
        for (int i = 0; i < 10_000; i++) {
            TraceContext joined = half.join(null, 0, null, unseen);
            if (joined.isSampled()) {
                sampled++;
            } else {
                assertSame(unseen, joined);
            }
        }
        assertTrue(sampled > 4_000 && sampled < 6_000, "sampled: " + sampled);
        String caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        assertEquals("0af7651916cd43dd8448eb211c80319c", half.join(caller, 1, null, unseen).traceId());
    }
}
