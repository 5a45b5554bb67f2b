package io.shanhai.admin;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.settings.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Server-sent events over real sockets, readers that vanish or stop reading included.
class EventStreamsTest {

    private static final byte[] DATA = "{\"n\":1}".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path dataFolder;

    @Test
    void sendsEventsInOrderWithIdNameAndData() throws Exception {
        try (TestDoor door = door(4, Duration.ofSeconds(15), Duration.ofSeconds(30)); RawHttp client = watch(door)) {
            assertEquals("id: 7", client.lineStartingWith("id:"));
            assertEquals("event: first", client.lineStartingWith("event:"));
            assertEquals("data: {\"from\":\"start\"}", client.lineStartingWith("data:"));
            for (int i = 8; i < 20; i++) {
                assertTrue(theStream(door).offer(i, "changed", DATA));
            }
            for (int i = 8; i < 20; i++) {
                assertEquals("id: " + i, client.lineStartingWith("id:"));
                assertEquals("data: {\"n\":1}", client.lineStartingWith("data:"));
                assertEquals("", client.line());
            }
        }
    }

    @Test
    void aQuietStreamSendsHeartbeats() throws Exception {
        try (TestDoor door = door(4, Duration.ofMillis(100), Duration.ofSeconds(30)); RawHttp client = watch(door)) {
            client.lineStartingWith("data:");
            for (int i = 0; i < 25; i++) { // 2.5 s: the door's idle timeout, 1 s here, is not for streams
                assertEquals(":", client.lineStartingWith(":"));
            }
        }
    }

    @Test
    void aClientThatGoesAwayEndsItsSubscription() throws Exception {
        try (TestDoor door = door(4, Duration.ofMillis(100), Duration.ofSeconds(30))) {
            try (RawHttp client = watch(door)) {
                client.lineStartingWith("data:");
                assertEquals(1, door.metrics.value("shanhai_admin_streams"));
            }
            await().until(() -> door.streams.isEmpty());
            await().until(() -> door.metrics.value("shanhai_admin_streams") == 0);
            assertEquals(0, door.metrics.value("shanhai_admin_streams_cut_off_total"));
        }
    }

    @Test
    void aReaderThatStopsReadingIsCutOffWhileOthersGoOn() throws Exception {
        byte[] large = ("\"" + "x".repeat(100_000) + "\"").getBytes(StandardCharsets.UTF_8);
        try (TestDoor door = door(4, Duration.ofSeconds(15), Duration.ofSeconds(30)); RawHttp _ = watch(door)) {
            EventStream slow = theStream(door);
            long offered = 0;
            while (slow.offer(offered, "changed", large)) { // never blocks: ends when sockets and queue are full
                offered++;
                assertTrue(slow.queuedBytes() <= EventStream.MAX_QUEUED_BYTES);
                assertTrue(offered < 10_000, "the queue must have a bound");
            }
            await().until(() -> door.streams.isEmpty()); // its thread was blocked in a write and is free again
            assertEquals(0, slow.queuedBytes());
            assertEquals(1, door.metrics.value("shanhai_admin_streams_cut_off_total"));
            assertFalse(slow.isOpen());
            try (RawHttp other = watch(door)) {
                assertTrue(theStream(door).offer(9, "changed", DATA));
                other.lineStartingWith("id: 9");
            }
        }
    }

    @Test
    void aWriteThatStallsIsCutOffWithoutFurtherEvents() throws Exception {
        byte[] huge = ("\"" + "x".repeat(32 << 20) + "\"").getBytes(StandardCharsets.UTF_8); // more than sockets hold
        try (TestDoor door = door(4, Duration.ofSeconds(15), Duration.ofMillis(400)); RawHttp idle = watch(door)) {
            idle.lineStartingWith("data:");
            assertTrue(theStream(door).offer(8, "changed", huge));
            await().until(() -> door.streams.isEmpty());
            assertEquals(1, door.metrics.value("shanhai_admin_streams_cut_off_total"));
        }
    }

    @Test
    void aFullQueueOfSmallEventsIsBoundedToo() {
        EventStream stream = new EventStream();
        int offered = 0;
        while (stream.offer(offered, "changed", DATA)) {
            offered++;
        }
        assertEquals(EventStream.MAX_QUEUED_EVENTS, offered);
        assertTrue(stream.wasCutOff());
    }

    @Test
    void oneStreamTooManyIsRefused() throws Exception {
        try (TestDoor door = door(1, Duration.ofMillis(100), Duration.ofSeconds(30))) {
            try (RawHttp first = watch(door)) {
                first.lineStartingWith("data:");
                RawHttp.Response refused = RawHttp.exchange(door.port(), "", "GET /v1/watch HTTP/1.1");
                assertEquals(503, refused.status());
                assertEquals("application/problem+json", refused.headers().get("content-type"));
            }
            await().until(() -> door.streams.isEmpty());
            await().ignoreExceptions().until(() -> {
                try (RawHttp again = watch(door)) {
                    return again.lineStartingWith("id:").equals("id: 7");
                }
            });
        }
    }

    @Test
    void closingTheDoorEndsStreamsAfterWhatWasOffered() throws Exception {
        TestDoor door = door(4, Duration.ofSeconds(15), Duration.ofSeconds(30));
        try (RawHttp client = watch(door)) {
            client.lineStartingWith("data:");
            assertTrue(theStream(door).offer(8, "changed", DATA));
            long start = System.nanoTime();
            door.close();
            assertTrue(Duration.ofNanos(System.nanoTime() - start).toSeconds() < 5);
            assertEquals("id: 8", client.lineStartingWith("id:"));
            client.lineStartingWith("data:");
            assertEquals("0", client.lineStartingWith("0")); // the last chunk: an orderly end
        } finally {
            door.close();
        }
    }

    private TestDoor door(int maxStreams, Duration heartbeat, Duration stall) throws Exception {
        AdminSettings settings = new AdminSettings("127.0.0.1", 0, "", "", true, new DataSize(4096), 100,
                Duration.ofSeconds(1), maxStreams, heartbeat, stall);
        return new TestDoor(settings, dataFolder);
    }

    private static RawHttp watch(TestDoor door) throws IOException {
        RawHttp client = new RawHttp(door.port());
        client.send("", "GET /v1/watch?watch=true HTTP/1.1");
        assertEquals("HTTP/1.1 200 OK", client.line());
        assertEquals("text/event-stream", client.lineStartingWith("Content-Type:").substring("Content-Type:".length()).strip());
        return client;
    }

    private static EventStream theStream(TestDoor door) {
        await().until(() -> door.streams.size() == 1);
        return door.streams.element();
    }
}
