package io.shanhai.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PrioritySheddingTest {

    @Test
    void theLeastImportantGoesFirstAndTheMostImportantHasAll() {
        ConcurrencyLimit limit = new ConcurrencyLimit(10);
        PriorityShedding shedding = new PriorityShedding(limit, 100, 80, 50);
        assertEquals(5, takeAll(shedding, 2));
        assertEquals(3, takeAll(shedding, 1));
        assertFalse(shedding.tryAcquire(7), "no share of its own: the least important");
        assertEquals(2, takeAll(shedding, 0));
        limit.release();
        assertFalse(shedding.tryAcquire(1), "what comes free is for the important");
        assertTrue(shedding.tryAcquire(0));
    }

    @Test
    void followsALimitThatChanges() {
        ConcurrencyLimit limit = new ConcurrencyLimit(2);
        PriorityShedding shedding = new PriorityShedding(limit, 100, 10);
        assertTrue(shedding.tryAcquire(1), "one permit at least");
        assertFalse(shedding.tryAcquire(1));
        limit.changeLimit(30);
        assertEquals(2, takeAll(shedding, 1));
    }

    private static int takeAll(PriorityShedding shedding, int priority) {
        int taken = 0;
        while (shedding.tryAcquire(priority)) {
            taken++;
        }
        return taken;
    }

    @Test
    void refusesSharesThatMakeNoSense() {
        ConcurrencyLimit limit = new ConcurrencyLimit(1);
        assertThrows(IllegalArgumentException.class, () -> new PriorityShedding(limit));
        assertThrows(IllegalArgumentException.class, () -> new PriorityShedding(limit, 90));
        assertThrows(IllegalArgumentException.class, () -> new PriorityShedding(limit, 100, 0));
        assertThrows(IllegalArgumentException.class, () -> new PriorityShedding(limit, 100, 50, 60));
        assertThrows(IllegalArgumentException.class, () -> new PriorityShedding(limit, 100).tryAcquire(-1));
    }
}
