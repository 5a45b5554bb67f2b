package io.shanhai.gateway.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.ControlPlane;
import io.shanhai.gateway.plan.Differences.Difference;
import io.shanhai.gateway.plan.Differences.Page;
import io.shanhai.store.Bytes;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What comparing two revisions costs: counted in entries that the store hands out, and in how many at once.
class DifferencesTest {

    private static final int OBJECTS = 3_000;
    private static final List<Kind> KINDS = Arrays.asList(Kind.values());

    @TempDir
    Path folder;

    private ControlPlane plane;
    private Store store;
    private long handedOut;
    private int mostAtOnce;

    @BeforeEach
    void start() {
        plane = new ControlPlane(folder);
        store = plane.store;
        for (int first = 0; first < OBJECTS; first += 100) {
            store.commit(Txn.of(IntStream.range(first, first + 100).mapToObj(i -> (Txn.Op) Txn.Op.put(key(i), value("s")))
                    .toList()));
        }
    }

    @AfterEach
    void stop() {
        plane.close();
    }

    private static Bytes key(int number) {
        return Bytes.utf8("/shanhai/routes/r%05d".formatted(number));
    }

    private static Bytes value(String service) {
        return Bytes.utf8("{\"service\":\"" + service + "\"}");
    }

    private Page between(long from, long to, int limit) {
        handedOut = 0;
        mostAtOnce = 0;
        Store counting = (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[]{Store.class},
                (_, method, arguments) -> {
                    try {
                        Object answer = method.invoke(store, arguments);
                        if (answer instanceof RangeResult result) {
                            handedOut += result.kvs().size();
                            mostAtOnce = Math.max(mostAtOnce, result.kvs().size());
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return new Differences(counting).between(from, to, KINDS, Optional.empty(), limit);
    }

    @Test
    void nothingIsReadWhenNothingChanged() {
        long now = store.revision();
        assertEquals(List.of(), between(now, now, 10).differences());
        assertEquals(0, handedOut);
        store.commit(Txn.of(Txn.Op.put(Bytes.utf8("elsewhere"), Bytes.EMPTY)));
        assertEquals(List.of(), between(now, now + 1, 10).differences());
        assertEquals(0, handedOut);
    }

    @Test
    void onlyWhatWasWrittenIsReadWhenNothingWent() {
        long then = store.revision();
        store.commit(Txn.of(Txn.Op.put(key(7), value("t")), Txn.Op.put(key(OBJECTS), value("t"))));
        Page page = between(then, store.revision(), 10);
        assertEquals(List.of("r00007", "r03000"), page.differences().stream().map(Difference::id).toList());
        assertTrue(handedOut < 10, handedOut + " entries");
    }

    @Test
    void whatWentIsFoundPageByPage() {
        long then = store.revision();
        store.commit(Txn.of(Txn.Op.delete(key(2_900)), Txn.Op.put(key(OBJECTS), value("t"))));
        Page page = between(then, store.revision(), 10);
        assertEquals(List.of("r02900", "r03000"), page.differences().stream().map(Difference::id).toList());
        assertTrue(mostAtOnce <= 256, mostAtOnce + " entries at once");
        for (int first = 0; first < OBJECTS; first += 100) {
            store.commit(Txn.of(IntStream.range(first, first + 100).mapToObj(i -> (Txn.Op) Txn.Op.put(key(i), value("u")))
                    .toList()));
        }
        page = between(then, store.revision(), 20);
        assertEquals(20, page.differences().size());
        assertTrue(page.more());
        assertTrue(mostAtOnce <= 256, mostAtOnce + " entries at once");
    }
}
