package io.shanhai.store.etcd;

import io.etcd.jetcd.api.WatchResponse;
import io.grpc.StatusRuntimeException;
import io.shanhai.store.Bytes;
import io.shanhai.store.WatchRequest;

/// Asks for the highest compacted revision of an etcd whose first revision is compacted: a watch from there is refused,
/// and the refusal says it. The watched key is one that nobody writes.
final class CompactedRevision {

    private static final WatchRequest FROM_THE_FIRST = new WatchRequest(Bytes.utf8("/"), Bytes.EMPTY, 1, false);

    private final Calls calls;

    CompactedRevision(Calls calls) {
        this.calls = calls;
    }

    long ask() {
        WatchStream stream = WatchStream.open(calls.channel(), Requests.watch(FROM_THE_FIRST, 1));
        try {
            while (true) { // the confirmation comes first
                WatchResponse response = stream.next(calls.timeout());
                if (response.getCompactRevision() != 0) {
                    return response.getCompactRevision();
                }
            }
        } catch (StatusRuntimeException e) {
            throw calls.refusal(e.getStatus(), false);
        } finally {
            stream.cancel();
        }
    }
}
