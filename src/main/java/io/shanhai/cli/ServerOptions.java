package io.shanhai.cli;

import java.net.URI;
import picocli.CommandLine.Option;

/// The options that say which appliance is meant.
final class ServerOptions {

    @Option(names = "--server", paramLabel = "URL", defaultValue = "http://127.0.0.1:9080", description = "Admin address of the appliance (default: ${DEFAULT-VALUE}).")
    private URI server;

    @Option(names = "--token", paramLabel = "TOKEN", defaultValue = "${env:SHANHAI_ADMIN_TOKEN}", description = "Admin token; SHANHAI_ADMIN_TOKEN when not given.")
    private String token;

    AdminClient client() {
        return new AdminClient(server, token == null ? "" : token);
    }
}
