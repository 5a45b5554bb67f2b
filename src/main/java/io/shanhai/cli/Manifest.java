package io.shanhai.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.constructor.StandardConstructor;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// One object of a file for `apply`: `{kind: route, id: users, spec: {…}}`. JSON is read as the YAML it also is.
///
/// @param spec as Java maps, lists and scalars
/// @param specNode the same with its places
record Manifest(Kind kind, String id, Object spec, Node specNode, Path file) {

    /// In the order they are shown: a route names limits, so these come first.
    enum Kind {
        LIMIT("/v1/limits/{id}"),
        ROUTE("/v1/routes/{id}"),
        /// Its id is `service/host:port`.
        INSTANCE("/v1/registry/{service}/{host:port}");

        private final String path;

        Kind(String path) {
            this.path = path;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A file that cannot be used; the message begins with its place.
    static final class Wrong extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Wrong(String place, String text) {
            super(place + ": " + text);
        }
    }

    private static final List<String> SUFFIXES = List.of(".yaml", ".yml", ".json");

    /// Reads a file, or every YAML and JSON file below a folder in the order of their names.
    ///
    /// @throws Wrong at the first thing that is wrong
    static List<Manifest> readAll(Path path) {
        try {
            List<Manifest> manifests = new ArrayList<>();
            for (Path file : files(path)) {
                manifests.addAll(read(file));
            }
            if (manifests.isEmpty()) {
                throw new Wrong(path.toString(), "nothing to apply (expected: YAML or JSON objects)");
            }
            return manifests;
        } catch (IOException e) {
            throw new Wrong(path.toString(), "cannot be read: " + e);
        }
    }

    /// Where a JSON Pointer into the spec points to: `file:line:column` of the deepest part that is there.
    String place(String pointer) {
        Node node = specNode;
        for (String token : pointer.split("/")) {
            Optional<Node> below = token.isEmpty() ? Optional.of(node) : child(node, token.replace("~1", "/").replace("~0", "~"));
            if (below.isEmpty()) {
                break;
            }
            node = below.get();
        }
        return place(file, node);
    }

    @Override
    public String toString() {
        return kind.word() + "/" + id;
    }

    private static List<Path> files(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> walk = Files.walk(path)) {
            return walk.filter(file -> SUFFIXES.stream().anyMatch(file.getFileName().toString()::endsWith)).sorted().toList();
        }
    }

    private static List<Manifest> read(Path file) throws IOException {
        LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
        List<Manifest> manifests = new ArrayList<>();
        try {
            StreamReader text = new StreamReader(settings, Files.readString(file));
            Composer documents = new Composer(settings, new ParserImpl(settings, text));
            while (documents.hasNext()) {
                manifests.add(of(settings, file, documents.next()));
            }
            return manifests;
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark().map(mark -> file + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                    .orElse(file.toString());
            throw new Wrong(place, "not valid YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new Wrong(file.toString(), "not valid YAML: " + e.getMessage());
        }
    }

    private static Manifest of(LoadSettings settings, Path file, Node node) {
        if (!(node instanceof MappingNode mapping)) {
            throw new Wrong(place(file, node), "not an object (expected: kind, id, spec)");
        }
        Map<String, Node> members = new HashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            String name = tuple.getKeyNode() instanceof ScalarNode key ? key.getValue() : "";
            if (!List.of("kind", "id", "spec").contains(name)) {
                throw new Wrong(place(file, tuple.getKeyNode()), "unknown member \"" + name + "\" (expected: kind, id, spec)");
            }
            if (members.put(name, tuple.getValueNode()) != null) {
                throw new Wrong(place(file, tuple.getKeyNode()), "\"" + name + "\" is there twice");
            }
        }
        Kind kind = kind(text(file, node, members, "kind"), place(file, members.get("kind")));
        String id = text(file, node, members, "id");
        if (!(members.get("spec") instanceof MappingNode spec)) {
            throw new Wrong(place(file, members.getOrDefault("spec", node)), "spec is missing or no object (expected: what PUT "
                    + kind.path + " takes)");
        }
        Object value = new StandardConstructor(settings).constructSingleDocument(Optional.of(spec));
        return new Manifest(kind, id, value, spec, file);
    }

    private static String text(Path file, Node object, Map<String, Node> members, String name) {
        if (members.get(name) instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
            return scalar.getValue();
        }
        throw new Wrong(place(file, members.getOrDefault(name, object)), name + " is missing or no text");
    }

    private static Kind kind(String word, String place) {
        for (Kind kind : Kind.values()) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        throw new Wrong(place, "kind is \"" + word + "\" (expected: limit, route or instance)");
    }

    /// @throws Wrong when an object is in two places
    static void refuseTwins(List<Manifest> manifests) {
        Map<String, Manifest> seen = new HashMap<>();
        for (Manifest manifest : manifests) {
            Manifest first = seen.putIfAbsent(manifest.toString(), manifest);
            if (first != null) {
                throw new Wrong(manifest.place(""), manifest + " is there twice (first at " + first.place("") + ")");
            }
        }
    }

    private static Optional<Node> child(Node node, String token) {
        return switch (node) {
            case MappingNode mapping -> mapping.getValue().stream()
                    .filter(tuple -> tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(token))
                    .map(NodeTuple::getValueNode).findFirst();
            case SequenceNode list -> token.matches("\\d{1,9}") && Integer.parseInt(token) < list.getValue().size()
                    ? Optional.of(list.getValue().get(Integer.parseInt(token)))
                    : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static String place(Path file, Node node) {
        return node.getStartMark().map(mark -> file + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                .orElse(file.toString());
    }
}
