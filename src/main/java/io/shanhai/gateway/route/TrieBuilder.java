package io.shanhai.gateway.route;

import io.shanhai.gateway.route.RouteMatch.Kind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Lays candidates out as [PathTrie] reads them. Used once, by one thread.
final class TrieBuilder {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final int[] FLAGS = {PathTrie.EXACT, PathTrie.TEMPLATE, PathTrie.REGEX, PathTrie.PREFIX};
    private static final int ALIGNMENT = 4;

    private final Candidate[] candidates;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Step, Node> children = new HashMap<>();
    private final List<int[]> groups = new ArrayList<>();

    /// @param hosts position of the hosts' root, 0 when no candidate has an exact host; likewise `wildcards`
    record Parts(byte[] arena, long[] slots, int[][] groups, int hosts, int wildcards, int anyHost, boolean hasPatterns) {}

    private record Step(Node parent, String segment) {}

    /// A node while the tree grows. Identity is equality.
    private static final class Node {
        private final Node parent;
        private final String segment;
        private final boolean hashed;
        private Node any;
        /// Numbers of candidates by kind; null where there are none. Most nodes have one list with one number in it.
        private int[][] lists;
        private boolean templatesBelow;
        private int position;

        /// @param hashed found by its segment; a parameter's node is found by its parent's `any`
        Node(Node parent, String segment, boolean hashed) {
            this.parent = parent;
            this.segment = segment;
            this.hashed = hashed;
        }

        void add(Kind kind, int number) {
            lists = lists == null ? new int[Kind.values().length][] : lists;
            int[] before = lists[kind.ordinal()];
            int[] after = before == null ? new int[1] : Arrays.copyOf(before, before.length + 1);
            after[after.length - 1] = number;
            lists[kind.ordinal()] = after;
        }

        int listCount() {
            int count = 0;
            for (int kind = 0; lists != null && kind < lists.length; kind++) {
                count += lists[kind] == null ? 0 : 1;
            }
            return count;
        }
    }

    private TrieBuilder(Candidate[] candidates) {
        this.candidates = candidates;
    }

    static PathTrie build(List<Candidate> list) {
        Candidate[] candidates = list.toArray(Candidate[]::new);
        return new PathTrie(new TrieBuilder(candidates).parts(), candidates);
    }

    private Parts parts() {
        Node hosts = grow(null, "", false);
        Node wildcards = grow(null, "", false);
        Node anyHost = grow(null, "", false);
        boolean hasHosts = false;
        boolean hasWildcards = false;
        boolean hasPatterns = false;
        for (int i = 0; i < candidates.length; i++) {
            RouteMatch match = candidates[i].match();
            Node root = match.host().isEmpty()
                    ? anyHost
                    : match.isWildcard() ? child(wildcards, match.host().substring(2)) : child(hosts, match.host());
            hasWildcards |= match.isWildcard();
            hasHosts |= !match.host().isEmpty() && !match.isWildcard();
            hasPatterns |= match.kind() == Kind.REGEX;
            Node end = descend(root, match);
            end.add(match.kind(), i);
            if (match.kind() == Kind.TEMPLATE) {
                for (Node up = end; up != null; up = up.parent) {
                    up.templatesBelow = true;
                }
            }
        }
        byte[] arena = layOut();
        return new Parts(arena, slots(), groups.toArray(int[][]::new), hasHosts ? hosts.position : 0,
                hasWildcards ? wildcards.position : 0, anyHost.position, hasPatterns);
    }

    private Node grow(Node parent, String segment, boolean hashed) {
        Node node = new Node(parent, segment, hashed);
        nodes.add(node);
        return node;
    }

    private Node child(Node parent, String segment) {
        return children.computeIfAbsent(new Step(parent, segment), step -> grow(step.parent, step.segment, true));
    }

    private Node descend(Node root, RouteMatch match) {
        Node node = root;
        switch (match.kind()) {
            case REGEX -> {
                for (String segment : LiteralStart.of(match.path())) {
                    node = child(node, segment);
                }
            }
            case TEMPLATE -> {
                for (String segment : match.path().substring(1).split("/", -1)) {
                    node = Candidate.isParameter(segment) ? any(node) : child(node, segment);
                }
            }
            case EXACT, PREFIX -> {
                if (match.kind() == Kind.PREFIX && match.path().equals("/")) {
                    return root;
                }
                String path = match.path();
                for (int at = 1; at <= path.length();) {
                    int slash = path.indexOf('/', at);
                    int end = slash < 0 ? path.length() : slash;
                    node = child(node, path.substring(at, end));
                    at = end + 1;
                }
            }
        }
        return node;
    }

    private Node any(Node node) {
        node.any = node.any == null ? grow(node, "", false) : node.any;
        return node.any;
    }

    /// A parent comes before its children, so its position is known when theirs is hashed. Position 0 means none.
    private byte[] layOut() {
        int size = ALIGNMENT;
        for (Node node : nodes) {
            node.position = size;
            int end = Math.addExact(textAt(node), node.segment.length());
            size = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        byte[] arena = new byte[size];
        for (Node node : nodes) {
            write(node, arena);
        }
        return arena;
    }

    private static int textAt(Node node) {
        return node.position + PathTrie.LISTS + 4 * node.listCount();
    }

    private void write(Node node, byte[] arena) {
        int at = node.position;
        INT.set(arena, at + PathTrie.PARENT, node.parent == null ? 0 : node.parent.position);
        INT.set(arena, at + PathTrie.ANY, node.any == null ? 0 : node.any.position);
        int meta = node.segment.length() | (node.templatesBelow ? PathTrie.TEMPLATES_BELOW : 0);
        int listAt = at + PathTrie.LISTS;
        for (int kind = 0; node.lists != null && kind < node.lists.length; kind++) {
            if (node.lists[kind] != null) {
                meta |= FLAGS[kind];
                INT.set(arena, listAt, entry(Kind.values()[kind], node.lists[kind]));
                listAt += 4;
            }
        }
        INT.set(arena, at + PathTrie.META, meta);
        for (int i = 0; i < node.segment.length(); i++) {
            arena[listAt + i] = (byte) node.segment.charAt(i);
        }
    }

    private int entry(Kind kind, int[] list) {
        if (kind != Kind.REGEX && list.length == 1 && candidates[list[0]].conditions() == null) {
            return list[0];
        }
        Comparator<Integer> order = (a, b) -> Candidate.byConditions(candidates[a], candidates[b]);
        if (kind == Kind.REGEX) {
            Comparator<Integer> byPattern = (a, b) -> Candidate.byPattern(candidates[a], candidates[b]);
            order = byPattern.thenComparing(order);
        }
        groups.add(Arrays.stream(list).boxed().sorted(order).mapToInt(Integer::intValue).toArray());
        return ~(groups.size() - 1);
    }

    private long[] slots() {
        long hashed = nodes.stream().filter(node -> node.hashed).count();
        int length = Integer.highestOneBit((int) Math.max(8, 2 * hashed - 1)) << 1; // at most half full: an unknown path ends soon
        long[] slots = new long[length];
        for (Node node : nodes) {
            if (!node.hashed) {
                continue;
            }
            int hash = PathTrie.hash(node.parent.position, node.segment, 0, node.segment.length());
            int i = hash & length - 1;
            while (slots[i] != 0) {
                i = i + 1 & length - 1;
            }
            slots[i] = (long) hash << 32 | node.position;
        }
        return slots;
    }
}
