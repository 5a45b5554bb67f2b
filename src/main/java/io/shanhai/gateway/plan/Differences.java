package io.shanhai.gateway.plan;

import io.shanhai.gateway.plan.ChangeSet.Action;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// Compares the objects at two revisions, in the order of their keys, page by page. What did not change is neither
/// copied nor kept: the store is asked for what was written in between, and for names of what was there before only
/// when the counts say that something went. Safe for all threads.
public final class Differences {

    private static final int MAX_CHARS = 4 << 20; // of one answer: some thousand routes, or a few giants
    private static final int PAGE = 256; // keys read ahead; bounds the heap whatever the number of objects

    private final Store store;

    /// @param before what was stored, empty when it was created
    /// @param after what is stored, empty when it was deleted
    /// @param revision of the object's last write; 0 when it was deleted
    public record Difference(Kind kind, String id, Action action, Optional<String> before, Optional<String> after,
            long revision) {}

    /// @param more there are further ones, after the last of these: it was cut at the limit, or at some 4 million characters
    public record Page(List<Difference> differences, boolean more) {
        public Page {
            differences = List.copyOf(differences);
        }
    }

    public Differences(Store store) {
        this.store = store;
    }

    /// Objects that differ. One that was written and is the same again is no difference.
    ///
    /// @param kinds in the order wanted
    /// @param after go on behind this object; its kind is one of `kinds`
    /// @param limit 1 or more
    /// @throws io.shanhai.store.StoreException COMPACTED or FUTURE_REVISION
    public Page between(long from, long to, List<Kind> kinds, Optional<Position> after, int limit) {
        List<Difference> found = new ArrayList<>();
        long chars = 0;
        List<Kind> left = after.map(position -> kinds.subList(kinds.indexOf(position.kind()), kinds.size())).orElse(kinds);
        for (Kind kind : left) {
            Optional<String> start = after.filter(position -> position.kind() == kind).map(Position::id);
            Walk walk = new Walk(kind, from, to, start);
            for (Optional<Difference> next = walk.next(); next.isPresent(); next = walk.next()) {
                if (found.size() == limit || chars > MAX_CHARS) {
                    return new Page(found, true);
                }
                found.add(next.get());
                chars += next.get().before().map(String::length).orElse(0) + next.get().after().map(String::length).orElse(0);
            }
        }
        return new Page(found, false);
    }

    /// An object's place in the order of the answer.
    public record Position(Kind kind, String id) {}

    /// Merges what was written with what went, both in the order of keys.
    private final class Walk {

        private final Kind kind;
        private final long from;
        private final long to;
        private final Keys written;
        private final Keys before;

        Walk(Kind kind, long from, long to, Optional<String> after) {
            this.kind = kind;
            this.from = from;
            this.to = to;
            Bytes end = kind.prefix().prefixEnd();
            Bytes start = after.map(id -> behind(kind.key(id))).orElse(kind.prefix());
            written = new Keys(RangeRequest.of(start, end).at(to).writtenAfter(from));
            before = new Keys(RangeRequest.of(start, end).at(from).withoutValues());
            if (from == to || !somethingWent(start, end)) {
                before.skipAll();
            }
        }

        /// As many as before and what was created since: then nothing is missing. Objects that were deleted and came
        /// again make it true without need, which costs time only.
        private boolean somethingWent(Bytes start, Bytes end) {
            RangeRequest range = RangeRequest.of(start, end);
            RangeResult created = store.range(range.at(to).withoutValues().createdAfter(from).limit(PAGE));
            long countBefore = store.range(range.at(from).counting()).count();
            long countAfter = store.range(range.at(to).counting()).count();
            return created.more() || countBefore + created.kvs().size() != countAfter;
        }

        Optional<Difference> next() {
            while (written.peek() != null || before.peek() != null) {
                boolean gone = written.peek() == null
                        || before.peek() != null && before.peek().key().compareTo(written.peek().key()) < 0;
                Optional<Difference> difference = gone ? deletion(before.take()) : write(written.take());
                if (difference.isPresent()) {
                    return difference;
                }
            }
            return Optional.empty();
        }

        private Optional<Difference> deletion(KeyValue kv) {
            if (at(kv.key(), to).isPresent()) {
                return Optional.empty();
            }
            return Optional.of(new Difference(kind, kind.id(kv.key()), Action.DELETED,
                    at(kv.key(), from).map(old -> old.value().text()), Optional.empty(), 0));
        }

        private Optional<Difference> write(KeyValue kv) {
            Optional<Bytes> old = at(kv.key(), from).map(KeyValue::value);
            if (old.isPresent() && old.get().equals(kv.value())) {
                return Optional.empty();
            }
            return Optional.of(new Difference(kind, kind.id(kv.key()), old.isEmpty() ? Action.CREATED : Action.UPDATED,
                    old.map(Bytes::text), Optional.of(kv.value().text()), kv.modRevision()));
        }
    }

    private Optional<KeyValue> at(Bytes key, long revision) {
        return store.range(RangeRequest.key(key).at(revision)).kvs().stream().findFirst();
    }

    /// The smallest key after this one.
    private static Bytes behind(Bytes key) {
        byte[] next = new byte[key.length() + 1];
        System.arraycopy(key.array(), 0, next, 0, key.length());
        return Bytes.wrap(next);
    }

    /// The keys of a range, read a page at a time.
    private final class Keys {

        private RangeRequest rest;
        private final Deque<KeyValue> page = new ArrayDeque<>();

        Keys(RangeRequest range) {
            this.rest = range;
        }

        void skipAll() {
            rest = null;
        }

        /// Null at the end.
        KeyValue peek() {
            if (page.isEmpty() && rest != null) {
                RangeResult result = store.range(rest.limit(PAGE));
                page.addAll(result.kvs());
                rest = result.more() ? rest.from(behind(page.getLast().key())) : null;
            }
            return page.peek();
        }

        KeyValue take() {
            return page.remove();
        }
    }
}
