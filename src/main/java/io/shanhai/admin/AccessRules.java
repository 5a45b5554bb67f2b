package io.shanhai.admin;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.shanhai.node.LocalAuthority;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Who may pass the admin door. In this order:
///
/// 1. A presented token is always judged: the right one passes, any other is 401.
/// 2. On a loopback address, Host and Origin must be local, else 403: a web page that points its own name at 127.0.0.1
///    (DNS rebinding), or posts to it from elsewhere, must not get in. This holds for health checks too: a probe on
///    the machine, in the container or through a port forward says `localhost` or `127.0.0.1`.
/// 3. `/healthz` and `/readyz` pass: probes carry no token, and the answers name rooms only.
/// 4. On loopback, unless `admin.anonymous=false`, the rest passes; otherwise it is 401.
final class AccessRules implements Filter {

    static final Set<String> OPEN_PATHS = Set.of("/healthz", "/readyz");

    private static final String CHALLENGE = "Bearer realm=\"shanhai-admin\"";
    private static final String CHALLENGE_UNKNOWN = CHALLENGE + ", error=\"invalid_token\"";

    private final boolean onLoopback;
    private final boolean anonymous;
    private final Optional<AdminToken> token;

    /// @param onLoopback the door listens on a loopback address
    /// @param anonymous let local requests in without a token; without meaning off loopback
    /// @param token what opens the door; may be empty only when anonymous requests pass
    AccessRules(boolean onLoopback, boolean anonymous, Optional<AdminToken> token) {
        this.onLoopback = onLoopback;
        this.anonymous = anonymous && onLoopback;
        this.token = token;
        if (!this.anonymous && token.isEmpty()) {
            throw new IllegalArgumentException("token: none (expected: one, nobody could pass)");
        }
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        check(request);
        chain.proceed();
    }

    private void check(ServerRequest request) {
        if (request.headers().contains(HeaderNames.AUTHORIZATION)) {
            judge(request);
            return;
        }
        if (onLoopback) {
            demandLocal(request);
        }
        if (anonymous || OPEN_PATHS.contains(request.path().rawPath())) {
            return;
        }
        throw Problems.unauthorized("token-required",
                "this needs a token (expected: Authorization: Bearer TOKEN; see admin.token, admin.token-file or the file "
                        + AdminToken.FILE_NAME + " in the data folder)",
                CHALLENGE);
    }

    private void judge(ServerRequest request) {
        List<String> credentials = request.headers().values(HeaderNames.AUTHORIZATION);
        String presented = credentials.size() == 1 ? credentials.getFirst() : "";
        boolean isBearer = presented.regionMatches(true, 0, "Bearer ", 0, "Bearer ".length());
        if (isBearer && token.isPresent() && token.get().matches(presented.substring("Bearer ".length()).strip())) {
            return;
        }
        throw Problems.unauthorized("token-unknown",
                isBearer
                        ? "the presented token is unknown here (expected: the one of admin.token, admin.token-file or the file "
                                + AdminToken.FILE_NAME + " in the data folder, or on loopback none)"
                        : "Authorization holds no bearer token (expected: Authorization: Bearer TOKEN, once)",
                CHALLENGE_UNKNOWN);
    }

    private static void demandLocal(ServerRequest request) {
        for (String host : values(request, HeaderNames.HOST)) {
            if (!LocalAuthority.isLocal(host)) {
                throw Problems.foreign("Host: " + host
                        + " is not local (expected: localhost, 127.0.0.1 or [::1]; from elsewhere, set admin.address and a token)");
            }
        }
        for (String origin : values(request, HeaderNames.ORIGIN)) {
            if (!LocalAuthority.isLocalOrigin(origin)) {
                throw Problems.foreign(
                        "Origin: " + origin + " is not local (expected: none, or a page served from this machine)");
            }
        }
    }

    private static List<String> values(ServerRequest request, HeaderName name) {
        return request.headers().contains(name) ? request.headers().get(name).allValues() : List.of();
    }
}
