package io.shanhai.gateway.http1;

import java.util.Objects;

/// Why a message was refused. A value, not an exception: being refused is the ordinary fate of hostile input, and the
/// common ones are constants so that an attack allocates nothing.
///
/// @param status what a client is answered; an upstream's malformed response is always a bad gateway
/// @param reason stable word for `x-shanhai-reason`, `http1:…`
/// @param detail for people: what was wrong and what was expected
public record Malformed(int status, String reason, String detail) {

    public Malformed {
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status: " + status + " (expected: 400..599)");
        }
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(detail, "detail");
    }

    static Malformed badRequest(String rule, String detail) {
        return new Malformed(400, "http1:" + rule, detail);
    }
}
