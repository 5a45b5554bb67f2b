"""One child process: pinned to a core, logged to a file, ended by its pid."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from . import BenchError, machine

SERVER_CORE, LOAD_CORE = 0, 1
START_SECONDS = 30  # a cold JVM on a loaded core needs a few
STOP_SECONDS = 25   # Shanhai lets requests in flight finish for 20 s


class Process:
    """Starts with the object, ends with close(). Should this program be killed, the kernel ends the child too."""

    def __init__(self, name, command, log, core=None, env=None):
        self.name = name
        self.log = log
        pin = [] if core is None else ["taskset", "-c", str(core)]
        # setpriv and taskset replace themselves by what they start: the pid is the server's own.
        whole = ["setpriv", "--pdeathsig", "TERM", "--", *pin, *map(str, command)]
        with open(log, "ab") as output:
            self.started = time.monotonic()
            self._child = subprocess.Popen(whole, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                           env={**os.environ, **(env or {})})
        self.pid = self._child.pid

    def first_answers(self, urls, expected=None):
        """Waits until every URL answers 200 and returns, in their order, the seconds each took from the start."""
        answered = {}
        while len(answered) < len(urls):
            if self._child.poll() is not None:
                raise BenchError(f"{self.name} ended with {self._child.returncode} before it answered; see {self.log}")
            if time.monotonic() - self.started > START_SECONDS:
                waiting = ", ".join(url for url in urls if url not in answered)
                raise BenchError(f"{self.name} did not answer 200 on {waiting} within {START_SECONDS} s; see {self.log}")
            for url in urls:
                if url not in answered and self._answers(url, expected):
                    answered[url] = time.monotonic() - self.started
            time.sleep(0.001)  # the resolution of the figure
        return [answered[url] for url in urls]

    def _answers(self, url, expected):
        if not is_listening(url):
            return False
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                body = response.read()
        except (OSError, urllib.error.URLError):
            return False  # not 200 yet
        if expected is not None and body != expected:
            raise BenchError(f"{self.name} answered {body[:80]!r} on {url}, expected {expected!r}")
        return True

    def close(self):
        """TERM first, KILL for what is left after STOP_SECONDS. Returns the exit code; calling it twice is fine."""
        if self._child.poll() is None:
            family = machine.tree(self.pid)
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                for pid in family:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                self._child.wait()
        return self._child.returncode


def is_listening(url):
    """A bare connect costs this program a few microseconds; a whole request would slow the start it is timing."""
    address = urllib.parse.urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) == 0
