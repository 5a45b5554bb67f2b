-- wrk's own closing report rounds (1.23M, 4.56ms); this one is exact, one line of JSON. Times are in microseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"micros":%d,"p50_micros":%d,"p99_micros":%d,"failed":%d,"not_2xx":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
