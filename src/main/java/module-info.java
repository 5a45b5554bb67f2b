/// Shanhai: one process that is a team's microservice platform. This descriptor is checked at compile time; the
/// runnable jar is a class-path jar (its libraries are not all modules).
module io.shanhai {
    requires ch.qos.logback.classic;
    requires ch.qos.logback.core;
    requires com.fasterxml.jackson.databind;
    requires com.google.common;
    requires com.google.protobuf;
    requires re2j;
    requires com.h2database;
    requires info.picocli;
    requires io.grpc;
    requires io.grpc.netty;
    requires io.grpc.protobuf;
    requires io.grpc.stub;
    requires io.helidon.http.sse;
    requires io.helidon.webserver;
    requires io.helidon.webserver.http2;
    requires io.helidon.webserver.sse;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires io.prometheus.metrics.model;
    requires java.logging;
    requires java.management;
    requires java.net.http;
    requires jdk.httpserver;
    requires jetcd.common;
    requires jetcd.core;
    requires jetcd.grpc;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires org.jctools.core;
    requires org.slf4j;
    requires org.snakeyaml.engine;
}
