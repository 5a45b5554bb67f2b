"""Medians, ratios to nginx, Markdown."""

import statistics

from . import rounds

YARDSTICK = "nginx"
HEADINGS = ["server", "direct, CPU µs per request", "× nginx", "proxied, CPU µs per request", "× nginx",
            "direct, requests/s", "proxied, requests/s", "pipelined ×16, requests/s", "pipelined, CPU µs per request", "direct, p99 ms", "proxied, p99 ms", "RSS MiB",
            "first 200, ms"]


def render(servers, samples):
    """One row per server: the median over the rounds, the lowest and highest in parentheses where they differ."""
    lines = [row(HEADINGS), row(["---", *["---:"] * (len(HEADINGS) - 1)])]
    for server in servers:
        direct, proxied = of(samples, server, "direct"), of(samples, server, "proxied")
        pipelined = of(samples, server, "pipelined")
        lines.append(row([
            server.name,
            cost(direct), ratio(samples, direct), cost(proxied), ratio(samples, proxied),
            middle(direct, "per_second", "{:,.0f}"), middle(proxied, "per_second", "{:,.0f}"),
            middle(pipelined, "per_second", "{:,.0f}"), cost(pipelined),
            middle(direct, "p99_micros", "{:.2f}", 1000), middle(proxied, "p99_micros", "{:.2f}", 1000),
            middle(direct + proxied, "rss_mib", "{:.0f}"),
            "–" if server.first_answer_seconds is None else f"{server.first_answer_seconds * 1000:.0f}"]))
    return "\n".join(lines)


def row(cells):
    return "| " + " | ".join(cells) + " |"


def of(samples, server, way):
    return [sample for sample in samples if sample.server == server.name and sample.way == way]


def cost(samples):
    if not samples:
        return "–"
    values = [sample.cpu_micros for sample in samples]
    return f"{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def middle(samples, field, form, unit=1):
    if not samples:
        return "–"
    return form.format(statistics.median(getattr(sample, field) for sample in samples) / unit)


def ratio(samples, mine):
    """The median of the ratios within each round: what disturbs a round disturbs both sides of it."""
    yardstick = {(sample.way, sample.round): sample.cpu_micros for sample in samples if sample.server == YARDSTICK}
    ratios = [sample.cpu_micros / yardstick[sample.way, sample.round]
              for sample in mine if (sample.way, sample.round) in yardstick]
    return f"{statistics.median(ratios):.2f}" if ratios else "–"


def startups(figures):
    """A second, small table: how the appliance starts."""
    if not figures:
        return ""
    engines = list(figures[0].first_answer_seconds)
    lines = [row(["start", *(f"first 200, {engine}, ms" for engine in engines), "RSS idle MiB"]),
             row(["---", *["---:"] * (len(engines) + 1)])]
    for figure in figures:
        lines.append(row([figure.way, *(f"{figure.first_answer_seconds[engine] * 1000:.0f}" for engine in engines),
                          f"{figure.idle_rss_mib:.0f}"]))
    return "\n".join(lines)


def remarks(samples):
    """What a reader must know before believing the table."""
    noisy = sum(sample.foreign > rounds.NOISE_SHARE for sample in samples)
    counted = sorted({sample.server for sample in samples if sample.counted})
    said = []
    if noisy:
        said.append(f"{noisy} of {len(samples)} samples had more than {rounds.NOISE_SHARE:.0%} of the server's core "
                    "taken by other programs: not figures to quote")
    if counted:
        said.append(f"own request counts agreed with the load tool's in every sample of: {', '.join(counted)}")
    return said
