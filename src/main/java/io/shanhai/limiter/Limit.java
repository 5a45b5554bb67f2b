package io.shanhai.limiter;

/// One limit and what was used of it. Time is passed in: `now` is always `System.nanoTime` of the exchange's stamp.
/// Safe for all threads, no allocation.
public interface Limit {

    /// Takes one unit.
    ///
    /// @return false when it must be refused; nothing is taken then
    boolean tryAcquire(long now);

    /// Whether [#tryAcquire(long)] would be granted at `now`. Takes nothing.
    default boolean isFree(long now) {
        return remaining(now) > 0;
    }

    /// Gives back one unit taken at `acquiredAt`, because a later limit refused the same request.
    void giveBack(long acquiredAt);

    /// Units free at `now`, at least 0.
    long remaining(long now);

    /// Nanoseconds until one unit could be taken, 0 when one is free now.
    long nanosUntilFree(long now);

    /// The quota: `q` of `RateLimit-Policy`, units per [#windowNanos()].
    long quota();

    /// The window the quota is for, in nanoseconds: `w` of `RateLimit-Policy`.
    long windowNanos();

    /// `sliding-window`, `token-bucket` or `gcra`.
    String algorithm();
}
