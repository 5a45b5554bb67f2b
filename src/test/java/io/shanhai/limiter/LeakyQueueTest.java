package io.shanhai.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeakyQueueTest {

    private static final long MS = 1_000_000;
    private static final Duration SECOND = Duration.ofSeconds(1);

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MIN_VALUE, Long.MAX_VALUE - 5 * MS})
    void spacesABurstEvenlyAndRefusesWhoWouldWaitTooLong(long now) {
        LeakyQueue queue = new LeakyQueue(100, SECOND, Duration.ofMillis(30), now);
        for (int i = 0; i < 4; i++) {
            assertEquals(i * 10 * MS, queue.place(now));
        }
        assertEquals(LeakyQueue.REFUSED, queue.place(now));
        assertEquals(3, queue.waiting(now));
        assertEquals(10 * MS, queue.nanosUntilFree(now));
        assertEquals(LeakyQueue.REFUSED, queue.place(now + 10 * MS - 1));
        assertEquals(30 * MS, queue.place(now + 10 * MS));
    }

    @Test
    void idlingSavesUpNothing() {
        LeakyQueue queue = new LeakyQueue(100, SECOND, Duration.ZERO, 0);
        long later = Duration.ofDays(30).toNanos();
        assertEquals(0, queue.waiting(later));
        assertEquals(0, queue.place(later));
        assertEquals(LeakyQueue.REFUSED, queue.place(later));
    }

    @Test
    void aRaceGivesEachPlaceOnce() throws Exception {
        LeakyQueue queue = new LeakyQueue(1_000, SECOND, Duration.ofSeconds(10), 0);
        Callable<List<Long>> asker = () -> {
            List<Long> mine = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                long wait = queue.place(0);
                if (wait != LeakyQueue.REFUSED) {
                    mine.add(wait);
                }
            }
            return mine;
        };
        List<Long> places = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (Future<List<Long>> some : threads.invokeAll(List.of(asker, asker, asker, asker))) {
                places.addAll(some.get());
            }
        }
        places.sort(null);
        assertEquals(10_001, places.size());
        for (int i = 0; i < places.size(); i++) {
            assertEquals(i * MS, places.get(i));
        }
    }

    @Test
    void refusesNumbersOutOfRangeByName() {
        assertRefused("rate: 0", 0, SECOND, SECOND);
        assertRefused("per: PT0S", 1, Duration.ZERO, SECOND);
        assertRefused("longestWait: PT-1S", 1, SECOND, SECOND.negated());
    }

    private static void assertRefused(String message, long rate, Duration per, Duration wait) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> new LeakyQueue(rate, per, wait, 0));
        assertTrue(refusal.getMessage().startsWith(message), refusal.getMessage());
    }
}
