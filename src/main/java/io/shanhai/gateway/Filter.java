package io.shanhai.gateway;

/// One step of a route's chain. Instances are built once per Plan and shared by all requests: no state per request
/// in fields. `before` of all filters runs in order; `after` of those whose `before` ran, in reverse, exactly once,
/// whatever happened in between.
public interface Filter {

    /// Stable, lower case; the stage in `x-shanhai-reason`.
    String name();

    /// Never blocks: what must wait is a [Verdict.Suspend].
    Verdict before(Exchange exchange);

    /// The exchange has ended: its status and stamps are final. Must not throw and must not block.
    default void after(Exchange exchange) {}

    /// False when `before` may return a `Suspend`; a route whose filters are all inline promises no
    /// allocation per request.
    default boolean isInline() {
        return true;
    }
}
