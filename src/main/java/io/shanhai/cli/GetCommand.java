package io.shanhai.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows objects of a running appliance.
@Command(name = "get", mixinStandardHelpOptions = true, description = "Show routes, limits or services, all or one.")
final class GetCommand implements Callable<Integer> {

    enum Kind {
        ROUTES("/v1/routes"),
        LIMITS("/v1/limits"),
        SERVICES("/v1/registry");

        private final String path;

        Kind(String path) {
            this.path = path;
        }
    }

    @Mixin
    private ServerOptions server;

    @Parameters(index = "0", paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}, in any case.")
    private Kind kind;

    @Parameters(index = "1", arity = "0..1", paramLabel = "ID", description = "Only this one.")
    private String id;

    @Option(names = "--at", paramLabel = "N", description = "As it was at revision N.")
    private Long at;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        String path = id == null ? kind.path : kind.path + "/" + AdminClient.segment(id);
        AdminClient.Reply reply = server.client().get(at == null ? path : path + "?at=" + at, "application/json");
        spec.commandLine().getOut().println(AdminClient.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(reply.json()));
        return 0;
    }
}
