package io.shanhai.gateway;

import java.net.InetSocketAddress;

/// Where a request can be sent: one instance as the Plan knows it. Compared by identity in hot paths.
///
/// @param address `host:port`, IPv6 as `[::1]:8080`: the instance's name everywhere
/// @param socketAddress resolved when the Plan was compiled; unresolved when the name had no address then
/// @param weight 0..10000; 0 gets no traffic
/// @param vitals how it is doing; shared with its successors in later Plans
public record Endpoint(String address, InetSocketAddress socketAddress, int weight, Vitals vitals) {

    public Endpoint(String address, InetSocketAddress socketAddress, int weight) {
        this(address, socketAddress, weight, new Vitals());
    }
}
