package io.shanhai.settings;

import java.util.Objects;

/// One thing that is wrong with the settings.
///
/// @param place `file:line:column`, the environment name, or the flag
/// @param text what was found and what was expected; never contains a secret
public record Problem(Code code, String place, String text) {

    /// The catalogue. A code keeps its meaning for ever; a retired one is not used again.
    public enum Code {
        UNREADABLE_FILE("SH-CFG-001"),
        INVALID_YAML("SH-CFG-002"),
        WRONG_NESTING("SH-CFG-003"),
        DUPLICATE_KEY("SH-CFG-004"),
        UNKNOWN_KEY("SH-CFG-005"),
        WRONG_TYPE("SH-CFG-006"),
        OUT_OF_RANGE("SH-CFG-007"),
        WRONG_TOGETHER("SH-CFG-008"),
        WRONG_FLAG("SH-CFG-009"),
        PORT_OFFSET("SH-CFG-010"),
        REFUSED_VALUE("SH-CFG-011");

        private final String id;

        Code(String id) {
            this.id = id;
        }

        /// The stable code, as printed.
        public String id() {
            return id;
        }
    }

    public Problem {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(text, "text");
    }

    @Override
    public String toString() {
        return code.id + " " + place + ": " + text;
    }
}
