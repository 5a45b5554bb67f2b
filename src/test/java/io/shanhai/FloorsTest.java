package io.shanhai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Holds the compiled classes to [Floors]: every use of a class, found in the constant pools, is judged.
class FloorsTest {

    private static final Path CLASSES = Path.of("target/classes/io/shanhai");
    private static final Path SOURCES = Path.of("src/main/java/io/shanhai");
    private static final Pattern TYPE_IN_DESCRIPTOR = Pattern.compile("L([\\w$/]+)[;<]");
    private static final Pattern QUOTED = Pattern.compile("`([a-z0-9.]+)`");
    private static final String APPLIANCE = "Lio/shanhai/Appliance;";

    @Test
    void classesUseOnlyWhatTheirFloorAllows() throws IOException {
        List<String> violations = new ArrayList<>();
        uses().forEach((from, used) -> used.forEach(to -> Floors.judge(from, to).ifPresent(violations::add)));
        assertEquals(List.of(), violations);
    }

    @Test
    void namesSayTheConcept() throws IOException {
        List<String> violations = uses().keySet().stream().flatMap(name -> Floors.judgeName(name).stream()).toList();
        assertEquals(List.of(), violations);
    }

    @Test
    void theApplianceIsNeverPassedAsAnArgument() throws IOException {
        List<String> violations = new ArrayList<>();
        for (ClassModel model : models()) {
            for (MethodModel method : model.methods()) {
                String parameters = method.methodType().stringValue().replaceFirst("\\).*", "");
                // A lambda's captured variables are parameters of its synthetic method only.
                if (parameters.contains(APPLIANCE) && !method.flags().has(AccessFlag.SYNTHETIC)) {
                    violations.add(model.thisClass().asInternalName() + "." + method.methodName());
                }
            }
        }
        assertEquals(List.of(), violations);
    }

    @Test
    void everyPackageAnswersTheFiveQuestions() throws IOException {
        List<String> violations = new ArrayList<>();
        for (String room : new TreeSet<>(uses().keySet().stream().map(Floors::room).toList())) {
            Path file = packageInfo(room);
            if (!Files.exists(file)) {
                violations.add(file + " is missing");
                continue;
            }
            String text = Files.readString(file);
            for (String answer : List.of("/// May depend on: ", "/// Threads: ", "/// Not here: ", "/// Read first: ")) {
                if (!text.contains(answer)) {
                    violations.add(file + " has no line \"" + answer + "…\"");
                }
            }
        }
        assertEquals(List.of(), violations);
    }

    @Test
    void packagesUseOnlyWhatTheirPackageInfoPromises() throws IOException {
        Set<String> violations = new TreeSet<>();
        for (Map.Entry<String, Set<String>> entry : uses().entrySet()) {
            String room = Floors.room(entry.getKey());
            if (room.isEmpty() || !Files.exists(packageInfo(room))) {
                continue; // the root joins all rooms; a missing file is another test's finding
            }
            List<String> promised = promises(Files.readString(packageInfo(room)));
            entry.getValue().stream().filter(Floors::isOurs).map(Floors::room).filter(used -> !used.isEmpty())
                    .forEach(used -> Floors.judgePromise(room, promised, used).ifPresent(violations::add));
        }
        assertEquals(Set.of(), violations);
    }

    @ParameterizedTest
    @CsvSource({
            "node.A, store.B, floors below",
            "store.A, limiter.B, floors below",
            "admin.A, store.embedded.B, parent room",
            "gateway.A, gateway.nio.B, its child",
            "gateway.route.A, gateway.nio.B, siblings",
            "gateway.A, Appliance, Main -> cli",
            "Appliance, cli.B, Main -> cli",
            "Main, store.B, Main -> cli",
            "attic.A, node.B, not in the table",
            "gateway.attic.A, node.B, not in the table"})
    void refusesAnImportThatDoesNotPointDown(String from, String to, String why) {
        String verdict = Floors.judge("io.shanhai." + from, "io.shanhai." + to).orElseThrow();
        assertTrue(verdict.contains(why), verdict);
    }

    @ParameterizedTest
    @CsvSource({
            "store.A, node.B", "admin.A, store.B", "store.embedded.A, store.B", "gateway.nio.A, gateway.http1.B",
            "Main, cli.B", "cli.A, Appliance", "Appliance, store.embedded.B", "gateway.nio.A, gateway.nio.B", "cli.A, node.B",
            "admin.A, gateway.plan.B"})
    void allowsWhatPointsDown(String from, String to) {
        assertTrue(Floors.judge("io.shanhai." + from, "io.shanhai." + to).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
            "store.A, io.helidon.webserver.WebServer", "store.A, org.h2.mvstore.MVStore", "gateway.A, io.grpc.Server",
            "store.embedded.A, sun.misc.Unsafe", "admin.A, picocli.CommandLine"})
    void refusesAForeignTypeOutsideItsRooms(String from, String to) {
        assertTrue(Floors.judge("io.shanhai." + from, to).isPresent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.shanhai.node.TimeUtil", "io.shanhai.store.StoreImpl", "io.shanhai.gateway.BaseFilter",
            "io.shanhai.core.Plan", "io.shanhai.gateway.RouteInfo", "io.shanhai.gateway.Route$Manager"})
    void refusesNamesThatSayNothing(String name) {
        assertTrue(Floors.judgeName(name).isPresent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.shanhai.node.DataFolder", "io.shanhai.gateway.Route", "io.shanhai.limiter.Baseline"})
    void allowsNamesThatOnlyContainSuchAWord(String name) {
        assertTrue(Floors.judgeName(name).isEmpty());
    }

    @Test
    void refusesAPromiseThatIsNotKept() {
        List<String> promised = promises(
                "/// Does it.\n/// May depend on: `metrics`,\n/// `http1`.\n/// Threads: `node` is safe.\n");
        assertEquals(List.of("metrics", "http1"), promised);
        assertTrue(Floors.judgePromise("gateway.nio", promised, "metrics").isEmpty());
        assertTrue(Floors.judgePromise("gateway.nio", promised, "gateway").isEmpty());
        assertTrue(Floors.judgePromise("gateway.nio", promised, "gateway.http1").isEmpty());
        assertTrue(Floors.judgePromise("gateway.nio", promised, "node").isPresent());
    }

    @Test
    void findsAUseThatOnlyADescriptorNames() {
        byte[] bytes = ClassFile.of().build(ClassDesc.of("io.shanhai.node.Sinner"),
                builder -> builder.withMethod("take",
                        MethodTypeDesc.of(ConstantDescs.CD_void, ClassDesc.of("io.shanhai.admin.Door")),
                        ClassFile.ACC_ABSTRACT, _ -> {}));
        assertTrue(usedBy(ClassFile.of().parse(bytes)).contains("io.shanhai.admin.Door"));
    }

    private static Path packageInfo(String room) {
        return SOURCES.resolve(room.replace('.', '/')).resolve("package-info.java");
    }

    /// The names in backticks, or "every room", of the answer "May depend on".
    private static List<String> promises(String text) {
        String answer = text.replaceFirst("(?s).*?May depend on:", "").replaceFirst("(?s)/// Threads:.*", "");
        if (answer.contains(Floors.EVERY_ROOM)) {
            return List.of(Floors.EVERY_ROOM);
        }
        return QUOTED.matcher(answer).results().map(found -> found.group(1)).toList();
    }

    private static Map<String, Set<String>> uses() throws IOException {
        Map<String, Set<String>> uses = new TreeMap<>();
        for (ClassModel model : models()) {
            uses.put(dotted(model.thisClass().asInternalName()), usedBy(model));
        }
        return uses;
    }

    /// The one class that is ours under another's name; it says why.
    private static final Path BORROWED_NAME = Path.of("libcore", "io", "Memory.class");

    private static List<ClassModel> models() throws IOException {
        List<ClassModel> models = new ArrayList<>();
        try (Stream<Path> files = Files.walk(CLASSES)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class") && !path.endsWith(BORROWED_NAME)).toList()) {
                models.add(ClassFile.of().parse(file));
            }
        }
        assertFalse(models.isEmpty(), "no classes below " + CLASSES + " (expected: mvn compile has run)");
        return models;
    }

    /// Every type in the constant pool: class entries, and all names inside descriptors and generic signatures.
    private static Set<String> usedBy(ClassModel model) {
        Set<String> used = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry type && !type.asInternalName().startsWith("[")) {
                used.add(dotted(type.asInternalName()));
            } else if (entry instanceof Utf8Entry text) {
                TYPE_IN_DESCRIPTOR.matcher(text.stringValue()).results().map(FloorsTest::dottedGroup).forEach(used::add);
            }
        }
        return used;
    }

    private static String dottedGroup(MatchResult found) {
        return dotted(found.group(1));
    }

    private static String dotted(String internalName) {
        return internalName.replace('/', '.');
    }
}
