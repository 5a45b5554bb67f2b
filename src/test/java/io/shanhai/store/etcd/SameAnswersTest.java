package io.shanhai.store.etcd;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import io.shanhai.store.embedded.EmbeddedStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same random requests, right and wrong ones, to the embedded store and to a real etcd: the same answers, refusals
/// and events.
@Timeout(120)
class SameAnswersTest {

    private static final int STEPS = 1_500;
    private static final List<String> KEYS = List.of("a", "aa", "ab", "b", "ba", "c", "d\u00e9", "e");
    private static final int LEASES = 4;

    @TempDir
    Path folder;

    private record Events(long revision, List<Watch.Event> events) {}

    private static final class Heard implements Watch.Listener {

        private final List<Events> all = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void onEvents(long revision, List<Watch.Event> events) {
            all.add(new Events(revision, events));
        }

        @Override
        public void onCompacted(long compactedRevision) {
            throw new AssertionError("a watch that keeps up is never overtaken");
        }

        long last() {
            return all.isEmpty() ? 1 : all.getLast().revision();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void bothStoresAnswerAlike(long seed) throws Exception {
        try (RealEtcd etcd = RealEtcd.start(); EtcdStore real = EtcdStores.open(folder, etcd); EmbeddedStore ours = embedded()) {
            Heard realHeard = new Heard();
            Heard oursHeard = new Heard();
            real.watch(new WatchRequest(Bytes.ZERO, Bytes.ZERO, 0, true), realHeard);
            ours.watch(new WatchRequest(Bytes.ZERO, Bytes.ZERO, 0, true), oursHeard);
            Random random = new Random(seed);
            int refused = 0;
            for (int step = 0; step < STEPS; step++) {
                Request request = request(random, real.revision());
                Object expected = answer(real, request);
                assertEquals(expected, answer(ours, request), "seed " + seed + ", step " + step + ": " + request.text());
                refused += expected instanceof StoreException.Code ? 1 : 0;
            }
            assertTrue(refused > STEPS / 50 && refused < STEPS / 2, "refused: " + refused);
            assertEquals(real.revision(), ours.revision());
            assertEquals(real.compactedRevision(), ours.compactedRevision());
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> realHeard.last() == real.revision() && oursHeard.last() == ours.revision());
            assertEquals(realHeard.all.size(), oursHeard.all.size());
            for (int i = 0; i < realHeard.all.size(); i++) {
                assertEquals(realHeard.all.get(i), oursHeard.all.get(i), "seed " + seed);
            }
        }
    }

    private EmbeddedStore embedded() throws Exception {
        EmbeddedStore store = new EmbeddedStore(Files.createDirectory(folder.resolve("ours")), StoreSettings.defaults(),
                new PlainMetrics());
        store.start();
        return store;
    }

    private interface Call {
        Object on(Store store);
    }

    /// @param text for a failure's message
    private record Request(String text, Call call) {}

    private static Object answer(Store store, Request request) {
        try {
            return request.call().on(store);
        } catch (StoreException e) {
            return e.code();
        }
    }

    private static Request request(Random random, long revision) {
        return switch (random.nextInt(20)) {
            case 0 -> {
                long id = lease(random);
                yield new Request("grant " + id, store -> store.grant(id, 1_000).grantedTtlSeconds());
            }
            case 1 -> {
                long id = lease(random);
                yield new Request("revoke " + id, store -> {
                    store.revoke(id);
                    return store.revision();
                });
            }
            case 2 -> {
                long id = lease(random);
                yield new Request("lease " + id, store -> store.lease(id, true).map(lease -> lease.keys().toString()));
            }
            case 3 -> new Request("leases", Store::leases);
            case 4 -> {
                long id = lease(random);
                yield new Request("keepalive " + id, store -> store.keepAlive(id));
            }
            case 5 -> {
                long at = random.nextInt(4) > 0 ? Math.max(2, revision - 40 - random.nextInt(20)) : revision + 1;
                yield new Request("compact " + at, store -> {
                    store.compact(at);
                    return store.compactedRevision();
                });
            }
            case 6, 7, 8, 9, 10 -> {
                RangeRequest range = range(random, revision);
                yield new Request(range.toString(), store -> store.range(range));
            }
            default -> {
                Txn txn = txn(random, revision, 2);
                yield new Request(txn.toString(), store -> store.commit(txn));
            }
        };
    }

    private static long lease(Random random) {
        return 1 + random.nextInt(LEASES);
    }

    private static Bytes key(Random random) {
        return Bytes.utf8(KEYS.get(random.nextInt(KEYS.size())));
    }

    private static Bytes end(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> Bytes.ZERO;
            case 1 -> key(random);
            case 2 -> key(random).prefixEnd();
            default -> Bytes.EMPTY;
        };
    }

    private static Bytes deletionEnd(Random random) {
        Bytes end = end(random);
        return end.equals(Bytes.ZERO) ? Bytes.EMPTY : end;
    }

    private static <T> T one(Random random, T[] of) {
        return of[random.nextInt(of.length)];
    }

    private static long sometimes(Random random, Supplier<Long> value) {
        return random.nextInt(4) == 0 ? value.get() : 0;
    }

    private static RangeRequest range(Random random, long revision) {
        Supplier<Long> past = () -> Math.max(1, revision - random.nextInt(60));
        long at = random.nextInt(60) == 0 ? revision + 2 : sometimes(random, past);
        SortOrder order = one(random, SortOrder.values());
        SortTarget target = one(random, SortTarget.values());
        return new RangeRequest(key(random), end(random), at, sometimes(random, () -> (long) random.nextInt(4)), order, target,
                random.nextInt(5) == 0, random.nextInt(6) == 0, sometimes(random, past), sometimes(random, past),
                sometimes(random, past), sometimes(random, past));
    }

    private static Txn txn(Random random, long revision, int depth) {
        List<Compare> compares = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            compares.add(compare(random, revision));
        }
        return new Txn(compares, ops(random, revision, depth), ops(random, revision, depth));
    }

    private static Compare compare(Random random, long revision) {
        Compare.Target target = one(random, Compare.Target.values());
        long number = switch (target) {
            case VERSION -> random.nextInt(4);
            case CREATE, MOD -> Math.max(0, revision - random.nextInt(20));
            case LEASE -> random.nextInt(LEASES + 1);
            case VALUE -> 0;
        };
        Bytes value = target == Compare.Target.VALUE ? value(random) : Bytes.EMPTY;
        return new Compare(key(random), end(random), target, one(random, Compare.Relation.values()), number, value);
    }

    private static Bytes value(Random random) {
        return Bytes.utf8(random.nextInt(4) == 0 ? "" : "v" + random.nextInt(4));
    }

    private static List<Op> ops(Random random, long revision, int depth) {
        List<Op> ops = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            ops.add(op(random, revision, depth));
        }
        return ops;
    }

    private static Op op(Random random, long revision, int depth) {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> put(random);
            case 5, 6 -> new Op.Delete(key(random), deletionEnd(random), random.nextBoolean());
            case 7 -> depth > 0 ? new Op.Nested(txn(random, revision, depth - 1)) : put(random);
            default -> new Op.Read(range(random, revision));
        };
    }

    private static Op put(Random random) {
        boolean ignoreValue = random.nextInt(10) == 0;
        boolean ignoreLease = random.nextInt(10) == 0;
        long lease = ignoreLease ? sometimes(random, () -> 1L) : sometimes(random, () -> lease(random));
        return new Op.Put(key(random), ignoreValue && random.nextInt(5) > 0 ? Bytes.EMPTY : value(random), lease,
                random.nextBoolean(), ignoreValue, ignoreLease);
    }
}
