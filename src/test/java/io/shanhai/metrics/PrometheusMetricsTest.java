package io.shanhai.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrometheusMetricsTest {

    private static final String PROMETHEUS_ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.5,"
            + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

    private final PrometheusMetrics metrics = new PrometheusMetrics();

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void countersOfOneFamilyAreSeparateSeries() {
        metrics.counter("shanhai_gateway_requests_total", "Requests.", "route", "users", "status", "200").add(3);
        metrics.counter("shanhai_gateway_requests_total", "Requests.", "route", "users", "status", "404").increment();
        Map<String, Double> page = parse(text());
        assertEquals(3, page.get("shanhai_gateway_requests_total{route=\"users\",status=\"200\"}"));
        assertEquals(1, page.get("shanhai_gateway_requests_total{route=\"users\",status=\"404\"}"));
    }

    @Test
    void sameNameAndLabelsGiveTheSameObject() {
        assertSame(metrics.counter("shanhai_a_total", "A.", "x", "1"), metrics.counter("shanhai_a_total", "A.", "x", "1"));
        assertSame(metrics.histogram("shanhai_b_seconds", "B."), metrics.histogram("shanhai_b_seconds", "B."));
    }

    @Test
    void histogramBucketsAreCumulativeAndLabelled() {
        Histogram histogram = metrics.histogram("shanhai_gateway_request_seconds", "Time.", "engine", "nio");
        histogram.record(10_000_000); // exactly 10 ms: the bound is inclusive
        histogram.record(10_000_001);
        histogram.record(1_280_000_000);
        histogram.record(5_000_000_000L);
        for (String page : new String[]{text(), openMetrics()}) {
            Map<String, Double> samples = parse(page);
            String[] bounds = {"0.01", "0.02", "0.04", "0.08", "0.16", "0.32", "0.64", "1.28", "+Inf"};
            double[] counts = {1, 2, 2, 2, 2, 2, 2, 3, 4};
            for (int i = 0; i < bounds.length; i++) {
                assertEquals(counts[i],
                        samples.get("shanhai_gateway_request_seconds_bucket{engine=\"nio\",le=\"" + bounds[i] + "\"}"),
                        "le " + bounds[i]);
            }
            assertEquals(4, samples.get("shanhai_gateway_request_seconds_count{engine=\"nio\"}"));
            assertEquals(6.300000001, samples.get("shanhai_gateway_request_seconds_sum{engine=\"nio\"}"), 1e-9);
        }
    }

    @Test
    void gaugesAndForeignCountersAreReadAtEachScrape() {
        double[] value = {1};
        metrics.gauge("shanhai_ring_spans", "Waiting.", () -> value[0]);
        metrics.counterFrom("shanhai_ring_dropped_total", "Dropped.", () -> value[0] * 10, "ring", "span");
        assertEquals(1, parse(text()).get("shanhai_ring_spans"));
        value[0] = 7;
        assertEquals(7, parse(text()).get("shanhai_ring_spans"));
        assertEquals(70, parse(text()).get("shanhai_ring_dropped_total{ring=\"span\"}"));
        metrics.gauge("shanhai_ring_spans", "Waiting.", () -> -1);
        assertEquals(-1, parse(text()).get("shanhai_ring_spans"));
    }

    @Test
    void plainTextNamesCountersWithTotalAndHasNoEof() {
        metrics.counter("shanhai_a_total", "A.").increment();
        String page = text();
        assertTrue(page.contains("# TYPE shanhai_a_total counter\n"), page);
        assertFalse(page.contains("# EOF"));
        assertEquals("text/plain; version=0.0.4; charset=utf-8", metrics.scrape(null).contentType());
    }

    @Test
    void openMetricsNamesFamiliesWithoutTotalAndEndsWithEof() {
        metrics.counter("shanhai_a_total", "A \"quoted\"\nhelp.").increment();
        String page = openMetrics();
        assertTrue(page.contains("# TYPE shanhai_a counter\n"), page);
        assertTrue(page.contains("\nshanhai_a_total 1.0\n"), page);
        assertTrue(page.contains("# HELP shanhai_a A \\\"quoted\\\"\\nhelp.\n"), page);
        assertTrue(page.endsWith("\n# EOF\n"));
        assertFalse(page.contains("\n\n"));
        assertEquals("application/openmetrics-text; version=1.0.0; charset=utf-8",
                metrics.scrape(PROMETHEUS_ACCEPT).contentType());
    }

    @Test
    void labelValuesAreEscaped() {
        metrics.counter("shanhai_a_total", "A.", "route", "a\"b\\c\nd").increment();
        assertTrue(text().contains("shanhai_a_total{route=\"a\\\"b\\\\c\\nd\"} 1.0\n"), text());
    }

    @Test
    void jvmIsOnThePage() {
        String page = text();
        for (String name : new String[]{"jvm_memory_used_bytes", "jvm_gc_memory_allocated_bytes_total",
                "jvm_threads_live_threads",
                "system_cpu_count", "process_cpu_usage", "process_uptime_seconds"}) {
            assertTrue(page.contains("\n" + name + "{") || page.contains("\n" + name + " "),
                    name + " is not on the page:\n" + page);
        }
    }

    @ParameterizedTest
    @CsvSource(value = {
            "application/openmetrics-text|true",
            "application/openmetrics-text; version=1.0.0; charset=utf-8|true",
            "APPLICATION/OpenMetrics-Text;q=0.9,text/plain;q=0.1|true",
            "text/plain;q=0.9,application/openmetrics-text;q=0.5|false",
            "application/openmetrics-text;q=0|false",
            "application/openmetrics-text;q=nonsense|false",
            "text/plain|false",
            "*/*|false",
            "text/html,application/xhtml+xml,*/*;q=0.8|false",
            "''|false"}, delimiter = '|')
    void choosesTheFormatByAccept(String accept, boolean openMetrics) {
        assertEquals(openMetrics, Accept.wantsOpenMetrics(accept));
        assertEquals(openMetrics, new String(metrics.scrape(accept).body(), StandardCharsets.UTF_8).endsWith("# EOF\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"requests_total", "shanhai_requests", "shanhai_Requests_total", "shanhai_a-b_total", ""})
    void rejectsNamesThatAreNotOurs(String name) {
        assertThrows(IllegalArgumentException.class, () -> metrics.counter(name, "Help."));
    }

    @Test
    void labelNamesAreValidDifferentAndNotThoseOfHistograms() {
        assertThrows(IllegalArgumentException.class, () -> metrics.counter("shanhai_a_total", "A.", "x-y", "1"));
        assertThrows(IllegalArgumentException.class, () -> metrics.counter("shanhai_a_total", "A.", "x", "1", "x", "2"));
        assertThrows(IllegalArgumentException.class, () -> metrics.histogram("shanhai_a_seconds", "A.", "le", "1"));
        assertFalse(text().contains("shanhai_a"), "nothing of it is on the page");
    }

    @Test
    void closedMetricsStillCountButShowNothing() {
        metrics.start();
        metrics.start();
        metrics.close();
        metrics.close();
        metrics.counter("shanhai_a_total", "A.").increment();
        assertThrows(IllegalStateException.class, () -> metrics.scrape(null));
    }

    @Test
    void oneNameIsOneKindWithOneSetOfLabelNames() {
        metrics.counter("shanhai_a_total", "A.", "x", "1");
        assertThrows(IllegalArgumentException.class, () -> metrics.counterFrom("shanhai_a_total", "A.", () -> 1, "x", "1"));
        assertThrows(IllegalArgumentException.class, () -> metrics.counter("shanhai_a_total", "A.", "y", "1"));
        assertThrows(IllegalArgumentException.class, () -> metrics.counter("shanhai_a_total", "A.", "x"));
        assertNotNull(parse(text()).get("shanhai_a_total{x=\"1\"}"), "the page still works");
    }

    @Test
    void aFullFamilyCountsTheRestTogether() {
        for (int i = 0; i < PrometheusMetrics.MAX_SERIES; i++) {
            metrics.counter("shanhai_many_total", "Many.", "id", "n" + i);
        }
        metrics.counter("shanhai_many_total", "Many.", "id", "late").add(2);
        metrics.counter("shanhai_many_total", "Many.", "id", "later").add(3);
        metrics.counter("shanhai_many_total", "Many.", "id", "n5").add(7);
        Map<String, Double> page = parse(text());
        assertEquals(5, page.get("shanhai_many_total{id=\"__overflow__\"}"));
        assertEquals(7, page.get("shanhai_many_total{id=\"n5\"}"));
        assertNull(page.get("shanhai_many_total{id=\"late\"}"));
        assertEquals(2, page.get("shanhai_metrics_overflow_total"));
    }

    private String text() {
        return new String(metrics.scrape(null).body(), StandardCharsets.UTF_8);
    }

    private String openMetrics() {
        return new String(metrics.scrape(PROMETHEUS_ACCEPT).body(), StandardCharsets.UTF_8);
    }

    private static final Pattern SAMPLE = Pattern.compile("([a-z_:][a-zA-Z0-9_:]*(?:\\{.*})?) (\\S+)");

    /// Series to value. Every line that is no comment has to be a sample, and no series may come twice.
    private static Map<String, Double> parse(String page) {
        Map<String, Double> samples = new LinkedHashMap<>();
        for (String line : page.split("\n")) {
            if (line.startsWith("#")) {
                continue;
            }
            Matcher sample = SAMPLE.matcher(line);
            assertTrue(sample.matches(), "no sample: " + line);
            assertNull(samples.put(sample.group(1), Double.valueOf(sample.group(2).replace("+Inf", "Infinity"))),
                    "twice: " + line);
        }
        return samples;
    }
}
