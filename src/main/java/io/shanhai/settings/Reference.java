package io.shanhai.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes the reference page and the commented default file from the catalogue, so that neither can drift.
final class Reference {

    private static final String REGENERATE = "shanhai check --write-reference .";

    private Reference() {}

    static void write(Catalog catalog, Path folder) throws IOException {
        write(folder.resolve("config/shanhai.yaml"), yaml(catalog));
        write(folder.resolve("docs/settings.md"), markdown(catalog));
    }

    /// Every key commented out with its default; a section's name is not, so that uncommenting one line is enough.
    private static String yaml(Catalog catalog) {
        StringBuilder out = new StringBuilder();
        out.append("# Settings of Shanhai. Every key stands here with its default; uncomment a line to change it.\n");
        out.append("# A flag (--set gateway.port=9000) or the environment (SHANHAI_GATEWAY_PORT=9000) wins over this file.\n");
        out.append("# Verify with: shanhai check --config config/shanhai.yaml\n");
        out.append("# Written by: ").append(REGENERATE).append("\n");
        for (Catalog.Part part : catalog.parts()) {
            out.append("\n# ").append(part.doc()).append('\n');
            out.append(part.name()).append(":\n"); // a dotted section name is one key, no nesting needed
            for (Key key : part.keys()) {
                out.append("  # ").append(key.doc()).append('\n');
                out.append("  #   ").append(remark(key)).append('\n');
                out.append("  # ").append(key.shortName()).append(": ").append(yamlValue(key)).append("\n");
            }
        }
        return out.toString();
    }

    private static String markdown(Catalog catalog) {
        StringBuilder out = new StringBuilder();
        out.append("# Settings\n\n");
        out.append("Produced from the settings records by `").append(REGENERATE).append("`; do not edit.\n\n");
        out.append(
                """
                        A value comes from, first found wins: a flag `--set key=value`, the environment, the file given with `--config`
                        (`config/shanhai.yaml` when it is there), the default. In the file, `gateway.port: 9000` and `port: 9000` below
                        `gateway:` are the same. `--offset N` adds N to every port that is not 0. An unknown key stops the start, an unknown
                        `SHANHAI_…` environment name only warns. SIGHUP reads everything again: keys marked *live* take effect at once, others
                        at the next start. `shanhai check` tells all problems and prints what is in effect.

                        Times are written `200ms`, `10s`, `5m`, `1h`, `1d`; sizes `512`, `64KiB`, `16MiB`, `2GiB`; lists as YAML lists or
                        comma-separated.
                        """);
        for (Catalog.Part part : catalog.parts()) {
            out.append("\n## ").append(part.name()).append("\n\n").append(part.doc()).append("\n\n");
            out.append("| key | default | expected | environment | what it is for |\n|---|---|---|---|---|\n");
            for (Key key : part.keys()) {
                List<String> cells = new ArrayList<>();
                cells.add("`" + key.name() + "`");
                cells.add(key.defaultText().isEmpty() ? "not set" : "`" + key.defaultText() + "`");
                cells.add(key.expectation() + (key.isLive() ? ", *live*" : ""));
                cells.add("`" + key.environmentName() + "`");
                cells.add(key.doc());
                out.append("| ").append(String.join(" | ", cells.stream().map(cell -> cell.replace("|", "\\|")).toList()))
                        .append(" |\n");
            }
        }
        return out.toString();
    }

    private static String remark(Key key) {
        return "(" + key.expectation() + (key.isLive() ? "; live" : "") + ")";
    }

    private static String yamlValue(Key key) {
        if (!key.defaultText().isEmpty()) {
            return key.type().isList() ? "[" + key.defaultText() + "]" : key.defaultText();
        }
        return key.type().isList() ? "[]" : "\"\"";
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, text);
    }
}
