package io.shanhai.gateway.plan;

import io.shanhai.gateway.plan.ChangeSet.Outcome;
import io.shanhai.membership.Membership;
import io.shanhai.registry.Registrar;
import io.shanhai.registry.Registry;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.TxnResult;
import java.util.ArrayList;
import java.util.List;

/// Applies change sets: one transaction, one revision, all or nothing. Safe for all threads.
public final class ChangeSets {

    /*
     * Optimistic: a set is judged against the state of one revision, and the transaction compares that all of it that
     * mattered is still so. When it is not, the set is judged again. So the answer is exact (what was created, what
     * conflicts) and nothing is locked.
     */

    /// Most objects of one set.
    public static final int MAX_OPERATIONS = Txn.MAX_OPS;

    private static final int MAX_TRIES = 16; // each lost to another writer that got through

    private final Store store;
    private final Membership membership;
    private final Registrar registrar;

    public ChangeSets(Store store, Registry registry, Membership membership) {
        this.store = store;
        this.membership = membership;
        this.registrar = new Registrar(store, registry);
    }

    /// What [#apply] would answer now. Nothing is written.
    ///
    /// @throws StoreException COMPACTED when `ifRevision` is too old to tell whether an object was deleted since
    public Outcome dryRun(ChangeSet set) {
        Judgement judgement = judged(set);
        return judgement.refusal().orElseGet(() -> new Outcome.Accepted(judgement.revision(),
                judgement.changesNothing() && membership.awaitServed(judgement.revision()), judgement.changes()));
    }

    /// Answers once this node serves the set, or the time for it is up. A set that changes nothing has no transaction.
    ///
    /// @throws StoreException COMPACTED as for [#dryRun], and whatever a commit throws
    public Outcome apply(ChangeSet set) {
        for (int attempt = 0; attempt < MAX_TRIES; attempt++) {
            Judgement judgement = judged(set);
            if (judgement.refusal().isPresent()) {
                return judgement.refusal().get();
            }
            long revision = judgement.changesNothing() ? judgement.revision() : commit(judgement);
            if (revision > 0) {
                judgement.renewals().forEach(registrar::renew);
                return new Outcome.Accepted(revision, membership.awaitServed(revision), judgement.changes());
            }
        }
        return new Outcome.Contended(MAX_TRIES);
    }

    private Judgement judged(ChangeSet set) {
        while (true) {
            long revision = store.revision();
            try {
                return Judgement.of(store, registrar, set, revision);
            } catch (StoreException e) {
                // Somebody compacted up to a newer revision meanwhile; below `ifRevision` it is the caller's to know.
                if (e.code() != StoreException.Code.COMPACTED || store.compactedRevision() <= revision) {
                    throw e;
                }
            }
        }
    }

    /// @return 0 when somebody else was quicker
    private long commit(Judgement judgement) {
        List<Op> operations = new ArrayList<>(judgement.operations());
        boolean done = false;
        try {
            judgement.registrations().forEach(one -> operations.add(registrar.registering(one.key(), one.spec())));
            judgement.departures().forEach(registrar::leaves);
            TxnResult result = store.commit(new Txn(judgement.compares(), operations, List.of()));
            done = result.succeeded();
            return done ? result.revision() : 0;
        } finally {
            if (done) {
                judgement.registrations().forEach(_ -> registrar.registered());
                judgement.leasesLeft().forEach(registrar::end);
            } else {
                judgement.departures().forEach(registrar::stays);
                operations.stream().filter(Op.Put.class::isInstance).forEach(put -> registrar.end(((Op.Put) put).lease()));
            }
        }
    }
}
