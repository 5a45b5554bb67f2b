package io.shanhai.gateway.helidon;

import io.helidon.common.socket.PeerInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// Who is at the other end of a connection.
///
/// @param address IP address in text, without zone
/// @param isLoopback true for this machine's loopback addresses
record Peer(String address, boolean isLoopback) {

    static Peer of(PeerInfo info) {
        if (!(info.address() instanceof InetSocketAddress socket) || socket.getAddress() == null) {
            return new Peer(info.host(), false);
        }
        InetAddress ip = socket.getAddress();
        String text = ip.getHostAddress();
        int zone = text.indexOf('%'); // fe80::1%eth0: the interface's name means nothing to anybody else
        return new Peer(zone < 0 ? text : text.substring(0, zone), ip.isLoopbackAddress());
    }
}
