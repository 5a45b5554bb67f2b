package io.shanhai.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/// What an appliance does in its first seconds, done once, so that the AOT cache knows it.
final class Training {

    /// Enough for the paths to be linked and their profiles to say something; a second or two on a small machine.
    private static final int ROUNDS = 400;
    private static final List<String> PATHS = List.of("/train", "/train-proxied", "/readyz", "/nowhere");
    private static final String LIMIT = "{\"algorithm\":\"token-bucket\",\"rate\":100000,\"per\":\"1s\",\"burst\":100000}";
    private static final String ROUTE = "{\"match\":{\"path\":\"/train\"},\"respond\":{\"status\":200,\"body\":\"ok\"},\"limits\":[\"train\"]}";
    /// Passed on to the helidon engine, which answers: both ways of a request are exercised.
    private static final String PROXIED = "{\"match\":{\"path\":\"/train-proxied\"},\"rewrite\":\"/train\",\"upstream\":\"%s\"}";

    private Training() {}

    /// @param greeting of the started appliance: names and URLs
    static void exercise(Map<String, String> greeting, PrintWriter out) {
        AdminClient admin = AdminClient.at(greeting.get("admin"));
        publish(admin, "/v1/limits/train", LIMIT, out);
        publish(admin, "/v1/routes/train", ROUTE, out);
        publish(admin, "/v1/routes/train-proxied", PROXIED.formatted(greeting.get("helidon")), out);
        int answers = 0;
        for (String door : List.of("nio", "helidon", "admin")) {
            AdminClient client = AdminClient.at(greeting.get(door));
            for (int round = 0; round < ROUNDS; round++) {
                client.any(PATHS.get(round % PATHS.size())); // any answer will do: each door knows some of the paths
                answers++;
            }
        }
        out.println("Trained with " + answers + " requests.");
        out.flush();
    }

    private static void publish(AdminClient admin, String path, String spec, PrintWriter out) {
        AdminClient.Reply reply = admin.put(path, spec);
        if (!reply.isOk()) {
            out.println("training goes on without " + path + ": " + reply.refusal());
        }
    }
}
