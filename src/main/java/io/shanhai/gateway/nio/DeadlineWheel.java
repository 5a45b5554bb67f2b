package io.shanhai.gateway.nio;

import java.util.function.Consumer;

/// Coarse deadlines of one loop: never early, late by up to one tick (8.4 ms).
final class DeadlineWheel {

    /*
     * A hashed wheel after Varghese and Lauck (1987), scheme 6, made lazy: a deadline that moves later stays in its slot
     * and moves on when the slot comes round. Each request moves its connection's deadline several times, nearly always
     * later, so that costs one store instead of two list operations. Deadlines beyond the horizon (4.3 s) wait in the
     * last slot and are hung up again from there. `occupied` finds the next slot in use without a walk.
     */
    private static final int TICK_SHIFT = 23; // 2^23 ns = 8.4 ms
    private static final int SLOTS = 512;
    private static final int WORDS = SLOTS / Long.SIZE;

    private final Timed[] heads = new Timed[SLOTS];
    private final long[] occupied = new long[WORDS];
    private final long originNanos;
    private final Consumer<Throwable> onDefect;
    /// Every slot up to this tick has been emptied.
    private long currentTick;

    /// @param onDefect told what an expired deadline threw
    DeadlineWheel(long nowNanos, Consumer<Throwable> onDefect) {
        originNanos = nowNanos;
        this.onDefect = onDefect;
    }

    /// Sets or moves the deadline.
    void schedule(Timed timed, long dueNanos) {
        timed.dueNanos = dueNanos;
        if (dueNanos == Timed.NEVER) {
            return;
        }
        long tick = Math.max(((dueNanos - originNanos) >> TICK_SHIFT) + 1, currentTick + 1); // rounded up: never early
        tick = Math.min(tick, currentTick + SLOTS - 1);
        if (timed.slot != Timed.UNLINKED) {
            if (timed.slotTick <= tick) {
                return;
            }
            unlink(timed);
        }
        link(timed, tick);
    }

    /// No deadline any more, and no reference kept.
    void remove(Timed timed) {
        timed.dueNanos = Timed.NEVER;
        if (timed.slot != Timed.UNLINKED) {
            unlink(timed);
        }
    }

    /// Calls everything that is due.
    void advance(long nowNanos) {
        long nowTick = (nowNanos - originNanos) >> TICK_SHIFT;
        if (nowTick - currentTick >= SLOTS) {
            currentTick = nowTick - SLOTS; // after a long pause every slot is looked at once
        }
        while (currentTick < nowTick) {
            currentTick++;
            int slot = (int) (currentTick & (SLOTS - 1));
            if (heads[slot] != null) {
                empty(slot, nowNanos);
            }
        }
    }

    private void empty(int slot, long nowNanos) {
        Timed timed;
        while ((timed = heads[slot]) != null) {
            unlink(timed);
            if (timed.dueNanos == Timed.NEVER) {
                continue;
            }
            if (timed.dueNanos <= nowNanos) {
                timed.dueNanos = Timed.NEVER;
                expire(timed, nowNanos);
            } else {
                schedule(timed, timed.dueNanos); // into a later slot: currentTick has moved
            }
        }
    }

    private void expire(Timed timed, long nowNanos) {
        try {
            timed.expired(nowNanos);
        } catch (RuntimeException | Error e) {
            onDefect.accept(e);
        }
    }

    /// How long nothing will be due, in milliseconds, at least 1; 0 when there is no deadline at all.
    long millisToNext(long nowNanos) {
        int first = (int) ((currentTick + 1) & (SLOTS - 1));
        for (int i = 0; i <= WORDS; i++) {
            int word = (first / Long.SIZE + i) % WORDS;
            long bits = occupied[word];
            if (i == 0) {
                bits &= -1L << first; // shifts use the low six bits
            } else if (i == WORDS) {
                bits &= ~(-1L << first);
            }
            if (bits != 0) {
                int slot = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
                long tick = currentTick + 1 + ((slot - first) & (SLOTS - 1));
                long nanos = originNanos + (tick << TICK_SHIFT) - nowNanos;
                return Math.max(1, (nanos + 999_999) / 1_000_000);
            }
        }
        return 0;
    }

    private void link(Timed timed, long tick) {
        int slot = (int) (tick & (SLOTS - 1));
        timed.slot = slot;
        timed.slotTick = tick;
        timed.previous = null;
        timed.next = heads[slot];
        if (timed.next != null) {
            timed.next.previous = timed;
        }
        heads[slot] = timed;
        occupied[slot / Long.SIZE] |= 1L << slot;
    }

    private void unlink(Timed timed) {
        if (timed.previous == null) {
            heads[timed.slot] = timed.next;
        } else {
            timed.previous.next = timed.next;
        }
        if (timed.next != null) {
            timed.next.previous = timed.previous;
        }
        if (heads[timed.slot] == null) {
            occupied[timed.slot / Long.SIZE] &= ~(1L << timed.slot);
        }
        timed.previous = null;
        timed.next = null;
        timed.slot = Timed.UNLINKED;
    }
}
