package io.shanhai.node;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/// What state each room is in, told by the rooms themselves. The node is ready when no expected room is still
/// starting and it is not draining; a room that is degraded, skipped or failed does not make it unready, because the
/// traffic goes on without it (a room the traffic cannot do without stops the start instead). The Plan is a room here:
/// `plan` is starting until the first one is served.
///
/// Safe for all threads.
public final class Readiness {

    /// A room's state in one word.
    public enum Phase {
        STARTING,
        UP,
        DEGRADED,
        SKIPPED,
        DRAINING,
        FAILED
    }

    /// @param why for people: empty when the phase says it all
    public record State(Phase phase, String why) {

        public State {
            Objects.requireNonNull(phase, "phase");
            Objects.requireNonNull(why, "why");
        }
    }

    private static final State STARTING = new State(Phase.STARTING, "");
    private static final State UP = new State(Phase.UP, "");
    private static final State DRAINING = new State(Phase.DRAINING, "");

    // Guarded by this; in the order of the constructor's list, then of first mention.
    private final Map<String, State> rooms = new LinkedHashMap<>();
    // What a room has to say for itself while it is up, asked when somebody looks. Guarded by this.
    private final Map<String, Supplier<Optional<String>>> conditions = new HashMap<>();
    private boolean draining;

    /// @param expected the rooms that must have left `STARTING` before the node is ready
    public Readiness(List<String> expected) {
        for (String room : expected) {
            rooms.put(room, STARTING);
        }
    }

    public void up(String room) {
        set(room, UP);
    }

    /// It works, with a loss worth naming.
    public void degraded(String room, String why) {
        set(room, new State(Phase.DEGRADED, why));
    }

    /// Asks the room each time somebody looks: something to say makes an UP room DEGRADED, for as long as it is said.
    ///
    /// @param condition quick, safe for all threads; empty while all is well
    public synchronized void watch(String room, Supplier<Optional<String>> condition) {
        conditions.put(room, condition);
    }

    /// Switched off, or its port was taken.
    public void skipped(String room, String why) {
        set(room, new State(Phase.SKIPPED, why));
    }

    /// It does not work and will not until a restart.
    public void failed(String room, String why) {
        set(room, new State(Phase.FAILED, why));
    }

    public void starting(String room, String why) {
        set(room, new State(Phase.STARTING, why));
    }

    /// The node goes away: from now on it is not ready, whatever rooms say. Final.
    public synchronized void drain() {
        draining = true;
        rooms.replaceAll((room, state) -> isServing(state) ? DRAINING : state);
    }

    public synchronized boolean isDraining() {
        return draining;
    }

    public synchronized boolean isReady() {
        return !draining && rooms.values().stream().noneMatch(state -> state.phase() == Phase.STARTING);
    }

    /// Names of the rooms that are still starting.
    public synchronized List<String> awaited() {
        List<String> awaited = new ArrayList<>();
        rooms.forEach((room, state) -> {
            if (state.phase() == Phase.STARTING) {
                awaited.add(room);
            }
        });
        return awaited;
    }

    /// A copy, in the order rooms are started.
    public synchronized Map<String, State> rooms() {
        Map<String, State> seen = new LinkedHashMap<>(rooms);
        conditions.forEach((room, condition) -> {
            if (seen.get(room) == UP) {
                condition.get().ifPresent(why -> seen.put(room, new State(Phase.DEGRADED, why)));
            }
        });
        return Collections.unmodifiableMap(seen);
    }

    private synchronized void set(String room, State state) {
        Objects.requireNonNull(room, "room");
        rooms.put(room, draining && isServing(state) ? DRAINING : state);
    }

    private static boolean isServing(State state) {
        return switch (state.phase()) {
            case STARTING, UP, DEGRADED, DRAINING -> true;
            case SKIPPED, FAILED -> false;
        };
    }
}
