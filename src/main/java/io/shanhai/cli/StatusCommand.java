package io.shanhai.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Shows how a running appliance is.
@Command(name = "status", mixinStandardHelpOptions = true, description = "Show version, revision and rooms of a running appliance.")
final class StatusCommand implements Callable<Integer> {

    @Mixin
    private ServerOptions server;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        print("", server.client().get("/v1/status", "application/json").json());
        return 0;
    }

    /// One member per line, nested ones indented: the answer may grow members without a change here.
    private void print(String indent, JsonNode object) {
        PrintWriter out = spec.commandLine().getOut();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            if (member.getValue().isObject()) {
                out.println(indent + member.getKey() + ":");
                print(indent + "  ", member.getValue());
            } else {
                out.printf("%s%-12s %s%n", indent, member.getKey(),
                        member.getValue().isTextual() ? member.getValue().textValue() : member.getValue());
            }
        }
    }
}
