"""What the kernel knows: CPU time, memory, free ports. Reads /proc, changes nothing."""

import functools
import gzip
import os
import platform
import random
import socket
from pathlib import Path

from . import BenchError

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# The kernel hands out ports from 32768 on for outgoing connections: a server must not live there.
FIRST_PORT, LAST_PORT = 20_000, 32_767


def tree(pid):
    """The process and all its descendants that are alive, parents first."""
    pids = [pid]
    for parent in pids:  # grows while it is read
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                pids += [int(child) for child in children.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                pass  # a thread that has just ended has no children
    return pids


def cpu_micros(pid):
    """User and system time of the process tree since its start, in microseconds. One tick is 10 ms."""
    ticks = 0
    for each in tree(pid):
        # The second field is the program's name in parentheses, which may hold blanks and parentheses itself.
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # utime and stime, fields 14 and 15 of proc(5)
    return ticks * 1_000_000 // TICKS_PER_SECOND


def rss_mib(pid):
    """Resident memory of the process tree; pages shared between its processes count once for each."""
    kib = 0
    for each in tree(pid):
        for line in Path(f"/proc/{each}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                kib += int(line.split()[1])
    return kib / 1024


def core_busy_micros(core):
    """Time the core spent in programs, stolen time included, in microseconds."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, line.split()[1:9])
            interrupts = 0 if interrupts_are_apart() else irq + softirq
            return (user + nice + system + interrupts + steal) * 1_000_000 // TICKS_PER_SECOND
    raise BenchError(f"core {core} is not in /proc/stat: the bench needs two cores, 0 for the server and 1 for the load")


@functools.cache
def interrupts_are_apart():
    """True when the kernel books interrupt time on nobody, false when on the process that was interrupted.

    On loopback a third of a server's time is network interrupts, so the difference matters: process times can be
    subtracted from the core's only when both are booked alike. Where the kernel does not tell, true: other programs'
    share is then estimated too low rather than found where there is none.
    """
    try:
        with gzip.open("/proc/config.gz", "rt") as file:
            configuration = file.read()
    except OSError:
        try:
            configuration = Path(f"/boot/config-{platform.release()}").read_text()
        except OSError:
            return True
    return "\nCONFIG_IRQ_TIME_ACCOUNTING=y\n" in configuration


def is_free(port):
    with socket.socket() as probe:
        # As the servers do; without it, closed connections of an earlier run would hold the port for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
        return True


class Ports:
    """Hands out ports that are free now, each once."""

    def __init__(self):
        self._given = set()

    def take(self):
        return self.take_shifted([0], FIRST_PORT, LAST_PORT)

    def take_shifted(self, defaults, first, last):
        """A number n in first..last for which every default + n is free; those ports count as given."""
        candidates = list(range(first, last + 1))
        random.shuffle(candidates)  # two runs at once would otherwise race for the same ports
        for shift in candidates:
            wanted = {port + shift for port in defaults}
            if not wanted & self._given and all(map(is_free, wanted)):
                self._given |= wanted
                return shift
        raise BenchError(f"no free ports between {first + min(defaults)} and {last + max(defaults)}")


def description():
    """One line for the report: processor, cores, kernel, load at the start."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, load average at the start {load:.2f}"
