package io.shanhai.gateway.helidon;

import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.http1.HeadLimits;
import io.shanhai.gateway.http1.Malformed;

/// What all HTTP/1.1 connections of the engine share.
///
/// @param maxBodyBytes 0 is no limit
record Http1Service(Courier courier, Chain chain, HeadLimits limits, long maxBodyBytes, long idleNanos, long headNanos) {

    static Http1Service of(GatewaySettings settings, Courier courier, Chain chain) {
        return new Http1Service(courier, chain,
                new HeadLimits(settings.maxHeaderSize().toInt(), settings.maxUriSize().toInt()),
                settings.maxBodySize().bytes(), settings.idleTimeout().toNanos(), settings.headTimeout().toNanos());
    }

    /// Counts a refused message and builds its answer.
    Answer malformed(Malformed why) {
        return chain.malformed(Engine.HELIDON, why.status(), why.reason(), why.detail());
    }
}
