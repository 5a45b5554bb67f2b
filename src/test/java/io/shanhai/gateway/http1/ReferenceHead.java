package io.shanhai.gateway.http1;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A request head judged slowly and plainly, rule by rule from RFC 9112 and 9110, to hold [RequestParser] against. It shares
/// no code with it: regular expressions over the whole head instead of a walk over its bytes.
final class ReferenceHead {

    private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
    private static final Pattern REQUEST_LINE = Pattern
            .compile("(" + TOKEN + ") ([\\x21\\x22\\x24-\\x7e]+) HTTP/([0-9])\\.([0-9])");
    private static final Pattern FIELD_LINE = Pattern.compile("(" + TOKEN + "):([\\t\\x20-\\x7e\\x80-\\xff]*)");
    private static final Pattern AUTHORITY = Pattern
            .compile("([A-Za-z0-9\\-._~%!$&'()*+;=]*|\\[[0-9A-Fa-f:.]{2,}\\])(?::([0-9]{0,5}))?");
    private static final Pattern ABSOLUTE = Pattern.compile("(?i:https?)://([^/?]+)(?:[/?].*)?");
    private static final int MAX_METHOD = 32;

    enum Verdict {
        TAKEN,
        REFUSED,
        UNFINISHED
    }

    private ReferenceHead() {}

    /// `TAKEN` with its framing, e.g. `TAKEN NONE`, `TAKEN CHUNKED`, `TAKEN 42`; `REFUSED`; `UNFINISHED` without an empty line.
    static String judge(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < 2 && text.startsWith("\r\n"); i++) {
            text = text.substring(2); // at least one empty line in front is ignored: section 2.2
        }
        int end = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n");
        int bare = text.replace("\r\n", "__").indexOf('\n');
        if (bare >= 0 && (end < 0 || bare < end)) {
            return Verdict.REFUSED.name();
        }
        if (end < 0) {
            return Verdict.UNFINISHED.name();
        }
        String framing = framing(List.of(text.substring(0, end).split("\r\n", -1)));
        return framing == null ? Verdict.REFUSED.name() : Verdict.TAKEN + " " + framing;
    }

    /// Null when refused.
    private static String framing(List<String> lines) {
        Matcher start = REQUEST_LINE.matcher(lines.getFirst());
        if (!start.matches() || start.group(1).length() > MAX_METHOD || !start.group(3).equals("1")
                || !isTarget(start.group(1), start.group(2))) {
            return null;
        }
        boolean is10 = start.group(4).equals("0");
        List<String[]> fields = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            Matcher field = FIELD_LINE.matcher(line);
            if (!field.matches()) {
                return null;
            }
            fields.add(new String[]{field.group(1).toLowerCase(Locale.ROOT), trim(field.group(2))});
        }
        List<String> hosts = values(fields, "host");
        if (hosts.size() > 1 || !is10 && hosts.isEmpty() || !hosts.stream().allMatch(ReferenceHead::isAuthority)) {
            return null;
        }
        if (!is10 && !values(fields, "expect").stream().allMatch("100-continue"::equalsIgnoreCase)) {
            return null;
        }
        return framing(members(values(fields, "content-length")), members(values(fields, "transfer-encoding")), is10);
    }

    private static String framing(List<String> lengths, List<String> codings, boolean is10) {
        if (!codings.isEmpty()) {
            boolean good = !is10 && lengths.isEmpty() && codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked");
            return good ? "CHUNKED" : null;
        }
        if (lengths.isEmpty()) {
            return "NONE";
        }
        BigInteger first = null;
        for (String length : lengths) {
            if (!length.matches("[0-9]{1,19}")) {
                return null;
            }
            BigInteger value = new BigInteger(length);
            if (value.bitLength() > 63 || first != null && !first.equals(value)) {
                return null;
            }
            first = value;
        }
        return first.toString();
    }

    private static boolean isTarget(String method, String target) {
        if (method.equals("CONNECT")) {
            return false;
        }
        if (target.startsWith("/")) {
            return true;
        }
        if (target.equals("*")) {
            return method.equals("OPTIONS");
        }
        Matcher absolute = ABSOLUTE.matcher(target);
        return absolute.matches() && isAuthority(absolute.group(1));
    }

    private static boolean isAuthority(String text) {
        Matcher authority = AUTHORITY.matcher(text);
        if (!authority.matches()) {
            return false;
        }
        String port = authority.group(2);
        if (port == null) {
            return true;
        }
        return !authority.group(1).isEmpty() && (port.isEmpty() || Integer.parseInt(port) <= 65_535);
    }

    private static List<String> values(List<String[]> fields, String name) {
        return fields.stream().filter(f -> f[0].equals(name)).map(f -> f[1]).toList();
    }

    private static List<String> members(List<String> values) {
        List<String> members = new ArrayList<>();
        for (String value : values) {
            for (String member : value.split(",", -1)) {
                members.add(trim(member));
            }
        }
        return members;
    }

    private static String trim(String text) {
        return text.replaceAll("^[ \\t]+|[ \\t]+$", "");
    }
}
