package io.shanhai.gateway.upstream;

import io.shanhai.gateway.BodyCopy;
import io.shanhai.gateway.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;

/// The client's body, kept on its way when the exchange wants that, and read from what was kept in a further attempt. Read
/// by one thread at a time.
final class RepeatableBody implements RequestBody {

    private final Exchange x;
    private final RequestBody client;
    /// What is left of the kept body; null while the client's is read.
    private ByteBuffer again;

    RepeatableBody(Exchange x, RequestBody client) {
        this.x = x;
        this.client = client;
    }

    /// Before each attempt's first byte; nobody reads any more for the attempt before.
    void begin() {
        BodyCopy copy = x.bodyCopy;
        if (copy != null && client.isFinished() && client.taken() == 0) {
            copy.end(); // there is no body
        }
        again = client.taken() > 0 && copy != null && copy.isComplete() ? copy.content() : null;
    }

    /// The whole body can be sent (once more): nothing was taken from the client, or all of it is kept.
    boolean isRepeatable() {
        return client.taken() == 0 || x.bodyCopy != null && x.bodyCopy.isComplete();
    }

    @Override
    public long length() {
        return client.length();
    }

    @Override
    public int available() {
        return again != null ? again.remaining() : client.available();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (again != null) {
            int count = Math.min(length, again.remaining());
            again.get(into, offset, count);
            return count == 0 ? -1 : count;
        }
        int count = client.read(into, offset, length);
        BodyCopy copy = x.bodyCopy;
        if (copy != null) {
            if (count > 0) {
                copy.add(into, offset, count);
            }
            if (client.isFinished()) {
                copy.end();
            }
        }
        return count;
    }

    @Override
    public void invite() throws IOException {
        if (again == null) {
            client.invite();
        }
    }

    @Override
    public long taken() {
        return client.taken();
    }

    @Override
    public boolean isFinished() {
        return again != null ? !again.hasRemaining() : client.isFinished();
    }
}
