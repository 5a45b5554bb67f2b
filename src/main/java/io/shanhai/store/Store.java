package io.shanhai.store;

import java.util.List;
import java.util.Optional;

/// The one store. Semantics are etcd v3's. Safe for all threads; writes return after they are durable (fdatasync).
/// All methods throw [StoreException] with a stable code.
public interface Store extends AutoCloseable {

    /// Revision of the last write; a fresh store is at 1.
    long revision();

    /// Highest compacted revision, 0 when none is. A read at a revision below it fails with COMPACTED.
    long compactedRevision();

    RangeResult range(RangeRequest request);

    /// Runs the transaction. One that writes has one new revision, however many operations.
    TxnResult commit(Txn txn);

    /// The same for a caller whose thread must not wait, such as an event loop.
    ///
    /// @param outcome told once, perhaps before this returns
    default void commit(Txn txn, Outcome<TxnResult> outcome) {
        Thread.ofVirtual().name("store-commit").start(() -> {
            TxnResult result;
            try {
                result = commit(txn);
            } catch (StoreException e) {
                outcome.failed(e);
                return;
            }
            outcome.done(result);
        });
    }

    /// @param id wanted id, 0 to have one chosen
    /// @param ttlSeconds 1 or more; raised to the store's minimum
    Lease grant(long id, long ttlSeconds);

    /// Gives the lease its full time again. Not durable, no revision.
    ///
    /// @return the granted TTL in seconds, 0 when the lease does not exist
    long keepAlive(long id);

    /// Ends the lease and deletes its keys in one revision.
    void revoke(long id);

    Optional<Lease> lease(long id, boolean withKeys);

    /// Ids of all leases, ascending.
    List<Long> leases();

    Watch watch(WatchRequest request, Watch.Listener listener);

    /// Drops history below `revision`. Returns when reads below it fail; space is won back in slices later.
    void compact(long revision);

    /// Idempotent; waits for writes in flight and makes a checkpoint.
    @Override
    void close();
}
