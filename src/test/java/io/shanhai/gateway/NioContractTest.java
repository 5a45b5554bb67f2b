package io.shanhai.gateway;

import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.nio.NioEngine;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.metrics.PrometheusMetrics;
import java.io.IOException;
import java.time.Duration;

/// The contract on the nio engine.
class NioContractTest extends GatewayContract {

    @Override
    TestGateway.Engine start(GatewaySettings settings, Chain chain, Balancer balancer, PrometheusMetrics metrics)
            throws IOException {
        NioEngine engine = new NioEngine(settings, chain, balancer, metrics);
        engine.start();
        return new TestGateway.Engine() {
            @Override
            public int port() {
                return engine.port();
            }

            @Override
            public boolean drain(Duration limit) {
                return engine.drain(limit);
            }

            @Override
            public void close() {
                engine.close();
            }
        };
    }
}
