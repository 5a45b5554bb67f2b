package io.shanhai.store.model;

import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Requests of all shapes over few keys, few values and few leases, so that they meet.
public final class RandomSteps {

    static final int LEASES = 4;
    private static final int KEYS = 10;
    private static final int VALUES = 4;

    private final Random random;

    public RandomSteps(Random random) {
        this.random = random;
    }

    Bytes key() {
        return key(random.nextInt(KEYS));
    }

    private static Bytes key(int number) {
        return Bytes.utf8("k" + number);
    }

    private Bytes value() {
        return Bytes.utf8("v".repeat(random.nextInt(VALUES))); // the empty value too
    }

    /// One key, some, all, or a range with its end before its start.
    Bytes rangeEnd() {
        return switch (random.nextInt(4)) {
            case 0, 1 -> Bytes.EMPTY;
            case 2 -> Bytes.ZERO;
            default -> key();
        };
    }

    /// A revision around those there are, and often "now".
    long revision(long compacted, long newest) {
        long span = newest - compacted + 4;
        return random.nextInt(3) == 0 ? 0 : Math.max(0, compacted - 2 + random.nextLong(span));
    }

    RangeRequest range(long compacted, long newest) {
        return new RangeRequest(key(), rangeEnd(), revision(compacted, newest), random.nextInt(6),
                SortOrder.values()[random.nextInt(3)],
                random.nextBoolean() ? SortTarget.KEY : SortTarget.values()[random.nextInt(5)], random.nextInt(4) == 0,
                random.nextInt(6) == 0, bound(newest), bound(newest), bound(newest), bound(newest));
    }

    private long bound(long newest) {
        return random.nextInt(8) == 0 ? random.nextLong(newest + 2) : 0;
    }

    public long lease() {
        return random.nextInt(LEASES) + 1;
    }

    /// Puts and deletes keep apart, else most would be refused as duplicates: below the border is put, each key at most
    /// once, from it on is deleted.
    public Txn txn(long compacted, long newest) {
        int border = random.nextInt(KEYS + 1);
        List<Integer> free = new ArrayList<>();
        for (int number = 0; number < border; number++) {
            free.add(number);
        }
        return txn(compacted, newest, border, free, 2);
    }

    private Txn txn(long compacted, long newest, int border, List<Integer> free, int depth) {
        List<Compare> compares = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            compares.add(compare(newest));
        }
        List<Op> then = ops(compacted, newest, border, free, depth);
        return new Txn(compares, then, ops(compacted, newest, border, free, depth));
    }

    private List<Op> ops(long compacted, long newest, int border, List<Integer> free, int depth) {
        List<Op> ops = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            switch (random.nextInt(6)) {
                case 0 -> ops.add(new Op.Read(range(compacted, newest)));
                case 1 -> ops.add(delete(border));
                case 2 -> {
                    if (depth > 0) {
                        ops.add(new Op.Nested(txn(compacted, newest, border, free, depth - 1)));
                    }
                }
                default -> {
                    if (!free.isEmpty()) {
                        ops.add(put(key(free.remove(random.nextInt(free.size())))));
                    }
                }
            }
        }
        return ops;
    }

    private Op put(Bytes key) {
        boolean ignoreValue = random.nextInt(8) == 0;
        boolean ignoreLease = random.nextInt(8) == 0;
        long lease = ignoreLease || random.nextBoolean() ? 0 : lease();
        return new Op.Put(key, ignoreValue ? Bytes.EMPTY : value(), lease, random.nextBoolean(), ignoreValue, ignoreLease);
    }

    private Op delete(int border) {
        Bytes key = border == KEYS ? Bytes.utf8("l") : key(border + random.nextInt(KEYS - border));
        return new Op.Delete(key, rangeEnd(), random.nextBoolean());
    }

    private Compare compare(long newest) {
        Compare.Target target = Compare.Target.values()[random.nextInt(5)];
        long number = switch (target) {
            case VERSION, LEASE -> random.nextInt(4);
            case CREATE, MOD -> random.nextLong(newest + 2);
            case VALUE -> 0;
        };
        return new Compare(key(), rangeEnd(), target, Compare.Relation.values()[random.nextInt(4)], number,
                target == Compare.Target.VALUE ? value() : Bytes.EMPTY);
    }
}
