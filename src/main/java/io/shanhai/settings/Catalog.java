package io.shanhai.settings;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// All keys that exist, in the order of the sections and of their records.
final class Catalog {

    /// @param type the record
    record Part(String name, String doc, Class<? extends Record> type, List<Key> keys) {}

    private final List<Part> parts;
    private final Map<String, Key> byName = new LinkedHashMap<>();
    private final Map<String, Key> byEnvironmentName = new LinkedHashMap<>();
    private final Set<String> sections = new TreeSet<>();

    /// @throws IllegalStateException when a record breaks a rule of [Section] or [Setting]: our bug, found by a test
    Catalog(List<Class<? extends Record>> types) {
        parts = types.stream().map(Catalog::part).toList();
        for (Part part : parts) {
            addSection(part.name());
            part.keys().forEach(this::addKey);
        }
    }

    List<Part> parts() {
        return parts;
    }

    Collection<Key> keys() {
        return byName.values();
    }

    Set<String> names() {
        return byName.keySet();
    }

    Set<String> environmentNames() {
        return byEnvironmentName.keySet();
    }

    /// The names a nested file may open: `store` and `store.etcd`.
    Set<String> sections() {
        return sections;
    }

    /// null when there is none.
    Key key(String name) {
        return byName.get(name);
    }

    /// null when there is none.
    Key keyOfEnvironment(String name) {
        return byEnvironmentName.get(name);
    }

    private static Part part(Class<? extends Record> type) {
        Section section = type.getAnnotation(Section.class);
        if (section == null) {
            throw new IllegalStateException(type.getName() + ": no @Section");
        }
        List<Key> keys = Stream.of(type.getRecordComponents()).map(component -> Key.of(section.value(), component)).toList();
        return new Part(section.value(), section.doc(), type, keys);
    }

    private void addSection(String name) {
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            sections.add(name.substring(0, dot));
        }
        sections.add(name);
    }

    private void addKey(Key key) {
        key.parse(key.defaultText());
        Key other = byEnvironmentName.putIfAbsent(key.environmentName(), key);
        if (other != null) {
            throw new IllegalStateException(key.name() + " and " + other.name() + " share " + key.environmentName());
        }
        byName.put(key.name(), key);
    }
}
