package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import java.util.TreeMap;

/// Short words for what these tests do with a store.
final class Words {

    private Words() {}

    static long put(Store store, String key, String value) {
        return store.commit(Txn.of(Op.put(Bytes.utf8(key), Bytes.utf8(value)))).revision();
    }

    static String get(Store store, String key) {
        return store.range(RangeRequest.key(Bytes.utf8(key))).kvs().stream().findFirst().map(kv -> kv.value().text())
                .orElse(null);
    }

    /// All keys and values.
    static TreeMap<String, String> all(Store store) {
        TreeMap<String, String> all = new TreeMap<>();
        for (KeyValue kv : store.range(RangeRequest.prefix(Bytes.EMPTY)).kvs()) {
            all.put(kv.key().text(), kv.value().text());
        }
        return all;
    }
}
