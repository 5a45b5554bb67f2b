package io.shanhai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.upstream.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/reasons.md` against the sources of the gateway: every reason is listed with its status, and nothing else is.
class ReasonsTest {

    private static final Path PAGE = Path.of("docs/reasons.md");
    private static final Path GATEWAY = Path.of("src/main/java/io/shanhai/gateway");
    private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\| (\\d{3}|-) \\| ([^|]+) \\| ([^|]+) \\|$",
            Pattern.MULTILINE);
    private static final Pattern LITERAL = Pattern.compile("(?:(\\d{3}),\\s*)?\"([a-z0-9]+:[a-z0-9.-]*)\"");
    private static final Pattern BAD_REQUEST = Pattern.compile("badRequest\\(\\s*\"([^\"]+)\"");

    /// Written like a reason, and something else.
    private static final Set<String> OTHERS = Set.of("about:blank", "header:", "cookie:");
    /// Literals that are completed at run time: what stands for the rest on the page.
    private static final Map<String, String> OPEN = Map.of("limit:", "limit:<id>", "filter:", "filter:<name>");
    /// Completed at run time from what this test reads elsewhere: [Failure], and the calls of `badRequest`.
    private static final Set<String> COLLECTED = Set.of("upstream:", "http1:");
    /// Of a response: the client is told `upstream:bad-response`.
    private static final Set<String> OF_RESPONSES = Set.of("http1:status-line");

    /// Status by reason, as the page has them; `-` for none.
    private static SortedMap<String, String> listed() throws IOException {
        SortedMap<String, String> rows = new TreeMap<>();
        Matcher row = ROW.matcher(Files.readString(PAGE));
        while (row.find()) {
            assertFalse(rows.containsKey(row.group(1)), row.group(1) + " is listed twice");
            rows.put(row.group(1), row.group(2));
        }
        return rows;
    }

    /// Statuses by reason, as the sources have them; an empty set when the status does not stand beside the reason.
    private static SortedMap<String, Set<String>> written() throws IOException {
        SortedMap<String, Set<String>> reasons = new TreeMap<>();
        for (Failure failure : Failure.values()) {
            add(reasons, "upstream:" + failure.word(), Integer.toString(failure.status()));
        }
        for (String source : sources()) {
            Matcher literal = LITERAL.matcher(source);
            while (literal.find()) {
                String reason = literal.group(2);
                if (!OTHERS.contains(reason) && !COLLECTED.contains(reason)) {
                    add(reasons, OPEN.getOrDefault(reason, reason), literal.group(1));
                }
            }
            Matcher badRequest = BAD_REQUEST.matcher(source);
            while (badRequest.find()) {
                add(reasons, "http1:" + badRequest.group(1), "400");
            }
        }
        reasons.keySet().removeAll(OF_RESPONSES);
        return reasons;
    }

    private static List<String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(GATEWAY)) {
            List<Path> java = files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
            assertTrue(java.size() > 50, "run in the project's folder");
            return java.stream().map(ReasonsTest::text).toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void add(Map<String, Set<String>> reasons, String reason, String status) {
        Set<String> statuses = reasons.computeIfAbsent(reason, _ -> new TreeSet<>());
        if (status != null) {
            statuses.add(status);
        }
    }

    @Test
    void thePageListsWhatTheGatewaySaysAndNothingElse() throws IOException {
        assertEquals(String.join("\n", written().keySet()), String.join("\n", listed().keySet()));
    }

    @Test
    void everyReasonComesWithTheStatusThePageSays() throws IOException {
        SortedMap<String, String> listed = listed();
        written().forEach((reason, statuses) -> assertTrue(statuses.isEmpty() || statuses.equals(Set.of(listed.get(reason))),
                reason + " is listed with " + listed.get(reason) + ", the sources have " + statuses));
    }

    /// A reason that ends with its colon is completed at run time: this test must be told with what.
    @Test
    void noReasonIsOpenUnnoticed() throws IOException {
        assertEquals(List.of(), written().keySet().stream().filter(reason -> reason.endsWith(":")).toList());
    }
}
