package io.shanhai.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.registry.Instance;
import io.shanhai.registry.InstanceSpec;
import io.shanhai.registry.Registry;
import io.shanhai.registry.Registry.Deregistration;
import io.shanhai.registry.Registry.Registration;
import io.shanhai.registry.ServiceView;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// `/v1/registry`: instances come, stay alive, go, and are looked up or followed.
public final class RegistryService implements ApiPart {

    private static final String ALL = "/v1/registry";
    private static final String SERVICE = "/v1/registry/{service}";
    private static final String INSTANCE = "/v1/registry/{service}/{address}";
    private static final long NONE = -1;

    private final Registry registry;
    private final EventStreams streams;
    private final PastReads past;

    public RegistryService(Registry registry, EventStreams streams, PastReads past) {
        this.registry = registry;
        this.streams = streams;
        this.past = past;
    }

    @Override
    public void declare(Endpoints endpoints) {
        endpoints.get(ALL, "listServices", "Services with instances, and how many.", this::services).query("at", "watch")
                .answers(200, "ServiceList", "The services; as events with watch=true.")
                .answers(200, "text/event-stream", "Text", "").refuses(400, 410, 503);
        endpoints.get(SERVICE, "getService", "The instances of a service.", this::service).query("at", "watch")
                .answers(200, "Service", "The service, without instances when it is unknown; as events with watch=true.")
                .answers(200, "text/event-stream", "Text", "").refuses(400, 410, 503);
        endpoints.put(INSTANCE, "registerInstance", "Register an instance, or change it.", this::register)
                .mayTake("InstanceSpec").answers(200, "Registration", "It is registered.").refuses(503, 507);
        endpoints.delete(INSTANCE, "deregisterInstance", "Take an instance out.", this::deregister)
                .answersEmpty(204, "It is out.").refuses(400, 404, 503, 507);
        endpoints.post(INSTANCE + "/heartbeat", "heartbeat", "Give an instance's lease its full time again.", this::heartbeat)
                .answersEmpty(204, "It lives on.").refuses(400, 404, 503);
    }

    private void services(ServerRequest request, ServerResponse response) {
        OptionalLong at = past.at(request);
        if (isWatch(request, at)) {
            streams.serve(request, response, stream -> ViewFeed.start(stream, registry, "", lastEventId(request)));
            return;
        }
        ObjectNode json = Json.object();
        ArrayNode services = json.putArray("services");
        Map<String, Integer> counts = at.isEmpty()
                ? registry.services()
                : past.reading(() -> registry.services(at.getAsLong()));
        counts.forEach((service, count) -> services.addObject().put("service", service).put("instances", count));
        at.ifPresent(revision -> json.put("at", revision));
        Json.send(request, response, json);
    }

    private void service(ServerRequest request, ServerResponse response) {
        String service = parameter(request, "service");
        OptionalLong at = past.at(request);
        if (isWatch(request, at)) {
            streams.serve(request, response, stream -> ViewFeed.start(stream, registry, service, lastEventId(request)));
            return;
        }
        ObjectNode json = json(at.isEmpty()
                ? registry.view(service)
                : past.reading(() -> registry.view(service, at.getAsLong())));
        at.ifPresent(revision -> json.put("at", revision));
        Json.send(request, response, json);
    }

    private void register(ServerRequest request, ServerResponse response) {
        InstanceSpec spec = request.content().hasEntity()
                ? InstanceForm.read(Json.readObject(request))
                : InstanceSpec.DEFAULT;
        Registration done = checked(
                () -> registry.register(parameter(request, "service"), parameter(request, "address"), spec));
        ObjectNode json = Json.object();
        json.put("service", done.service());
        json.put("address", done.address());
        json.put("leaseId", done.leaseId());
        json.put("ttlSeconds", done.ttlSeconds());
        json.put("revision", done.revision());
        json.put("live", done.live());
        Json.send(request, response, json);
    }

    private void heartbeat(ServerRequest request, ServerResponse response) {
        String service = parameter(request, "service");
        String address = parameter(request, "address");
        if (!checked(() -> registry.heartbeat(service, address))) {
            throw notRegistered(service, address);
        }
        response.status(204).send();
    }

    private void deregister(ServerRequest request, ServerResponse response) {
        String service = parameter(request, "service");
        String address = parameter(request, "address");
        Deregistration done = checked(() -> registry.deregister(service, address))
                .orElseThrow(() -> notRegistered(service, address));
        Json.sendNoContent(response, done.revision(), done.live());
    }

    private static ProblemException notRegistered(String service, String address) {
        return Problems.notFound(
                service + "/" + address + " is not registered (register it with PUT /v1/registry/" + service + "/" + address
                        + ")");
    }

    /// The registry judges service and address; both stand in the path.
    private static <T> T checked(Supplier<T> call) {
        try {
            return call.get();
        } catch (IllegalArgumentException e) {
            throw Problems.invalid("", e.getMessage());
        }
    }

    private static String parameter(ServerRequest request, String name) {
        return request.path().pathParameters().get(name);
    }

    private static boolean isWatch(ServerRequest request, OptionalLong at) {
        boolean isWatch = request.query().first("watch").map("true"::equals).orElse(false);
        if (isWatch && at.isPresent()) {
            throw Problems.invalid("?at", "a watch follows the present (expected: at or watch, not both)");
        }
        return isWatch;
    }

    private static long lastEventId(ServerRequest request) {
        String given = request.headers().first(HeaderNames.create("Last-Event-ID")).orElse("");
        // A client returns what it was given; anything else is not ours and the whole state is the safe answer.
        return given.matches("\\d{1,18}") ? Long.parseLong(given) : NONE;
    }

    static ObjectNode json(ServiceView view) {
        ObjectNode json = Json.object();
        json.put("service", view.service());
        json.put("revision", view.revision());
        ArrayNode instances = json.putArray("instances");
        view.instances().forEach(instance -> instances.add(json(instance)));
        ArrayNode departed = json.putArray("departed");
        view.departed().forEach(departure -> departed.addObject().put("address", departure.address())
                .put("revision", departure.revision()).put("at", departure.at().toString()).put("why", departure.why()));
        return json;
    }

    private static ObjectNode json(Instance instance) {
        ObjectNode json = Json.object();
        json.put("address", instance.address());
        json.put("status", instance.status().name());
        json.put("weight", instance.weight());
        json.put("zone", instance.zone());
        ObjectNode tags = json.putObject("tags");
        instance.tags().forEach(tags::put);
        ObjectNode metadata = json.putObject("metadata");
        instance.metadata().forEach(metadata::put);
        json.put("leaseId", instance.leaseId());
        json.put("modRevision", instance.modRevision());
        json.put("why", instance.why());
        return json;
    }
}
