package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.settings.DataSize;
import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.h2.mvstore.Cursor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compacted history is not only hidden but gone.
final class HistoryTest {

    @TempDir
    Path folder;

    @Test
    void compactedVersionsAreDeletedFromTheIndex() {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            for (int i = 0; i < 1_000; i++) {
                Words.put(store, "key" + i % 10, "" + i); // revisions 2 to 1001
            }
            store.compact(901);
        }
        // The versions that ended at 902 and later, and the changes from 901 on; a restart finishes what was left over.
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            assertEquals("899", store.range(RangeRequest.key(Bytes.utf8("key9")).at(901))
                    .kvs().getFirst().value().text());
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> count(store, Slot.Kind.PAST) == 100);
            assertEquals(101, count(store, Slot.Kind.CHANGE));
            assertEquals(10, count(store, Slot.Kind.LIVE));
        }
    }

    @Test
    void historyOlderThanTheRetentionIsCompacted() {
        StoreSettings settings = new StoreSettings(new DataSize(256 * 1024), Duration.ofMillis(100), Duration.ofSeconds(1),
                new DataSize(1536 * 1024), Duration.ofSeconds(1), new DataSize(4 << 20), new DataSize(0), Duration.ZERO, "", 7);
        try (EmbeddedStore store = new EmbeddedStore(folder, settings, new PlainMetrics())) {
            store.start();
            Words.put(store, "a", "1");
            long last = Words.put(store, "a", "2");
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> store.compactedRevision() == last);
            assertEquals(last, store.revision(), "compaction makes no revision");
        }
    }

    @Test
    void keyThatOneNestedTransactionPutsAndTheNextDeletesIsRefused() {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            Words.put(store, "b", "1");
            Txn txn = Txn.of(new Op.Nested(Txn.of(Op.put(Bytes.utf8("a"), Bytes.utf8("1")))),
                    new Op.Nested(Txn.of(new Op.Delete(Bytes.utf8("a"), Bytes.utf8("c"), false))));
            StoreException refusal = assertThrows(StoreException.class, () -> store.commit(txn));
            assertEquals(StoreException.Code.DUPLICATE_KEY, refusal.code());
            assertEquals("{b=1}", Words.all(store).toString());
            assertEquals(2, store.revision());
        }
    }

    private static long count(EmbeddedStore store, Slot.Kind kind) {
        long count = 0;
        try (View view = store.pin()) {
            Cursor<Slot, Cell> cursor = view.cursor(Slot.PROGRESS);
            while (cursor.hasNext()) {
                count += cursor.next().kind() == kind ? 1 : 0;
            }
        }
        return count;
    }
}
