package io.shanhai.gateway;

import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.helidon.HelidonEngine;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.gateway.upstream.UpstreamClient;
import io.shanhai.metrics.PrometheusMetrics;
import java.time.Duration;

/// The contract on the helidon engine.
class HelidonContractTest extends GatewayContract {

    @Override
    TestGateway.Engine start(GatewaySettings settings, Chain chain, Balancer balancer, PrometheusMetrics metrics) {
        UpstreamClient upstream = new UpstreamClient(settings, metrics);
        HelidonEngine engine = new HelidonEngine(settings, chain, balancer, upstream, metrics);
        upstream.start();
        engine.start();
        return new TestGateway.Engine() {
            @Override
            public int port() {
                return engine.port();
            }

            @Override
            public boolean drain(Duration limit) throws InterruptedException {
                return engine.drain(limit);
            }

            @Override
            public void close() {
                engine.close();
                upstream.close();
            }
        };
    }
}
