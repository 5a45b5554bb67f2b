package io.shanhai.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class GcraTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    /// Against a slow exact log: a unit is admitted exactly when no span that ends with it would hold more than
    /// `burst + span / distance`. Arrivals crowd around the moments where that changes, and around the clock's overflow.
    @Test
    void admitsExactlyWhatTheLogAllows() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int rate = 1 + random.nextInt(1_000);
            int burst = 1 + random.nextInt(8);
            long distance = Math.ceilDiv(SECOND.toNanos(), rate);
            long now = seed % 2 == 0 ? random.nextLong() : Long.MAX_VALUE - random.nextLong(20 * distance);
            Gcra limit = new Gcra(rate, SECOND, burst, now);
            List<Long> log = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                boolean allowed = allows(log, now, burst, distance);
                String where = "seed " + seed + ", arrival " + i;
                assertEquals(allowed, limit.nanosUntilFree(now) == 0, where);
                assertEquals(allowed, limit.remaining(now) > 0, where);
                assertEquals(allowed, limit.tryAcquire(now), where);
                if (allowed) {
                    log.add(now);
                }
                now += switch (random.nextInt(5)) {
                    case 0 -> limit.nanosUntilFree(now);
                    case 1 -> Math.max(0, limit.nanosUntilFree(now) - 1);
                    case 2 -> random.nextLong(2 * distance);
                    case 3 -> random.nextInt(20) == 0 ? Duration.ofDays(3_650).toNanos() : 0;
                    default -> 0;
                };
            }
        }
    }

    private static boolean allows(List<Long> log, long now, int burst, long distance) {
        for (int i = 0; i < log.size(); i++) {
            long units = log.size() - i + 1;
            if ((units - burst) * distance > now - log.get(i)) {
                return false;
            }
        }
        return true;
    }

    @Test
    void whatIsGivenBackIsFreeAgainAndNoMore() {
        Gcra limit = new Gcra(10, SECOND, 3, 0);
        assertTrue(limit.tryAcquire(0));
        assertEquals(2, limit.remaining(0));
        limit.giveBack(0);
        assertEquals(3, limit.remaining(0));
        assertEquals(3, limit.remaining(SECOND.toNanos()), "full is full");
    }

    @Test
    void theWaitHasThePartOfAUnitThatPassedInIt() {
        Gcra limit = new Gcra(1, SECOND, 1, 0);
        assertTrue(limit.tryAcquire(0));
        assertFalse(limit.tryAcquire(200_000_000));
        assertEquals(800_000_000, limit.nanosUntilFree(200_000_000));
    }

    @Test
    void refusesNumbersOutOfRangeByName() {
        assertRefused("rate: 0", 0, SECOND, 1);
        assertRefused("rate: -1", -1, SECOND, 1);
        assertRefused("per: PT0S", 1, Duration.ZERO, 1);
        assertRefused("burst: 0", 1, SECOND, 0);
        assertRefused("burst: 1000000000 is worth more than 100 years", 1, Duration.ofDays(366), 1_000_000_000);
    }

    private static void assertRefused(String message, long rate, Duration per, long burst) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> new Gcra(rate, per, burst, 0));
        assertTrue(refusal.getMessage().startsWith(message), refusal.getMessage());
    }

    /// All threads ask at one moment: exactly the burst is granted, however they interleave.
    @Test
    void aRaceGrantsExactlyTheBurst() throws Exception {
        int burst = 50_000;
        Gcra limit = new Gcra(1_000, SECOND, burst, 0);
        Callable<Integer> asker = () -> {
            int granted = 0;
            for (int i = 0; i < burst; i++) {
                granted += limit.tryAcquire(0) ? 1 : 0;
            }
            return granted;
        };
        int total = 0;
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (Future<Integer> granted : threads.invokeAll(List.of(asker, asker, asker, asker))) {
                total += granted.get();
            }
        }
        assertEquals(burst, total);
    }
}
