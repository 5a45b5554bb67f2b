package io.shanhai.gateway.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.Txn.Compare;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Which routes name which limits, as stored at one revision; and the comparisons that let a transaction fail when that
/// is no longer so. Safe for all threads.
final class References {

    private final Store store;
    private final long revision;

    /// @param revision to look at, or [Catalogue#NOW]
    References(Store store, long revision) {
        this.store = store;
        this.revision = revision;
    }

    boolean exists(String limit) {
        return store.range(RangeRequest.key(Kind.LIMIT.key(limit)).at(revision)).count() > 0;
    }

    static Compare stillExists(String limit) {
        return new Compare(Kind.LIMIT.key(limit), Bytes.EMPTY, Compare.Target.CREATE, Compare.Relation.GREATER, 0, Bytes.EMPTY);
    }

    /// @param byLimit ids of routes, by limit
    /// @param revision it was so then
    record Users(Map<String, List<String>> byLimit, long revision) {

        /// Holds when no route was written since: none of them can name a limit that none named then.
        Compare noneCame() {
            Bytes prefix = Kind.ROUTE.prefix();
            return new Compare(prefix, prefix.prefixEnd(), Compare.Target.MOD, Compare.Relation.LESS, revision + 1,
                    Bytes.EMPTY);
        }
    }

    /// The routes that name these limits.
    Users users(Set<String> limits) {
        Map<String, List<String>> users = new TreeMap<>();
        RangeResult routes = store.range(RangeRequest.prefix(Kind.ROUTE.prefix()).at(revision));
        for (KeyValue kv : routes.kvs()) {
            try {
                for (JsonNode used : CheckedSpec.stored(kv).path("limits")) {
                    if (limits.contains(used.asText())) {
                        users.computeIfAbsent(used.asText(), _ -> new ArrayList<>()).add(Kind.ROUTE.id(kv.key()));
                    }
                }
            } catch (JsonProcessingException e) {
                continue; // not compiled either: it uses nothing
            }
        }
        return new Users(users, revision == Catalogue.NOW ? routes.revision() : revision);
    }
}
