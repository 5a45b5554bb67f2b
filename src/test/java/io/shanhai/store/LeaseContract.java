package io.shanhai.store;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn.Op;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Leases: grant, attach, renew, revoke, expire.
public abstract class LeaseContract extends StoreContract {

    @Test
    void grantTakesTheWantedIdOrChoosesOne() {
        assertEquals(77, store.grant(77, 60).id());
        Lease chosen = store.grant(0, 60);
        assertTrue(chosen.id() != 0 && chosen.id() != 77);
        assertEquals(60, chosen.grantedTtlSeconds());
        assertEquals(2, store.leases().size());
        assertEquals(1, store.revision(), "a grant writes no key");
    }

    @Test
    void badGrantsAreRefused() {
        store.grant(77, 60);
        refuses(Code.LEASE_EXISTS, () -> store.grant(77, 60));
        refuses(Code.LEASE_TTL_TOO_LARGE, () -> store.grant(0, Lease.MAX_TTL_SECONDS + 1));
        assertEquals(Lease.MAX_TTL_SECONDS, store.grant(0, Lease.MAX_TTL_SECONDS).grantedTtlSeconds());
    }

    @Test
    void unknownLeaseIsNoErrorExceptWhereItIsUsed() {
        assertEquals(0, store.keepAlive(5));
        assertTrue(store.lease(5, true).isEmpty());
        refuses(Code.LEASE_NOT_FOUND, () -> store.revoke(5));
        refuses(Code.LEASE_NOT_FOUND, () -> put("a", "1", 5));
    }

    @Test
    void leaseTellsItsTimeAndItsKeys() {
        store.grant(77, 60);
        put("b", "1", 77);
        put("a", "1", 77);
        Lease lease = store.lease(77, true).orElseThrow();
        assertEquals(List.of(key("a"), key("b")), lease.keys());
        assertEquals(60, lease.grantedTtlSeconds());
        assertTrue(lease.ttlSeconds() >= 55 && lease.ttlSeconds() <= 60, "ttl " + lease.ttlSeconds());
        assertEquals(List.of(), store.lease(77, false).orElseThrow().keys());
        assertEquals(60, store.keepAlive(77));
    }

    @Test
    void revokeDeletesAllKeysInOneRevision() {
        store.grant(77, 60);
        put("a", "1", 77);
        put("b", "1", 77);
        put("c", "1"); // 4
        store.revoke(77);
        assertEquals(5, store.revision());
        assertEquals("c", keys(""));
        assertEquals(List.of(), store.leases());
        refuses(Code.LEASE_NOT_FOUND, () -> store.revoke(77));
    }

    @Test
    void revokeWithoutKeysMakesNoRevision() {
        store.grant(77, 60);
        store.revoke(77);
        assertEquals(1, store.revision());
    }

    @Test
    void puttingAgainMovesTheKeyToTheOtherLease() {
        store.grant(1, 60);
        store.grant(2, 60);
        put("a", "1", 1);
        put("b", "1", 1);
        put("a", "2", 2);
        put("b", "2");
        store.revoke(1);
        assertEquals("a b", keys(""));
        store.revoke(2);
        assertEquals("b", keys(""));
    }

    @Test
    void deletedKeyHangsOnNoLease() {
        store.grant(1, 60);
        put("a", "1", 1);
        delete("a");
        assertEquals(List.of(), store.lease(1, true).orElseThrow().keys());
    }

    @Test
    void leaseEndsWhenNobodyRenewsIt() {
        Lease lease = store.grant(0, 1);
        put("a", "1", lease.id());
        put("b", "1", lease.id());
        long before = store.revision();
        await().atMost(Duration.ofSeconds(10)).until(() -> get("a").isEmpty());
        assertTrue(get("b").isEmpty());
        assertEquals(before + 1, store.revision(), "one revision for all keys of the lease");
        assertEquals(0, store.keepAlive(lease.id()));
    }

    @Test
    void renewedLeaseStays() {
        Lease renewed = store.grant(0, 1);
        Lease other = store.grant(0, 1);
        put("renewed", "1", renewed.id());
        put("other", "1", other.id());
        // The other lease's end is the clock: by then the renewed one had outlived its own time.
        await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(50)).until(() -> {
            store.keepAlive(renewed.id());
            return get("other").isEmpty();
        });
        assertFalse(get("renewed").isEmpty());
    }

    @Test
    void ttlBelowTheMinimumIsRaised() {
        assertTrue(store.grant(0, 0).grantedTtlSeconds() >= 1);
    }

    @Test
    void leaseMayBeGrantedAndUsedManyTimes() {
        store.grant(9, 60);
        store.commit(Txn.of(Op.put(key("x"), key("1"), 9), Op.put(key("y"), key("1"), 9)));
        assertEquals(2, store.lease(9, true).orElseThrow().keys().size());
        store.revoke(9);
        store.grant(9, 60);
        assertEquals(List.of(), store.lease(9, true).orElseThrow().keys());
    }
}
