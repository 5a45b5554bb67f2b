"""The measurement: rounds in which every server has its turn, and the count of requests proven from both ends."""

import time
from dataclasses import dataclass

from . import BenchError, load, machine, process

# A server's own count may differ from the load tool's by this share; above it, something was not measured as it seemed.
COUNT_TOLERANCE = 0.001
COUNTERS_SETTLE_SECONDS = 3
# Above this share of the server's core spent in other programs, a sample says more about them.
NOISE_SHARE = 0.05


@dataclass(frozen=True)
class Sample:
    """One server, one way, one round."""

    server: str
    way: str           # direct, proxied or pipelined (direct, 16 requests a write)
    round: int
    cpu_micros: float  # of the server's process tree, per request
    per_second: float
    p99_micros: int
    rss_mib: float
    busy: float        # share of its core the server used; well below 1 means the load was not enough to fill it
    foreign: float     # share of that core spent in other programs
    counted: bool      # the server's own count of requests was compared with the load tool's


def ways(server):
    return [(way, url) for way, url in (("direct", server.direct), ("proxied", server.proxied), ("pipelined", server.direct))
            if url]


def warm_up(servers, seconds, say):
    """A JIT compiler needs load to do its work; without this its first round measures the compiler."""
    for server in servers:
        for way, url in ways(server) if server.needs_warmup else []:
            say(f"warm-up {server.name} {way}, {seconds} s")
            load.run(url, seconds, way == "pipelined")


def measure(servers, rounds, seconds, say):
    """All samples. Who begins changes with each round: nobody is always the one after the noisiest."""
    samples = []
    for number in range(rounds):
        first = number % len(servers)
        for server in servers[first:] + servers[:first]:
            for way, url in ways(server):
                sample = one(server, way, url, number, seconds)
                samples.append(sample)
                noise = f", {sample.foreign:.0%} of the core went elsewhere" if sample.foreign > NOISE_SHARE else ""
                say(f"round {number + 1}/{rounds} {server.name} {way}: "
                    f"{sample.cpu_micros:.2f} µs, {sample.per_second:,.0f}/s{noise}")
    return samples


def one(server, way, url, number, seconds):
    pid = server.process.pid
    counted_before = server.count(url) if server.count else 0
    core_before, cpu_before, clock = machine.core_busy_micros(process.SERVER_CORE), machine.cpu_micros(pid), time.monotonic()
    report = load.run(url, seconds, way == "pipelined")
    elapsed = (time.monotonic() - clock) * 1e6
    cpu = machine.cpu_micros(pid) - cpu_before
    core = machine.core_busy_micros(process.SERVER_CORE) - core_before
    if server.count:
        compare_counts(server, url, counted_before, report.requests, load.PIPELINE_DEPTH if way == "pipelined" else 1)
    return Sample(server.name, way, number, cpu / report.requests, report.per_second, report.p99_micros,
                  machine.rss_mib(pid), cpu / elapsed, max(0.0, core - cpu) / elapsed, server.count is not None)


def compare_counts(server, url, before, loaded, depth):
    """The server's own count must have grown by what the load tool saw answered; else the chain was not on.

    When the load ends up to `depth` requests per connection are on their way: served and counted, but not seen by the tool.
    """
    least = loaded * (1 - COUNT_TOLERANCE)
    most = loaded + max(loaded * COUNT_TOLERANCE, load.CONNECTIONS * depth)
    until = time.monotonic() + COUNTERS_SETTLE_SECONDS
    while True:
        grown = server.count(url) - before
        if least <= grown <= most:
            return
        if time.monotonic() > until:
            raise BenchError(f"{server.name} counted {grown} requests on {url}, the load tool {loaded} "
                             f"(expected: {least:.0f}..{most:.0f})")
        time.sleep(0.1)
