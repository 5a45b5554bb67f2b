package io.shanhai;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The law of the house: which room may use which other room, which library lives where, which names are refused.
/// Everything here is a pure function over names, so that the tests can show it violations.
final class Floors {

    /// What the doors and the top write into their package-info: they join what all others know.
    static final String EVERY_ROOM = "every room";

    private static final String ROOT = "io.shanhai";

    /// A room with its children. Siblings may use each other in this order: a later one an earlier one.
    private record Room(int floor, String name, List<String> children) {}

    /// Rooms and floors as in the design; a package that is not here is a violation too.
    private static final Map<String, Room> TABLE = table(
            room(7, "cli"),
            room(6, "admin", "telemetry", "objects"), room(6, "etcdwire", "json"), room(6, "nacos"), room(6, "intake"),
            room(5, "explain"), room(5, "whatif"), room(5, "rollout"), room(5, "advice"),
            room(4, "gateway", "http1", "route", "filter", "plan", "upstream", "helidon", "nio"),
            room(4, "mesh"), room(4, "federation"),
            room(3, "registry", "probe"), room(3, "configcenter"), room(3, "strategy"), room(3, "collector"),
            room(2, "membership"),
            room(1, "store", "backup", "bbolt", "embedded", "etcd"), room(1, "limiter"), room(1, "shpl"), room(1, "schema"),
            room(0, "settings"), room(0, "json"), room(0, "node"), room(0, "trace"), room(0, "metrics"), room(0, "decision"));

    /// Library package prefix -> the packages that may name it. Libraries that are not here may be used anywhere.
    private static final Map<String, Set<String>> FOREIGN = Map.of(
            "io.helidon", Set.of("gateway.helidon", "admin", "admin.telemetry", "admin.objects", "nacos", "intake"),
            "io.grpc", Set.of("store.etcd", "etcdwire", "etcdwire.json", "nacos", "intake", "registry.probe"),
            "io.etcd", Set.of("store.etcd", "etcdwire", "etcdwire.json", "nacos", "intake"),
            "io.netty", Set.of("store.etcd", "etcdwire", "etcdwire.json"),
            "com.google.protobuf", Set.of("store.etcd", "etcdwire", "etcdwire.json", "nacos", "intake"),
            "org.h2", Set.of("store.embedded", "collector", "strategy"),
            "picocli", Set.of("cli"),
            "ch.qos.logback", Set.of("cli"),
            "sun.misc", Set.of(),
            "jdk.internal", Set.of());

    /// Children that outsiders may use: the facade of a room whose parent holds only the words its children share.
    private static final Set<String> OPEN_LEAVES = Set.of("gateway.plan");

    /// What the command line may use of the top: they join the rooms.
    private static final Set<String> RECIPES = Set.of(ROOT + ".Appliance", ROOT + ".StoreFiles");

    private static final Set<String> FORBIDDEN_WORDS = Set.of("util", "utils", "common", "base", "core", "helper", "manager",
            "impl",
            "internal", "kit", "misc", "processor");
    /// Refused only as what the thing *is*: a `RouteInfo` says nothing, a `DataFolder` is a folder.
    private static final Set<String> FORBIDDEN_NOUNS = Set.of("data", "info");

    private Floors() {}

    /// Says why class `from` may not use class `to`.
    ///
    /// @param from binary name of one of our classes
    /// @param to binary name of any class
    /// @return the violation, empty when the use is fine
    static Optional<String> judge(String from, String to) {
        Optional<String> why = isOurs(to) ? judgeOwn(from, to) : judgeForeign(from, to);
        return why.map(reason -> from + " uses " + to + ": " + reason);
    }

    /// Says why a package or type may not be called so.
    static Optional<String> judgeName(String className) {
        List<String> words = words(className);
        Stream<String> bad = words.stream().filter(FORBIDDEN_WORDS::contains);
        Stream<String> badNoun = Stream.of(words.getLast()).filter(FORBIDDEN_NOUNS::contains);
        return Stream.concat(bad, badNoun).findFirst().map(word -> className + ": the word \"" + word
                + "\" is refused in names; name the concept, or keep the code with its only user");
    }

    /// Says why a package's use of another breaks its own package-info.
    ///
    /// @param room package below the root, `gateway.nio`
    /// @param mayDependOn what its package-info lists; [#EVERY_ROOM] for whatever its floor allows
    static Optional<String> judgePromise(String room, Collection<String> mayDependOn, String used) {
        boolean kept = used.equals(room) || used.equals(parent(room)) || mayDependOn.contains(EVERY_ROOM)
                || mayDependOn.contains(used)
                || parent(used).equals(parent(room)) && mayDependOn.contains(child(used));
        return kept
                ? Optional.empty()
                : Optional.of(
                        room + " uses " + used + ", which its package-info does not list under \"May depend on\"");
    }

    static boolean isOurs(String className) {
        return className.startsWith(ROOT + ".");
    }

    /// The package below the root: `gateway.nio`, `""` for the root itself.
    static String room(String className) {
        String packageName = className.substring(0, className.lastIndexOf('.'));
        return packageName.equals(ROOT) ? "" : packageName.substring(ROOT.length() + 1);
    }

    private static Optional<String> judgeOwn(String from, String to) {
        String a = room(from);
        String b = room(to);
        if (a.equals(b)) {
            return Optional.empty();
        }
        for (String room : List.of(a, b)) {
            if (!isKnown(room)) {
                return Optional.of("\"" + room + "\" is not in the table of rooms");
            }
        }
        if (a.isEmpty() || b.isEmpty()) {
            return judgeRoot(topLevel(from), topLevel(to), b);
        }
        return parent(a).equals(parent(b)) ? judgeSiblings(a, b) : judgeFloors(a, b);
    }

    /// `Main -> cli -> Appliance, StoreFiles -> everything below`.
    private static Optional<String> judgeRoot(String from, String to, String usedRoom) {
        boolean fine = switch (from) {
            case ROOT + ".Main" -> usedRoom.equals("cli");
            case ROOT + ".Appliance", ROOT + ".StoreFiles" -> !usedRoom.equals("cli");
            default -> room(from).equals("cli") && RECIPES.contains(to);
        };
        return fine ? Optional.empty() : Optional.of("only Main -> cli -> Appliance -> rooms is allowed at the top");
    }

    private static Optional<String> judgeSiblings(String from, String to) {
        List<String> order = TABLE.get(parent(from)).children();
        if (!to.contains(".")) {
            return Optional.empty(); // child -> parent
        }
        if (!from.contains(".")) {
            return Optional.of("a parent may not use its child");
        }
        return order.indexOf(child(to)) < order.indexOf(child(from))
                ? Optional.empty()
                : Optional.of("siblings may only use earlier ones of " + order);
    }

    private static Optional<String> judgeFloors(String from, String to) {
        int fromFloor = TABLE.get(parent(from)).floor();
        int toFloor = TABLE.get(parent(to)).floor();
        if (toFloor >= fromFloor) {
            return Optional.of("floor " + fromFloor + " may only use floors below, not floor " + toFloor);
        }
        boolean closed = to.contains(".") && !OPEN_LEAVES.contains(to);
        return closed ? Optional.of("outsiders use the parent room \"" + parent(to) + "\" only") : Optional.empty();
    }

    private static Optional<String> judgeForeign(String from, String to) {
        if (topLevel(from).equals(ROOT + ".Appliance")) {
            return Optional.empty();
        }
        return FOREIGN.entrySet().stream()
                .filter(library -> to.startsWith(library.getKey() + "."))
                .filter(library -> !library.getValue().contains(room(from)))
                .findFirst()
                .map(library -> library.getKey() + " may be named in " + library.getValue() + " only");
    }

    private static boolean isKnown(String room) {
        if (room.isEmpty()) {
            return true;
        }
        Room parent = TABLE.get(parent(room));
        return parent != null && (!room.contains(".") || parent.children().contains(child(room)));
    }

    private static String parent(String room) {
        int dot = room.indexOf('.');
        return dot < 0 ? room : room.substring(0, dot);
    }

    private static String child(String room) {
        return room.substring(room.indexOf('.') + 1);
    }

    private static String topLevel(String className) {
        int dollar = className.indexOf('$');
        return dollar < 0 ? className : className.substring(0, dollar);
    }

    private static List<String> words(String className) {
        List<String> words = new ArrayList<>();
        String name = isOurs(className) ? className.substring(ROOT.length() + 1) : className;
        for (String word : name.split("[.$_\\d]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")) {
            words.add(word.toLowerCase(Locale.ROOT));
        }
        words.removeIf(String::isEmpty);
        return words;
    }

    private static Room room(int floor, String name, String... children) {
        return new Room(floor, name, List.of(children));
    }

    private static Map<String, Room> table(Room... rooms) {
        Map<String, Room> table = new LinkedHashMap<>();
        for (Room room : rooms) {
            table.put(room.name(), room);
        }
        return table;
    }
}
