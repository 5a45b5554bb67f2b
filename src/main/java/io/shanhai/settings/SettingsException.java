package io.shanhai.settings;

import java.util.List;
import java.util.stream.Collectors;

/// The settings cannot be used. Carries every problem, not only the first.
public final class SettingsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    SettingsException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining(System.lineSeparator())));
        this.problems = List.copyOf(problems);
    }

    /// All problems: those of the file in file order, then environment, then flags.
    public List<Problem> problems() {
        return problems;
    }
}
