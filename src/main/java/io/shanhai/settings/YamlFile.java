package io.shanhai.settings;

import io.shanhai.settings.Problem.Code;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// Reads a settings file into texts by key. Dotted keys and nested sections may be mixed; what has no place in the
/// catalogue becomes a problem with its line and column.
final class YamlFile {

    /// One value as written.
    ///
    /// @param place `file:line:column` of the value
    record Entry(String text, String place) {}

    private final Path file;
    private final Catalog catalog;
    private final List<Problem> problems;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private YamlFile(Path file, Catalog catalog, List<Problem> problems) {
        this.file = file;
        this.catalog = catalog;
        this.problems = problems;
    }

    /// @param problems what is wrong is added here
    /// @return the values found, by key
    static Map<String, Entry> read(Path file, Catalog catalog, List<Problem> problems) {
        YamlFile reading = new YamlFile(file, catalog, problems);
        try {
            // A key that is a list is a problem with a place here, and an exception without one there.
            LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).setAllowNonScalarKeys(true).build();
            StreamReader text = new StreamReader(settings, Files.readString(file));
            new Composer(settings, new ParserImpl(settings, text)).getSingleNode()
                    .ifPresent(root -> reading.readSection("", root));
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark().map(reading::place).orElse(file.toString());
            String context = e.getContext() == null ? "" : " " + e.getContext();
            reading.add(Code.INVALID_YAML, place, "not valid YAML: " + e.getProblem() + context);
        } catch (YamlEngineException e) {
            reading.add(Code.INVALID_YAML, file.toString(), "not valid YAML: " + e.getMessage());
        } catch (NoSuchFileException e) {
            reading.add(Code.UNREADABLE_FILE, file.toString(),
                    "no such file (expected: a settings file; leave --config out to use defaults)");
        } catch (CharacterCodingException e) {
            reading.add(Code.UNREADABLE_FILE, file.toString(), "not UTF-8 text");
        } catch (IOException e) {
            reading.add(Code.UNREADABLE_FILE, file.toString(), "cannot be read: " + e.getMessage());
        }
        return reading.entries;
    }

    private void readSection(String name, Node node) {
        if (!(node instanceof MappingNode mapping)) {
            if (!isNothing(node)) { // a section whose keys are all commented out is fine
                String what = name.isEmpty() ? "the file" : "\"" + name + "\"";
                add(Code.WRONG_NESTING, place(node), what + " is " + kind(node) + " (expected: keys below it)");
            }
            return;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key) {
                readKey(name.isEmpty() ? key.getValue() : name + "." + key.getValue(), key, tuple.getValueNode());
            } else {
                add(Code.WRONG_NESTING, place(tuple.getKeyNode()), "a key is " + kind(tuple.getKeyNode()) + " (expected: text)");
            }
        }
    }

    private void readKey(String name, Node keyNode, Node value) {
        Key key = catalog.key(name);
        if (key != null) {
            readValue(key, keyNode, value);
        } else if (catalog.sections().contains(name)) {
            readSection(name, value);
        } else {
            boolean isSection = value instanceof MappingNode;
            String what = isSection ? "unknown section \"" : "unknown key \"";
            add(Code.UNKNOWN_KEY, place(keyNode),
                    what + name + "\"" + Spelling.hint(name, isSection ? catalog.sections() : catalog.names()));
        }
    }

    private void readValue(Key key, Node keyNode, Node value) {
        Optional<String> text = text(key, value);
        if (text.isEmpty()) {
            add(Code.WRONG_NESTING, place(value), key.name() + " is " + kind(value) + " (expected: " + key.expectation() + ")");
            return;
        }
        Entry first = entries.putIfAbsent(key.name(), new Entry(text.get(), place(value)));
        if (first != null) {
            add(Code.DUPLICATE_KEY, place(keyNode), "\"" + key.name() + "\" is set twice (first at " + first.place() + ")");
        }
    }

    /// The value as a flag would write it; empty when its shape is wrong.
    private static Optional<String> text(Key key, Node value) {
        if (value instanceof ScalarNode scalar) {
            return Optional.of(isNothing(value) ? "" : scalar.getValue());
        }
        boolean isTexts = key.type().isList() && value instanceof SequenceNode list
                && list.getValue().stream().allMatch(ScalarNode.class::isInstance);
        return isTexts
                ? Optional.of(((SequenceNode) value).getValue().stream().map(item -> ((ScalarNode) item).getValue())
                        .collect(Collectors.joining(",")))
                : Optional.empty();
    }

    private static boolean isNothing(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static String kind(Node node) {
        return switch (node) {
            case MappingNode _ -> "a section";
            case SequenceNode _ -> "a list";
            case ScalarNode scalar -> "\"" + scalar.getValue() + "\"";
            default -> "of another kind";
        };
    }

    private String place(Node node) {
        return node.getStartMark().map(this::place).orElse(file.toString());
    }

    private String place(Mark mark) {
        return file + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
    }

    private void add(Code code, String place, String text) {
        problems.add(new Problem(code, place, text));
    }
}
