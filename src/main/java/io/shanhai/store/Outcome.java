package io.shanhai.store;

/// Told once what became of a change, on a thread of the store's: it must not block, and costs every other writer the time
/// it takes.
public interface Outcome<R> {

    /// The change is durable and visible.
    void done(R result);

    /// Nothing was changed.
    void failed(StoreException why);
}
