package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.node.SteadyClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LeaseTableTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L); // nanoTime may wrap; so it does here
    private final LeaseTable leases = new LeaseTable(now::get);

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void leaseIsDueAfterItsTimeOldestFirst() {
        leases.add(1, 10);
        leases.add(2, 5);
        pass(Duration.ofSeconds(4));
        assertEquals(List.of(), leases.due(10));
        assertEquals(6, leases.remainingSeconds(1));
        pass(Duration.ofSeconds(1));
        assertEquals(List.of(2L), leases.due(10));
        pass(Duration.ofSeconds(60));
        assertEquals(List.of(1L), leases.due(10));
        assertEquals(0, leases.remainingSeconds(1));
    }

    @Test
    void renewedLeaseIsNotDueAtItsFirstDeadline() {
        leases.add(1, 10);
        pass(Duration.ofSeconds(9));
        assertEquals(10, leases.renew(1));
        pass(Duration.ofSeconds(5));
        assertEquals(List.of(), leases.due(10));
        pass(Duration.ofSeconds(5));
        assertEquals(List.of(1L), leases.due(10));
    }

    @Test
    void renewalThatComesWhileTheEndIsDecidedIsTooLateOrWins() {
        leases.add(1, 10);
        pass(Duration.ofSeconds(10));
        assertEquals(List.of(1L), leases.due(10));
        assertEquals(10, leases.renew(1), "not decided yet");
        assertFalse(leases.beginEnding(1, true), "it was renewed");
        leases.keep(1);
        pass(Duration.ofSeconds(10));
        assertEquals(List.of(1L), leases.due(10));
        assertTrue(leases.beginEnding(1, true));
        assertEquals(0, leases.renew(1), "decided");
        leases.keep(1); // its commit failed
        assertEquals(10, leases.renew(1));
    }

    @Test
    void noMoreAreDueThanAskedFor() {
        for (int id = 1; id <= 5; id++) {
            leases.add(id, id);
        }
        pass(Duration.ofSeconds(10));
        assertEquals(List.of(1L, 2L), leases.due(2));
        assertEquals(List.of(3L, 4L), leases.due(2));
        assertEquals(List.of(5L), leases.due(2));
    }

    @Test
    void longestTimeDoesNotOverflow() {
        leases.add(1, 9_000_000_000L);
        assertEquals(List.of(), leases.due(10));
        assertEquals(9_000_000_000L, leases.remainingSeconds(1));
    }

    @Test
    void pauseOfThisProcessEndsNoLease() {
        AtomicLong system = new AtomicLong();
        SteadyClock clock = new SteadyClock(system::get, Duration.ofMillis(100), Duration.ofMillis(400));
        LeaseTable table = new LeaseTable(clock::nanos);
        table.add(1, 5);
        system.addAndGet(Duration.ofMinutes(10).toNanos()); // SIGSTOP
        assertEquals(List.of(), table.due(10), "seen before the late tick");
        clock.tick();
        assertEquals(List.of(), table.due(10), "seen after it");
        assertEquals(4, table.remainingSeconds(1));
        for (int i = 0; i < 50; i++) {
            system.addAndGet(Duration.ofMillis(100).toNanos());
            clock.tick();
        }
        assertEquals(List.of(1L), table.due(10));
    }
}
