package io.shanhai.gateway.nio;

/// What a [ClientConnection] is doing.
enum ClientState {
    /// Between requests, or a head is coming.
    HEAD,
    /// A filter's task runs elsewhere; nothing is read.
    SUSPENDED,
    RELAY,
    /// The response is decided and the socket takes it slower than we give.
    ANSWER,
    /// Answered; the rest of the request's body is read and thrown away.
    DISCARD,
    /// Answered for the last time; what the client still sends is read, so that the answer is not lost to a reset.
    LINGER,
    CLOSED
}
