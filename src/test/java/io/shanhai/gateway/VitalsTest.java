package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VitalsTest {

    private static final long SECOND = 1_000_000_000L;

    @Test
    void eachEjectionIsLongerThanTheOneBefore() {
        Vitals vitals = new Vitals();
        long now = -5 * SECOND; // System.nanoTime may be negative
        for (int times = 1; times <= 3; times++) {
            vitals.eject(30 * SECOND, now);
            assertEquals(times, vitals.ejections());
            assertEquals(30 * SECOND * times, vitals.ejectedForNanos(now));
            assertTrue(vitals.isEjected(now + 30 * SECOND * times - 1));
            now += 30 * SECOND * times;
            assertFalse(vitals.isEjected(now));
        }
    }

    @Test
    void noEjectionIsLongerThanFiveMinutesAndALongGoodSpellIsForgiven() {
        Vitals vitals = new Vitals();
        for (int i = 0; i < 20; i++) {
            vitals.eject(30 * SECOND, 0);
        }
        assertEquals(300 * SECOND, vitals.ejectedForNanos(0));
        vitals.eject(30 * SECOND, 601 * SECOND);
        assertEquals(1, vitals.ejections());
    }

    @Test
    void onlyFailuresInARowCount() {
        Vitals vitals = new Vitals();
        assertEquals(1, vitals.failed());
        assertEquals(2, vitals.failed());
        vitals.succeeded();
        assertEquals(1, vitals.failed());
    }

    @Test
    void aSlowStartGrowsFromATenthToTheWhole() {
        Vitals vitals = new Vitals(100 * SECOND);
        assertEquals(0.1, vitals.warmth(100 * SECOND, 10 * SECOND));
        assertEquals(0.5, vitals.warmth(105 * SECOND, 10 * SECOND));
        assertEquals(1, vitals.warmth(110 * SECOND, 10 * SECOND));
        assertEquals(1, vitals.warmth(100 * SECOND, 0), "no slow start");
        assertEquals(1, new Vitals().warmth(100 * SECOND, 10 * SECOND), "it was there from the start");
    }
}
