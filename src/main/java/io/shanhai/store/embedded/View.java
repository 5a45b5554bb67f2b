package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.Page;
import org.h2.mvstore.RootReference;

/// The durable state after one revision, immutable: the root of a copy-on-write tree. Readers need no lock and see a
/// transaction whole or not at all.
///
/// Pages that newer states replaced are read from the file, and their place there is reused once nobody holds a view that
/// needs them. So who reads keys holds the view ([Committer#pin()]) and closes it; the numbers may be asked without.
/// A view held for long keeps the file from being reused, nothing else.
final class View implements KeySpace, AutoCloseable {

    private final MVMap<Slot, Cell> map;
    private final RootReference<Slot, Cell> root;
    private final MVStore.TxCounter usage;
    /// Who holds it, [Committer] included while it is the newest; 0 is for good.
    private final AtomicInteger holders = new AtomicInteger(1);
    private final long revision;
    private final long compacted;

    /// @param usage registered before `root` was taken
    View(MVMap<Slot, Cell> map, MVStore.TxCounter usage, RootReference<Slot, Cell> root, long revision, long compacted) {
        this.map = map;
        this.usage = usage;
        this.root = root;
        this.revision = revision;
        this.compacted = compacted;
    }

    /// @return false when it was let go already: take the newest one
    boolean hold() {
        int now = holders.get();
        while (now > 0) {
            if (holders.compareAndSet(now, now + 1)) {
                return true;
            }
            now = holders.get();
        }
        return false;
    }

    /// Once per holder.
    @Override
    public void close() {
        if (holders.decrementAndGet() == 0) {
            map.getStore().deregisterVersionUsage(usage);
        }
    }

    long revision() {
        return revision;
    }

    long compacted() {
        return compacted;
    }

    /*
     * HOT PATH, once per read of a key. Allocation: none. The tree's own get() would want a Slot, compare through two
     * interfaces, and leave its last position in each page it passed: a write that costs every other reader of the page a
     * cache miss. Evidence: ReadBench.
     */
    @Override
    public Cell.Version get(Bytes key) {
        Page<Slot, Cell> page = root.root;
        while (!page.isLeaf()) {
            int at = search(page, key);
            page = page.getChildPage(at < 0 ? ~at : at + 1); // child i holds what is below key i
        }
        int at = search(page, key);
        return at < 0 ? null : (Cell.Version) page.getValue(at);
    }

    /// Position of the key's live slot in the page, or the complement of where it would be.
    private static int search(Page<Slot, Cell> page, Bytes key) {
        int low = 0;
        int high = page.getKeyCount() - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            int order = page.getKey(middle).compareToLive(key);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return ~low;
    }

    boolean has(Slot slot) {
        return map.get(root.root, slot) != null;
    }

    @Override
    public void scan(Bytes from, Bytes end, Visitor visitor) {
        Cursor<Slot, Cell> cursor = cursor(Slot.live(from));
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            if (slot.kind() != Slot.Kind.LIVE || end != null && slot.key().compareTo(end) >= 0
                    || !visitor.visit(slot.key(), (Cell.Version) cursor.getValue())) {
                return;
            }
        }
    }

    /// The keys as they were at a revision; 0 is now.
    KeySpace at(long wanted) {
        if (wanted > revision) {
            throw new StoreException(StoreException.Code.FUTURE_REVISION);
        }
        if (wanted > 0 && wanted < compacted) {
            throw new StoreException(StoreException.Code.COMPACTED);
        }
        return wanted <= 0 || wanted == revision ? this : new PastKeys(this, wanted);
    }

    /// The version of the key that began at exactly this revision; null when the revision did not write it.
    Cell.Version writtenAt(Bytes key, long at) {
        Cell.Version live = get(key);
        return live != null && live.modRevision() == at
                ? live
                : (Cell.Version) map.get(root.root, Slot.past(key, at));
    }

    /// The version of the key that ended at exactly this revision; null when there was none or it is compacted.
    Cell.Version endedAt(Bytes key, long at) {
        Cell.Version before = pastBefore(key, at);
        return before != null && before.endRevision() == at ? before : null;
    }

    /// The last overwritten or deleted version of the key that began before this revision, or null.
    Cell.Version pastBefore(Bytes key, long before) {
        Cursor<Slot, Cell> cursor = map.cursor(root, Slot.past(key, before - 1), null, true);
        if (!cursor.hasNext()) {
            return null;
        }
        Slot slot = cursor.next();
        boolean found = slot.kind() == Slot.Kind.PAST && slot.key().equals(key);
        return found ? (Cell.Version) cursor.getValue() : null;
    }

    /// The keys that hang on a lease, ascending.
    List<Bytes> attached(long lease) {
        List<Bytes> keys = new ArrayList<>();
        Cursor<Slot, Cell> cursor = cursor(Slot.attached(lease, Bytes.EMPTY));
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            if (slot.kind() != Slot.Kind.ATTACHED || slot.number() != lease) {
                break;
            }
            keys.add(slot.key());
        }
        return keys;
    }

    /// Everything in the index from this slot on.
    Cursor<Slot, Cell> cursor(Slot from) {
        return map.cursor(root, from, null, false);
    }
}
