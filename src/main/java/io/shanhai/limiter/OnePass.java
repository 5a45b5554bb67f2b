package io.shanhai.limiter;

import java.util.concurrent.atomic.LongAdder;

/// Several limits decide on one request together: all are asked, then all take, so a refusal takes nothing from any of
/// them. A shadow limit stands beside the enforced ones: it counts what it would have refused, and takes its unit of the
/// requests that the enforced ones let through, as it would if it were enforced. (One that would have refused takes none.)
///
/// Between asking and taking another thread may take the last unit. Then what was taken is given back at once.
///
/// Thread safety: safe for all threads, without a lock. Allocates nothing after construction.
public final class OnePass {

    /// What [#tryAcquire(long)] says when all enforced limits have taken a unit.
    public static final int ADMITTED = -1;

    private final Limit[] limits;
    private final boolean[] shadow;
    private final LongAdder[] admitted;
    private final LongAdder[] refused;

    /// @param limits asked in this order; the first enforced one that refuses is the one that is named
    /// @param shadow for each of the limits, whether it only counts
    public OnePass(Limit[] limits, boolean[] shadow) {
        if (limits.length != shadow.length) {
            throw new IllegalArgumentException("shadow: " + shadow.length + " (expected: one for each of the "
                    + limits.length + " limits)");
        }
        this.limits = limits.clone();
        this.shadow = shadow.clone();
        admitted = counters(limits.length);
        refused = counters(limits.length);
    }

    private static LongAdder[] counters(int many) {
        LongAdder[] counters = new LongAdder[many];
        for (int i = 0; i < many; i++) {
            counters[i] = new LongAdder();
        }
        return counters;
    }

    /// Takes a unit of each limit, or of none.
    ///
    /// @return [#ADMITTED], or the index of the limit that refused
    public int tryAcquire(long now) {
        for (int i = 0; i < limits.length; i++) {
            if (!shadow[i] && !limits[i].isFree(now)) {
                return refusedBy(i);
            }
        }
        for (int i = 0; i < limits.length; i++) {
            if (!shadow[i] && !limits[i].tryAcquire(now)) {
                giveBack(i, now);
                return refusedBy(i);
            }
        }
        for (int i = 0; i < limits.length; i++) {
            (!shadow[i] || limits[i].tryAcquire(now) ? admitted : refused)[i].increment();
        }
        return ADMITTED;
    }

    /// Undoes a [#tryAcquire(long)] that was admitted at `acquiredAt`, because something outside refused the request.
    /// Counters stay: they say what was decided.
    public void giveBack(long acquiredAt) {
        giveBack(limits.length, acquiredAt);
    }

    private void giveBack(int before, long acquiredAt) {
        for (int i = 0; i < before; i++) {
            if (!shadow[i]) {
                limits[i].giveBack(acquiredAt);
            }
        }
    }

    private int refusedBy(int index) {
        refused[index].increment();
        return index;
    }

    /// Requests that the limit let through, or as a shadow would have.
    public long admitted(int index) {
        return admitted[index].sum();
    }

    /// Requests that the limit refused, or as a shadow would have. One request is counted by the first that refuses it.
    public long refused(int index) {
        return refused[index].sum();
    }
}
