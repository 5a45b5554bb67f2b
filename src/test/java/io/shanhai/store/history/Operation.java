package io.shanhai.store.history;

/// One action of one client. All times are of one clock, in nanoseconds.
///
/// @param returned when the answer was there; of an action without an answer the moment after which it cannot happen any
///        more, [Long#MAX_VALUE] when there is none
/// @param answer null when the client never learned the outcome: it may have happened or not
public record Operation(int client, String key, Action action, long invoked, long returned, Answer answer) {

    static final long NEVER = Long.MAX_VALUE;

    public boolean isUnknown() {
        return answer == null;
    }

    Operation until(long last) {
        return new Operation(client, key, action, invoked, last, answer);
    }

    @Override
    public String toString() {
        return "client %d %s %s -> %s [%d..%s]".formatted(client, key, action, isUnknown() ? "?" : answer, invoked,
                returned == NEVER ? "" : returned);
    }
}
