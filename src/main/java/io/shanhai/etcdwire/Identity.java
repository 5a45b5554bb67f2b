package io.shanhai.etcdwire;

import io.etcd.jetcd.api.ResponseHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Who answers: the ids that every response names. Made from the node's id, so they stay the same for the life of its
/// data folder. Both are positive: some clients read them as signed.
record Identity(String node, long clusterId, long memberId) {

    /// The etcd whose behaviour this door has; clients decide by it what they may ask for. `docs/etcd.md` says what differs.
    static final String SERVER_VERSION = "3.4.23";
    static final String CLUSTER_VERSION = "3.4.0";
    /// There is one member and it always leads: nobody was ever elected again.
    static final long RAFT_TERM = 1;

    static Identity of(String node) {
        return new Identity(node, id("cluster " + node), id("member " + node));
    }

    private static long id(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Math.max(1, ByteBuffer.wrap(digest).getLong() & Long.MAX_VALUE);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    ResponseHeader header(long revision) {
        return ResponseHeader.newBuilder().setClusterId(clusterId).setMemberId(memberId).setRevision(revision)
                .setRaftTerm(RAFT_TERM).build();
    }
}
