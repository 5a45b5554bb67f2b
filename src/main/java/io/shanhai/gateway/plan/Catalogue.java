package io.shanhai.gateway.plan;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.json.JsonText;
import io.shanhai.membership.Membership;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.TxnResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Writes and reads the objects the Plan is made of. What is wrong is refused here, before it is stored; what is
/// stored answers once this node serves it. Safe for all threads.
public final class Catalogue {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final Store store;
    private final Membership membership;

    /// The kinds of objects and where they are kept.
    public enum Kind {
        ROUTE, LIMIT;

        /// `route`, `limit`.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        Bytes prefix() {
            return Bytes.utf8("/shanhai/" + word() + "s/");
        }

        Bytes key(String id) {
            return Bytes.utf8("/shanhai/" + word() + "s/" + id);
        }

        String id(Bytes key) {
            return key.text().substring(prefix().length());
        }
    }

    /// @param json the spec as stored
    /// @param revision of its last write
    public record StoredObject(String id, String json, long revision) {}

    /// @param revision the store's revision they were read at
    public record Listing(List<StoredObject> objects, long revision) {
        public Listing {
            objects = List.copyOf(objects);
        }
    }

    /// @param live this node serves it
    public record Written(String id, long revision, boolean live) {}

    /// The object is still needed by others.
    public static final class InUseException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        InUseException(String message) {
            super(message);
        }
    }

    public Catalogue(Store store, Membership membership) {
        this.store = store;
        this.membership = membership;
    }

    static JsonNode read(KeyValue kv) throws JsonProcessingException {
        return JsonText.read(kv.value().text());
    }

    /// Checks and stores an object.
    ///
    /// @param json its spec; `id` and `revision`, as [#get] adds them, may be present and are not stored
    /// @throws InvalidSpecException with everything that is wrong
    public Written put(Kind kind, String id, String json) {
        JsonNode spec = check(kind, id, json);
        List<Compare> compares = new ArrayList<>();
        List<String> limits = kind == Kind.ROUTE ? RouteSpec.parse(spec).limits() : List.of();
        for (String limit : limits) {
            compares.add(new Compare(Kind.LIMIT.key(limit), Bytes.EMPTY, Compare.Target.CREATE, Compare.Relation.GREATER, 0,
                    Bytes.EMPTY));
        }
        TxnResult result = store
                .commit(new Txn(compares, List.of(Txn.Op.put(kind.key(id), Bytes.utf8(spec.toString()))), List.of()));
        if (!result.succeeded()) {
            throw new InvalidSpecException(missing(limits));
        }
        return new Written(id, result.revision(), membership.awaitServed(result.revision()));
    }

    private List<Violation> missing(List<String> limits) {
        List<Violation> violations = new ArrayList<>();
        for (int i = 0; i < limits.size(); i++) {
            if (get(Kind.LIMIT, limits.get(i)).isEmpty()) {
                violations.add(new Violation("/limits/" + i, "limit \"" + limits.get(i) + "\" does not exist (PUT /v1/limits/"
                        + limits.get(i) + " first)"));
            }
        }
        if (violations.isEmpty()) {
            violations.add(new Violation("/limits", "a limit was created or deleted at the same moment (try again)"));
        }
        return violations;
    }

    /// Checks without storing.
    ///
    /// @return the spec as it would be stored
    private static JsonNode check(Kind kind, String id, String json) {
        if (!ID.matcher(id).matches()) {
            throw new InvalidSpecException(List.of(new Violation("/id", "\"" + id + "\" (expected: " + ID.pattern() + ")")));
        }
        JsonNode spec;
        try {
            spec = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw new InvalidSpecException(List.of(new Violation("", "not valid JSON: " + e.getOriginalMessage()
                    + (at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")"))));
        }
        if (spec instanceof ObjectNode object) {
            JsonNode given = object.remove("id");
            if (given != null && !given.asText().equals(id)) {
                throw new InvalidSpecException(
                        List.of(new Violation("/id", given + " differs from the id in the path, \"" + id + "\"")));
            }
            object.remove("revision");
        }
        switch (kind) {
            case ROUTE -> RouteSpec.parse(spec);
            case LIMIT -> LimitSpec.parse(spec);
        }
        return spec;
    }

    public Optional<StoredObject> get(Kind kind, String id) {
        return store.range(RangeRequest.key(kind.key(id))).kvs().stream().findFirst().map(kv -> stored(kind, kv));
    }

    /// All objects of a kind, by id.
    public Listing list(Kind kind) {
        RangeResult range = store.range(RangeRequest.prefix(kind.prefix()));
        return new Listing(range.kvs().stream().map(kv -> stored(kind, kv)).toList(), range.revision());
    }

    private static StoredObject stored(Kind kind, KeyValue kv) {
        return new StoredObject(kind.id(kv.key()), kv.value().text(), kv.modRevision());
    }

    /// Deletes an object.
    ///
    /// @return empty when there is none
    /// @throws InUseException when a route still names the limit
    public Optional<Written> delete(Kind kind, String id) {
        if (kind == Kind.LIMIT) {
            refuseWhenUsed(id);
        }
        TxnResult result = store.commit(Txn.of(Txn.Op.delete(kind.key(id))));
        long deleted = ((TxnResult.OpResult.Delete) result.results().getFirst()).deleted();
        return deleted == 0
                ? Optional.empty()
                : Optional.of(new Written(id, result.revision(), membership.awaitServed(result.revision())));
    }

    private void refuseWhenUsed(String limit) {
        List<String> users = new ArrayList<>();
        for (KeyValue kv : store.range(RangeRequest.prefix(Kind.ROUTE.prefix())).kvs()) {
            try {
                for (JsonNode used : read(kv).path("limits")) {
                    if (used.asText().equals(limit)) {
                        users.add(Kind.ROUTE.id(kv.key()));
                    }
                }
            } catch (JsonProcessingException e) {
                continue; // not compiled either: it uses nothing
            }
        }
        if (!users.isEmpty()) {
            throw new InUseException("limit " + limit + " is used by the routes " + String.join(", ", users)
                    + " (take it out of them first)");
        }
    }
}
