package io.shanhai.gateway.plan;

import java.util.Objects;

/// One thing wrong with an object, a request's body or its parameters.
///
/// @param path JSON Pointer (RFC 6901) to the value, `""` for the whole; `?name` for a query parameter
/// @param message what was found, what was expected
public record Violation(String path, String message) {

    public Violation {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(message, "message");
    }
}
