package io.shanhai.etcdwire;

import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import java.util.List;

/// Fields that etcd 3.4 has and the generated messages do not know: protobuf keeps them as unknown ones, by number.
enum Missing {
    /// `Compare.lease`
    COMPARE_LEASE(8),
    /// `WatchCreateRequest.watch_id`
    CREATE_WATCH_ID(7),
    /// `WatchCreateRequest.fragment`
    CREATE_FRAGMENT(8),
    /// `WatchResponse.fragment`
    RESPONSE_FRAGMENT(7);

    private final int field;

    Missing(int field) {
        this.field = field;
    }

    /// The value of an integer or boolean (0 or 1) field; 0 when it is not there. The last one counts, as in protobuf.
    long number(Message message) {
        List<Long> values = message.getUnknownFields().getField(field).getVarintList();
        return values.isEmpty() ? 0 : values.getLast();
    }

    UnknownFieldSet with(long value) {
        return UnknownFieldSet.newBuilder().addField(field, UnknownFieldSet.Field.newBuilder().addVarint(value).build())
                .build();
    }
}
