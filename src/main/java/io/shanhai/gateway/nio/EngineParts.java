package io.shanhai.gateway.nio;

import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.http1.HeadLimits;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.metrics.Counter;

/// What all loops of one engine share.
///
/// @param connections counts clients over all loops
/// @param upstreams counts connections to instances over all loops
/// @param loopFailures exceptions that reached a loop's root: each is a defect of ours
record EngineParts(GatewaySettings settings, HeadLimits limits, Chain chain, Balancer balancer, ConnectionCount connections,
        Counter loopFailures, UpstreamMeters upstreams) {}
