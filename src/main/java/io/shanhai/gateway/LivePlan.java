package io.shanhai.gateway;

import java.util.Objects;

/// The one volatile write between control plane and data plane. One writer (`gateway.plan`), any number of readers.
public final class LivePlan {

    private volatile Plan plan;

    /// @param first what is served until the first publish
    public LivePlan(Plan first) {
        plan = Objects.requireNonNull(first, "first");
    }

    public Plan current() {
        return plan;
    }

    public void publish(Plan next) {
        plan = Objects.requireNonNull(next, "next");
    }
}
