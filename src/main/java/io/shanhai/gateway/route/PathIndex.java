package io.shanhai.gateway.route;

import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// The routes of one host by path: a hash table for exact paths, one tree of segments for templates and prefixes.
/// Immutable.
final class PathIndex {

    private static final Candidate[] NONE = {};

    private final Map<String, Candidate[]> exact = new HashMap<>();
    private final Node root;

    PathIndex(List<Candidate> candidates) {
        Map<String, List<Candidate>> exactly = new HashMap<>();
        Growing top = new Growing();
        for (Candidate candidate : candidates) {
            switch (candidate.match().kind()) {
                case EXACT -> exactly.computeIfAbsent(candidate.match().path(), _ -> new ArrayList<>()).add(candidate);
                case TEMPLATE -> top.descend(candidate.match().path(), true).templates.add(candidate);
                case PREFIX -> top.descend(candidate.match().path(), false).prefixes.add(candidate);
            }
        }
        exactly.forEach((path, list) -> exact.put(path, sorted(list)));
        root = top.freeze();
    }

    private static Candidate[] sorted(List<Candidate> list) {
        list.sort(Candidate.PRECEDENCE);
        return list.isEmpty() ? NONE : list.toArray(Candidate[]::new);
    }

    /*
     * HOT PATH, once per request. Allocation: none; segments are compared in place.
     */
    Route match(String method, String path, String query, RequestHeaders headers) {
        Candidate[] exactly = exact.get(path);
        Candidate found = exactly == null ? null : first(exactly, method, query, headers);
        if (found == null) {
            found = template(root, path, 1, method, query, headers);
        }
        if (found == null) {
            found = prefix(root, path, 1, method, query, headers);
        }
        return found == null ? null : found.route();
    }

    private static Candidate first(Candidate[] candidates, String method, String query, RequestHeaders headers) {
        for (Candidate candidate : candidates) {
            if (candidate.match().fits(method, query, headers)) {
                return candidate;
            }
        }
        return null;
    }

    /// @param at where the next segment begins, behind its `/`
    private static Candidate template(Node node, String path, int at, String method, String query, RequestHeaders headers) {
        if (at > path.length()) {
            return first(node.templates, method, query, headers);
        }
        int end = segmentEnd(path, at);
        Node literal = node.child(path, at, end);
        Candidate found = literal == null ? null : template(literal, path, end + 1, method, query, headers);
        return found != null || node.any == null || end == at
                ? found
                : template(node.any, path, end + 1, method, query, headers);
    }

    /// The longest prefix first: deeper nodes are asked before their parents.
    private static Candidate prefix(Node node, String path, int at, String method, String query, RequestHeaders headers) {
        if (at <= path.length()) {
            int end = segmentEnd(path, at);
            Node child = node.child(path, at, end);
            Candidate found = child == null ? null : prefix(child, path, end + 1, method, query, headers);
            if (found != null) {
                return found;
            }
        }
        return first(node.prefixes, method, query, headers);
    }

    private static int segmentEnd(String path, int at) {
        int slash = path.indexOf('/', at);
        return slash < 0 ? path.length() : slash;
    }

    /// All candidates whose path fits, in order of precedence.
    void visit(String path, Consumer<Candidate> visitor) {
        for (Candidate candidate : exact.getOrDefault(path, NONE)) {
            visitor.accept(candidate);
        }
        visitTemplates(root, path, 1, visitor);
        visitPrefixes(root, path, 1, visitor);
    }

    private static void visitTemplates(Node node, String path, int at, Consumer<Candidate> visitor) {
        if (at > path.length()) {
            Arrays.asList(node.templates).forEach(visitor);
            return;
        }
        int end = segmentEnd(path, at);
        Node literal = node.child(path, at, end);
        if (literal != null) {
            visitTemplates(literal, path, end + 1, visitor);
        }
        if (node.any != null && end > at) {
            visitTemplates(node.any, path, end + 1, visitor);
        }
    }

    private static void visitPrefixes(Node node, String path, int at, Consumer<Candidate> visitor) {
        if (at <= path.length()) {
            int end = segmentEnd(path, at);
            Node child = node.child(path, at, end);
            if (child != null) {
                visitPrefixes(child, path, end + 1, visitor);
            }
        }
        Arrays.asList(node.prefixes).forEach(visitor);
    }

    /// @param names of the children, sorted; `children` in the same order
    /// @param any the `{name}` child, null when there is none
    private record Node(String[] names, Node[] children, Node any, Candidate[] templates, Candidate[] prefixes) {

        /// Binary search for the segment `path[at, end)` without cutting it out.
        Node child(String path, int at, int end) {
            int low = 0;
            int high = names.length - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                int order = compare(names[middle], path, at, end);
                if (order == 0) {
                    return children[middle];
                }
                if (order < 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return null;
        }

        private static int compare(String name, String path, int at, int end) {
            int common = Math.min(name.length(), end - at);
            for (int i = 0; i < common; i++) {
                int difference = name.charAt(i) - path.charAt(at + i);
                if (difference != 0) {
                    return difference;
                }
            }
            return name.length() - (end - at);
        }
    }

    private static final class Growing {
        private final Map<String, Growing> children = new TreeMap<>(Comparator.naturalOrder());
        private Growing any;
        private final List<Candidate> templates = new ArrayList<>();
        private final List<Candidate> prefixes = new ArrayList<>();

        /// @param isTemplate `{name}` segments stand for any one segment
        Growing descend(String path, boolean isTemplate) {
            Growing node = this;
            if (path.equals("/") && !isTemplate) {
                return node;
            }
            for (String segment : path.substring(1).split("/", -1)) {
                if (isTemplate && segment.startsWith("{") && segment.endsWith("}")) {
                    node.any = node.any == null ? new Growing() : node.any;
                    node = node.any;
                } else {
                    node = node.children.computeIfAbsent(segment, _ -> new Growing());
                }
            }
            return node;
        }

        Node freeze() {
            return new Node(children.keySet().toArray(String[]::new),
                    children.values().stream().map(Growing::freeze).toArray(Node[]::new),
                    any == null ? null : any.freeze(), sorted(templates), sorted(prefixes));
        }
    }
}
