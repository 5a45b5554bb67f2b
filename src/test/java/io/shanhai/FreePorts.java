package io.shanhai;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Ports for processes that tests start: they must be told before they are bound.
public final class FreePorts {

    private static final int LOWEST_PORT = 20_000; // below the kernel's range for outgoing connections
    private static final int HIGHEST_PORT = 32_000;
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet(); // free until its process binds it

    private FreePorts() {}

    /// A port that is free now and given to nobody else of this JVM.
    public static int next() throws IOException {
        Random random = new Random();
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int port = random.nextInt(LOWEST_PORT, HIGHEST_PORT);
            if (GIVEN.add(port) && isFree(port)) {
                return port;
            }
        }
        throw new IOException("no free port between " + LOWEST_PORT + " and " + HIGHEST_PORT);
    }

    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
