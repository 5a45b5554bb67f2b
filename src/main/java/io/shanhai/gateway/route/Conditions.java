package io.shanhai.gateway.route;

import com.google.re2j.Pattern;
import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.route.RouteMatch.Field;
import java.util.List;

/// What a match demands of method, headers and query, compiled. Immutable. Without patterns, [#hold] allocates nothing
/// over the engines' own headers; a pattern is matched in linear time (RE2).
final class Conditions {

    private final String[] methods;
    private final Test[] headers;
    private final Test[] query;

    /// @param pattern null unless the field is a REGEX one
    private record Test(Field field, Pattern pattern) {

        static Test[] all(List<Field> fields) {
            return fields.stream().map(f -> new Test(f, f.how() == RouteMatch.How.REGEX ? Pattern.compile(f.value()) : null))
                    .toArray(Test[]::new);
        }
    }

    private Conditions(RouteMatch match) {
        methods = match.methods().toArray(String[]::new);
        headers = Test.all(match.headers());
        query = Test.all(match.query());
    }

    /// Null when every request fits.
    static Conditions of(RouteMatch match) {
        boolean any = match.methods().isEmpty() && match.headers().isEmpty() && match.query().isEmpty();
        return any ? null : new Conditions(match);
    }

    /// HOT PATH for routes that have conditions.
    boolean hold(String method, String queryString, RequestHeaders fields) {
        if (methods.length > 0 && !hasMethod(method)) {
            return false;
        }
        for (Test test : headers) {
            if (!headerFits(test, fields)) {
                return false;
            }
        }
        for (Test test : query) {
            if (!queryFits(test, queryString)) {
                return false;
            }
        }
        return true;
    }

    private boolean hasMethod(String method) {
        for (String wanted : methods) {
            if (wanted.equals(method)) {
                return true;
            }
        }
        return false;
    }

    /// Of a field that comes on several lines, any one may fit.
    private static boolean headerFits(Test test, RequestHeaders fields) {
        String name = test.field.name();
        return switch (test.field.how()) {
            case EXACT -> fields.has(name, test.field.value());
            case PRESENT -> fields.count(name) > 0;
            case ABSENT -> fields.count(name) == 0;
            case REGEX -> {
                String value = fields.joined(name);
                yield value != null && test.pattern.matches(value);
            }
        };
    }

    /// Of a parameter that comes several times, any one may fit; ABSENT wants none.
    private static boolean queryFits(Test test, String queryString) {
        Field wanted = test.field;
        boolean found = false;
        int at = 0;
        while (!found && queryString != null && at <= queryString.length()) {
            int end = queryString.indexOf('&', at);
            int stop = end < 0 ? queryString.length() : end;
            int valueAt = valueStart(queryString, at, stop, wanted.name());
            found = valueAt >= 0 && switch (wanted.how()) {
                case PRESENT, ABSENT -> true;
                case EXACT -> stop - valueAt == wanted.value().length() && queryString.startsWith(wanted.value(), valueAt);
                case REGEX -> test.pattern.matches(queryString.substring(valueAt, stop));
            };
            at = stop + 1;
        }
        return found != (wanted.how() == RouteMatch.How.ABSENT);
    }

    /// Where the value begins when the parameter `queryString[at, stop)` is called `name`; -1 when it is not. `name` alone
    /// has the empty value.
    private static int valueStart(String queryString, int at, int stop, String name) {
        int nameEnd = at + name.length();
        if (nameEnd > stop || !queryString.startsWith(name, at)) {
            return -1;
        }
        if (nameEnd == stop) {
            return stop;
        }
        return queryString.charAt(nameEnd) == '=' ? nameEnd + 1 : -1;
    }

    /// The same verdict in words: what fails first; null when all holds.
    String failure(String method, String queryString, RequestHeaders fields) {
        if (methods.length > 0 && !hasMethod(method)) {
            return "method " + method + " is not one of " + List.of(methods);
        }
        for (Test test : headers) {
            if (!headerFits(test, fields)) {
                return headerFailure(test.field, fields.joined(test.field.name()));
            }
        }
        for (Test test : query) {
            if (!queryFits(test, queryString)) {
                return switch (test.field.how()) {
                    case EXACT -> "query parameter " + test.field.name() + "=" + test.field.value() + " is missing";
                    case REGEX -> "no query parameter " + test.field.name() + " matches " + test.field.value();
                    case PRESENT -> "query parameter " + test.field.name() + " is missing";
                    case ABSENT -> "query parameter " + test.field.name() + " is present";
                };
            }
        }
        return null;
    }

    private static String headerFailure(Field wanted, String value) {
        String is = "header " + wanted.name() + " is " + (value == null ? "missing" : "\"" + value + "\"");
        return switch (wanted.how()) {
            case EXACT -> is + ", not \"" + wanted.value() + "\"";
            case REGEX -> is + ", which does not match " + wanted.value();
            case PRESENT -> is;
            case ABSENT -> is + " and may not be there";
        };
    }
}
