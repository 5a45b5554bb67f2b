package io.shanhai.settings;

import io.shanhai.settings.Problem.Code;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The settings this process runs with: one immutable record per section, and where each value came from.
///
/// Precedence: `--set` flag, environment, file, default. An empty environment value counts as not set.
public final class Settings {

    private static final String DEFAULT_SOURCE = "default";
    /// Environment names of ours that are no settings: they are read by the launchers.
    private static final Set<String> LAUNCHER_NAMES = Set.of("SHANHAI_JAVA_HOME", "SHANHAI_JAVA_OPTS", "SHANHAI_HEAP",
            "SHANHAI_GC",
            "SHANHAI_CACHE", "SHANHAI_LAUNCHER_PID");

    /// One key as it stands.
    ///
    /// @param value as text; secrets are masked
    /// @param source `default`, `file:line:column`, an environment name or `--set`
    public record Effective(String key, String value, String source) {}

    /// A key that another reading gives another value.
    ///
    /// @param isLive whether the process can take it up without a restart
    public record Change(String key, String from, String to, boolean isLive) {}

    /// @param text as written, after the offset
    private record Chosen(Key key, String text, String source) {}

    private final Map<Class<?>, Record> records;
    private final Map<String, Chosen> chosen;
    private final List<String> warnings;

    private Settings(Map<Class<?>, Record> records, Map<String, Chosen> chosen, List<String> warnings) {
        this.records = records;
        this.chosen = chosen;
        this.warnings = List.copyOf(warnings);
    }

    /// Reads and checks everything.
    ///
    /// @param sections records annotated with [Section]
    /// @param fileOrNull the settings file, null for none
    /// @param environment as of `System.getenv()`
    /// @param sets `key=value` each, later ones win
    /// @param offset added to every port that is not 0
    /// @throws SettingsException with all problems there are
    public static Settings load(List<Class<? extends Record>> sections, Path fileOrNull, Map<String, String> environment,
            List<String> sets, int offset) {
        Catalog catalog = new Catalog(sections);
        List<Problem> problems = new ArrayList<>();
        Map<String, Chosen> chosen = new LinkedHashMap<>();
        catalog.keys().forEach(key -> chosen.put(key.name(), new Chosen(key, key.defaultText(), DEFAULT_SOURCE)));
        if (fileOrNull != null) {
            YamlFile.read(fileOrNull, catalog, problems)
                    .forEach((name, entry) -> chosen.put(name, new Chosen(catalog.key(name), entry.text(), entry.place())));
        }
        List<String> warnings = takeEnvironment(environment, catalog, chosen);
        takeFlags(sets, catalog, chosen, problems);
        Map<Class<?>, Record> records = bind(catalog, chosen, offset, problems);
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return new Settings(records, chosen, warnings);
    }

    /// Writes `config/shanhai.yaml` and `docs/settings.md` below a folder, from the records.
    public static void writeReference(List<Class<? extends Record>> sections, Path folder) throws IOException {
        Reference.write(new Catalog(sections), folder);
    }

    /// The keys that are port numbers: what `offset` moves.
    public static List<String> portKeys(List<Class<? extends Record>> sections) {
        return new Catalog(sections).keys().stream().filter(Key::isPort).map(Key::name).toList();
    }

    /// One section.
    ///
    /// @throws IllegalArgumentException when it was not asked for in [#load]
    public <T extends Record> T section(Class<T> type) {
        Record section = records.get(type);
        if (section == null) {
            throw new IllegalArgumentException(type.getName() + " (expected: one of " + records.keySet() + ")");
        }
        return type.cast(section);
    }

    /// Every key with its value and source, in the order of the reference.
    public List<Effective> effective() {
        return chosen.values().stream()
                .map(choice -> new Effective(choice.key().name(), choice.key().shown(choice.text()), choice.source())).toList();
    }

    /// Whether somebody chose the key's value, as opposed to its default.
    public boolean isExplicit(String key) {
        Chosen choice = chosen.get(key);
        if (choice == null) {
            throw new IllegalArgumentException("no such key: " + key);
        }
        return !choice.source().startsWith(DEFAULT_SOURCE);
    }

    /// What would change if `next`, a reading of the same sections, took the place of this one.
    public List<Change> changesTo(Settings next) {
        return chosen.values().stream().flatMap(before -> {
            Chosen after = next.chosen.get(before.key().name());
            Key key = before.key();
            return after.text().equals(before.text())
                    ? Stream.empty()
                    : Stream.of(new Change(key.name(), key.shown(before.text()), key.shown(after.text()), key.isLive()));
        }).toList();
    }

    /// Remarks that do not stop the start, one line each.
    public List<String> warnings() {
        return warnings;
    }

    /// Unknown names only warn: Kubernetes gives every pod `SHANHAI_PORT=tcp://…` when a service is called shanhai.
    private static List<String> takeEnvironment(Map<String, String> environment, Catalog catalog, Map<String, Chosen> chosen) {
        List<String> warnings = new ArrayList<>();
        new TreeMap<>(environment).forEach((name, text) -> {
            if (!name.startsWith(Key.ENVIRONMENT_PREFIX) || LAUNCHER_NAMES.contains(name) || text.isEmpty()) {
                return;
            }
            Key key = catalog.keyOfEnvironment(name);
            if (key == null) {
                warnings.add("environment variable " + name + " is no setting and is ignored"
                        + Spelling.hint(name, catalog.environmentNames()));
            } else {
                chosen.put(key.name(), new Chosen(key, text, name));
            }
        });
        return warnings;
    }

    private static void takeFlags(List<String> sets, Catalog catalog, Map<String, Chosen> chosen, List<Problem> problems) {
        for (String set : sets) {
            int equals = set.indexOf('=');
            if (equals < 1) {
                problems.add(new Problem(Code.WRONG_FLAG, "--set", "\"" + set + "\" (expected: key=value)"));
                continue;
            }
            String name = set.substring(0, equals).strip();
            Key key = catalog.key(name);
            if (key == null) {
                problems.add(new Problem(Code.UNKNOWN_KEY, "--set",
                        "unknown key \"" + name + "\"" + Spelling.hint(name, catalog.names())));
            } else {
                chosen.put(name, new Chosen(key, set.substring(equals + 1).strip(), "--set"));
            }
        }
    }

    private static Map<Class<?>, Record> bind(Catalog catalog, Map<String, Chosen> chosen, int offset, List<Problem> problems) {
        Map<Class<?>, Record> records = new LinkedHashMap<>();
        for (Catalog.Part part : catalog.parts()) {
            List<Object> values = new ArrayList<>();
            for (Key key : part.keys()) {
                try {
                    Chosen shifted = shift(chosen.get(key.name()), offset, problems);
                    chosen.put(key.name(), shifted);
                    values.add(key.parse(shifted.text()));
                } catch (Key.Refused refused) {
                    problems.add(refused.at(chosen.get(key.name()).source()));
                }
            }
            if (values.size() == part.keys().size()) {
                construct(part, values, chosen, problems).forEach(made -> records.put(part.type(), made));
            }
        }
        return records;
    }

    /// Adds the offset to a port. The value's own problems come first: they are reported as written.
    private static Chosen shift(Chosen choice, int offset, List<Problem> problems) {
        if (offset == 0 || !choice.key().isPort()) {
            return choice;
        }
        int port = (int) choice.key().parse(choice.text());
        if (port == 0) {
            return choice;
        }
        int shifted = port + offset;
        if (!choice.key().isInRange(shifted)) {
            problems.add(new Problem(Code.PORT_OFFSET, "--offset " + offset, choice.key().name() + " becomes " + shifted
                    + " (expected: " + choice.key().expectation() + ")"));
            return choice;
        }
        return new Chosen(choice.key(), Integer.toString(shifted), choice.source() + " with --offset " + offset);
    }

    /// Empty when the record itself refused the combination.
    private static List<Record> construct(Catalog.Part part, List<Object> values, Map<String, Chosen> chosen,
            List<Problem> problems) {
        try {
            Class<?>[] types = Stream.of(part.type().getRecordComponents()).map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<? extends Record> constructor = part.type().getDeclaredConstructor(types);
            return List.of(constructor.newInstance(values.toArray()));
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof WrongSettings wrong) {
                wrong.reasons().forEach((component, why) -> {
                    Chosen choice = chosen.get(Key.name(part.name(), component));
                    problems.add(new Problem(Code.REFUSED_VALUE, choice.source(), choice.key().name() + ": " + why));
                });
                return List.of();
            }
            if (e.getCause() instanceof IllegalArgumentException refused) {
                problems.add(new Problem(Code.WRONG_TOGETHER, "section " + part.name(), refused.getMessage()));
                return List.of();
            }
            throw new IllegalStateException(part.type().getName() + " cannot be constructed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(part.type().getName() + " cannot be constructed (expected: a public record)", e);
        }
    }
}
