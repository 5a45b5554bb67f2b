package io.shanhai.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Shows what differs between two revisions of a running appliance.
@Command(name = "diff", mixinStandardHelpOptions = true, description = "Show which routes, limits and instances differ between two revisions: + created, - deleted, ~ updated.")
final class DiffCommand implements Callable<Integer> {

    @Mixin
    private ServerOptions server;

    @Option(names = "--from", required = true, paramLabel = "N", description = "The older revision.")
    private long from;

    @Option(names = "--to", paramLabel = "N", description = "The newer revision (default: the newest).")
    private Long to;

    @Option(names = "--kind", paramLabel = "KIND", description = "Only routes, limits or instances: route, limit, instance.")
    private String kind;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        AdminClient client = server.client();
        String query = "/v1/diff?from=" + from + (kind == null ? "" : "&kind=" + AdminClient.segment(kind));
        JsonNode page = client.get(query + (to == null ? "" : "&to=" + to), "application/json").json();
        String whole = query + "&to=" + page.path("to").asText(); // further pages compare with the same revision
        page.path("changes").forEach(change -> show(change, out));
        while (page.path("more").asBoolean()) {
            page = client.get(whole + "&after=" + AdminClient.segment(page.path("next").asText()), "application/json").json();
            page.path("changes").forEach(change -> show(change, out));
        }
        return 0;
    }

    private static void show(JsonNode change, PrintWriter out) {
        String sign = switch (change.path("action").asText()) {
            case "created" -> "+";
            case "deleted" -> "-";
            default -> "~";
        };
        out.printf("%s %s/%s%n", sign, change.path("kind").asText(), change.path("id").asText());
        for (JsonNode step : change.path("patch")) {
            out.printf("    %s %s%s%n", step.path("op").asText(), step.path("path").asText(),
                    step.has("value") ? " " + step.get("value") : "");
        }
    }
}
