package io.shanhai.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.node.Readiness.Phase;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import io.shanhai.node.Readiness.State;
import org.junit.jupiter.api.Test;

class ReadinessTest {

    @Test
    void isNotReadyUntilEveryExpectedRoomHasLeftStarting() {
        Readiness readiness = new Readiness(List.of("store", "plan"));
        assertFalse(readiness.isReady());
        readiness.up("store");
        assertFalse(readiness.isReady());
        assertEquals(List.of("plan"), readiness.awaited());
        readiness.up("plan");
        assertTrue(readiness.isReady());
    }

    @Test
    void aDegradedSkippedOrFailedRoomLeavesTheNodeReadyAndNamed() {
        Readiness readiness = new Readiness(List.of("store"));
        readiness.up("store");
        readiness.degraded("collector", "12 spans dropped");
        readiness.skipped("nacos", "port 8848 is in use");
        readiness.failed("intake", "its thread ended");
        assertTrue(readiness.isReady());
        assertEquals("port 8848 is in use", readiness.rooms().get("nacos").why());
        assertEquals(List.of("store", "collector", "nacos", "intake"), List.copyOf(readiness.rooms().keySet()));
    }

    @Test
    void drainingIsFinalAndWinsOverWhatRoomsSayLater() {
        Readiness readiness = new Readiness(List.of("store"));
        readiness.up("store");
        readiness.skipped("nacos", "switched off");
        readiness.drain();
        readiness.up("store");
        assertFalse(readiness.isReady());
        assertEquals(Phase.DRAINING, readiness.rooms().get("store").phase());
        assertEquals(Phase.SKIPPED, readiness.rooms().get("nacos").phase());
    }

    @Test
    void aRoomThatStartsAgainMakesTheNodeUnready() {
        Readiness readiness = new Readiness(List.of("plan"));
        readiness.up("plan");
        readiness.starting("plan", "no Plan compiled yet");
        assertFalse(readiness.isReady());
    }

    @Test
    void aConditionDegradesARoomThatIsUpForAsLongAsItIsSaid() {
        Readiness readiness = new Readiness(List.of("store"));
        AtomicReference<Optional<String>> condition = new AtomicReference<>(Optional.of("the disk is full"));
        readiness.watch("store", condition::get);
        assertEquals(Phase.STARTING, readiness.rooms().get("store").phase());
        readiness.up("store");
        assertEquals(new State(Phase.DEGRADED, "the disk is full"), readiness.rooms().get("store"));
        assertTrue(readiness.isReady());
        condition.set(Optional.empty());
        assertEquals(Phase.UP, readiness.rooms().get("store").phase());
    }
}
