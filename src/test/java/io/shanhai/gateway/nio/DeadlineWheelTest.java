package io.shanhai.gateway.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {

    private static final long MILLI = 1_000_000;
    private static final long TICK = 1L << 23;

    private final List<Throwable> defects = new ArrayList<>();
    private final DeadlineWheel wheel = new DeadlineWheel(0, defects::add);

    private static final class Probe extends Timed {
        long firedAt = -1;
        int fired;

        @Override
        void expired(long nowNanos) {
            firedAt = nowNanos;
            fired++;
        }
    }

    /// Advances as a loop does: sleeping exactly as long as the wheel says.
    private long runUntil(long from, long to) {
        long now = from;
        while (now < to) {
            long millis = wheel.millisToNext(now);
            now = millis == 0 ? to : Math.min(to, now + millis * MILLI);
            wheel.advance(now);
        }
        return now;
    }

    @Test
    void firesNeverEarlyAndAtMostTwoTicksLate() {
        Random random = new Random(42);
        List<Probe> probes = new ArrayList<>();
        List<Long> due = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            Probe probe = new Probe();
            long at = random.nextLong(1, 20_000 * MILLI); // far beyond the horizon of one turn
            wheel.schedule(probe, at);
            probes.add(probe);
            due.add(at);
        }
        runUntil(0, 30_000 * MILLI);
        for (int i = 0; i < probes.size(); i++) {
            long late = probes.get(i).firedAt - due.get(i);
            assertTrue(late >= 0 && late <= 2 * TICK, "late by " + late + " ns for a deadline at " + due.get(i));
            assertEquals(1, probes.get(i).fired);
        }
    }

    @Test
    void theLastScheduleCountsLaterOrEarlier() {
        Probe later = new Probe();
        wheel.schedule(later, 50 * MILLI);
        wheel.schedule(later, 500 * MILLI);
        Probe earlier = new Probe();
        wheel.schedule(earlier, 500 * MILLI);
        wheel.schedule(earlier, 50 * MILLI);
        runUntil(0, 1000 * MILLI);
        assertTrue(later.firedAt >= 500 * MILLI && later.fired == 1);
        assertTrue(earlier.firedAt < 100 * MILLI && earlier.fired == 1);
    }

    @Test
    void removedOnesNeverFireAndAnEmptyWheelHasNoNext() {
        Probe removed = new Probe();
        Probe stays = new Probe();
        wheel.schedule(removed, 50 * MILLI);
        wheel.schedule(stays, 50 * MILLI);
        wheel.remove(removed);
        runUntil(0, 100 * MILLI);
        assertEquals(0, removed.fired);
        assertEquals(1, stays.fired);
        assertEquals(0, wheel.millisToNext(100 * MILLI));
    }

    @Test
    void aLongPauseFiresEverythingThatWasDue() {
        List<Probe> probes = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            Probe probe = new Probe();
            wheel.schedule(probe, i * 100 * MILLI);
            probes.add(probe);
        }
        wheel.advance(60_000 * MILLI);
        assertTrue(probes.stream().allMatch(p -> p.fired == 1));
    }

    @Test
    void aDeadlineThatThrowsDoesNotStopTheOthers() {
        wheel.schedule(new Timed() {
            @Override
            void expired(long nowNanos) {
                throw new IllegalStateException("on purpose");
            }
        }, 10 * MILLI);
        Probe after = new Probe();
        wheel.schedule(after, 10 * MILLI);
        wheel.advance(100 * MILLI);
        assertEquals(1, defects.size());
        assertEquals(1, after.fired);
    }
}
