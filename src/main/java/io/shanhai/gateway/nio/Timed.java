package io.shanhai.gateway.nio;

/// Something with a deadline, linked into its loop's [DeadlineWheel].
abstract class Timed {

    static final long NEVER = Long.MAX_VALUE;
    static final int UNLINKED = -1;

    /// When it is due, on the clock of `System.nanoTime`; `NEVER` when it is not.
    long dueNanos = NEVER;

    // The wheel's own: where it hangs.
    Timed previous;
    Timed next;
    int slot = UNLINKED;
    long slotTick;

    /// The deadline passed. May set a new one.
    abstract void expired(long nowNanos);
}
