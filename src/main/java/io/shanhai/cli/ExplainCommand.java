package io.shanhai.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows why a request was treated as it was.
@Command(name = "explain", mixinStandardHelpOptions = true, description = "Show why a request was routed, limited or refused as it was.")
final class ExplainCommand implements Callable<Integer> {

    @Mixin
    private ServerOptions server;

    @Option(names = "--json", description = "As JSON.")
    private boolean isJson;

    @Parameters(paramLabel = "TRACE-ID", description = "32 hex digits, from traceparent or x-shanhai-trace.")
    private String traceId;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        String path = "/v1/explain/" + AdminClient.segment(traceId);
        AdminClient.Reply reply = server.client().get(path, isJson ? "application/json" : "text/plain");
        spec.commandLine().getOut().println(isJson
                ? AdminClient.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(reply.json())
                : reply.body().stripTrailing());
        return 0;
    }
}
