"""How long from the start of the process until a stored route is answered, and what an idle appliance weighs."""

import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass

from . import appliance, machine, peers

IDLE_SECONDS = 5  # what start-up leaves behind on other threads is done by then
ENGINES = list(appliance.GATEWAY_PORTS)


@dataclass(frozen=True)
class Startup:
    """Medians over several starts, not pinned: a start may use the whole machine."""

    way: str
    first_answer_seconds: dict  # engine -> seconds
    idle_rss_mib: float


def measure(jar, backend, starts):
    """Starts the appliance by java -jar without any flag, and by bin/shanhai. Returns the figures and what is to be said."""
    ways = {"java -jar, no flags, no AOT cache": jar.by_java()}
    trouble = jar.make_aot_cache()
    if jar.has_script():
        ways["bin/shanhai" + ("" if trouble else ", AOT cache")] = jar.by_script()
    node_of = {way: jar.appliance(f"start-{number}", command)
               for number, (way, command) in enumerate(ways.items())}
    for node in node_of.values():
        with ExitStack() as running:
            child = node.start(owner(running))
            child.first_answers([node.admin("/readyz")])
            node.publish(backend)
    figures = {way: [] for way in ways}
    for _ in range(starts):  # the ways take turns, so that a noisy minute hits both
        for way, node in node_of.items():
            figures[way].append(one_start(node))
    return [median(way, samples) for way, samples in figures.items()], trouble


def one_start(node):
    with ExitStack() as running:
        child = node.start(owner(running))
        seconds = child.first_answers([node.gateway(engine, peers.PATH) for engine in ENGINES], peers.BODY)
        time.sleep(IDLE_SECONDS)
        return seconds, machine.rss_mib(child.pid)


def owner(stack):
    """A function that takes a closeable over into the stack and returns it."""
    def own(child):
        stack.callback(child.close)
        return child
    return own


def median(way, samples):
    by_engine = zip(*(seconds for seconds, _ in samples))
    return Startup(way, {engine: statistics.median(each) for engine, each in zip(ENGINES, by_engine)},
                   statistics.median(rss for _, rss in samples))
