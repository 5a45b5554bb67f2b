package io.shanhai.store.etcd;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// The members of an etcd cluster as gRPC wants to hear of them: one channel over all of them, names looked up anew
/// whenever connecting fails. gRPC itself has no target that lists several hosts.
final class Endpoints extends NameResolverProvider {

    private static final String SCHEME = "shanhai-etcd";
    private static final int PRIORITY = 5; // gRPC's own default

    /// What a channel is built for, once an instance of this class is registered.
    static String target(List<Endpoint> endpoints) {
        try {
            String path = "/" + String.join(",", endpoints.stream().map(Endpoint::url).toList());
            return new URI(SCHEME, "", path, null).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e); // parsed before
        }
    }

    @Override
    protected boolean isAvailable() {
        return true;
    }

    @Override
    protected int priority() {
        return PRIORITY;
    }

    @Override
    public String getDefaultScheme() {
        return SCHEME;
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
        return SCHEME.equals(target.getScheme())
                ? new Resolver(Endpoint.parse(List.of(target.getPath().substring(1).split(","))))
                : null;
    }

    private static final class Resolver extends NameResolver {

        private final List<Endpoint> endpoints;
        private final AtomicBoolean resolving = new AtomicBoolean();
        private volatile Listener2 listener;

        Resolver(List<Endpoint> endpoints) {
            this.endpoints = endpoints;
        }

        @Override
        public String getServiceAuthority() {
            return endpoints.getFirst().authority();
        }

        @Override
        public void start(Listener2 told) {
            listener = told;
            refresh();
        }

        @Override
        public void refresh() {
            if (resolving.compareAndSet(false, true)) { // a lookup may take long: not on gRPC's thread, never two of them
                Thread.ofVirtual().name("store-etcd-resolve").start(() -> {
                    try {
                        listener.onResult(resolve());
                    } finally {
                        resolving.set(false);
                    }
                });
            }
        }

        private ResolutionResult resolve() {
            List<EquivalentAddressGroup> groups = new ArrayList<>();
            String unknown = "";
            for (Endpoint endpoint : endpoints) {
                try {
                    List<SocketAddress> addresses = new ArrayList<>();
                    for (InetAddress address : InetAddress.getAllByName(endpoint.host())) {
                        addresses.add(new InetSocketAddress(address, endpoint.port()));
                    }
                    groups.add(new EquivalentAddressGroup(addresses, Attributes.newBuilder()
                            .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, endpoint.authority()).build()));
                } catch (UnknownHostException e) {
                    unknown = endpoint.host() + " has no address";
                }
            }
            StatusOr<List<EquivalentAddressGroup>> found = groups.isEmpty()
                    ? StatusOr.fromStatus(Status.UNAVAILABLE.withDescription(unknown))
                    : StatusOr.fromValue(groups);
            return ResolutionResult.newBuilder().setAddressesOrError(found).build();
        }

        @Override
        public void shutdown() {
            // a lookup that runs ends by itself, and nobody listens
        }
    }
}
