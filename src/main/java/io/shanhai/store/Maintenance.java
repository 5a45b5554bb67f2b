package io.shanhai.store;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;

/// What an operator does with a store whose files this process keeps itself; the word is etcd's. Safe for all threads.
public interface Maintenance {

    enum Alarm {
        /// The quota is used up: writes that may grow the store (puts, transactions with puts, lease grants) are refused
        /// until there is room again and somebody disarms it. Reads, deletes, revocations and compaction go on.
        NOSPACE(1),
        /// Bytes that had been synced are damaged.
        CORRUPT(2);

        private final int number;

        Alarm(int number) {
            this.number = number;
        }

        /// etcd's number for it.
        public int number() {
            return number;
        }

        public static Alarm of(long number) {
            for (Alarm alarm : values()) {
                if (alarm.number == number) {
                    return alarm;
                }
            }
            throw new IllegalArgumentException("alarm: " + number + " (expected: 1 or 2)");
        }
    }

    /// @param total bytes of the index file, what could be won back included (etcd's dbSize)
    /// @param inUse bytes of it that hold something (etcd's dbSizeInUse)
    /// @param quota most bytes `inUse` may have before [Alarm#NOSPACE] is raised; 0 is no quota
    record Size(long total, long inUse, long quota) {}

    /// @param hash of the history since the last compaction; how it is made is the store's business
    /// @param revision the revision that was hashed
    /// @param compacted the highest compacted revision
    record Hash(int hash, long revision, long compacted) {}

    /// To about a percent; what was written in the last seconds is estimated.
    Size size();

    Set<Alarm> alarms();

    /// Takes the alarm back, durably; one that is not raised is no error. An alarm whose cause is still there is raised
    /// again by the next write that may grow the store.
    void disarm(Alarm alarm);

    /// Wins file space back, all that there is; readers and writers go on. Returns when it is done.
    ///
    /// @throws StoreException when the disk refuses it, or the store is closed meanwhile
    void defragment();

    /// Two stores with the same history have the same hash, whatever the shape of their files.
    ///
    /// @param revision 0 is now; fails with COMPACTED or FUTURE_REVISION
    Hash hash(long revision);

    /// Writes the store as it is now in our own format, which `shanhai store restore` reads: with its revisions, versions,
    /// leases, alarms and the history since the last compaction. Readers and writers go on.
    ///
    /// @throws IOException as for [#snapshot]
    void backup(OutputStream out) throws IOException;

    /// Writes the store as it is now as a bbolt file that etcd 3.4 can restore from (`etcdctl snapshot restore`), with its
    /// revisions, versions, leases and the history since the last compaction, without its alarms and without the SHA-256
    /// that `etcdctl snapshot save` wants behind it: the door adds that. Readers and writers go on, and a slow taker holds
    /// nothing but a temporary file.
    ///
    /// @throws IOException when `out` does not take it, or the disk has no room for the temporary file
    void snapshot(OutputStream out) throws IOException;
}
