package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaglevTest {

    private static final int KEYS = 50_000;

    private static List<Endpoint> endpoints(int count) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            endpoints.add(endpoint(i, 100));
        }
        return endpoints;
    }

    private static Endpoint endpoint(int i, int weight) {
        return new Endpoint("10.0.0." + i + ":80", InetSocketAddress.createUnresolved("10.0.0." + i, 80), weight);
    }

    private static Pool pool(List<Endpoint> endpoints) {
        return new Pool("svc", endpoints, List.of(), new PoolState(), true);
    }

    private static String of(Pool pool, int key) {
        String text = "user-" + key;
        return pool.hashed(Hash.of(text, 0, text.length()), 0).address();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 100})
    void anEndpointThatLeavesMovesItsOwnKeysAndFewOthers(int count) {
        List<Endpoint> before = endpoints(count);
        List<Endpoint> after = new ArrayList<>(before);
        String gone = after.remove(count / 2).address();
        Pool all = pool(before);
        Pool rest = pool(after);
        int needless = 0;
        for (int key = 0; key < KEYS; key++) {
            String now = of(rest, key);
            needless += of(all, key).equals(gone) || of(all, key).equals(now) ? 0 : 1;
        }
        assertTrue(needless < KEYS / 20, needless + " of " + KEYS + " keys moved that need not (at most a twentieth may)");
    }

    @Test
    void sharesFollowTheWeights() {
        Pool pool = pool(List.of(endpoint(1, 100), endpoint(2, 300), endpoint(3, 100)));
        int heavy = 0;
        for (int key = 0; key < KEYS; key++) {
            heavy += of(pool, key).startsWith("10.0.0.2") ? 1 : 0;
        }
        assertEquals(0.6, (double) heavy / KEYS, 0.03);
    }

    @Test
    void sharesOfEqualsAreEqual() {
        Pool pool = pool(endpoints(10));
        int[] seen = new int[10];
        for (int key = 0; key < KEYS; key++) {
            String address = of(pool, key);
            seen[address.charAt(7) - '0']++;
        }
        for (int count : seen) {
            assertEquals(KEYS / 10, count, KEYS / 100, () -> Arrays.toString(seen));
        }
    }

    @Test
    void theTableDoesNotDependOnTheOrderOfTheInstances() {
        List<Endpoint> endpoints = endpoints(7);
        List<Endpoint> shuffled = new ArrayList<>(endpoints);
        Collections.shuffle(shuffled, new Random(4));
        Pool first = pool(endpoints);
        Pool second = pool(shuffled);
        String[] one = new String[1000];
        String[] other = new String[1000];
        for (int key = 0; key < 1000; key++) {
            one[key] = of(first, key);
            other[key] = of(second, key);
        }
        assertArrayEquals(one, other);
    }

    /// Published before its first hashing route: requests are served, if by turns.
    @Test
    void aPoolWithoutATableSharesByTurns() {
        Pool pool = new Pool("svc", endpoints(2), List.of(), new AtomicInteger());
        assertEquals(2, List.of(pool.hashed(7, 0), pool.hashed(7, 0)).stream().distinct().count());
    }
}
