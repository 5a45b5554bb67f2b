package io.shanhai.store.embedded;

import io.shanhai.store.StoreException;
import io.shanhai.store.Verification;
import io.shanhai.store.Verification.Progress;
import io.shanhai.store.backup.BackupReader.DamagedException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/// What can be done with a store's folder while no store runs in it.
final class StoreFolder {

    private static final int READ_BUFFER_BYTES = 1 << 20;
    private static final String DRAFT = ".restoring";

    private StoreFolder() {}

    /// Reads every byte of the store and changes none.
    ///
    /// @throws StoreException when there is no store, or it is in use
    static Verification verify(Path folder, Progress progress) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new StoreException(StoreException.Code.UNAVAILABLE, folder + " is not there: nothing to verify", null);
        }
        FolderLock lock = FolderLock.take(folder);
        try {
            return new Verifier(folder, progress).run();
        } finally {
            lock.close();
        }
    }

    /// Makes a store from a backup. Everything is read and verified in a folder beside it before it takes its place.
    ///
    /// @param folder not there, or empty
    /// @throws StoreException when the folder is not empty, or the backup is not intact; nothing has changed then
    static Verification restore(Path backup, Path folder, long cacheBytes, Progress progress) throws IOException {
        requireEmpty(folder);
        Path draft = folder.resolveSibling(folder.getFileName() + DRAFT);
        deleteAll(draft);
        Files.createDirectories(draft.resolve("log"));
        try {
            fill(backup, draft, cacheBytes, progress);
            Verification found = verify(draft, progress);
            if (!found.problems().isEmpty()) {
                throw refuse(backup, "what it holds does not fit together: " + found.problems().getFirst());
            }
            Files.deleteIfExists(draft.resolve("lock"));
            Files.deleteIfExists(folder);
            Files.move(draft, folder, StandardCopyOption.ATOMIC_MOVE);
            syncFolder(folder.toAbsolutePath().getParent());
            return found;
        } finally {
            deleteAll(draft);
        }
    }

    private static void requireEmpty(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            if (files.findAny().isPresent()) {
                throw new StoreException(StoreException.Code.UNAVAILABLE, folder
                        + " is not empty: a restore replaces nothing. Move that folder away, or choose another one with --data DIR",
                        null);
            }
        }
    }

    private static void fill(Path backup, Path draft, long cacheBytes, Progress progress) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(backup), READ_BUFFER_BYTES);
                Index index = Index.open(new LocalDisk().indexName(draft.resolve("index.mv")), cacheBytes)) {
            Cell.Progress end = StoreBackup.read(in, index::load, progress);
            index.loaded(end);
        } catch (RuntimeException e) { // its checksums are right, so another version wrote it
            throw refuse(backup, "its entries cannot be read: " + e);
        } catch (DamagedException e) {
            throw refuse(backup, e.getMessage());
        }
        syncFolder(draft);
    }

    private static StoreException refuse(Path backup, String why) {
        return new StoreException(StoreException.Code.UNAVAILABLE, "backup " + backup + ": " + why
                + ". Nothing was restored; take another backup", null);
    }

    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true); // the name is in the folder: without this it may be gone after power loss
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
