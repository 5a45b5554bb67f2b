package io.shanhai.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn.Op;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;

/// What every part of the contract needs: a fresh store, and short words for what tests do with it.
abstract class StoreContract {

    protected Store store;

    /// A running store with nothing in it.
    protected abstract Store freshStore() throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = freshStore();
    }

    @AfterEach
    void close() {
        store.close();
    }

    static Bytes key(String text) {
        return Bytes.utf8(text);
    }

    long put(String key, String value) {
        return store.commit(Txn.of(Op.put(key(key), key(value)))).revision();
    }

    long put(String key, String value, long lease) {
        return store.commit(Txn.of(Op.put(key(key), key(value), lease))).revision();
    }

    long delete(String key) {
        return store.commit(Txn.of(Op.delete(key(key)))).revision();
    }

    Optional<KeyValue> get(String key) {
        return store.range(RangeRequest.key(key(key))).kvs().stream().findFirst();
    }

    String value(String key) {
        return get(key).map(kv -> kv.value().text()).orElse(null);
    }

    /// Keys under the prefix, as one text.
    String keys(String prefix) {
        return keys(store.range(RangeRequest.prefix(key(prefix))));
    }

    static String keys(RangeResult result) {
        return String.join(" ", result.kvs().stream().map(kv -> kv.key().text()).toList());
    }

    static void refuses(Code code, Executable call) {
        assertEquals(code, assertThrows(StoreException.class, call).code());
    }

    static List<Op> puts(int count) {
        return IntStream.range(0, count).<Op>mapToObj(i -> Op.put(key("k" + i), key("v"))).toList();
    }
}
