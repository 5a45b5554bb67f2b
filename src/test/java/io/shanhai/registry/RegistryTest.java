package io.shanhai.registry;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.ControlPlane;
import io.shanhai.membership.Membership;
import io.shanhai.registry.Instance.Status;
import io.shanhai.registry.Registry.Registration;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
import io.shanhai.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryTest {

    @TempDir
    private Path folder;

    private ControlPlane plane;
    private EmbeddedStore store;
    private Membership membership;
    private Registry registry;

    @BeforeEach
    void start() {
        plane = new ControlPlane(folder);
        store = plane.store;
        membership = plane.membership;
        registry = plane.registry;
    }

    @AfterEach
    void stop() {
        plane.close();
    }

    private static InstanceSpec ttl(int seconds) {
        return new InstanceSpec(Optional.of(Duration.ofSeconds(seconds)), 100, "", Map.of(), Map.of());
    }

    private List<String> addresses(String service) {
        return registry.view(service).instances().stream().map(Instance::address).toList();
    }

    @Test
    void aRegistrationIsVisibleWhenItAnswers() {
        Registration done = registry.register("user-svc", "10.1.1.3:8080",
                new InstanceSpec(Optional.of(Duration.ofSeconds(10)), 50, "z1", Map.of("v", "2"), Map.of("owner", "me")));
        assertTrue(done.live());
        assertEquals(10, done.ttlSeconds());
        Instance instance = registry.view("user-svc").instances().getFirst();
        assertEquals("10.1.1.3:8080", instance.address());
        assertEquals(Status.UP, instance.status());
        assertEquals(50, instance.weight());
        assertEquals("z1", instance.zone());
        assertEquals(Map.of("v", "2"), instance.tags());
        assertEquals(Map.of("owner", "me"), instance.metadata());
        assertEquals(done.leaseId(), instance.leaseId());
        assertEquals(done.revision(), instance.modRevision());
        assertEquals(Map.of("user-svc", 1), registry.services());
    }

    @Test
    void anInstanceWithoutHeartbeatsLeavesWhenItsLeaseEnds() {
        registry.register("s", "a:1", ttl(1));
        registry.register("s", "b:1", ttl(600));
        await().atMost(Duration.ofSeconds(5)).until(() -> addresses("s").equals(List.of("b:1")));
        assertTrue(registry.view("s").departed().getFirst().why().contains("expired"), registry.view("s")::toString);
        assertFalse(registry.heartbeat("s", "a:1"));
    }

    @Test
    void heartbeatsKeepAnInstance() {
        registry.register("s", "a:1", ttl(1));
        registry.register("s", "canary:1", ttl(1));
        await().pollInterval(Duration.ofMillis(100)).atMost(Duration.ofSeconds(5)).until(() -> {
            assertTrue(registry.heartbeat("s", "a:1"));
            return addresses("s").equals(List.of("a:1"));
        });
    }

    @Test
    void registeringAgainKeepsTheLease() {
        Registration first = registry.register("s", "a:1", ttl(10));
        assertEquals(first.leaseId(), registry.register("s", "a:1", ttl(10)).leaseId());
        assertNotEquals(first.leaseId(), registry.register("s", "a:1", ttl(20)).leaseId());
        assertEquals(1, addresses("s").size());
    }

    @Test
    void deregisteringRemovesTheInstanceAndItsLease() {
        registry.register("s", "a:1", ttl(10));
        assertTrue(registry.deregister("s", "a:1").orElseThrow().live());
        assertEquals(List.of(), addresses("s"));
        assertEquals(List.of(), store.leases());
        assertEquals("deregistered", registry.view("s").departed().getFirst().why());
        assertTrue(registry.deregister("s", "a:1").isEmpty());
        assertEquals(Map.of(), registry.services());
    }

    @Test
    void withoutTtlAnInstanceStaysUntilItIsDeregistered() {
        Registration done = registry.register("s", "a:1", new InstanceSpec(Optional.empty(), 100, "", Map.of(), Map.of()));
        assertEquals(0, done.leaseId());
        assertEquals(List.of(), store.leases());
        assertTrue(registry.heartbeat("s", "a:1"));
    }

    @Test
    void aKeyWrittenByAnyClientIsAnInstance() {
        long lease = store.grant(77, 10).id();
        long revision = store
                .commit(Txn.of(Txn.Op.put(Bytes.utf8("/services/user-svc/10.1.1.3:8080"), Bytes.utf8("alive"), lease)))
                .revision();
        assertTrue(membership.awaitServed(revision));
        Instance instance = registry.view("user-svc").instances().getFirst();
        assertEquals(Status.UP, instance.status());
        assertEquals(100, instance.weight());
        assertEquals(77, instance.leaseId());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"x:1|{\"weight\":\"heavy\"}|UP|weight \"heavy\"", "x:1|{oops|UP|not valid JSON",
            "no-port|alive|DOWN|expected: host:port", "x:99999|alive|DOWN|65535"})
    void whatIsWrongWithAForeignKeyIsSaid(String address, String value, Status status, String why) {
        long revision = store.commit(Txn.of(Txn.Op.put(Bytes.utf8("/services/s/" + address), Bytes.utf8(value)))).revision();
        assertTrue(membership.awaitServed(revision));
        Instance instance = registry.view("s").instances().getFirst();
        assertEquals(status, instance.status());
        assertTrue(instance.why().contains(why), instance::why);
    }

    @ParameterizedTest
    @CsvSource({"s,host", "s,host:0", "s,host:65536", "s,::1:80", "s,a b:80", "'',a:1", "a/b,a:1"})
    void refusesMalformedNames(String service, String address) {
        assertThrows(IllegalArgumentException.class, () -> registry.register(service, address, InstanceSpec.DEFAULT));
        assertEquals(1, store.revision(), "nothing was stored");
    }

    @Test
    void instancesAreListedByAddressAndIpv6IsBracketed() {
        registry.register("s", "b:1", InstanceSpec.DEFAULT);
        registry.register("s", "[::1]:8080", InstanceSpec.DEFAULT);
        registry.register("s", "a:2", InstanceSpec.DEFAULT);
        assertEquals(List.of("[::1]:8080", "a:2", "b:1"), addresses("s"));
    }

    @Test
    void listenersSeeEveryChangeInOrder() throws Exception {
        List<Long> revisions = new CopyOnWriteArrayList<>();
        try (AutoCloseable _ = registry.watch(view -> revisions.add(view.revision()))) {
            long first = registry.register("s", "a:1", InstanceSpec.DEFAULT).revision();
            long second = registry.register("t", "a:1", InstanceSpec.DEFAULT).revision();
            long third = registry.deregister("s", "a:1").orElseThrow().revision();
            assertEquals(List.of(first, second, third), revisions);
        }
    }

    @Test
    void whatWasRegisteredIsThereAfterARestart() {
        registry.register("s", "a:1", ttl(600));
        stop();
        start();
        assertEquals(List.of("a:1"), addresses("s"));
        assertTrue(registry.heartbeat("s", "a:1"));
    }
}
