package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.Places.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PlacesTest {

    private static final Runnable NOTHING = () -> {};

    @Test
    void placesAreHandedOnInOrder() {
        Places places = new Places();
        List<String> granted = new ArrayList<>();
        Ticket first = places.take(1, 2, NOTHING);
        Ticket second = places.take(1, 2, () -> granted.add("second"));
        Ticket third = places.take(1, 2, () -> granted.add("third"));
        assertNull(places.take(1, 2, NOTHING), "two may wait");
        assertTrue(first.isGranted());
        assertFalse(second.isGranted());
        first.end();
        assertTrue(second.isGranted());
        assertFalse(third.isGranted());
        second.end();
        third.end();
        assertEquals(List.of("second", "third"), granted);
        assertEquals(0, places.taken());
        assertEquals(0, places.pending());
    }

    @Test
    void whoGivesUpIsPassedOver() {
        Places places = new Places();
        Ticket first = places.take(1, 2, NOTHING);
        Ticket gaveUp = places.take(1, 2, () -> {
            throw new AssertionError("it gave up");
        });
        Ticket third = places.take(1, 2, NOTHING);
        gaveUp.end();
        gaveUp.end();
        assertEquals(1, places.pending());
        first.end();
        first.end();
        assertTrue(third.isGranted());
        assertEquals(1, places.taken());
        third.end();
        assertEquals(0, places.taken());
    }

    /// Two routes share a pool: a place that is free by the larger bound is not free by the smaller.
    @Test
    void nobodyGetsAPlaceBeyondItsOwnBound() {
        Places places = new Places();
        Ticket first = places.take(2, 0, NOTHING);
        Ticket second = places.take(2, 0, NOTHING);
        Ticket waits = places.take(1, 1, NOTHING);
        first.end();
        assertFalse(waits.isGranted(), "one is still there");
        second.end();
        assertTrue(waits.isGranted());
        waits.end();
        assertEquals(0, places.taken());
    }

    @Test
    void whoWaitsByASmallerBoundHoldsNobodyUp() {
        Places places = new Places();
        Ticket first = places.take(3, 0, NOTHING);
        Ticket second = places.take(3, 0, NOTHING);
        Ticket third = places.take(3, 0, NOTHING);
        Ticket narrow = places.take(1, 9, NOTHING);
        Ticket wide = places.take(3, 9, NOTHING);
        third.end();
        assertTrue(wide.isGranted());
        assertFalse(narrow.isGranted());
        Stream.of(first, second, wide).forEach(Ticket::end);
        assertTrue(narrow.isGranted());
    }

    /// Many threads take, wait, give up and leave: never more than the bound at once, nobody waits for ever, and nothing is
    /// left at the end.
    @Test
    @Timeout(60)
    void neverMoreThanTheBoundAndNothingIsLost() throws Exception {
        Places places = new Places();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        int most = 3;
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                boolean impatient = t % 4 == 0;
                all.add(threads.submit(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        turn(places, most, impatient && i % 3 == 0, inside, served);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertEquals(0, places.taken());
        assertEquals(0, places.pending());
        assertTrue(served.get() > 1_000, served + " were served");
    }

    private static void turn(Places places, int most, boolean givesUp, AtomicInteger inside, AtomicInteger served)
            throws InterruptedException {
        Semaphore free = new Semaphore(0);
        Ticket ticket = places.take(most, 10, free::release);
        if (ticket == null) {
            return;
        }
        if (!ticket.isGranted() && (givesUp || !free.tryAcquire(20, TimeUnit.SECONDS))) {
            assertTrue(givesUp, "waited 20 s for a place");
            ticket.end();
            return;
        }
        int now = inside.incrementAndGet();
        served.incrementAndGet();
        inside.decrementAndGet();
        ticket.end();
        assertTrue(now <= most, now + " at once");
    }
}
