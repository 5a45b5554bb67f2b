package io.shanhai.cli;

import io.shanhai.settings.Section;
import io.shanhai.settings.Setting;

/// Settings of the log.
@Section(value = "log", doc = "What this process writes to standard error.")
public record LogSettings(
        @Setting(value = "auto", doc = "json: one object per line; text: for people; auto: text on a terminal, else json.", live = true) Format format,
        @Setting(value = "info", doc = "Least severe level that is written.", live = true) Level level) {

    public enum Format {
        AUTO,
        JSON,
        TEXT
    }

    public enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }
}
