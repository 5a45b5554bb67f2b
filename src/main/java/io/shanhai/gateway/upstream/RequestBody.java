package io.shanhai.gateway.upstream;

import java.io.IOException;

/// A request's body on its way from the client, without framing. Read by one thread at a time; never collected.
public interface RequestBody {

    /// Bytes, [Forwarding#CHUNKED] when unknown, [Forwarding#NO_BODY] when there is none.
    long length();

    /// Bytes that can be read without waiting for the client.
    int available();

    /// @return how many bytes were read, at least 1; -1 at the end
    /// @throws IOException the client went away, or what it sent is no body
    int read(byte[] into, int offset, int length) throws IOException;

    /// Tells a client that waits for `100 Continue` to go on. Called once, before the first [#read], by the exchange's
    /// thread: the body may then be read by another one.
    ///
    /// @throws IOException the client went away
    void invite() throws IOException;

    /// Bytes handed out so far.
    long taken();

    /// True when the whole body was read; from the start when there is none.
    boolean isFinished();
}
