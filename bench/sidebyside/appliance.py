"""Shanhai: started from target/shanhai.jar, given its routes through the admin API, its counters read back."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import BenchError, peers, process

# Every default port of the appliance; --offset moves them all.
DEFAULT_PORTS = [8080, 8081, 9080, 4317, 4318, 9411, 6831, 14268, 2379, 2380, 8848, 9848]
GATEWAY_PORTS = {"helidon": 8080, "nio": 8081}
ADMIN_PORT = 9080
FIRST_OFFSET, LAST_OFFSET = 12_000, 18_000  # 14268 + 18000 is still below 32768
OLDEST_JAVA = 25
# The collector is named and fixed. Pinned to one core the JVM would choose it silently; here it is said.
COLLECTOR = {"JDK_JAVA_OPTIONS": "-XX:+UseSerialGC"}
# Sampled at the appliance's own default, 10 %. The limit is far above any load: its cost is measured, not its refusals.
OBJECTS = {
    "limits/high": {"algorithm": "token-bucket", "rate": 10_000_000, "per": "1s"},
    "routes/users": {"match": {"exact": peers.PATH}, "limits": ["high"],
                     "respond": {"status": 200, "headers": {"content-type": "application/json"},
                                 "body": peers.BODY.decode()}},
    "routes/proxied": {"match": {"exact": peers.PROXIED_PATH}, "limits": ["high"],
                       "upstream": "http://127.0.0.1:@BACKEND@"},
}


class Jar:
    """The built appliance, and the two ways to start it."""

    def __init__(self, repository, folder, ports):
        self.path = repository / "target" / "shanhai.jar"
        self._script = repository / "bin" / "shanhai"
        self._folder = folder
        self._ports = ports

    def is_built(self):
        return self.path.is_file()

    def has_script(self):
        return os.access(self._script, os.X_OK)

    def by_script(self):
        """bin/shanhai where it exists: the flags a user gets."""
        return [self._script] if self.has_script() else self.by_java()

    def by_java(self):
        return [java(), "-jar", self.path]

    def make_aot_cache(self):
        """Has bin/shanhai write its AOT cache. Returns None, or one line that says why there is none."""
        if not self.has_script():
            return "bin/shanhai is not there"
        try:
            done = subprocess.run([self._script, "aot"], capture_output=True, text=True, timeout=180)
        except subprocess.TimeoutExpired:
            return "bin/shanhai aot did not end within 180 s"
        said = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        return None if done.returncode == 0 else f"bin/shanhai aot ended with {done.returncode}: {said[-1]}"

    def appliance(self, name, command):
        """An appliance with ports and a data folder of its own, not started yet."""
        offset = self._ports.take_shifted(DEFAULT_PORTS, FIRST_OFFSET, LAST_OFFSET)
        return Appliance(name, command, offset, self._folder / f"{name}-data", self._folder / f"{name}.log")


class Appliance:
    """One node on free ports."""

    def __init__(self, name, command, offset, data, log):
        self._name = name
        self._command = [*command, "serve", "--offset", offset, "--data", data]
        self._offset = offset
        self._log = log

    def start(self, own, core=None, env=None):
        return own(process.Process(self._name, self._command, self._log, core, env))

    def gateway(self, engine, path):
        return f"http://127.0.0.1:{GATEWAY_PORTS[engine] + self._offset}{path}"

    def admin(self, path):
        return f"http://127.0.0.1:{ADMIN_PORT + self._offset}{path}"

    def port(self, default):
        """Where a door of this node listens."""
        return default + self._offset

    def publish(self, backend):
        for name, spec in OBJECTS.items():
            text = json.dumps(spec).replace("@BACKEND@", str(backend))
            self._put(f"/v1/{name}", text.encode())

    def _put(self, path, body):
        request = urllib.request.Request(self.admin(path), body, {"content-type": "application/json"}, method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=10):
                pass
        except urllib.error.HTTPError as refusal:
            raise BenchError(f"PUT {path} was refused with {refusal.code}: {refusal.read().decode(errors='replace')}") from None

    def counters(self):
        """All the node's own counters: {(name, ((label, value), ..)): number}."""
        with urllib.request.urlopen(self.admin("/metrics"), timeout=10) as response:
            return parse_counters(response.read().decode())

    def count(self, engine, route):
        """Requests the gateway itself has counted on this engine and route, of any status."""
        wanted = {("engine", engine), ("route", route)}
        return int(sum(value for (name, labels), value in self.counters().items()
                       if name == "shanhai_gateway_requests_total" and wanted <= set(labels)))

    def totals(self):
        """Each counter over all its labels, to show beside the figures: sampled spans, limiter verdicts, drops."""
        sums = {}
        for (name, _), value in self.counters().items():
            sums[name] = sums.get(name, 0) + value
        return sums


def parse_counters(page):
    """The samples named shanhai_.._total of a page of Prometheus text."""
    found = {}
    for name, labels, value in re.findall(r"^(shanhai_\w+_total)(?:\{(.*)\})? (\S+)", page, re.MULTILINE):
        found[name, tuple(sorted(re.findall(r'(\w+)="([^"]*)"', labels)))] = float(value)
    return found


def server(jar, engine, backend, own):
    """An appliance under measurement, pinned like its peers, serving the bench's routes on one engine."""
    node = jar.appliance(f"shanhai-{engine}", jar.by_script())
    child = node.start(own, process.SERVER_CORE, COLLECTOR)
    child.first_answers([node.admin("/readyz")])
    node.publish(backend)
    direct, proxied = node.gateway(engine, peers.PATH), node.gateway(engine, peers.PROXIED_PATH)
    child.first_answers([direct, proxied], peers.BODY)
    routes = {direct: "users", proxied: "proxied"}
    return peers.Server(f"Shanhai, {engine} engine", child, direct, proxied, needs_warmup=True,
                        count=lambda url: node.count(engine, routes[url]), totals=node.totals)


def java():
    """A JDK that can run the appliance: JAVA_HOME first, then the folders where distributions install them."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    for home in homes:
        release = home / "release"
        version = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.is_file() else None
        if version and int(version[1]) >= OLDEST_JAVA and (home / "bin" / "java").exists():
            return home / "bin" / "java"
    raise BenchError(f"no JDK {OLDEST_JAVA} in JAVA_HOME or /usr/lib/jvm: install one, or set JAVA_HOME")
