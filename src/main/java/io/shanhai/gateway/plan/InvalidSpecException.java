package io.shanhai.gateway.plan;

import java.util.List;
import java.util.stream.Collectors;

/// An object that cannot be accepted; carries everything that is wrong with it. Nothing was stored.
public final class InvalidSpecException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Violation> violations;

    public InvalidSpecException(List<Violation> violations) {
        super(violations.stream().map(v -> v.path() + ": " + v.message()).collect(Collectors.joining("; ")));
        this.violations = List.copyOf(violations);
    }

    public List<Violation> violations() {
        return violations;
    }
}
