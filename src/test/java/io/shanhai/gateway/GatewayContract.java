package io.shanhai.gateway;

import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.metrics.PrometheusMetrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/// What both engines promise, black box over real sockets. One subclass per engine; the parts are interfaces so that
/// each can be read by itself.
@Timeout(30)
abstract class GatewayContract
        implements
            RoutingContract,
            PathsContract,
            ForwardingContract,
            BodiesContract,
            FailuresContract,
            BalancingContract,
            RetriesContract,
            PlacesContract,
            MirrorContract,
            VerdictsContract,
            TracingContract,
            MalformedContract,
            GrammarContract,
            ConnectionsContract {

    private TestGateway gateway;

    abstract TestGateway.Engine start(GatewaySettings settings, Chain chain,
            Balancer balancer, PrometheusMetrics metrics) throws Exception;

    @BeforeEach
    void startGateway() throws Exception {
        gateway = gateway(GatewaySettings.forTests());
    }

    @AfterEach
    void closeGateway() throws Exception {
        gateway.close();
    }

    @Override
    public TestGateway gateway() {
        return gateway;
    }

    @Override
    public TestGateway gateway(GatewaySettings settings) throws Exception {
        return new TestGateway(settings, this::start);
    }
}
