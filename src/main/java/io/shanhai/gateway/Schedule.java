package io.shanhai.gateway;

/// Turns weights into a repeating order of picks, evenly mixed: smooth weighted round robin (as in nginx) run once when
/// a Plan is compiled, so that a request only steps a cursor.
final class Schedule {

    private static final int MAX_LENGTH = 4096; // 16 KiB a pool; finer weights are rounded to 1/4096

    private Schedule() {}

    /// @param weights at least 0
    /// @return indexes into `weights`; empty when all weights are 0
    static int[] of(int[] weights) {
        int[] reduced = reduce(weights);
        int total = 0;
        for (int weight : reduced) {
            total += weight;
        }
        int[] order = new int[total];
        int[] credit = new int[reduced.length];
        for (int step = 0; step < total; step++) {
            int best = -1;
            for (int i = 0; i < reduced.length; i++) {
                credit[i] += reduced[i];
                if (reduced[i] > 0 && (best < 0 || credit[i] > credit[best])) {
                    best = i;
                }
            }
            credit[best] -= total;
            order[step] = best;
        }
        return order;
    }

    /// Divides by the greatest common divisor, then scales down to the bound; a weight above 0 stays above 0.
    private static int[] reduce(int[] weights) {
        int divisor = 0;
        for (int weight : weights) {
            divisor = gcd(divisor, weight);
        }
        if (divisor == 0) {
            return weights.clone();
        }
        long total = 0;
        int[] reduced = new int[weights.length];
        for (int i = 0; i < weights.length; i++) {
            reduced[i] = weights[i] / divisor;
            total += reduced[i];
        }
        if (total > MAX_LENGTH) {
            for (int i = 0; i < reduced.length; i++) {
                reduced[i] = reduced[i] == 0 ? 0 : (int) Math.max(1, (long) reduced[i] * MAX_LENGTH / total);
            }
        }
        return reduced;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
