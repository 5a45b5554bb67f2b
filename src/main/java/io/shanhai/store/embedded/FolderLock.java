package io.shanhai.store.embedded;

import io.shanhai.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Keeps a second store, in this process or another, out of the folder. The system drops it when the process dies.
final class FolderLock implements AutoCloseable {

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    static FolderLock take(Path folder) throws IOException {
        FileChannel channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new FolderLock(channel);
            }
        } catch (OverlappingFileLockException _) {
            // the same, within this process
        }
        channel.close();
        throw new StoreException(StoreException.Code.UNAVAILABLE, folder
                + " is in use by another process. Stop that one, or give this one a folder of its own (--data)", null);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
