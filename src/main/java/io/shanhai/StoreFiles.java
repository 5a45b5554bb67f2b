package io.shanhai;

import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.node.DataFolder;
import io.shanhai.node.StartException;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.Verification;
import io.shanhai.store.backup.BackupFile;
import io.shanhai.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/// What the command line does with the store's files: the recipe for work on an appliance that is stopped.
public final class StoreFiles {

    private StoreFiles() {}

    /// Reads a stopped appliance's store and changes nothing.
    ///
    /// @throws StartException when there is none, or it is in use
    public static Verification verify(Path data, Verification.Progress progress) {
        return offline(() -> EmbeddedStore.verify(data.resolve(Appliance.STORE), progress));
    }

    /// Makes a store from a backup, in a data folder that has none.
    ///
    /// @throws StartException when it has one, or is in use, or the backup is not intact; nothing has changed then
    public static Verification restore(Path backup, Path data, Verification.Progress progress) {
        return offline(() -> {
            try (DataFolder folder = DataFolder.open(data)) {
                return EmbeddedStore.restore(backup, folder.path().resolve(Appliance.STORE), progress);
            }
        });
    }

    /// Backs a stopped appliance's store up.
    ///
    /// @return its revision
    /// @throws StartException when there is none, or it is in use, or the file cannot be written
    public static long backup(Path data, Path file) {
        return offline(() -> {
            if (!Files.isDirectory(data.resolve(Appliance.STORE))) {
                throw new StartException("there is no store in " + data + " (expected: a data folder; --data DIR)");
            }
            try (DataFolder folder = DataFolder.open(data);
                    PrometheusMetrics metrics = new PrometheusMetrics();
                    EmbeddedStore store = new EmbeddedStore(folder.path().resolve(Appliance.STORE), StoreSettings.defaults(),
                            metrics)) {
                store.recover();
                return BackupFile.keep(file, store::backup);
            }
        });
    }

    /// Keeps a backup that comes from elsewhere, once it is whole.
    ///
    /// @return its revision
    /// @throws StartException when the file cannot be written, or what came is not intact
    public static long keepBackup(Path file, Download source) {
        return offline(() -> BackupFile.keep(file, source::writeTo));
    }

    /// Where a backup comes from.
    public interface Download {
        void writeTo(OutputStream out) throws IOException;
    }

    private static <T> T offline(Callable<T> work) {
        try {
            return work.call();
        } catch (StoreException e) {
            throw new StartException("store: " + e.detail(), e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new StartException("store: " + e, e);
        }
    }
}
