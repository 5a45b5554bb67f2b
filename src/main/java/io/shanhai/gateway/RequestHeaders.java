package io.shanhai.gateway;

import java.util.function.BiConsumer;

/// A request's header fields as received, in order. Names are compared without regard to case. Valid until the
/// exchange ends.
public interface RequestHeaders {

    /// The first value, null when there is none. `name` is lower case.
    String first(String name);

    /// How many lines have this name. `name` is lower case.
    int count(String name);

    /// True when a line has this name and exactly this value. `name` is lower case.
    default boolean has(String name, String value) {
        boolean[] found = {false};
        forEach((n, v) -> found[0] |= v.equals(value) && n.equalsIgnoreCase(name));
        return found[0];
    }

    /// All lines of this name joined with `, ` in order, null when there is none. `name` is lower case.
    String joined(String name);

    /// Every line in order, names as the client wrote them.
    void forEach(BiConsumer<String, String> consumer);
}
