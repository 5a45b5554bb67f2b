package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.RangeResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Answers a [RangeRequest] from a [KeySpace], in etcd's order of steps: count, filter, sort, cut.
final class RangeRead implements KeySpace.Visitor {

    private final RangeRequest request;
    private final boolean cutAtOnce;
    private final List<KeyValue> found = new ArrayList<>();
    private long count;

    private RangeRead(RangeRequest request) {
        this.request = request;
        // In no order of its own, what lies behind the limit needs to be counted only. As in etcd, a target without an order
        // then sorts no more than the first keys, one more than the limit, unless they are filtered.
        this.cutAtOnce = request.limit() > 0
                && (!isSorted(request) || !isFiltered(request) && request.order() == SortOrder.NONE);
    }

    /// @param revision the store's current one, for the answer's header
    static RangeResult run(KeySpace keys, RangeRequest request, long revision) {
        if (request.rangeEnd().isEmpty()) {
            return one(keys.get(request.key()), request, revision);
        }
        RangeRead read = new RangeRead(request);
        keys.range(request.key(), request.rangeEnd(), read);
        return read.result(revision);
    }

    /// A single key has no order and is not cut. HOT PATH: nothing is allocated but the answer.
    private static RangeResult one(Cell.Version version, RangeRequest request, long revision) {
        if (version == null) {
            return new RangeResult(revision, List.of(), false, 0);
        }
        if (request.countOnly() || !passes(version, request)) {
            return new RangeResult(revision, List.of(), false, 1);
        }
        KeyValue kv = request.keysOnly() ? version.withoutValue(request.key()) : version.at(request.key());
        return new RangeResult(revision, List.of(kv), false, 1);
    }

    @Override
    public boolean visit(Bytes key, Cell.Version version) {
        count++;
        if (request.countOnly() || cutAtOnce && found.size() > request.limit() || !passes(version, request)) {
            return true;
        }
        // Sorting by value needs the value, even when only keys are wanted.
        boolean bare = request.keysOnly() && request.target() != SortTarget.VALUE;
        found.add(bare ? version.withoutValue(key) : version.at(key));
        return true;
    }

    private static boolean passes(Cell.Version version, RangeRequest request) {
        return version.modRevision() >= request.minModRevision()
                && (request.maxModRevision() == 0 || version.modRevision() <= request.maxModRevision())
                && version.createRevision() >= request.minCreateRevision()
                && (request.maxCreateRevision() == 0 || version.createRevision() <= request.maxCreateRevision());
    }

    private RangeResult result(long revision) {
        if (request.countOnly()) {
            return new RangeResult(revision, List.of(), false, count);
        }
        if (isSorted(request)) {
            Comparator<KeyValue> order = comparator(request.target());
            found.sort(request.order() == SortOrder.DESCEND ? order.reversed() : order);
        }
        boolean more = request.limit() > 0 && found.size() > request.limit();
        List<KeyValue> kvs = more ? found.subList(0, (int) request.limit()) : found;
        if (request.keysOnly() && request.target() == SortTarget.VALUE) {
            kvs = kvs.stream().map(RangeRead::withoutValue).toList();
        }
        return new RangeResult(revision, kvs, more, count);
    }

    private static KeyValue withoutValue(KeyValue kv) {
        return new KeyValue(kv.key(), Bytes.EMPTY, kv.createRevision(), kv.modRevision(), kv.version(), kv.lease());
    }

    private static boolean isFiltered(RangeRequest request) {
        return request.minModRevision() > 0 || request.maxModRevision() > 0 || request.minCreateRevision() > 0
                || request.maxCreateRevision() > 0;
    }

    /// Keys come ascending anyway; a target without an order is ascending, as in etcd.
    private static boolean isSorted(RangeRequest request) {
        return request.target() != SortTarget.KEY || request.order() == SortOrder.DESCEND;
    }

    private static Comparator<KeyValue> comparator(SortTarget target) {
        return switch (target) {
            case KEY -> Comparator.comparing(KeyValue::key);
            case VERSION -> Comparator.comparingLong(KeyValue::version);
            case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
            case MOD -> Comparator.comparingLong(KeyValue::modRevision);
            case VALUE -> Comparator.comparing(KeyValue::value);
        };
    }
}
