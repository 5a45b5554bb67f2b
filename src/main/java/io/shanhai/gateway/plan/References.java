package io.shanhai.gateway.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
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

    /// Holds when no route was written after the revision: none of them can name a limit that none named then.
    Compare noRouteWritten() {
        Bytes prefix = Kind.ROUTE.prefix();
        return new Compare(prefix, prefix.prefixEnd(), Compare.Target.MOD, Compare.Relation.LESS, revision + 1, Bytes.EMPTY);
    }

    /// The routes that name each of these limits.
    Map<String, List<String>> users(Set<String> limits) {
        Map<String, List<String>> users = new TreeMap<>();
        if (limits.isEmpty()) {
            return users;
        }
        for (KeyValue kv : store.range(RangeRequest.prefix(Kind.ROUTE.prefix()).at(revision)).kvs()) {
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
        return users;
    }
}
