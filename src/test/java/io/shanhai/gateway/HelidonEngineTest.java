package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/// Starting the helidon engine.
class HelidonEngineTest {

    @Test
    void namesThePortItCannotHave() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            GatewaySettings usual = GatewaySettings.forTests();
            GatewaySettings settings = new GatewaySettings(usual.address(), port, 0, 2, usual.maxHeaderSize(),
                    usual.maxUriSize(), usual.maxBodySize(), usual.maxConnections(), usual.idleTimeout(), usual.headTimeout(),
                    usual.connectTimeout(), usual.upstreamIdleTimeout(), usual.upstreamIdleConnections(),
                    usual.drainTimeout(), usual.slowRequest(), usual.explainClients());
            UncheckedIOException e = assertThrows(UncheckedIOException.class,
                    () -> new TestGateway(settings, new HelidonContractTest()::start).close());
            assertTrue(e.getCause() instanceof BindException, e.toString());
            assertTrue(e.getMessage().contains("127.0.0.1:" + port), e.getMessage());
        }
    }
}
