package io.shanhai.gateway.plan;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.gateway.Balance;
import io.shanhai.gateway.Balance.Ejection;
import io.shanhai.gateway.Balance.Key;
import io.shanhai.gateway.Balance.Policy;
import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.Route.RetryOn;
import io.shanhai.gateway.plan.RouteSpec.To;
import io.shanhai.settings.DataSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// `retry`, `balance` and `mirror` of a route, read and checked.
final class TrafficSpec {

    /// @param to what gets the copies: a service or a fixed upstream
    record MirrorTo(To to, double percent) {}

    private static final int MAX_BODY = 1 << 20; // kept on the heap for every request under way
    private static final int MAX_CONNECTIONS = 1_000_000;
    private static final Duration LONGEST_EJECTION = Duration.ofMinutes(5); // as Vitals has it

    private TrafficSpec() {}

    static Retries retries(SpecReader reader) {
        return reader.object("retry").map(TrafficSpec::readRetries).orElse(Retries.NONE);
    }

    private static Retries readRetries(SpecReader retry) {
        retry.only(Set.of("attempts", "statuses", "on", "perTry", "bodyBuffer", "budget"));
        List<Integer> statuses = new ArrayList<>();
        if (retry.has("statuses") && !retry.raw("statuses").isArray()) {
            retry.wrong("statuses", retry.raw("statuses") + " (expected: an array of 500..599)");
        }
        for (JsonNode status : retry.raw("statuses")) {
            if (status.isInt() && status.intValue() >= 500 && status.intValue() <= 599) {
                statuses.add(status.intValue());
            } else {
                retry.wrong("statuses", status + " (expected: 500..599)");
            }
        }
        SpecReader budget = retry.object("budget").map(b -> b.only(Set.of("percent", "min"))).orElse(null);
        return new Retries((int) retry.number("attempts", 2, 1, 10), statuses, retryOn(retry),
                retry.duration("perTry", Duration.ZERO, Duration.ofMillis(1), Duration.ofHours(1)).toNanos(), bodyBuffer(retry),
                budget == null ? Retries.BUDGET_PERCENT : (int) budget.number("percent", Retries.BUDGET_PERCENT, 0, 100),
                budget == null ? Retries.BUDGET_LEAST : (int) budget.number("min", Retries.BUDGET_LEAST, 0, 10_000));
    }

    private static Set<RetryOn> retryOn(SpecReader retry) {
        if (!retry.has("on")) {
            return Retries.NONE.on();
        }
        Set<RetryOn> on = EnumSet.noneOf(RetryOn.class);
        for (String word : retry.texts("on")) {
            RetryOn found = null;
            for (RetryOn one : RetryOn.values()) {
                found = one.word().equals(word) ? one : found;
            }
            if (found == null) {
                retry.wrong("on", "\"" + word + "\" (expected: connect-failure, reset, timeout, gateway-error or 5xx)");
            } else {
                on.add(found);
            }
        }
        return on;
    }

    private static int bodyBuffer(SpecReader retry) {
        String text = retry.text("bodyBuffer", null);
        if (text == null) {
            return 0;
        }
        try {
            long bytes = DataSize.parse(text).bytes();
            if (bytes <= MAX_BODY) {
                return (int) bytes;
            }
            retry.wrong("bodyBuffer", "\"" + text + "\" (expected: up to 1MiB)");
        } catch (IllegalArgumentException | ArithmeticException e) {
            retry.wrong("bodyBuffer", e.getMessage());
        }
        return 0;
    }

    /// `"least-request"`, or an object.
    static Balance balance(SpecReader reader) {
        if (!reader.has("balance")) {
            return Balance.DEFAULT;
        }
        if (reader.raw("balance").isTextual()) {
            Policy policy = policy(reader, "balance", reader.text("balance", ""));
            if (policy == Policy.CONSISTENT_HASH) {
                reader.wrong("balance", "consistent-hash needs a key: {\"policy\":\"consistent-hash\",\"key\":\"client-ip\"}");
            }
            return new Balance(policy, Key.OfRequest.NONE, 0, Ejection.DEFAULT, 0, 0);
        }
        SpecReader balance = reader.object("balance").orElseThrow()
                .only(Set.of("policy", "key", "slowStart", "ejection", "maxConnections", "maxPending"));
        Policy policy = policy(balance, "policy", balance.text("policy", "round-robin"));
        if ((policy == Policy.CONSISTENT_HASH) != balance.has("key")) {
            balance.wrong("key", policy == Policy.CONSISTENT_HASH
                    ? "is missing (expected: header:NAME, cookie:NAME, client-ip or path)"
                    : "is for consistent-hash only");
        }
        int connections = (int) balance.number("maxConnections", 0, 1, MAX_CONNECTIONS);
        if (balance.has("maxPending") && connections == 0) {
            balance.wrong("maxPending", "needs maxConnections: without it nobody waits");
        }
        return new Balance(policy, balance.has("key") ? key(balance) : Key.OfRequest.NONE,
                balance.duration("slowStart", Duration.ZERO, Duration.ofMillis(100), Duration.ofHours(1)).toNanos(),
                ejection(balance), connections, (int) balance.number("maxPending", 0, 0, MAX_CONNECTIONS));
    }

    private static Policy policy(SpecReader reader, String field, String word) {
        return switch (word) {
            case "round-robin" -> Policy.ROUND_ROBIN;
            case "least-request" -> Policy.LEAST_REQUEST;
            case "consistent-hash" -> Policy.CONSISTENT_HASH;
            default -> {
                reader.wrong(field, "\"" + word + "\" (expected: round-robin, least-request or consistent-hash)");
                yield Policy.ROUND_ROBIN;
            }
        };
    }

    private static Key key(SpecReader balance) {
        String text = balance.text("key", "");
        String name = text.substring(text.indexOf(':') + 1);
        if (text.equals("client-ip")) {
            return Key.OfRequest.CLIENT_IP;
        }
        if (text.equals("path")) {
            return Key.OfRequest.PATH;
        }
        if (text.startsWith("header:") && MatchSpec.TOKEN.matcher(name).matches()) {
            return new Key.Header(name.toLowerCase(Locale.ROOT));
        }
        if (text.startsWith("cookie:") && MatchSpec.TOKEN.matcher(name).matches()) {
            return new Key.Cookie(name);
        }
        balance.wrong("key", "\"" + text + "\" (expected: header:NAME, cookie:NAME, client-ip or path)");
        return Key.OfRequest.NONE;
    }

    private static Ejection ejection(SpecReader balance) {
        if (balance.raw("ejection").isBoolean()) {
            return balance.flag("ejection") ? Ejection.DEFAULT : Ejection.OFF;
        }
        return balance.object("ejection").map(ejection -> {
            ejection.only(Set.of("failures", "time", "percent"));
            return new Ejection((int) ejection.number("failures", Ejection.DEFAULT.failures(), 1, 1_000_000),
                    ejection.duration("time", Duration.ofNanos(Ejection.DEFAULT.stepNanos()), Duration.ofMillis(10),
                            LONGEST_EJECTION)
                            .toNanos(),
                    (int) ejection.number("percent", Ejection.DEFAULT.percent(), 0, 100));
        }).orElse(Ejection.DEFAULT);
    }

    /// Null when nothing is mirrored.
    static MirrorTo mirror(SpecReader reader) {
        return reader.object("mirror").map(mirror -> {
            mirror.only(Set.of("service", "upstream", "percent"));
            if (mirror.has("service") == mirror.has("upstream")) {
                mirror.wrong("",
                        "has " + (mirror.has("service") ? "two targets" : "no target") + " (expected: service or upstream)");
                return null;
            }
            To to = mirror.has("service") ? new To.Service(RouteSpec.service(mirror, "service")) : RouteSpec.upstream(mirror);
            JsonNode percent = mirror.raw("percent");
            double share = percent.isMissingNode() ? 100 : percent.doubleValue();
            if (!percent.isMissingNode() && (!percent.isNumber() || share <= 0 || share > 100)) {
                mirror.wrong("percent", percent + " (expected: a number above 0, up to 100)");
            }
            return to == null ? null : new MirrorTo(to, share);
        }).orElse(null);
    }
}
