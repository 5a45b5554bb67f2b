package io.shanhai.etcdwire;

import io.shanhai.store.Maintenance;
import io.shanhai.store.Store;
import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A maintenance whose answers are known: for tests of what the door makes of them.
final class FixedMaintenance implements Maintenance {

    static final byte[] SNAPSHOT = snapshotBytes();

    final Set<Alarm> raised = ConcurrentHashMap.newKeySet();
    final AtomicInteger defragmentations = new AtomicInteger();
    private final Store store;

    FixedMaintenance(Store store) {
        this.store = store;
    }

    private static byte[] snapshotBytes() {
        byte[] bytes = new byte[100_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        return bytes;
    }

    @Override
    public Size size() {
        return new Size(40_960, 20_480, 0);
    }

    @Override
    public Set<Alarm> alarms() {
        return raised.isEmpty() ? Set.of() : EnumSet.copyOf(raised);
    }

    @Override
    public void disarm(Alarm alarm) {
        raised.remove(alarm);
    }

    @Override
    public void defragment() {
        defragmentations.incrementAndGet();
    }

    @Override
    public Hash hash(long revision) {
        return new Hash(0xCAFEBABE, revision == 0 ? store.revision() : revision, store.compactedRevision());
    }

    @Override
    public void snapshot(OutputStream out) throws IOException {
        out.write(SNAPSHOT);
    }
}
