package io.shanhai.gateway.route;

import io.shanhai.gateway.RequestHeaders;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.IntConsumer;

/// Candidates by host and path segments, compiled into few flat parts. Immutable.
final class PathTrie {

    /*
     * HOT PATH, once per request. Allocation: none (RouteTableAllocationTest), but for patterns whose verdict is not
     * cached.
     *
     * With 100,000 routes and traffic over all of them a match costs what its cache misses cost, so there are three: the
     * slot of the last node in `slots`, the node's record in `arena` with its text and lists side by side, and the
     * candidate's number, which the caller turns into a route. A child is found by hashing its parent's position and its
     * segment into one table for all nodes; upper nodes are shared by many routes and stay in the cache.
     *
     *     record: int parent, int any, int segment length | flags << 16, one int per list the flags name, segment bytes
     *     list:   the number of the one candidate without conditions, or ~index into `groups`
     *     slot:   hash << 32 | position of the record; 0 is empty
     *
     * The first three records are the roots of hosts, of wildcard hosts, and of paths for any host. A host is a child of
     * the first, a wildcard's suffix without `*.` one of the second; either is the root of its paths.
     */
    static final int NONE = -1;
    static final int PARENT = 0;
    static final int ANY = 4;
    static final int META = 8;
    static final int LISTS = 12;

    static final int EXACT = 1 << 16;
    static final int TEMPLATE = 1 << 17;
    static final int REGEX = 1 << 18;
    static final int PREFIX = 1 << 19;
    /// A template ends here or below.
    static final int TEMPLATES_BELOW = 1 << 20;
    private static final int ALL_LISTS = EXACT | TEMPLATE | REGEX | PREFIX;
    private static final int LENGTH_BITS = 0xffff;
    private static final int MAX_HOST = 255; // RFC 1035 section 2.3.4: a longer one is nobody's

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final byte[] arena;
    private final long[] slots;
    private final int[][] groups;
    private final Candidate[] candidates;
    private final RegexCache patterns;
    private final int hosts;
    private final int wildcards;
    private final int anyHost;

    PathTrie(TrieBuilder.Parts parts, Candidate[] candidates) {
        this.arena = parts.arena();
        this.slots = parts.slots();
        this.groups = parts.groups();
        this.candidates = candidates;
        this.hosts = parts.hosts();
        this.wildcards = parts.wildcards();
        this.anyHost = parts.anyHost();
        this.patterns = parts.hasPatterns() ? new RegexCache() : null;
    }

    Candidate[] candidates() {
        return candidates;
    }

    /// Bytes of the flat parts.
    long bytes() {
        return arena.length + 8L * slots.length;
    }

    /// The number of the candidate that wins, [#NONE] when none does.
    ///
    /// @param dead bits of candidates that were replaced since; null when none was
    int find(String method, String host, String path, String query, RequestHeaders headers, long[] dead) {
        int length = host.length();
        if (length <= MAX_HOST && length > 0) {
            int own = hosts == 0 ? 0 : child(hosts, host, 0, length);
            int found = own == 0 ? NONE : below(own, method, path, query, headers, dead);
            for (int dot = wildcards == 0 ? -1 : host.indexOf('.', 1); found < 0 && dot >= 0; dot = host.indexOf('.', dot + 1)) {
                int root = child(wildcards, host, dot + 1, length);
                found = root == 0 ? NONE : below(root, method, path, query, headers, dead);
            }
            if (found >= 0) {
                return found;
            }
        }
        return below(anyHost, method, path, query, headers, dead);
    }

    private int below(int root, String method, String path, String query, RequestHeaders headers, long[] dead) {
        int node = root;
        int at = 1;
        boolean isPath = isPath(path); // OPTIONS * asks about the host: only its shortest prefix matches
        while (isPath && at <= path.length()) {
            int end = segmentEnd(path, at);
            int next = child(node, path, at, end);
            if (next == 0) {
                break;
            }
            node = next;
            at = end + 1;
        }
        int found = isPath && at > path.length() ? take(node, EXACT, method, query, headers, dead) : NONE;
        if (found < 0 && isPath) {
            found = template(root, path, 1, method, query, headers, dead);
        }
        if (found < 0 && patterns != null) {
            found = pattern(root, node, method, path, query, headers, dead);
        }
        for (int up = node; found < 0; up = parent(up)) {
            found = take(up, PREFIX, method, query, headers, dead);
            if (up == root) {
                break;
            }
        }
        return found;
    }

    /// Literal segments before parameters, from the left. Visits no more nodes than there are at each depth.
    ///
    /// @param at where the next segment begins, behind its `/`
    private int template(int node, String path, int at, String method, String query, RequestHeaders headers, long[] dead) {
        if ((meta(node) & TEMPLATES_BELOW) == 0) {
            return NONE;
        }
        if (at > path.length()) {
            return take(node, TEMPLATE, method, query, headers, dead);
        }
        int end = segmentEnd(path, at);
        int literal = child(node, path, at, end);
        int found = literal == 0 ? NONE : template(literal, path, end + 1, method, query, headers, dead);
        int any = (int) INT.get(arena, node + ANY);
        return found >= 0 || any == 0 || end == at
                ? found
                : template(any, path, end + 1, method, query, headers, dead);
    }

    /// Patterns that hang deeper first.
    private int pattern(int root, int node, String method, String path, String query, RequestHeaders headers, long[] dead) {
        for (int up = node;; up = parent(up)) {
            if ((meta(up) & REGEX) != 0) {
                int[] group = groups[~list(up, REGEX)];
                long[] matching = patterns.matching(group, candidates, path);
                for (int i = 0; i < group.length; i++) {
                    if ((matching[i >> 6] & 1L << i) != 0 && isAlive(group[i], dead)
                            && holds(group[i], method, query, headers)) {
                        return group[i];
                    }
                }
            }
            if (up == root) {
                return NONE;
            }
        }
    }

    /// The first candidate of one of the node's lists that holds.
    private int take(int node, int list, String method, String query, RequestHeaders headers, long[] dead) {
        if ((meta(node) & list) == 0) {
            return NONE;
        }
        int entry = list(node, list);
        if (entry >= 0) {
            return isAlive(entry, dead) ? entry : NONE;
        }
        for (int number : groups[~entry]) {
            if (isAlive(number, dead) && holds(number, method, query, headers)) {
                return number;
            }
        }
        return NONE;
    }

    private boolean holds(int number, String method, String query, RequestHeaders headers) {
        Conditions conditions = candidates[number].conditions();
        return conditions == null || conditions.hold(method, query, headers);
    }

    private static boolean isAlive(int number, long[] dead) {
        return dead == null || (dead[number >> 6] & 1L << number) == 0;
    }

    private int meta(int node) {
        return (int) INT.get(arena, node + META);
    }

    private int parent(int node) {
        return (int) INT.get(arena, node + PARENT);
    }

    private int list(int node, int flag) {
        int before = Integer.bitCount(meta(node) & ALL_LISTS & flag - 1);
        return (int) INT.get(arena, node + LISTS + 4 * before);
    }

    private static boolean isPath(String path) {
        return !path.isEmpty() && path.charAt(0) == '/';
    }

    private static int segmentEnd(String path, int at) {
        int slash = path.indexOf('/', at);
        return slash < 0 ? path.length() : slash;
    }

    /// The child of `parent` for `text[from, to)`; 0 when there is none.
    private int child(int parent, String text, int from, int to) {
        int hash = hash(parent, text, from, to);
        int mask = slots.length - 1;
        for (int i = hash & mask;; i = i + 1 & mask) {
            long slot = slots[i];
            if (slot == 0) {
                return 0;
            }
            if ((int) (slot >>> 32) == hash && isNode((int) slot, parent, text, from, to)) {
                return (int) slot;
            }
        }
    }

    private boolean isNode(int node, int parent, String text, int from, int to) {
        int meta = meta(node);
        int length = to - from;
        if (parent(node) != parent || (meta & LENGTH_BITS) != length) {
            return false;
        }
        int at = node + LISTS + 4 * Integer.bitCount(meta & ALL_LISTS);
        for (int i = 0; i < length; i++) {
            if ((arena[at + i] & 0xff) != text.charAt(from + i)) {
                return false;
            }
        }
        return true;
    }

    /// Of a node's place in the slots; [TrieBuilder] uses the same.
    static int hash(int parent, String text, int from, int to) {
        int hash = parent;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text.charAt(i);
        }
        hash *= 0x9E3779B1; // spreads neighbours: item1, item2, … differ in the last bits only
        return hash ^ hash >>> 15;
    }

    /// Every candidate whose host and path fit, in order of precedence, conditions or not.
    void visit(String host, String path, IntConsumer visitor) {
        if (host.length() <= MAX_HOST && !host.isEmpty()) {
            visitBelow(hosts == 0 ? 0 : child(hosts, host, 0, host.length()), path, visitor);
            for (int dot = wildcards == 0 ? -1 : host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
                visitBelow(child(wildcards, host, dot + 1, host.length()), path, visitor);
            }
        }
        visitBelow(anyHost, path, visitor);
    }

    private void visitBelow(int root, String path, IntConsumer visitor) {
        if (root == 0) {
            return;
        }
        int node = root;
        int at = 1;
        boolean isPath = isPath(path);
        while (isPath && at <= path.length()) {
            int end = segmentEnd(path, at);
            int next = child(node, path, at, end);
            if (next == 0) {
                break;
            }
            node = next;
            at = end + 1;
        }
        if (isPath && at > path.length()) {
            visitList(node, EXACT, visitor);
        }
        if (isPath) {
            visitTemplates(root, path, 1, visitor);
        }
        for (int up = node;; up = parent(up)) {
            visitList(up, REGEX, number -> {
                if (candidates[number].pattern().matches(path)) {
                    visitor.accept(number);
                }
            });
            if (up == root) {
                break;
            }
        }
        for (int up = node;; up = parent(up)) {
            visitList(up, PREFIX, visitor);
            if (up == root) {
                break;
            }
        }
    }

    private void visitTemplates(int node, String path, int at, IntConsumer visitor) {
        if (at > path.length()) {
            visitList(node, TEMPLATE, visitor);
            return;
        }
        int end = segmentEnd(path, at);
        int literal = child(node, path, at, end);
        if (literal != 0) {
            visitTemplates(literal, path, end + 1, visitor);
        }
        int any = (int) INT.get(arena, node + ANY);
        if (any != 0 && end > at) {
            visitTemplates(any, path, end + 1, visitor);
        }
    }

    private void visitList(int node, int flag, IntConsumer visitor) {
        if ((meta(node) & flag) == 0) {
            return;
        }
        int entry = list(node, flag);
        for (int number : entry >= 0 ? new int[]{entry} : groups[~entry]) {
            visitor.accept(number);
        }
    }
}
