package io.shanhai.store.etcd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which history the revisions belong to. A revision means something only within its epoch: another cluster behind the
/// same endpoints, or one that was restored from an older backup, counts the same numbers for other writes.
/// What was known is kept in a file, so that a change is noticed across restarts. Safe for all threads.
final class History {

    private static final Logger LOG = LoggerFactory.getLogger(History.class);
    private static final String CLUSTER = "cluster";
    private static final String EPOCH = "epoch";

    /// @param cluster etcd's id of the cluster
    private record Known(long cluster, long epoch) {}

    private final Path file;
    private final long firstEpoch;
    private volatile Known known; // changed under the monitor

    /// @param firstEpoch for a node that meets etcd for the first time
    History(Path file, long firstEpoch) {
        this.file = file;
        this.firstEpoch = firstEpoch;
        this.known = new Known(0, firstEpoch);
    }

    /// The cluster this process begins with.
    ///
    /// @throws IOException when the file can neither be read nor written
    synchronized void begin(long cluster) throws IOException {
        Known before = read();
        if (before == null) {
            known = new Known(cluster, firstEpoch);
        } else if (before.cluster == cluster) {
            known = before;
        } else {
            known = new Known(cluster, before.epoch + 1);
            LOG.warn("etcd is another cluster than at the last start ({} then, {} now): its revisions are another history, "
                    + "epoch {} begins", hex(before.cluster), hex(cluster), known.epoch);
        }
        write();
    }

    long epoch() {
        return known.epoch;
    }

    boolean isOther(long cluster) {
        return known.cluster != cluster;
    }

    /// Revisions count another history from now on. Several watches notice the same change: only the first one counts.
    ///
    /// @param seen the epoch in which the caller began
    synchronized void restarted(long seen, long cluster, long revision) {
        if (known.epoch != seen) {
            return;
        }
        known = new Known(cluster, seen + 1);
        LOG.error("etcd has another history than before: cluster {} is at revision {} only. Everything is read again, epoch {} "
                + "begins. Was it restored from a backup, or its data deleted?", hex(cluster), revision, known.epoch);
        try {
            write();
        } catch (IOException e) {
            LOG.error("{} cannot be written: the next start takes epoch {} for the same history", file, seen, e);
        }
    }

    private Known read() throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        Properties lines = new Properties();
        try (var in = Files.newBufferedReader(file)) {
            lines.load(in);
            return new Known(Long.parseUnsignedLong(lines.getProperty(CLUSTER, ""), 16),
                    Long.parseLong(lines.getProperty(EPOCH, "")));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " is damaged (expected: cluster=<hex> and epoch=<number>). Delete it: the epoch then"
                    + " begins at " + firstEpoch + " again", e);
        }
    }

    private void write() throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(draft, CLUSTER + "=" + hex(known.cluster) + "\n" + EPOCH + "=" + known.epoch + "\n");
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String hex(long cluster) {
        return Long.toHexString(cluster); // as etcdctl prints it
    }
}
