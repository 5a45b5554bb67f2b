package io.shanhai.store.etcd;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.stream.Stream;

/// One member's client URL. Knows nothing of gRPC: the settings are read at every start.
///
/// @param host a name or an address; IPv6 in brackets
/// @param isTls `https`
record Endpoint(String host, int port, boolean isTls) {

    private static final int DEFAULT_PORT = 2379;

    /// @throws IllegalArgumentException naming the one that is wrong
    static List<Endpoint> parse(List<String> urls) {
        List<Endpoint> endpoints = urls.stream().map(Endpoint::parse).toList();
        if (endpoints.stream().map(Endpoint::isTls).distinct().count() > 1) {
            throw new IllegalArgumentException("mixes http and https (expected: all of them the same)");
        }
        return endpoints;
    }

    private static Endpoint parse(String url) {
        try {
            URI uri = new URI(url);
            boolean hasScheme = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean isBare = Stream.of(uri.getPath(), uri.getQuery(), uri.getFragment(), uri.getUserInfo())
                    .allMatch(part -> part == null || part.isEmpty() || part.equals("/"));
            if (hasScheme && isBare && uri.getHost() != null && uri.getPort() != 0 && uri.getPort() <= 65_535) {
                return new Endpoint(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                        uri.getScheme().equals("https"));
            }
        } catch (URISyntaxException _) { // told below like the others
        }
        throw new IllegalArgumentException("\"" + url + "\" (expected: http://host:2379 or https://host:2379)");
    }

    /// What the member's certificate must be for.
    String authority() {
        return host + ":" + port;
    }

    String url() {
        return (isTls ? "https://" : "http://") + authority();
    }
}
