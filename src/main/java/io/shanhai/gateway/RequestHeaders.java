package io.shanhai.gateway;

import java.util.function.BiConsumer;

/// A request's header fields as received, in order. Names are compared without regard to case. Valid until the
/// exchange ends.
public interface RequestHeaders {

    /// The first value, null when there is none. `name` is lower case.
    String first(String name);

    /// How many lines have this name. `name` is lower case.
    int count(String name);

    /// All lines of this name joined with `, ` in order, null when there is none. `name` is lower case.
    String joined(String name);

    /// Every line in order, names as the client wrote them.
    void forEach(BiConsumer<String, String> consumer);
}
