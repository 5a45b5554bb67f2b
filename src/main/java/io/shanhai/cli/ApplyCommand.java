package io.shanhai.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Writes objects from files into a running appliance, as one change set: all of them or none.
@Command(name = "apply", mixinStandardHelpOptions = true, description = "Write the routes, limits and instances of files and folders, all or none: YAML or JSON objects {kind, id, spec}.")
final class ApplyCommand implements Callable<Integer> {

    /// Where a violation stands: which entry of the set, and where in its spec; or in its id.
    private static final Pattern ENTRY = Pattern.compile("/set/(\\d{1,6})(?:/spec)?(.*)");

    @Mixin
    private ServerOptions server;

    @Option(names = {"-f", "--file"}, required = true, paramLabel = "FILE|FOLDER", description = "Repeatable.")
    private List<Path> files;

    @Option(names = "--dry-run", description = "Only check, and say what would be written.")
    private boolean isDryRun;

    @Option(names = "--if-revision", paramLabel = "N", description = "Refuse when one of the objects was changed after revision N.")
    private Long ifRevision;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        List<Manifest> manifests = new ArrayList<>();
        files.forEach(file -> manifests.addAll(Manifest.readAll(file)));
        Manifest.refuseTwins(manifests);
        manifests.sort(Comparator.comparing(Manifest::kind));
        AdminClient.Reply reply = server.client().post("/v1/changes" + (isDryRun ? "?dryRun=true" : ""), body(manifests));
        if (!reply.isOk()) {
            refused(manifests, reply);
            return Cli.EXIT_FAILED;
        }
        written(reply.json());
        return 0;
    }

    private String body(List<Manifest> manifests) throws JsonProcessingException {
        ObjectNode body = AdminClient.JSON.createObjectNode();
        ArrayNode set = body.putArray("set");
        for (Manifest manifest : manifests) {
            set.addObject().put("kind", manifest.kind().word()).put("id", manifest.id()).set("spec",
                    AdminClient.JSON.valueToTree(manifest.spec()));
        }
        if (ifRevision != null) {
            body.put("ifRevision", ifRevision);
        }
        return AdminClient.JSON.writeValueAsString(body);
    }

    private void written(JsonNode answer) {
        PrintWriter out = spec.commandLine().getOut();
        for (JsonNode change : answer.path("changes")) {
            out.printf("%s/%s %s%n", change.path("kind").asText(), change.path("id").asText(), change.path("action").asText());
        }
        String revision = answer.path("revision").asText("?");
        if (isDryRun) {
            out.printf("dry run at revision %s: nothing was written%n", revision);
        } else {
            // The write is kept either way; "live": false means the plan with it was not published within a second.
            out.printf("revision %s%s%n", revision, answer.path("live").asBoolean(true) ? "" : " (stored, not live yet)");
        }
    }

    private void refused(List<Manifest> manifests, AdminClient.Reply reply) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("refused: " + reply.refusal());
        List<AdminClient.Violation> wrong = reply.violations();
        wrong.forEach(violation -> err.println("  " + placed(manifests, violation)));
    }

    /// `file:line:column: kind/id: pointer: message`, as far as it is known.
    private static String placed(List<Manifest> manifests, AdminClient.Violation violation) {
        Matcher entry = ENTRY.matcher(violation.path());
        if (!entry.matches() || Integer.parseInt(entry.group(1)) >= manifests.size()) {
            return (violation.path().isEmpty() ? "" : violation.path() + ": ") + violation.message();
        }
        Manifest manifest = manifests.get(Integer.parseInt(entry.group(1)));
        String pointer = entry.group(2);
        return manifest.place(pointer) + ": " + manifest + ": " + (pointer.isEmpty() ? "" : pointer + ": ")
                + violation.message();
    }
}
