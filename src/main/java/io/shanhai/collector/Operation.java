package io.shanhai.collector;

import io.shanhai.trace.Span;
import java.util.Comparator;

/// What a service does, as its spans are named.
public record Operation(String name, Span.Kind kind) implements Comparable<Operation> {

    private static final Comparator<Operation> ORDER = Comparator.comparing(Operation::name).thenComparing(Operation::kind);

    static Operation of(Span span) {
        return new Operation(span.name(), span.kind());
    }

    @Override
    public int compareTo(Operation other) {
        return ORDER.compare(this, other);
    }
}
