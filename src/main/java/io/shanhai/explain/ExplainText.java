package io.shanhai.explain;

import io.shanhai.collector.Trace;
import io.shanhai.decision.Decision;
import io.shanhai.decision.Decision.Alternative;
import io.shanhai.decision.Decision.Stage;
import java.util.List;
import java.util.Set;

/// Writes an explanation for people: one line per stage, indented lines for what was not taken.
final class ExplainText {

    private static final String INDENT = " ".repeat(10);
    private static final String WHY = "why";

    private final StringBuilder out = new StringBuilder(512);

    private ExplainText() {}

    static String of(Trace trace) {
        ExplainText text = new ExplainText();
        text.write(trace);
        return text.out.toString();
    }

    private void write(Trace trace) {
        List<Story> stories = Story.of(trace);
        line("trace", trace.id().toString());
        if (stories.isEmpty()) {
            line("", "No decisions are kept for this trace, only spans.");
        } else {
            if (stories.size() > 1) {
                line("", stories.size() + " requests under this id; this is the latest.");
            }
            write(stories.getLast());
        }
        line("spans", trace.spans().size() + missing(trace.missingParents()));
    }

    private static String missing(Set<Long> parents) {
        return parents.isEmpty() ? "" : ", and " + parents.size() + " named as parent that did not arrive here";
    }

    private void write(Story story) {
        line("revision", Long.toString(story.revision()));
        for (Decision decision : story.decisions()) {
            line(label(decision.stage()), summary(decision));
            for (Alternative alternative : decision.alternatives()) {
                line("", "not " + alternative.rule() + ": " + alternative.why());
            }
        }
    }

    private static String label(Stage stage) {
        return switch (stage) {
            case ROUTE -> "route";
            case LIMIT -> "limit";
            case INSTANCE -> "instance";
            case UPSTREAM -> "upstream";
            case RESPONSE -> "response";
        };
    }

    /// `users matched: longest path (method GET, host a.example, path /api/v1/users)`
    private static String summary(Decision decision) {
        String head = decision.stage() == Stage.RESPONSE
                ? decision.verdict() + " " + decision.rule()
                : decision.rule() + " " + decision.verdict();
        String why = Story.input(decision, WHY).map(text -> ": " + text).orElse("");
        StringBuilder rest = new StringBuilder();
        for (int i = 0; i < decision.inputs().size(); i += 2) {
            String name = decision.inputs().get(i);
            if (!name.equals(WHY)) {
                rest.append(rest.isEmpty() ? " (" : ", ").append(name).append(' ').append(decision.inputs().get(i + 1));
            }
        }
        return head + why + (rest.isEmpty() ? "" : rest.append(')'));
    }

    private void line(String label, String text) {
        out.append(label).append(" ".repeat(INDENT.length() - label.length())).append(printable(text)).append('\n');
    }

    /// Paths and hosts are the client's words: a terminal must not obey them.
    private static String printable(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> safe.appendCodePoint(Character.isISOControl(c) || isBidiControl(c) ? '\uFFFD' : c));
        return safe.toString();
    }

    private static boolean isBidiControl(int c) {
        return c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
    }
}
