package io.shanhai.gateway;

/// 64 bits of a text or of bytes, well mixed, the same on every node. Not for secrets.
public final class Hash {

    private static final long OFFSET = 0xcbf29ce484222325L; // FNV-1a
    private static final long PRIME = 0x100000001b3L;

    private Hash() {}

    public static long of(CharSequence text, int from, int to) {
        long hash = OFFSET;
        for (int i = from; i < to; i++) {
            hash = (hash ^ text.charAt(i)) * PRIME;
        }
        return mix(hash);
    }

    static long of(byte[] bytes, long seed) {
        long hash = OFFSET ^ mix(seed);
        for (byte b : bytes) {
            hash = (hash ^ b & 0xff) * PRIME;
        }
        return mix(hash);
    }

    /// The finalizer of SplitMix64: every bit of the input changes every bit of the result with probability one half.
    public static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
