package io.shanhai.gateway;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// A request's body kept while it passes, up to a bound, to be sent once more: to another endpoint, or to a mirror. Written
/// by the one thread that reads the body; read by others once [#isComplete()] is true.
public final class BodyCopy {

    private static final int FIRST_BYTES = 1024;

    private final int bound;
    private byte[] bytes = {};
    private int size;
    private boolean overflown;
    private volatile boolean complete;

    /// @param bound bytes; a longer body is not kept
    public BodyCopy(int bound) {
        this.bound = bound;
    }

    public void add(byte[] from, int offset, int length) {
        if (makeRoom(length)) {
            System.arraycopy(from, offset, bytes, size - length, length);
        }
    }

    /// Adds `source[from, from + length)`; its position stays.
    public void add(ByteBuffer source, int from, int length) {
        if (makeRoom(length)) {
            source.get(from, bytes, size - length, length);
        }
    }

    private boolean makeRoom(int length) {
        if (overflown || size + length > bound) {
            overflown = true;
            bytes = new byte[0];
            size = 0;
            return false;
        }
        if (size + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(bound, Math.max(FIRST_BYTES, Math.max(2 * bytes.length, size + length))));
        }
        size += length;
        return true;
    }

    /// The body is over.
    public void end() {
        if (!overflown) {
            complete = true; // volatile: publishes the bytes
        }
    }

    /// The whole body is here.
    public boolean isComplete() {
        return complete;
    }

    /// The body is longer than the bound.
    public boolean isOverflown() {
        return overflown;
    }

    public int size() {
        return size;
    }

    /// What is kept. Not a copy: do not write.
    public ByteBuffer content() {
        return ByteBuffer.wrap(bytes, 0, size).asReadOnlyBuffer();
    }
}
