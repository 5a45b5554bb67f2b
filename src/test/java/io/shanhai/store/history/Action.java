package io.shanhai.store.history;

/// What a client asks of one key. The values of a trial's writes are unique, so that a read says which write it saw.
public sealed interface Action {

    record Get() implements Action {}

    /// Blind: the answer tells nothing about the value before.
    record Put(String value) implements Action {}

    /// A put that answers what was there before.
    record Swap(String value) implements Action {}

    /// Answers what was deleted.
    record Delete() implements Action {}

    /// Puts when the key holds `expected`, else answers what it holds.
    ///
    /// @param expected null for "does not exist"
    record CompareAndPut(String expected, String value) implements Action {}

    /// The value it writes, null when it writes none.
    default String written() {
        return switch (this) {
            case Get _,Delete _ -> null;
            case Put(String value) -> value;
            case Swap(String value) -> value;
            case CompareAndPut(_, String value) -> value;
        };
    }
}
