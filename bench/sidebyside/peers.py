"""The peers: nginx, haproxy, fasthttp and the bare epoll loop, from the distribution's packages and our sources."""

import os
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from . import BenchError, process

SOURCES = Path(__file__).parent.parent / "peers"
BODY = b'{"count":12847}'
PATH, PROXIED_PATH = "/api/v1/users", "/proxied"
# program -> Debian package; bench/install installs them all
PROGRAMS = {"nginx": "nginx", "haproxy": "haproxy", "go": "golang-go", "wrk": "wrk", "gcc": "gcc",
            "taskset": "util-linux", "setpriv": "util-linux"}
FASTHTTP_SOURCE = Path("/usr/share/gocode/src/github.com/valyala/fasthttp")
ADMIN_FOLDERS = os.pathsep + "/usr/sbin"  # where Debian keeps nginx and haproxy, off an ordinary user's PATH


@dataclass
class Server:
    """A running server under measurement."""

    name: str
    process: process.Process
    direct: str
    proxied: Optional[str]
    first_answer_seconds: Optional[float] = None
    # How many requests to this URL the server itself has counted; None where it keeps no such count.
    count: Optional[Callable[[str], int]] = None
    totals: Optional[Callable[[], dict]] = None  # all its counters, kept beside the samples
    needs_warmup: bool = False


def missing():
    """Debian packages that are not installed."""
    packages = {package for program, package in PROGRAMS.items() if not find(program)}
    if not FASTHTTP_SOURCE.is_dir():
        packages.add("golang-github-valyala-fasthttp-dev")
    return sorted(packages)


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "/usr/bin:/bin") + ADMIN_FOLDERS)


def build(folder):
    """Compiles our two sources; an unchanged one compiles again in well under a second."""
    compile_with(["gcc", "-O2", "-o", folder / "epoll", SOURCES / "epoll.c"])
    # Debian's Go libraries are plain source below /usr/share/gocode: the GOPATH of old, no module and no download.
    go = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOCACHE": str(folder / "go-cache")}
    compile_with(["go", "build", "-o", folder / "fasthttp", SOURCES / "fasthttp.go"], go)


def compile_with(command, env=None):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, **(env or {})})
    if done.returncode:
        raise BenchError(f"{command[0]} could not compile {command[-1]}:\n{done.stderr}")


def versions():
    """One line for the report."""
    def first(*command):
        done = subprocess.run([find(command[0]), *command[1:]], capture_output=True, text=True)
        return (done.stdout + done.stderr).splitlines()[0]
    package = subprocess.run(["dpkg-query", "-W", "-f=${Version}", "golang-github-valyala-fasthttp-dev"],
                             capture_output=True, text=True).stdout
    return ", ".join([first("nginx", "-v").rpartition(": ")[2], " ".join(first("haproxy", "-v").split()[:3]),
                      f"fasthttp {package} with {first('go', 'version').split()[2]}", first("wrk", "-v").split(" [")[0]])


class Peers:
    """Starts peers; every started process is handed to `own`, which ends it. Logs and settings go to `folder`."""

    def __init__(self, built, folder, ports, own):
        self._built = built
        self._folder = folder
        self._ports = ports
        self._own = own

    def backend(self):
        """The server behind all proxies, on the load core: its cost is nobody's. Returns its port."""
        port = self._ports.take()
        self._start("backend", [self._built / "epoll", port], [f"http://127.0.0.1:{port}/"], process.LOAD_CORE)
        return port

    def floor(self, _backend):
        port = self._ports.take()
        url = f"http://127.0.0.1:{port}{PATH}"
        child, seconds = self._start("epoll", [self._built / "epoll", port], [url])
        return Server("bare epoll loop in C", child, url, None, seconds)

    def nginx(self, backend):
        folder = self._folder / "nginx"
        folder.mkdir(exist_ok=True)
        server = self._configured("nginx", backend, "nginx.conf",
                                  lambda settings: ["-p", folder, "-c", settings, "-e", folder / "error.log"])
        server.count = nginx_count(server.direct)
        return server

    def haproxy(self, backend):
        return self._configured("haproxy", backend, "haproxy.cfg", lambda settings: ["-db", "-f", settings])

    def fasthttp(self, backend):
        direct, proxy = self._ports.take(), self._ports.take()
        command = [self._built / "fasthttp", direct, proxy, backend]
        return self._server("fasthttp", command, direct, proxy, env={"GOMAXPROCS": "1"})

    def _configured(self, name, backend, template, arguments):
        direct, proxy = self._ports.take(), self._ports.take()
        text = (SOURCES / template).read_text()
        for key, value in {"DIRECT": direct, "PROXY": proxy, "BACKEND": backend,
                           "FOLDER": self._folder / name}.items():
            text = text.replace(f"@{key}@", str(value))
        settings = self._folder / template
        settings.write_text(text)
        return self._server(name, [find(name), *arguments(settings)], direct, proxy)

    def _server(self, name, command, direct, proxy, env=None):
        urls = [f"http://127.0.0.1:{direct}{PATH}", f"http://127.0.0.1:{proxy}{PROXIED_PATH}"]
        child, seconds = self._start(name, command, urls, env=env)
        return Server(name, child, *urls, seconds)

    def _start(self, name, command, urls, core=process.SERVER_CORE, env=None):
        child = self._own(process.Process(name, command, self._folder / f"{name}.log", core, env))
        return child, child.first_answers(urls, BODY)[0]


def nginx_count(direct):
    """A count that asks nginx's stub_status page. It is one for the whole process, so the asking is taken off again."""
    page = f"{direct[:-len(PATH)]}/requests"
    asked = 0

    def count(_url):
        nonlocal asked
        asked += 1
        with urllib.request.urlopen(page, timeout=5) as response:
            _accepted, _handled, requests = response.read().split(b"\n")[2].split()
        return int(requests) - asked
    return count
