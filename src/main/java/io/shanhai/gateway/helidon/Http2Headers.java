package io.shanhai.gateway.helidon;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.shanhai.gateway.RequestHeaders;
import java.util.List;
import java.util.function.BiConsumer;

/// An HTTP/2 request's fields as the chain reads them.
final class Http2Headers implements RequestHeaders {

    private final ServerRequestHeaders headers;

    Http2Headers(ServerRequestHeaders headers) {
        this.headers = headers;
    }

    @Override
    public String first(String name) {
        List<String> values = values(name);
        return values.isEmpty() ? null : values.getFirst();
    }

    @Override
    public int count(String name) {
        return values(name).size();
    }

    @Override
    public String joined(String name) {
        List<String> values = values(name);
        return values.isEmpty() ? null : String.join(", ", values);
    }

    @Override
    public void forEach(BiConsumer<String, String> consumer) {
        for (Header header : headers) {
            if (header.headerName().equals(HeaderNames.COOKIE)) {
                // RFC 9113 section 8.2.3: HTTP/2 may split cookies over lines; HTTP/1.1 knows one line only
                consumer.accept("cookie", String.join("; ", header.allValues()));
                continue;
            }
            for (String value : header.allValues()) {
                consumer.accept(header.name(), value);
            }
        }
    }

    private List<String> values(String name) {
        HeaderName key = HeaderNames.create(name);
        return headers.contains(key) ? headers.get(key).allValues() : List.of();
    }
}
