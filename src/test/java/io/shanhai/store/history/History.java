package io.shanhai.store.history;

import java.util.ArrayList;
import java.util.List;

/// What all clients of a trial asked and were answered.
final class History {

    private final List<Operation> operations = new ArrayList<>();
    private long unknown;

    synchronized void add(Operation operation) {
        boolean isRead = operation.action() instanceof Action.Get;
        if (operation.isUnknown() && isRead) {
            return; // it constrains nothing
        }
        unknown += operation.isUnknown() ? 1 : 0;
        operations.add(operation);
        notifyAll();
    }

    /// What is unknown so far has happened by this moment or never will: its server is gone, and the next one has read all
    /// that was left behind.
    synchronized void settle(long nowNanos) {
        operations.replaceAll(op -> op.isUnknown() && op.returned() == Operation.NEVER ? op.until(nowNanos) : op);
    }

    synchronized List<Operation> operations() {
        return List.copyOf(operations);
    }

    synchronized int size() {
        return operations.size();
    }

    synchronized long unknown() {
        return unknown;
    }

    /// Waits until this many are there, or until the time is over.
    ///
    /// @return false when the time was over first
    synchronized boolean awaitSize(int wanted, long timeoutMillis) throws InterruptedException {
        long end = System.nanoTime() + timeoutMillis * 1_000_000;
        while (operations.size() < wanted) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }
}
