package io.shanhai.gateway.plan;

import io.shanhai.registry.Registry;
import io.shanhai.store.Bytes;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The kinds of objects the Plan is made of, and where they are kept.
public enum Kind {
    ROUTE(Bytes.utf8("/shanhai/routes/")),
    LIMIT(Bytes.utf8("/shanhai/limits/")),
    /// Its id is `service/host:port`. Written through [Registry] or a [ChangeSet], as it may hang on a lease.
    INSTANCE(Registry.PREFIX);

    /// Those with a spec of their own under `/v1/{kind}s`.
    public static final List<Kind> SPECS = List.of(ROUTE, LIMIT);

    private final Bytes prefix;

    Kind(Bytes prefix) {
        this.prefix = prefix;
    }

    /// `route`, `limit`, `instance`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Kind> of(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }

    /// The kind of what is stored under a key; empty for keys of other clients.
    static Optional<Kind> of(Bytes key) {
        return Arrays.stream(values()).filter(kind -> key.startsWith(kind.prefix)).findFirst();
    }

    Bytes prefix() {
        return prefix;
    }

    Bytes key(String id) {
        return Bytes.utf8(prefix.text() + id);
    }

    String id(Bytes key) {
        return key.text().substring(prefix.length());
    }
}
