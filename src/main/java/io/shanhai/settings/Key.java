package io.shanhai.settings;

import io.shanhai.settings.Problem.Code;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// One key of the settings: what its record component says about it.
///
/// @param name `gateway.idle-timeout`
/// @param defaultText as written in the annotation
record Key(String name, String section, ValueType type, String defaultText, String unit, String range, String doc,
        boolean isLive) {

    static final String ENVIRONMENT_PREFIX = "SHANHAI_";
    private static final Pattern SECRET = Pattern.compile("(.*[.-])?(token|password|secret)");

    static Key of(String section, RecordComponent component) {
        Setting setting = component.getAnnotation(Setting.class);
        if (setting == null) {
            throw new IllegalStateException(component.getDeclaringRecord().getName() + "." + component.getName()
                    + ": no @Setting (expected: on every component of a @Section record)");
        }
        return new Key(name(section, component.getName()), section, ValueType.of(component), setting.value(), setting.unit(),
                setting.range(), setting.doc(),
                setting.live());
    }

    /// `gateway.idle-timeout` for `idleTimeout` of section `gateway`.
    static String name(String section, String component) {
        return section + "." + component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /// `SHANHAI_GATEWAY_IDLE_TIMEOUT`.
    String environmentName() {
        return ENVIRONMENT_PREFIX + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    boolean isPort() {
        return unit.equals("port");
    }

    /// The part after the section, as written in a nested file.
    String shortName() {
        return name.substring(section.length() + 1);
    }

    /// Never shows a secret.
    String shown(String text) {
        return SECRET.matcher(name).matches() && !text.isEmpty() ? "***" : text;
    }

    /// Type, range and unit, for messages and the reference: `a whole number, 0..65535, port`.
    String expectation() {
        StringBuilder text = new StringBuilder(type.expected());
        for (String part : List.of(range, unit)) {
            if (!part.isEmpty()) {
                text.append(", ").append(part);
            }
        }
        return text.toString();
    }

    /// Text to value, within the range.
    ///
    /// @throws Refused when it is not
    Object parse(String text) {
        Object value;
        try {
            value = type.parser().apply(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new Refused(Code.WRONG_TYPE, refusal(text));
        }
        if (!isInRange(value)) {
            throw new Refused(Code.OUT_OF_RANGE, refusal(text));
        }
        return value;
    }

    boolean isInRange(Object value) {
        if (range.isEmpty()) {
            return true;
        }
        String[] bounds = range.split("\\.\\.", 2);
        double number = type.order().apply(value);
        return number >= bound(bounds[0]) && number <= bound(bounds[1]);
    }

    String refusal(String text) {
        return name + " is \"" + shown(text) + "\" (expected: " + expectation() + ")";
    }

    private double bound(String text) {
        return type.order().apply(type.parser().apply(text));
    }

    /// A text that is no value of its key; caught where the place is known.
    static final class Refused extends RuntimeException {

        private static final long serialVersionUID = 1L;
        private final Code code;

        private Refused(Code code, String text) {
            super(text, null, false, false); // a value on its way to a Problem: no stack trace
            this.code = code;
        }

        Problem at(String place) {
            return new Problem(code, place, getMessage());
        }
    }
}
