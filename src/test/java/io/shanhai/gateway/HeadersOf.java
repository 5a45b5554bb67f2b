package io.shanhai.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// Request headers written down in a test: name, value, name, value, …
public record HeadersOf(List<String> pairs) implements RequestHeaders {

    public static HeadersOf none() {
        return new HeadersOf(List.of());
    }

    public static HeadersOf of(String... pairs) {
        return new HeadersOf(List.of(pairs));
    }

    private List<String> values(String name) {
        List<String> values = new ArrayList<>();
        forEach((n, v) -> {
            if (n.equalsIgnoreCase(name)) {
                values.add(v);
            }
        });
        return values;
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
        for (int i = 0; i < pairs.size(); i += 2) {
            consumer.accept(pairs.get(i), pairs.get(i + 1));
        }
    }
}
