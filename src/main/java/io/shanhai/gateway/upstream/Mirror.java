package io.shanhai.gateway.upstream;

import io.shanhai.gateway.BodyCopy;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Hash;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.metrics.Metrics;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends copies of requests to another pool and throws the answers away. A copy leaves when the original's response head
/// has come (or its last attempt has failed), so that the original never waits for it: a thread of its own, a bound on how
/// many are under way, and everything that is not sent is counted. Safe for all threads.
public final class Mirror {

    /// A longer body is not kept, and its request not mirrored.
    static final int BODY_BYTES = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
    private static final int MOST = 128; // copies under way on this node: one slow mirror must not gather threads and bodies
    private static final int FINEST = 1 << 20;

    private final UpstreamClient client;
    private final Metrics metrics;
    private final Semaphore free = new Semaphore(MOST);

    /// @param client started and closed by the caller
    public Mirror(UpstreamClient client, Metrics metrics) {
        this.client = client;
        this.metrics = metrics;
        metrics.gauge("shanhai_mirror_in_flight", "Copies of requests under way to mirrors.",
                () -> MOST - free.availablePermits());
    }

    /// Whether this request is among those to be copied: decided by its trace id, so that what belongs together is mirrored
    /// together.
    boolean takes(Exchange x, Route.Mirror to) {
        return to.percent() >= 100 || (Hash.mix(x.trace.traceIdLow()) & FINEST - 1) < to.percent() / 100 * FINEST;
    }

    /// Sends the copy, unless something is in the way. Once for each exchange; never blocks.
    void send(Exchange x, Route.Mirror to) {
        BodyCopy body = x.bodyCopy;
        Pool pool = x.plan.pools().get(to.pool());
        String refusal = pool.endpoints().isEmpty()
                ? "no-instance"
                : body.isComplete() ? null : body.isOverflown() ? "body-too-large" : "body-incomplete";
        if (refusal != null || !free.tryAcquire()) {
            x.mirrored = false;
            count(to, refusal == null ? "too-many" : refusal);
            return;
        }
        Exchange copy = copy(x, pool);
        byte[] bytes = new byte[body.size()];
        body.content().get(bytes);
        boolean isChunked = x.engine == Exchange.Engine.NIO && x.headers.count("transfer-encoding") > 0; // kept as it travelled
        boolean hasBody = body.size() > 0 || x.headers.count("transfer-encoding") > 0 || x.headers.count("content-length") > 0;
        Thread.ofVirtual().name("gateway-mirror").start(() -> {
            try {
                carry(copy, to, isChunked ? unwrapped(bytes) : bytes, hasBody);
            } catch (IOException | RuntimeException e) {
                LOG.debug("mirror {}", to.pool(), e); // counted; the original has its answer
                count(to, "failed");
            } finally {
                copy.release();
                free.release();
            }
        });
    }

    private void carry(Exchange copy, Route.Mirror to, byte[] body, boolean hasBody) throws IOException {
        try (UpstreamCall call = client.call(copy, new KeptBody(body, hasBody))) {
            call.send();
            byte[] scratch = new byte[8 * 1024];
            while (call.read(scratch, 0, scratch.length) >= 0) {
                // thrown away
            }
            count(to, "answered");
        }
    }

    private void count(Route.Mirror to, String result) {
        metrics.counter("shanhai_mirror_requests_total", "Requests to be mirrored, by what became of the copy.", "pool",
                to.pool(),
                "result", result).increment();
    }

    private static Exchange copy(Exchange x, Pool pool) {
        Exchange copy = new Exchange(x.engine, x.method, x.path, x.query, x.host, x.authority, KeptHeaders.of(x.headers),
                x.clientAddress, x.fromLoopback, x.scheme, x.startNanos);
        copy.plan = x.plan;
        copy.route = x.route;
        copy.trace = x.trace;
        copy.upstreamTrace = x.upstreamTrace;
        copy.forwardTarget = x.forwardTarget;
        copy.isMirror = true;
        copy.pool = pool;
        copy.admittedNanos = System.nanoTime();
        copy.attemptNanos = copy.admittedNanos;
        copy.endpoint = pool.next();
        copy.attempts = 1;
        copy.enter(pool.state());
        copy.worksOn(copy.endpoint.vitals());
        return copy;
    }

    /// The content of a whole chunked body.
    private static byte[] unwrapped(byte[] chunks) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(chunks);
        BodyStream stream = new BodyStream(new BodyStream.Source() {
            @Override
            public ByteBuffer buffered() {
                return all;
            }

            @Override
            public void fill() throws IOException {
                throw new EOFException("the kept body is not whole");
            }
        });
        stream.begin(Framing.CHUNKED);
        byte[] content = new byte[chunks.length];
        int size = 0;
        for (int read = stream.read(content, 0, content.length); read >= 0; read = stream.read(content, size,
                content.length - size)) {
            size += read;
        }
        return Arrays.copyOf(content, size);
    }

    /// A body that is there as a whole.
    private static final class KeptBody implements RequestBody {
        private final byte[] bytes;
        private final boolean present;
        private int at;

        KeptBody(byte[] bytes, boolean present) {
            this.bytes = bytes;
            this.present = present;
        }

        @Override
        public long length() {
            return present ? bytes.length : Forwarding.NO_BODY;
        }

        @Override
        public int available() {
            return bytes.length - at;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (at == bytes.length) {
                return -1;
            }
            int count = Math.min(length, bytes.length - at);
            System.arraycopy(bytes, at, into, offset, count);
            at += count;
            return count;
        }

        @Override
        public void invite() {}

        @Override
        public long taken() {
            return at;
        }

        @Override
        public boolean isFinished() {
            return at == bytes.length;
        }
    }
}
