package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.model.EtcdModel;
import io.shanhai.store.model.RandomSteps;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Transactions, grants and revokes that share one group commit do what they would do one after the other: each sees those
/// before it, one that is refused leaves nothing behind, each has its own revision. The order of the batch is the order in
/// which they came, which the test makes sure of by holding the sync before it.
final class BatchModelTest {

    private static final int BATCHES = Integer.getInteger("model.batches", 60);
    private static final int MOST = 12; // of a batch
    private static final long SEED = Long.getLong("model.seed", System.nanoTime());
    private static final long TTL_SECONDS = 3_600;

    @TempDir
    Path folder;

    private final TestDisk disk = new TestDisk();
    private final Random random = new Random(SEED);
    private final RandomSteps steps = new RandomSteps(random);
    private final EtcdModel model = new EtcdModel();

    /// One request, to both.
    private record Step(String text, Function<EtcdModel, Object> model, Function<EmbeddedStore, Object> store) {}

    @Test
    void aBatchIsWhatItsMembersAreOneByOne() throws Exception {
        PlainMetrics metrics = new PlainMetrics();
        try (EmbeddedStore store = EmbeddedStores.open(folder, disk, metrics)) {
            for (int batch = 0; batch < BATCHES; batch++) {
                long before = metrics.count("shanhai_store_syncs_total");
                run(store, batch());
                assertEquals(before + 2, metrics.count("shanhai_store_syncs_total"), "the first one, and the batch");
            }
            RangeRequest all = RangeRequest.prefix(Bytes.EMPTY);
            assertEquals(model.range(all), store.range(all));
        }
    }

    /// The batch ends the old lease and grants the new one: the new one was lost.
    @Test
    void leaseThatEndsAndIsGrantedAnewInOneBatchIsThere() throws Exception {
        try (EmbeddedStore store = EmbeddedStores.open(folder, disk, new PlainMetrics())) {
            store.grant(1, TTL_SECONDS);
            model.grant(1, TTL_SECONDS);
            run(store, List.of(commit(Txn.of(Op.put(Bytes.utf8("first"), Bytes.utf8("x")))), revoke(1), grant(1)));
            assertEquals(List.of(1L), store.leases());
            assertEquals(TTL_SECONDS, store.keepAlive(1));
        }
    }

    private List<Step> batch() {
        List<Step> batch = new ArrayList<>();
        batch.add(commit(Txn.of(Op.put(Bytes.utf8("first"), Bytes.utf8("x")))));
        long newest = Math.max(0, model.revision() - 2); // only revisions that are published are read
        for (int i = 1 + random.nextInt(MOST); i > 0; i--) {
            batch.add(step(newest));
        }
        batch.add(commit(Txn.of(Op.put(Bytes.utf8("last"), Bytes.utf8("x"))))); // so that the batch is never empty
        return batch;
    }

    private Step step(long newest) {
        long lease = steps.lease();
        return switch (random.nextInt(8)) {
            case 0 -> grant(lease);
            case 1 -> revoke(lease);
            default -> {
                Txn txn = steps.txn(0, newest);
                while (TxnRules.isReadOnly(txn)) { // it would not queue
                    txn = steps.txn(0, newest);
                }
                yield commit(txn);
            }
        };
    }

    private static Step grant(long lease) {
        return new Step("grant " + lease, on -> done(() -> on.grant(lease, TTL_SECONDS)),
                on -> done(() -> on.grant(lease, TTL_SECONDS)));
    }

    private static Step revoke(long lease) {
        return new Step("revoke " + lease, on -> done(() -> on.revoke(lease)), on -> done(() -> on.revoke(lease)));
    }

    private static Step commit(Txn txn) {
        return new Step(txn.toString(), on -> on.commit(txn), on -> on.commit(txn));
    }

    private static Object done(Runnable step) {
        step.run();
        return "done";
    }

    private void run(EmbeddedStore store, List<Step> batch) throws Exception {
        int allowed = disk.syncsAllowed.drainPermits();
        List<FutureTask<Object>> answers = new ArrayList<>();
        for (Step step : batch) {
            FutureTask<Object> answer = new FutureTask<>(() -> outcome(() -> step.store().apply(store)));
            answers.add(answer);
            Thread thread = Thread.ofPlatform().daemon().start(answer);
            // The first stands at its sync, the others in the queue, or they are refused before they get there.
            Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).atMost(Duration.ofSeconds(20))
                    .until(() -> answer.isDone() || thread.getState() == Thread.State.WAITING);
        }
        disk.syncsAllowed.release(allowed);
        for (int i = 0; i < batch.size(); i++) {
            Step step = batch.get(i);
            assertEquals(outcome(() -> step.model().apply(model)), answers.get(i).get(),
                    () -> "with -Dmodel.seed=" + SEED + ": " + step.text());
        }
    }

    private interface Call {
        Object run();
    }

    private static Object outcome(Call call) {
        try {
            return call.run();
        } catch (StoreException e) {
            return e.code();
        }
    }
}
