package io.shanhai.gateway.plan;

/// One thing wrong with an object.
///
/// @param path JSON Pointer (RFC 6901) into the object, `""` for the whole
/// @param message what was found, what was expected
public record Violation(String path, String message) {}
