package io.shanhai.trace;

/// xoshiro256++ 1.0 by Blackman and Vigna (public domain, prng.di.unimi.it): 256 bits of state, so ids of many processes
/// over many years do not meet, which a 64-bit generator such as `ThreadLocalRandom` cannot promise for 128-bit ids.
/// Not for secrets. Confined to one thread.
final class Xoshiro256 {

    private long s0;
    private long s1;
    private long s2;
    private long s3;

    /// The four seeds must not all be 0.
    Xoshiro256(long s0, long s1, long s2, long s3) {
        this.s0 = s0;
        this.s1 = s1;
        this.s2 = s2;
        this.s3 = s3;
    }

    long nextLong() {
        long result = Long.rotateLeft(s0 + s3, 23) + s0;
        long t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = Long.rotateLeft(s3, 45);
        return result;
    }

    /// 0 is an invalid span id.
    long nextNonZero() {
        long value = nextLong();
        while (value == 0) {
            value = nextLong();
        }
        return value;
    }
}
