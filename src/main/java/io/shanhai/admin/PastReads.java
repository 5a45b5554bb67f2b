package io.shanhai.admin;

import io.helidon.webserver.http.ServerRequest;
import io.shanhai.gateway.plan.History;
import io.shanhai.store.StoreException;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// Reads revisions that clients name, and says which can still be read. Safe for all threads.
public final class PastReads {

    private final History history;

    public PastReads(History history) {
        this.history = history;
    }

    /// The revision of `?at=`; empty when the present is asked for.
    ///
    /// @throws ProblemException 400 when it is no revision or in the future, 410 when it is compacted
    public OptionalLong at(ServerRequest request) {
        return named(request, "at");
    }

    /// The revision a query parameter names; empty when it is not there.
    ///
    /// @throws ProblemException as [#at]
    public OptionalLong named(ServerRequest request, String parameter) {
        List<String> given = request.query().all(parameter, List::of);
        if (given.isEmpty()) {
            return OptionalLong.empty();
        }
        if (given.size() > 1) {
            throw Problems.invalid("?" + parameter, parameter + " is there " + given.size() + " times (expected: once)");
        }
        long revision = revision(given.getFirst(), "?" + parameter);
        if (revision > history.newest()) {
            throw Problems.invalid("?" + parameter, "revision " + revision + " is not there yet (expected: " + history.oldest()
                    + ".." + history.newest() + ")");
        }
        if (revision < history.oldest()) {
            throw gone();
        }
        return OptionalLong.of(revision);
    }

    /// @param path for the violation
    /// @throws ProblemException 400
    public static long revision(String text, String path) {
        if (!text.matches("[1-9]\\d{0,17}")) {
            throw Problems.invalid(path, "\"" + text + "\" (expected: a revision, a whole number from 1 on)");
        }
        return Long.parseLong(text);
    }

    /// @param limit what `?limit=` means when it is not there
    public static int limit(ServerRequest request, int limit, int most) {
        String text = request.query().first("limit").orElse(Integer.toString(limit));
        if (!text.matches("[1-9]\\d{0,8}") || Integer.parseInt(text) > most) {
            throw Problems.invalid("?limit", "\"" + text + "\" (expected: 1.." + most + ")");
        }
        return Integer.parseInt(text);
    }

    /// `?name=true`, `?name=false` or nothing.
    public static boolean flag(ServerRequest request, String name) {
        return switch (request.query().first(name).orElse("false")) {
            case "true" -> true;
            case "false" -> false;
            case String other -> throw Problems.invalid("?" + name, "\"" + other + "\" (expected: true or false)");
        };
    }

    /// Runs a read of the past; compaction may have gone on since its revision was checked.
    public <T> T reading(Supplier<T> read) {
        try {
            return read.get();
        } catch (StoreException e) {
            throw e.code() == StoreException.Code.COMPACTED ? gone() : e;
        }
    }

    private ProblemException gone() {
        return Problems.gone("that revision is compacted; the oldest that can be read is " + history.oldest(), history.oldest());
    }
}
