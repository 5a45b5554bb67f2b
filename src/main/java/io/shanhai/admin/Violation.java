package io.shanhai.admin;

import java.util.Objects;

/// One thing wrong with a request's body or parameters.
///
/// @param path JSON Pointer (RFC 6901) to the value, `""` for the whole body; `?name` for a query parameter
/// @param message what is wrong, the value, what was expected
record Violation(String path, String message) {

    Violation {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(message, "message");
    }
}
