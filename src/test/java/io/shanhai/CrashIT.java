package io.shanhai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The appliance is killed at random moments while clients write. What they were told is stored must be stored, what they
/// were told is deleted must be gone, and what they were told nothing of may be either.
class CrashIT {

    private static final int KILLS = 20;
    private static final int WRITERS = 4;
    private static final int KEYS_PER_WRITER = 6;
    private static final int LONGEST_ROUND_MILLIS = 1_000;

    @TempDir
    Path folder;
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final AtomicLong highestSeen = new AtomicLong();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private Node node;

    /// @param content as the store must give it back; `GONE` for a deletion
    /// @param revision of the write; unknown is 0
    private record Version(long content, long revision) {

        static final long GONE = 0;
        static final Version NEVER = new Version(GONE, 0);
    }

    private enum Kind {
        ROUTE("/v1/routes/", "{\"match\":{\"exact\":\"/%1$s\"},\"respond\":{\"status\":200,\"body\":\"%2$d\"}}"),
        LIMIT("/v1/limits/", "{\"algorithm\":\"sliding-window\",\"limit\":%2$d,\"window\":\"1s\"}"),
        INSTANCE("/v1/registry/svc/", "{\"ttl\":\"600s\",\"metadata\":{\"content\":\"%2$d\"}}");

        private final String path;
        private final String body;

        Kind(String path, String body) {
            this.path = path;
            this.body = body;
        }
    }

    /// One key, written by one thread only, so that its history is a line.
    private static final class Key {
        private final Kind kind;
        private final String name;
        private Version acknowledged = Version.NEVER;
        private Long asked; // a write nobody answered; null for none

        Key(Kind kind, String name) {
            this.kind = kind;
            this.name = name;
        }

        String path() {
            return kind.path + name;
        }
    }

    /// Writes its own keys one after the other until nobody answers any more.
    private final class Writer {
        private final List<Key> keys = new ArrayList<>();
        private long count;

        Writer(int number) {
            for (int i = 0; i < KEYS_PER_WRITER; i++) {
                Kind kind = Kind.values()[i % Kind.values().length];
                keys.add(new Key(kind, kind == Kind.INSTANCE ? "127.0.0.1:" + (100 * number + i + 1) : "k" + number + "-" + i));
            }
        }

        /// @return writes that were acknowledged
        long write() throws InterruptedException {
            long before = count;
            while (true) {
                Key key = keys.get((int) (count % keys.size()));
                boolean delete = key.acknowledged.content() != Version.GONE && count % 7 == 6;
                key.asked = delete ? Version.GONE : count + 1;
                HttpResponse<String> response;
                try {
                    response = delete
                            ? node.admin("DELETE", key.path(), "")
                            : node.admin("PUT", key.path(), key.kind.body.formatted(key.name, key.asked));
                } catch (IOException e) {
                    return count - before; // killed
                }
                assertEquals(delete ? 204 : 200, response.statusCode(), response::body);
                key.acknowledged = new Version(key.asked, revision(response, delete));
                key.asked = null;
                highestSeen.accumulateAndGet(key.acknowledged.revision(), Math::max);
                count++;
            }
        }

        private static long revision(HttpResponse<String> response, boolean delete) {
            try {
                return delete
                        ? response.headers().firstValueAsLong("x-shanhai-rev").orElseThrow()
                        : Node.json(response).path("revision").longValue();
            } catch (IOException e) {
                throw new AssertionError("no JSON: " + response.body(), e);
            }
        }
    }

    @AfterEach
    void end() {
        threads.shutdownNow();
        if (node != null) {
            node.close();
        }
    }

    @Test
    void losesNothingAcknowledgedOverTwentyKills() throws Exception {
        // Segments and checkpoints so small that kills meet roll-overs, checkpoints and deletions of old segments.
        node = new Node(folder, folder.resolve("data")).with("store.segment-size", "64KiB")
                .with("store.checkpoint-interval", "150ms");
        List<Writer> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(new Writer(i));
        }
        long acknowledged = 0;
        node.start();
        for (int kill = 0; kill < KILLS; kill++) {
            acknowledged += writeAndKill(writers);
            if (kill % 4 == 3) {
                killWhileStarting();
            }
            node.start();
            verify(writers, "seed " + seed + ", after kill " + (kill + 1));
        }
        IO.println("CrashIT: " + KILLS + " kills, " + acknowledged + " acknowledged writes, none lost; revision " + highestSeen);
    }

    private long writeAndKill(List<Writer> writers) throws Exception {
        List<Future<Long>> writing = new ArrayList<>();
        for (Writer writer : writers) {
            writing.add(threads.submit(writer::write));
        }
        Future<?> reading = threads.submit(this::watchRevision);
        TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_ROUND_MILLIS / 4, LONGEST_ROUND_MILLIS)); // the moment is the point
        node.process().kill();
        long count = 0;
        for (Future<Long> writer : writing) {
            count += writer.get(JarProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        reading.get(JarProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(count > 0, "a kill among no writes proves nothing");
        return count;
    }

    /// What a reader has seen must not be taken back either, acknowledged or not.
    private Void watchRevision() throws InterruptedException {
        try {
            while (true) {
                highestSeen.accumulateAndGet(node.get("/v1/status").path("revision").longValue(), Math::max);
            }
        } catch (IOException e) {
            return null; // killed
        }
    }

    private void killWhileStarting() throws Exception {
        JarProcess starting = node.launch();
        TimeUnit.MILLISECONDS.sleep(random.nextInt(200, 1_500));
        starting.kill();
    }

    private void verify(List<Writer> writers, String when) throws Exception {
        long revision = node.get("/v1/status").path("revision").longValue();
        assertTrue(revision >= highestSeen.get(), when + ": revision " + revision + " after " + highestSeen + " had been seen");
        Map<String, Version> stored = new HashMap<>();
        node.get("/v1/routes").path("routes").forEach(route -> stored.put(Kind.ROUTE.path + route.path("id").textValue(),
                new Version(Long.parseLong(route.path("respond").path("body").textValue()), route.path("revision").longValue())));
        node.get("/v1/limits").path("limits").forEach(limit -> stored.put(Kind.LIMIT.path + limit.path("id").textValue(),
                new Version(limit.path("limit").longValue(), limit.path("revision").longValue())));
        node.get("/v1/registry/svc").path("instances").forEach(one -> stored
                .put(Kind.INSTANCE.path + one.path("address").textValue(),
                        new Version(content(one), one.path("modRevision").longValue())));
        for (Writer writer : writers) {
            for (Key key : writer.keys) {
                verify(key, stored.getOrDefault(key.path(), Version.NEVER), when);
            }
        }
    }

    private static long content(JsonNode instance) {
        return Long.parseLong(instance.path("metadata").path("content").textValue());
    }

    private void verify(Key key, Version stored, String when) throws Exception {
        Version expected = key.acknowledged;
        boolean isAcknowledged = stored.content() == expected.content()
                && (stored.content() == Version.GONE || stored.revision() == expected.revision());
        boolean isAsked = key.asked != null && stored.content() == key.asked
                && (stored.content() == Version.GONE || stored.revision() > expected.revision());
        if (!isAcknowledged && !isAsked) {
            fail(when + ": " + key.path() + " is " + stored + ", acknowledged was " + expected + ", asked for but not answered: "
                    + key.asked);
        }
        if (key.kind == Kind.ROUTE) {
            HttpResponse<String> served = node.send(node.nioPort(), "GET", "/" + key.name, "");
            String body = stored.content() == Version.GONE ? null : Long.toString(stored.content());
            assertEquals(body == null ? 404 : 200, served.statusCode(), when + ": " + key.path());
            assertTrue(body == null || body.equals(served.body()), when + ": " + key.path() + " serves " + served.body());
        }
        key.acknowledged = stored; // from here on it is certain
        key.asked = null;
    }
}
