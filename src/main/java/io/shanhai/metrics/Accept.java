package io.shanhai.metrics;

import java.util.Locale;

/// Chooses the format of the metrics page from a request's Accept header.
final class Accept {

    static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private Accept() {}

    /// True when OpenMetrics is asked for by name and nothing says that plain text is preferred. A wildcard is no request
    /// for it: a person with a browser wants the text.
    static boolean wantsOpenMetrics(String accept) {
        if (accept == null) {
            return false;
        }
        double openMetrics = 0;
        double text = 0;
        for (String range : accept.toLowerCase(Locale.ROOT).split(",")) {
            String type = range.split(";", 2)[0].strip();
            switch (type) {
                case "application/openmetrics-text" -> openMetrics = Math.max(openMetrics, quality(range));
                case "text/plain" -> text = Math.max(text, quality(range));
                default -> {
                } // other formats are not ours
            }
        }
        return openMetrics > 0 && openMetrics >= text;
    }

    /// RFC 9110 section 12.4.2; unreadable counts as 0, not wanted.
    private static double quality(String range) {
        for (String parameter : range.split(";")) {
            String stripped = parameter.strip();
            if (stripped.startsWith("q=")) {
                return stripped.matches("q=[01](\\.[0-9]{0,3})?") ? Double.parseDouble(stripped.substring(2)) : 0;
            }
        }
        return 1;
    }
}
