package io.shanhai.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The folder that holds everything this node must not lose. It belongs to one process at a time, says which format it
/// is in, and keeps the node's id.
public final class DataFolder implements AutoCloseable {

    /// The format this code reads and writes. Another one is refused: guessing at it could destroy it. Format 1 was written
    /// by builds before the first release only; 2 keeps history by era (`store.embedded.Slot`).
    public static final int FORMAT = 2;

    private static final String LOCK = "lock";
    private static final String FORMAT_FILE = "format";
    private static final String NODE_ID_FILE = "node-id";
    private static final String DRAFT = ".new";
    private static final Pattern NODE_ID = Pattern.compile("n-[0-9a-f]{12}");
    private static final SecureRandom RANDOM = new SecureRandom();
    /// The lock covers one byte far behind the pid written into the file: on Windows a locked byte cannot be read.
    private static final long LOCK_POSITION = 1 << 20;

    private final Path path;
    private final String nodeId;
    private final FileChannel lockChannel;

    private DataFolder(Path path, String nodeId, FileChannel lockChannel) {
        this.path = path;
        this.nodeId = nodeId;
        this.lockChannel = lockChannel;
    }

    /// Opens the folder for this process alone, creating it when it is not there.
    ///
    /// @throws StartException when it is in use, of a newer format, of something else, or cannot be written
    public static DataFolder open(Path path) {
        Path folder = path.toAbsolutePath().normalize();
        FileChannel channel = null;
        try {
            create(folder);
            channel = lock(folder);
            checkFormat(folder);
            return new DataFolder(folder, nodeId(folder), channel);
        } catch (IOException e) {
            release(channel);
            throw new StartException("data folder " + folder + " cannot be used: " + e
                    + " (expected: a folder this user may write; choose another with --data DIR)", e);
        } catch (StartException e) {
            release(channel);
            throw e;
        }
    }

    /// Absolute.
    public Path path() {
        return path;
    }

    /// `n-` and 12 hex digits; the same for the life of the folder.
    public String nodeId() {
        return nodeId;
    }

    /// Lets another process have the folder.
    @Override
    public void close() {
        release(lockChannel);
    }

    private static void create(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        // Tokens and keys live here. Files of others are nobody's business, whatever the umask says.
        boolean isPosix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        if (isPosix) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
        } else {
            Files.createDirectories(folder);
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        Path file = folder.resolve(LOCK);
        // Who is not ours must not be touched, not even by a lock file.
        if (!Files.exists(folder.resolve(FORMAT_FILE)) && !isFresh(folder)) {
            throw new StartException("data folder " + folder + " holds files that are not Shanhai's, and no file \"" + FORMAT_FILE
                    + "\" (expected: an empty folder or one of ours; choose another with --data DIR)");
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            if (!tryLock(channel)) {
                throw new StartException("data folder " + folder + " is in use by process " + holder(file)
                        + " (expected: one process per folder; stop that one, or choose another with --data DIR)");
            }
            byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0).write(ByteBuffer.wrap(pid), 0);
            return channel;
        } catch (IOException | RuntimeException e) {
            release(channel);
            throw e;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock(LOCK_POSITION, 1, false);
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // held by this very process
        }
    }

    private static String holder(Path file) throws IOException {
        String pid = Files.readString(file).strip();
        return pid.isEmpty() ? "unknown" : pid;
    }

    /// Empty, or left by a first start that died before it wrote the format.
    private static boolean isFresh(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).allMatch(Set.of(LOCK, FORMAT_FILE + DRAFT)::contains);
        }
    }

    private static void checkFormat(Path folder) throws IOException {
        Path file = folder.resolve(FORMAT_FILE);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            writeDurably(file, FORMAT + "\n");
            return;
        }
        String text = Files.readString(file).strip();
        if (!text.matches("[1-9]\\d{0,8}")) {
            throw new StartException("data folder " + folder + ": file \"" + FORMAT_FILE + "\" is \"" + text
                    + "\" (expected: a format number; restore the file or the folder from a backup)");
        }
        int found = Integer.parseInt(text);
        if (found > FORMAT) {
            throw new StartException("data folder " + folder + " has format " + found + ", this version (" + Version.current()
                    + ") knows formats up to " + FORMAT
                    + " (start the newer version again, or choose another folder with --data DIR)");
        }
        if (found < FORMAT) {
            throw new StartException(
                    "data folder " + folder + " has format " + found + ", which no release wrote and this version ("
                            + Version.current() + ") does not read (expected: format " + FORMAT
                            + "; take the objects over with the build that wrote it, or choose another folder with --data DIR)");
        }
    }

    private static String nodeId(Path folder) throws IOException {
        Path file = folder.resolve(NODE_ID_FILE);
        if (!Files.exists(file)) {
            byte[] random = new byte[6]; // 48 bits: no two nodes of one cluster will meet
            RANDOM.nextBytes(random);
            writeDurably(file, "n-" + HexFormat.of().formatHex(random) + "\n");
        }
        String id = Files.readString(file).strip();
        if (!NODE_ID.matcher(id).matches()) {
            throw new StartException("data folder " + folder + ": file \"" + NODE_ID_FILE + "\" is \"" + id
                    + "\" (expected: n- and 12 hex digits; delete the file to get a new id)");
        }
        return id;
    }

    /// The file is there whole or not at all, also after a power loss.
    private static void writeDurably(Path file, String text) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + DRAFT);
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            channel.force(true);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    private static void release(FileChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close(); // releases the lock with it
        } catch (IOException e) {
            throw new UncheckedIOException("lock of the data folder", e);
        }
    }
}
