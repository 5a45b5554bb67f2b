package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.Route.Retries;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A mirror gets copies, and the original does not notice.
interface MirrorContract extends ContractGround {

    private void mirrored(Backend original, Backend shadow, double percent) {
        gateway().pool("svc", original).pool("shadow", shadow)
                .route("svc", prefix("/"), "svc", Duration.ofSeconds(5), Retries.NONE,
                        Balance.DEFAULT, new Route.Mirror("shadow", percent))
                .publish();
    }

    private void awaitMirrored(String result, int count) {
        await().until(() -> gateway().scrape()
                .contains("shanhai_mirror_requests_total{pool=\"shadow\",result=\"" + result + "\"} " + count));
    }

    @Test
    default void theMirrorGetsACopyAndItsAnswerIsThrownAway() throws Exception {
        Backend original = gateway().backend("original");
        Backend shadow = gateway().backend("shadow").says("HTTP/1.1 500 Ill\nContent-Length: 3\n\nill");
        mirrored(original, shadow, 100);
        RawClient.Response response = gateway().send("GET /a/../b?q=1 HTTP/1.1\nHost: shop\nX-Own: 1\nCookie: c\n\n");
        assertEquals("original", response.text());
        awaitMirrored("answered", 1);
        Backend.Request copy = shadow.request();
        assertEquals("/b?q=1", copy.target());
        assertEquals("shop", copy.field("host"));
        assertEquals("1", copy.field("x-own"));
        assertEquals("c", copy.field("cookie"));
        assertEquals("1", copy.field("x-shanhai-mirror"));
        assertEquals(null, original.request().field("x-shanhai-mirror"));
        assertEquals(original.request().field("traceparent"), copy.field("traceparent"));
    }

    @ParameterizedTest
    @EnumSource(RetriesContract.Framed.class)
    default void theCopyHasTheBody(RetriesContract.Framed framed) throws Exception {
        Queue<String> bodies = new ConcurrentLinkedQueue<>();
        Backend.Behaviour reads = (request, out, _) -> {
            bodies.add(new String(request.body().readAllBytes(), StandardCharsets.US_ASCII));
            Backend.text(out, "read");
        };
        mirrored(gateway().backend("original").does(reads), gateway().backend("shadow").does(reads), 100);
        assertEquals("read", gateway().send("POST / HTTP/1.1\nHost: a\n" + framed.text).text());
        awaitMirrored("answered", 1);
        assertEquals(java.util.List.of("hello world", "hello world"), java.util.List.copyOf(bodies));
    }

    @Test
    default void aBodyTooLargeToKeepIsNotMirrored() throws Exception {
        Backend shadow = gateway().backend("shadow");
        mirrored(gateway().backend("original"), shadow, 100);
        String body = "x".repeat(100_000);
        // read before the answer: otherwise the body may not be over when the response's head comes
        gateway().send("POST / HTTP/1.1\nHost: a\nContent-Length: " + body.length() + "\n\n" + body);
        await().until(() -> gateway().scrape().contains("result=\"body-too-large\"} 1")
                || gateway().scrape().contains("result=\"body-incomplete\"} 1"));
        assertEquals(0, shadow.requests().size());
    }

    @Test
    default void aMirrorThatHangsSlowsNobody() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Backend shadow = gateway().backend("shadow").does((_, _, _) -> BalancingContract.awaitQuietly(never));
        mirrored(gateway().backend("original"), shadow, 100);
        for (int i = 0; i < 20; i++) {
            assertEquals("original", gateway().get("/").text());
        }
        await().until(() -> shadow.requests().size() == 20);
        never.countDown();
        await().until(() -> gateway().livePool("shadow").state().places().taken() == 0);
    }

    @Test
    default void aMirrorThatIsNotThereIsCountedAndNotMissed() throws Exception {
        Backend shadow = gateway().backend("shadow");
        mirrored(gateway().backend("original"), shadow, 100);
        shadow.close();
        assertEquals("original", gateway().get("/").text());
        awaitMirrored("failed", 1);
    }

    @Test
    default void onlyAShareIsMirrored() throws Exception {
        Backend shadow = gateway().backend("shadow");
        mirrored(gateway().backend("original"), shadow, 30);
        for (int i = 0; i < 100; i++) {
            gateway().get("/");
        }
        await().until(() -> gateway().livePool("shadow").state().places().taken() == 0);
        int copies = shadow.requests().size();
        assertTrue(copies > 5 && copies < 60, copies + " of 100 with 30 %");
    }
}
