package io.shanhai.gateway.upstream;

import io.shanhai.gateway.RequestHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/// Header lines that outlive their exchange.
record KeptHeaders(List<Line> lines) implements RequestHeaders {

    record Line(String name, String value) {}

    static KeptHeaders of(RequestHeaders headers) {
        List<Line> lines = new ArrayList<>();
        headers.forEach((name, value) -> lines.add(new Line(name, value)));
        return new KeptHeaders(lines);
    }

    private Stream<String> values(String name) {
        return lines.stream().filter(line -> line.name.equalsIgnoreCase(name)).map(Line::value);
    }

    @Override
    public String first(String name) {
        return values(name).findFirst().orElse(null);
    }

    @Override
    public int count(String name) {
        return (int) values(name).count();
    }

    @Override
    public String joined(String name) {
        return values(name).reduce((a, b) -> a + ", " + b).orElse(null);
    }

    @Override
    public void forEach(BiConsumer<String, String> consumer) {
        lines.forEach(line -> consumer.accept(line.name, line.value));
    }
}
