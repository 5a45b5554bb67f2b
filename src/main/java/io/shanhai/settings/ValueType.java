package io.shanhai.settings;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How one type of setting is written.
///
/// @param expected for messages: `a whole number`
/// @param parser text to value; throws IllegalArgumentException or ArithmeticException when the text is none
/// @param order a number that orders values, for ranges; null when they have no order
record ValueType(String expected, Function<String, Object> parser, Function<Object, Double> order) {

    private static final Pattern DECIMAL = Pattern.compile("-?\\d+(\\.\\d+)?");

    private static final Function<Object, Double> BY_NUMBER = value -> ((Number) value).doubleValue();
    private static final ValueType TEXT = new ValueType("text", text -> text, null);
    private static final ValueType TEXTS = new ValueType("a list of texts", ValueType::texts, null);
    private static final Map<Type, ValueType> SIMPLE = Map.of(
            int.class, new ValueType("a whole number", Integer::valueOf, BY_NUMBER),
            long.class, new ValueType("a whole number", Long::valueOf, BY_NUMBER),
            double.class, new ValueType("a number", ValueType::decimal, BY_NUMBER),
            boolean.class, new ValueType("true or false", ValueType::truth, null),
            String.class, TEXT,
            // Nanoseconds as a double are exact to 104 days; a bound needs no more.
            Duration.class, new ValueType("a time such as 200ms, 10s, 5m, 1h", DurationText::parse,
                    value -> ((Duration) value).toSeconds() * 1e9 + ((Duration) value).toNanosPart()),
            DataSize.class, new ValueType("a size such as 512, 64KiB, 16MiB, 2GiB", DataSize::parse,
                    value -> (double) ((DataSize) value).bytes()));

    /// @throws IllegalStateException for a type no setting may have: our bug
    static ValueType of(RecordComponent component) {
        Class<?> type = component.getType();
        if (SIMPLE.containsKey(type)) {
            return SIMPLE.get(type);
        }
        if (component.getGenericType().getTypeName().equals("java.util.List<java.lang.String>")) {
            return TEXTS;
        }
        if (type.isEnum()) {
            return oneOf(type.getEnumConstants());
        }
        throw new IllegalStateException(component.getDeclaringRecord().getName() + "." + component.getName() + ": type "
                + component.getGenericType().getTypeName() + " (expected: one that Setting lists)");
    }

    boolean isList() {
        return this == TEXTS;
    }

    /// How an enum constant is written.
    static String word(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static ValueType oneOf(Object[] constants) {
        List<String> words = Arrays.stream(constants).map(ValueType::word).toList();
        return new ValueType("one of " + String.join(", ", words), text -> {
            int index = words.indexOf(text);
            if (index < 0) {
                throw new IllegalArgumentException(text);
            }
            return constants[index];
        }, null);
    }

    private static List<String> texts(String text) {
        return Stream.of(text.split(",")).map(String::strip).filter(item -> !item.isEmpty())
                .collect(Collectors.toUnmodifiableList());
    }

    private static Object truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static Object decimal(String text) {
        match(DECIMAL, text); // Double.valueOf also takes NaN, 0x1p3 and a trailing d
        return Double.valueOf(text);
    }

    private static void match(Pattern pattern, String text) {
        if (!pattern.matcher(text).matches()) {
            throw new IllegalArgumentException(text);
        }
    }
}
