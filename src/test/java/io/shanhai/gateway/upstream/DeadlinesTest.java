package io.shanhai.gateway.upstream;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.upstream.Deadlines.Deadline;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {

    private final Deadlines deadlines = new Deadlines("test-deadlines");
    private final AtomicInteger fired = new AtomicInteger();

    @BeforeEach
    void start() {
        deadlines.start();
    }

    @AfterEach
    void close() {
        deadlines.close();
    }

    private static long in(long millis) {
        return System.nanoTime() + Duration.ofMillis(millis).toNanos();
    }

    @Test
    void firesOnceAndStaysFired() {
        Deadline deadline = deadlines.register(fired::incrementAndGet);
        assertTrue(deadline.arm(in(1)));
        await().until(deadline::hasFired);
        await().until(() -> fired.get() == 1);
        assertFalse(deadline.disarm());
        assertFalse(deadline.arm(in(0)));
        deadline.fire();
        assertEquals(1, fired.get());
    }

    @Test
    void doesNotFireWhenDisarmedOrMoved() {
        Deadline disarmed = deadlines.register(fired::incrementAndGet);
        Deadline moved = deadlines.register(fired::incrementAndGet);
        Deadline witness = deadlines.register(() -> {});
        assertTrue(disarmed.arm(in(30)));
        assertTrue(moved.arm(in(30)));
        assertTrue(disarmed.disarm());
        assertTrue(moved.arm(in(60_000)));
        witness.arm(in(60));
        await().until(witness::hasFired);
        assertEquals(0, fired.get());
    }

    @Test
    void firesEarlyOnRequestButOnlyWhenArmed() {
        Deadline deadline = deadlines.register(fired::incrementAndGet);
        deadline.fire();
        assertEquals(0, fired.get());
        deadline.arm(in(60_000));
        deadline.fire();
        assertEquals(1, fired.get());
        assertTrue(deadline.hasFired());
    }

    @Test
    void survivesFailingAction() {
        deadlines.register(() -> {
            throw new IllegalStateException("on purpose");
        }).arm(in(0));
        Deadline next = deadlines.register(fired::incrementAndGet);
        next.arm(in(50));
        await().until(next::hasFired);
    }
}
