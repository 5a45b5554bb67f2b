package io.shanhai.gateway.filter;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.HeadersOf;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.trace.W3cTracer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FailureLogTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(FailureLog.class);
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing();
            events.add(event);
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        logger.addAppender(appender);
        logger.setAdditive(false);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(appender);
        logger.setAdditive(true);
    }

    private static Exchange ended(int status, String reason) {
        Exchange x = new Exchange(Exchange.Engine.NIO, "GET", "/users", "secret=1", "", "", HeadersOf.none(), "127.0.0.1", true,
                "http", System.nanoTime());
        x.trace = new W3cTracer(1.0).join(null, 0, null);
        x.status = status;
        x.reason = reason;
        x.endNanos = System.nanoTime();
        return x;
    }

    @Test
    void aFailedRequestIsOneLineWithItsTraceId() {
        Exchange failed = ended(503, "upstream:no-instance");
        FailureLog log = new FailureLog(new PrometheusMetrics());
        log.tell(ended(200, null));
        log.tell(ended(429, "limit:x"));
        log.tell(ended(500, null)); // the service's own answer
        log.tell(failed);
        await().until(() -> !events.isEmpty());
        assertEquals(1, events.size());
        ILoggingEvent event = events.getFirst();
        assertEquals("GET /users answered 503: upstream:no-instance (route none, instance none, attempts 0, engine nio)",
                event.getFormattedMessage());
        assertEquals(failed.trace.traceId(), event.getMDCPropertyMap().get("trace_id"));
        assertEquals(16, event.getMDCPropertyMap().get("span_id").length());
    }

    @Test
    void aFloodIsCutAndCounted() {
        PrometheusMetrics metrics = new PrometheusMetrics();
        FailureLog log = new FailureLog(metrics);
        Exchange failed = ended(503, "upstream:no-instance");
        for (int i = 0; i < 100; i++) {
            log.tell(failed);
        }
        await().until(() -> events.size() >= FailureLog.MAX_PER_SECOND);
        assertEquals(FailureLog.MAX_PER_SECOND, events.size());
        String page = new String(metrics.scrape(null).body(), StandardCharsets.UTF_8);
        assertTrue(page.contains("shanhai_gateway_failures_unlogged_total 80"), page);
    }
}
