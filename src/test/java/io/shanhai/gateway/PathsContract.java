package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.exact;
import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.Route.Rewrite;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A path is matched in its normal form (RFC 3986 section 6.2.2), and what was matched is what the instance gets.
interface PathsContract extends ContractGround {

    /// Behind `/secret` lives what nobody may reach by writing its path otherwise.
    private Backend guarded() throws Exception {
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("open", prefix("/"), to("svc"))
                .route("secret", prefix("/secret"), respond(403, "no")).publish();
        return backend;
    }

    @ParameterizedTest
    @CsvSource({"/,/", "/a/b/,/a/b/", "/a//b,/a//b", "/a%2fb,/a%2Fb", "/a%2Fb,/a%2Fb", "/%7Ea,/~a", "/%41,/A", "/a/./b,/a/b",
            "/a/../b,/b", "/../a,/a", "/a/%2e%2E/b,/b", "/a;v=1/..;/b,/a;v=1/..;/b", "/a\\b,/a\\b", "/%5c,/%5C", "/%00,/%00",
            "/a%20b,/a%20b", "/a?x=/../y&z=%41%2f,/a?x=/../y&z=%41%2f", "/a?,/a?", "/%252e%252e/a,/%252e%252e/a", "//a,//a",
            "/a/..,/", "/a/.,/a/", "/.../a,/.../a", "/a/%2e./%2E/b?%zz,/b?%zz"})
    default void forwardsWhatItMatched(String sent, String forwarded) throws Exception {
        Backend backend = guarded();
        assertEquals(200, gateway().get(sent).status());
        assertEquals(forwarded, backend.request().target());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/secret", "/secret/x", "/x/../secret", "/./secret", "/%73ecret", "/x/%2e%2e/secret",
            "/x/.%2E/secret/y",
            "/../secret", "/x//../../secret", "/secret/.", "/%73%65%63%72%65%74?open"})
    default void nobodyPassesARouteByWritingItsPathOtherwise(String sent) throws Exception {
        Backend backend = guarded();
        assertEquals(403, gateway().get(sent).status());
        assertEquals(0, backend.requests().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%", "/%zz", "/a%2", "/%u0041", "/%2e%2/secret"})
    default void refusesAnEscapeThatIsNone(String sent) throws Exception {
        Backend backend = guarded();
        RawClient.Response response = gateway().get(sent);
        assertEquals(400, response.status());
        assertEquals("route:path", response.field("x-shanhai-reason"));
        assertEquals(0, backend.requests().size());
    }

    @Test
    default void normalisesThePathOfAnAbsoluteTarget() throws Exception {
        gateway().route("b", exact("/b"), respond(200, "b")).publish();
        assertEquals("b", gateway().send("GET http://host/a/../%62?x HTTP/1.1\nHost: other\n\n").text());
    }

    @Test
    default void rewritesWholeSegmentsOnly() throws Exception {
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc"), new Rewrite("/a", "/v2"), Duration.ofSeconds(5),
                Retries.NONE).publish();
        gateway().get("/a./b");
        assertEquals("/v2/a./b", backend.request().target(), "half a segment is not stripped: /./b would be another path");
    }
}
