package io.shanhai.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Writes routes and limits from files into a running appliance. Every file is read and checked before the first object
/// is sent; the first refusal ends it.
@Command(name = "apply", mixinStandardHelpOptions = true, description = "Write the routes and limits of a file or folder: YAML or JSON objects {kind, id, spec}.")
final class ApplyCommand implements Callable<Integer> {

    @Mixin
    private ServerOptions server;

    @Option(names = {"-f", "--file"}, required = true, paramLabel = "FILE|FOLDER", description = "Repeatable.")
    private List<Path> files;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        List<Manifest> manifests = new ArrayList<>();
        files.forEach(file -> manifests.addAll(Manifest.readAll(file)));
        manifests.sort(Comparator.comparing(Manifest::kind));
        AdminClient client = server.client();
        for (Manifest manifest : manifests) {
            AdminClient.Reply reply = client.put(manifest.apiPath(), AdminClient.JSON.writeValueAsString(manifest.spec()));
            if (!reply.isOk()) {
                refused(manifest, reply);
                return Cli.EXIT_FAILED;
            }
            JsonNode answer = reply.json();
            // The write is kept either way; "live": false means the plan with it was not published within a second.
            boolean isLive = answer.path("live").asBoolean(true);
            spec.commandLine().getOut().printf("%s revision %s%s%n", manifest, answer.path("revision").asText("?"),
                    isLive ? "" : " (stored, not live yet)");
        }
        return 0;
    }

    private void refused(Manifest manifest, AdminClient.Reply reply) {
        spec.commandLine().getErr().println(manifest.place("") + ": " + manifest + " refused: " + reply.refusal());
        for (AdminClient.Violation violation : reply.violations()) {
            String pointer = violation.path().isEmpty() ? "" : violation.path() + ": ";
            spec.commandLine().getErr().println("  " + manifest.place(violation.path()) + ": " + pointer + violation.message());
        }
    }
}
