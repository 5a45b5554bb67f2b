package io.shanhai.etcdwire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.SnapshotResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.shanhai.store.Maintenance;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// Sends a snapshot by way of a file: its size is known before its first byte is sent, as the protocol wants it, and a
/// client that reads slowly keeps no old state of the store alive. One at a time: each takes as much disk as the store.
final class SnapshotFiles {

    private static final int CHUNK_BYTES = 32 * 1024; // etcd's
    private static final String PREFIX = "etcd-snapshot-";

    private final Path folder;
    private final LongAdder waitingBytes;
    private final Semaphore one = new Semaphore(1);

    /// @param folder where there is room for a copy of the store
    SnapshotFiles(Path folder, LongAdder waitingBytes) {
        this.folder = folder;
        this.waitingBytes = waitingBytes;
    }

    /// Takes away what a process that was killed has left.
    void sweep() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, PREFIX + "*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    PacedStream<SnapshotResponse> paced(ServerCallStreamObserver<SnapshotResponse> reader) {
        return new PacedStream<>(reader, waitingBytes);
    }

    /// Returns when the last byte is handed over, or the reader has gone.
    ///
    /// @throws io.grpc.StatusRuntimeException when another one is being sent
    void send(Maintenance maintenance, PacedStream<SnapshotResponse> out, Supplier<ResponseHeader> header)
            throws IOException {
        if (!one.tryAcquire()) {
            throw Refusals.TOO_MANY_REQUESTS.asRuntimeException();
        }
        try {
            Path file = Files.createTempFile(folder, PREFIX, ".db");
            try {
                try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(file), CHUNK_BYTES)) {
                    maintenance.snapshot(to);
                }
                send(file, out, header.get());
            } finally {
                Files.delete(file);
            }
        } finally {
            one.release();
        }
    }

    private static void send(Path file, PacedStream<SnapshotResponse> out, ResponseHeader header) throws IOException {
        MessageDigest digest = sha256();
        long remaining = Files.size(file);
        try (InputStream from = Files.newInputStream(file)) {
            byte[] chunk;
            while ((chunk = from.readNBytes(CHUNK_BYTES)).length > 0) {
                digest.update(chunk);
                remaining -= chunk.length;
                if (!send(out, header, remaining, UnsafeByteOperations.unsafeWrap(chunk))) {
                    return;
                }
            }
        }
        send(out, header, 0, ByteString.copyFrom(digest.digest())); // clients keep it behind the snapshot and check it
    }

    private static boolean send(PacedStream<SnapshotResponse> out, ResponseHeader header, long remaining, ByteString blob) {
        return out.send(SnapshotResponse.newBuilder().setHeader(header).setRemainingBytes(remaining).setBlob(blob).build(),
                blob.size(), () -> true);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
