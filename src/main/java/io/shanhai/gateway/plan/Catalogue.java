package io.shanhai.gateway.plan;

import io.shanhai.membership.Membership;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.TxnResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Writes and reads routes and limits one at a time. What is wrong is refused here, before it is stored; what is
/// stored answers once this node serves it. Several at once: [ChangeSets]. Safe for all threads.
public final class Catalogue {

    /// As a revision to read at: the newest.
    public static final long NOW = 0;

    private static final int MAX_TRIES = 16; // each lost to another writer that got through

    private final Store store;
    private final Membership membership;

    /// @param json the spec as stored
    /// @param revision of its last write
    public record StoredObject(String id, String json, long revision) {}

    /// @param revision the revision they were read at
    public record Listing(List<StoredObject> objects, long revision) {
        public Listing {
            objects = List.copyOf(objects);
        }
    }

    /// @param live this node serves it
    public record Written(String id, long revision, boolean live) {}

    /// The object is still needed by others, or others write faster than this call can look.
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

    /// Checks and stores an object.
    ///
    /// @param kind one of [Kind#SPECS]
    /// @param json its spec; what [#get] adds to it may be present and is not stored
    /// @throws InvalidSpecException with everything that is wrong
    public Written put(Kind kind, String id, String json) {
        List<Violation> violations = new ArrayList<>();
        CheckedSpec.checkId(id, "/id", violations);
        CheckedSpec spec = CheckedSpec.read(kind, id, CheckedSpec.parse(json), "", violations);
        if (!violations.isEmpty()) {
            throw new InvalidSpecException(violations);
        }
        List<Compare> compares = spec.limits().stream().distinct().map(References::stillExists).toList();
        TxnResult result = store.commit(new Txn(compares, List.of(Txn.Op.put(spec.key(), spec.value())), List.of()));
        if (!result.succeeded()) {
            throw new InvalidSpecException(missing(spec.limits()));
        }
        return new Written(id, result.revision(), membership.awaitServed(result.revision()));
    }

    private List<Violation> missing(List<String> limits) {
        References now = new References(store, NOW);
        List<Violation> violations = new ArrayList<>();
        for (int i = 0; i < limits.size(); i++) {
            if (!now.exists(limits.get(i))) {
                violations.add(new Violation("/limits/" + i, "limit \"" + limits.get(i) + "\" does not exist (PUT /v1/limits/"
                        + limits.get(i) + " first)"));
            }
        }
        if (violations.isEmpty()) {
            violations.add(new Violation("/limits", "a limit was created or deleted at the same moment (try again)"));
        }
        return violations;
    }

    /// @param at a revision, or [#NOW]; fails with COMPACTED or FUTURE_REVISION
    public Optional<StoredObject> get(Kind kind, String id, long at) {
        return store.range(RangeRequest.key(kind.key(id)).at(at)).kvs().stream().findFirst().map(kv -> stored(kind, kv));
    }

    /// All objects of a kind, by id.
    ///
    /// @param at a revision, or [#NOW]; fails with COMPACTED or FUTURE_REVISION
    public Listing list(Kind kind, long at) {
        RangeResult range = store.range(RangeRequest.prefix(kind.prefix()).at(at));
        return new Listing(range.kvs().stream().map(kv -> stored(kind, kv)).toList(), at == NOW ? range.revision() : at);
    }

    private static StoredObject stored(Kind kind, KeyValue kv) {
        return new StoredObject(kind.id(kv.key()), kv.value().text(), kv.modRevision());
    }

    /// Deletes an object.
    ///
    /// @param kind one of [Kind#SPECS]
    /// @return empty when there is none
    /// @throws InUseException when a route still names the limit
    public Optional<Written> delete(Kind kind, String id) {
        for (int attempt = 0; attempt < MAX_TRIES; attempt++) {
            List<Compare> compares = kind == Kind.LIMIT ? List.of(unused(id)) : List.of();
            TxnResult result = store.commit(new Txn(compares, List.of(Txn.Op.delete(kind.key(id))), List.of()));
            if (result.succeeded()) {
                long deleted = ((TxnResult.OpResult.Delete) result.results().getFirst()).deleted();
                return deleted == 0
                        ? Optional.empty()
                        : Optional.of(new Written(id, result.revision(), membership.awaitServed(result.revision())));
            }
        }
        throw new InUseException("routes are being written all the time, and each might use limit " + id + " (try again)");
    }

    /// @return holds as long as no route can have begun to use it
    private Compare unused(String limit) {
        References.Users users = new References(store, NOW).users(Set.of(limit));
        if (!users.byLimit().isEmpty()) {
            throw new InUseException("limit " + limit + " is used by the routes "
                    + String.join(", ", users.byLimit().get(limit)) + " (take it out of them first)");
        }
        return users.noneCame();
    }
}
