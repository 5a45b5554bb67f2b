package io.shanhai.etcdwire;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Compare.Relation;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.TxnResult;
import io.shanhai.store.TxnResult.OpResult;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/// A place in the queue that locks and elections are: a key `prefix/lease` in hexadecimal, attached to the lease, before
/// which stand those of the same prefix that were created earlier. As etcd's `clientv3/concurrency`, so that a lock taken
/// here and one that a client takes by itself are the same lock.
///
/// @param createRevision the place: who has the lowest is first
/// @param revision of the transaction that took it or found it
/// @param value what the key held; of a place found the one from before
record Turn(Bytes prefix, Bytes key, long lease, long createRevision, long revision, Bytes value) {

    private static final long DEFAULT_TTL_SECONDS = 60; // etcd's, for a caller that brings no lease

    /// Takes a place, or finds the one that this lease has already.
    ///
    /// @param lease 0 to have one made, which ends by itself
    /// @throws StoreException LEASE_NOT_FOUND
    static Turn take(Store store, Bytes name, long lease, Bytes value) {
        long own = lease == 0 ? store.grant(0, DEFAULT_TTL_SECONDS).id() : lease;
        store.keepAlive(own); // as etcd's session does at its start
        Bytes prefix = prefix(name);
        Bytes key = joined(prefix, Long.toString(own, 16));
        TxnResult result = store.commit(new Txn(List.of(Compare.absent(key)), List.of(Op.put(key, value, own)),
                List.of(new Op.Read(RangeRequest.key(key)))));
        if (result.succeeded()) {
            return new Turn(prefix, key, own, result.revision(), result.revision(), value);
        }
        KeyValue found = ((OpResult.Read) result.results().getFirst()).range().kvs().getFirst();
        return new Turn(prefix, key, own, found.createRevision(), result.revision(), found.value());
    }

    static Bytes prefix(Bytes name) {
        return joined(name, "/");
    }

    private static Bytes joined(Bytes start, String end) {
        byte[] joined = Arrays.copyOf(start.array(), start.length() + end.length());
        System.arraycopy(end.getBytes(StandardCharsets.US_ASCII), 0, joined, start.length(), end.length());
        return Bytes.wrap(joined);
    }

    /// Returns when all that were created earlier are gone.
    ///
    /// @throws InterruptedException when the caller has gone; the place is still taken
    void await(Store store) throws InterruptedException {
        while (true) {
            RangeRequest earlier = RangeRequest.prefix(prefix).sorted(SortOrder.DESCEND, SortTarget.CREATE).limit(1);
            RangeResult found = store.range(createdUpTo(earlier, createRevision - 1));
            if (found.kvs().isEmpty()) {
                return;
            }
            Bytes predecessor = found.kvs().getFirst().key();
            awaitEvent(store, new WatchRequest(predecessor, Bytes.EMPTY, found.revision() + 1, false),
                    event -> event.kind() == Watch.Kind.DELETE);
        }
    }

    private static RangeRequest createdUpTo(RangeRequest range, long revision) {
        return new RangeRequest(range.key(), range.rangeEnd(), range.revision(), range.limit(), range.order(),
                range.target(), true, false, 0, 0, 0, revision);
    }

    /// Returns with the first such event, or when compaction has overtaken the watch: then look again.
    static void awaitEvent(Store store, WatchRequest request, Predicate<Watch.Event> wanted) throws InterruptedException {
        CountDownLatch seen = new CountDownLatch(1);
        try (Watch _ = store.watch(request, new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Watch.Event> events) {
                if (events.stream().anyMatch(wanted)) {
                    seen.countDown();
                }
            }

            @Override
            public void onCompacted(long compactedRevision) {
                seen.countDown();
            }
        })) {
            seen.await();
        }
    }

    /// Whether the key is still the one that took the place.
    boolean isHeld(Store store) {
        return !store.range(RangeRequest.key(key)).kvs().isEmpty();
    }

    /// Gives the place up, if it is still this one.
    ///
    /// @return the revision after it
    long leave(Store store) {
        return store.commit(new Txn(List.of(isThisOne()), List.of(Op.delete(key)), List.of())).revision();
    }

    /// Says something new from the same place.
    ///
    /// @return the transaction; not succeeded when the place is lost
    TxnResult say(Store store, Bytes next) {
        return store.commit(new Txn(List.of(isThisOne()), List.of(Op.put(key, next, lease)), List.of()));
    }

    private Compare isThisOne() {
        return new Compare(key, Bytes.EMPTY, Compare.Target.CREATE, Relation.EQUAL, createRevision, Bytes.EMPTY);
    }

    /// The first in the queue of a prefix.
    static RangeResult first(Store store, Bytes prefix) {
        return store.range(RangeRequest.prefix(prefix).sorted(SortOrder.ASCEND, SortTarget.CREATE).limit(1));
    }
}
