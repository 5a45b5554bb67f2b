package io.shanhai.gateway.nio;

import io.shanhai.gateway.Verdict.Answer;

/// Encoded heads of answers that come again: a route's fixed response is the same object until its Plan is replaced.
final class AnswerHeads {

    /*
     * Direct-mapped by identity. A refusal is a new object each time: it must not push a fixed response out, so an
     * answer is kept only when it is seen for the second time in its slot.
     */
    private static final int SLOTS = 64;

    private final Answer[] seen = new Answer[SLOTS];
    private final byte[][] heads = new byte[SLOTS][];
    private final Answer[] kept = new Answer[SLOTS];

    private Answer latest;
    private byte[] latestHead;

    byte[] of(Answer answer) {
        if (answer != latest) {
            latestHead = find(answer);
            latest = answer;
        }
        return latestHead;
    }

    private byte[] find(Answer answer) {
        int slot = System.identityHashCode(answer) & (SLOTS - 1);
        if (kept[slot] == answer) {
            return heads[slot];
        }
        byte[] head = HeadBytes.of(answer);
        if (seen[slot] == answer) {
            kept[slot] = answer;
            heads[slot] = head;
        }
        seen[slot] = answer;
        return head;
    }
}
