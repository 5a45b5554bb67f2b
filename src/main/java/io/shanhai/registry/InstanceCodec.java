package io.shanhai.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.json.JsonText;
import io.shanhai.registry.Instance.Status;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import java.util.SortedMap;
import java.util.TreeMap;

/// Between an instance and its key: `/services/{service}/{host:port}`, whose value is our JSON, or anything else
/// (`alive`, as in the article), which means the defaults.
final class InstanceCodec {

    static final Bytes PREFIX = Bytes.utf8("/services/");

    private InstanceCodec() {}

    static Bytes key(String service, String address) {
        return Bytes.utf8("/services/" + service + "/" + address);
    }

    static Bytes value(InstanceSpec spec) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("ttl", spec.ttl().map(ttl -> ttl.toSeconds() + "s").orElse("none"));
        node.put("weight", spec.weight());
        node.put("zone", spec.zone());
        spec.tags().forEach(node.putObject("tags")::put);
        spec.metadata().forEach(node.putObject("metadata")::put);
        return Bytes.utf8(node.toString());
    }

    /// The service a key belongs to, `""` when the key names none.
    static String service(Bytes key) {
        String rest = key.text().substring(PREFIX.length());
        int slash = rest.lastIndexOf('/');
        return slash < 1 ? "" : rest.substring(0, slash);
    }

    static String address(Bytes key) {
        String text = key.text();
        return text.substring(text.lastIndexOf('/') + 1);
    }

    /// Never fails: any client may write any value, and the instance says in `why` what was wrong.
    static Instance decode(KeyValue kv) {
        String address = address(kv.key());
        Builder builder = new Builder();
        try {
            Address.parse(address);
        } catch (IllegalArgumentException e) {
            builder.status = Status.DOWN;
            builder.why = e.getMessage();
        }
        String value = kv.value().text().strip();
        if (value.startsWith("{")) {
            builder.read(value);
        }
        return new Instance(service(kv.key()), address, builder.status, builder.weight, builder.zone, builder.tags,
                builder.metadata, kv.lease(), kv.modRevision(), builder.why);
    }

    private static final class Builder {
        private Status status = Status.UP;
        private int weight = InstanceSpec.DEFAULT_WEIGHT;
        private String zone = "";
        private SortedMap<String, String> tags = new TreeMap<>();
        private SortedMap<String, String> metadata = new TreeMap<>();
        private String why = "";

        void read(String value) {
            JsonNode node;
            try {
                node = JsonText.read(value);
            } catch (JsonProcessingException e) {
                note("value is not valid JSON: the defaults are used");
                return;
            }
            JsonNode given = node.path("weight");
            if (given.isInt() && given.intValue() >= 0 && given.intValue() <= InstanceSpec.MAX_WEIGHT) {
                weight = given.intValue();
            } else if (!given.isMissingNode()) {
                note("weight " + given + " (expected: 0.." + InstanceSpec.MAX_WEIGHT + "): " + weight + " is used");
            }
            zone = node.path("zone").asText("");
            tags = strings(node.path("tags"));
            metadata = strings(node.path("metadata"));
        }

        private static SortedMap<String, String> strings(JsonNode object) {
            SortedMap<String, String> map = new TreeMap<>();
            object.properties().forEach(e -> map.put(e.getKey(), e.getValue().asText()));
            return map;
        }

        private void note(String text) {
            why = why.isEmpty() ? text : why + "; " + text;
        }
    }
}
