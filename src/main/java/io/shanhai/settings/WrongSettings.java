package io.shanhai.settings;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Thrown by the constructor of a [Section] record that knows which of its values are wrong: each is reported at the
/// place where it was set.
public final class WrongSettings extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final transient Map<String, String> reasons;

    /// @param reasons by name of the record's component: what is wrong and what was expected; not empty, no secrets
    public WrongSettings(Map<String, String> reasons) {
        super(reasons.toString());
        this.reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons)); // keeps the order
    }

    /// By name of the record's component.
    public Map<String, String> reasons() {
        return reasons;
    }
}
