"""The load tool: wrk with 64 kept connections from one thread on the load core, always bounded in time."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import BenchError, process

CONNECTIONS = 64
GRACE_SECONDS = 15  # wrk waits for late answers at its end, 2 s by default; more than this is a hang
PIPELINE_DEPTH = 16  # bench/peers/pipelined.lua
SCRIPTS = Path(__file__).parent.parent / "peers"


@dataclass(frozen=True)
class Report:
    """What wrk saw. Every request counted here was answered with a status below 400."""

    requests: int
    per_second: float
    p50_micros: int
    p99_micros: int


def run(url, seconds, pipelined=False):
    """Loads the URL for so many whole seconds. A failed or refused request spoils the figure: that is an error.

    Pipelined, each connection sends PIPELINE_DEPTH requests in one write and waits for their answers.
    """
    command = ["setpriv", "--pdeathsig", "TERM", "--", "taskset", "-c", str(process.LOAD_CORE),
               "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s",
               "-s", str(SCRIPTS / ("pipelined.lua" if pipelined else "report.lua")), url]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + GRACE_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        raise BenchError(f"wrk did not end {GRACE_SECONDS} s after its time on {url}") from None
    except subprocess.CalledProcessError as failure:
        raise BenchError(f"wrk failed on {url}: {failure.stderr or failure.stdout}") from None
    seen = json.loads(done.stdout.splitlines()[-1])
    if seen["failed"] or seen["not_2xx"] or not seen["requests"]:
        raise BenchError(f"not a clean load on {url}: {seen['requests']} answers, {seen['not_2xx']} of them refusals, "
                         f"{seen['failed']} broken or timed out")
    return Report(seen["requests"], seen["requests"] * 1e6 / seen["micros"], seen["p50_micros"], seen["p99_micros"])
