package io.shanhai.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// A lookup table for consistent hashing: the same key finds the same endpoint, and when an endpoint comes or goes few keys
/// move that need not (Eisenbud et al., Maglev: A Fast and Reliable Software Network Load Balancer, NSDI 2016, section
/// 3.4). Each endpoint claims free slots in an order of its own, in turns, as many as its weight is of the heaviest one's.
final class Maglev {

    /// Primes; a table has at least a hundred slots an endpoint, so that shares differ by a percent at most.
    private static final int[] SIZES = {251, 1021, 4093, 16381, 65537, 262139};
    private static final int SLOTS_PER_ENDPOINT = 100;

    private Maglev() {}

    /// @param endpoints not empty, weights above 0; the order does not matter
    /// @return an index into `endpoints` for each slot
    static int[] table(List<Endpoint> endpoints) {
        int size = size(endpoints.size());
        int count = endpoints.size();
        int[] byName = order(endpoints); // whoever comes first in a turn wins a slot two want: must not depend on the list
        long[] offset = new long[count];
        long[] skip = new long[count];
        double heaviest = 0;
        for (int i = 0; i < count; i++) {
            byte[] name = endpoints.get(i).address().getBytes(StandardCharsets.UTF_8);
            offset[i] = Long.remainderUnsigned(Hash.of(name, 1), size);
            skip[i] = Long.remainderUnsigned(Hash.of(name, 2), size - 1) + 1;
            heaviest = Math.max(heaviest, endpoints.get(i).weight());
        }
        int[] table = new int[size];
        Arrays.fill(table, -1);
        long[] next = new long[count];
        double[] credit = new double[count];
        for (int filled = 0; filled < size;) {
            for (int k = 0; k < count && filled < size; k++) {
                int i = byName[k];
                credit[i] += endpoints.get(i).weight() / heaviest;
                if (credit[i] < 1) {
                    continue;
                }
                credit[i] -= 1;
                int slot;
                do {
                    slot = (int) ((offset[i] + next[i]++ * skip[i]) % size);
                } while (table[slot] >= 0);
                table[slot] = i;
                filled++;
            }
        }
        return table;
    }

    private static int[] order(List<Endpoint> endpoints) {
        Integer[] order = new Integer[endpoints.size()];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> endpoints.get(a).address().compareTo(endpoints.get(b).address()));
        return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
    }

    private static int size(int endpoints) {
        for (int size : SIZES) {
            if (size >= (long) endpoints * SLOTS_PER_ENDPOINT) {
                return size;
            }
        }
        return SIZES[SIZES.length - 1];
    }
}
