package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.Maintenance.Alarm;

/// One thing a commit did: its outcome, not the request, so that replaying it needs no decision.
sealed interface Effect {

    record Put(Bytes key, Cell.Version version) implements Effect {}

    record Delete(Bytes key) implements Effect {}

    record Grant(long lease, long ttlSeconds) implements Effect {}

    record End(long lease) implements Effect {}

    record Compact(long revision) implements Effect {}

    record Alarmed(Alarm alarm, boolean raised) implements Effect {}
}
