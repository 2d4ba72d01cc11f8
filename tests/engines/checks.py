"""What is tried of usher on one container engine, through its client, from images of two static binaries.

    checks.py CLIENT USHER BUSYBOX

CLIENT is docker, or podman, which understands the same commands. Prints a line of JSON for each check: its name, whether it held,
and what was seen. No check needs a registry or a network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LIMIT_S = 120
LABEL = "usher.engines"
BUSYBOX = "/busybox"
SERVICE = """
[service]
name = "web"
command = ["/busybox", "sh", "-c", "/busybox sleep 1; echo ready; exec /busybox sleep 1000"]
[readiness]
probe = { type = "stdout", pattern = "^ready" }
"""
# The line of the README.
HEALTHCHECK = "--interval=100ms --timeout=60s"
QUESTION = '["/usher", "health", "--wait=50s", "--hold=50s"]'
# More memory than a container of 48 MiB has, all of it written to.
HUNGRY = "/busybox dd if=/dev/zero of=/dev/null bs=200M count=1"


# Limits that a nested engine may set, too; neither systemd nor a journal is needed.
PODMAN = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


class Refused(Exception):
    """What the client said."""


class Absent(Exception):
    """This engine does not have it, or not on this machine; the text says which."""


CHECKS: list[tuple[str, Callable[[Engine], str]]] = []


def check(title: str) -> Callable[[Callable[[Engine], str]], Callable[[Engine], str]]:
    """Puts a function into the list; it returns what was seen, and fails by an assertion."""
    def add(function: Callable[[Engine], str]) -> Callable[[Engine], str]:
        CHECKS.append((title, function))
        return function
    return add


class Engine:
    """A client and the two images."""

    def __init__(self, client: str, usher: Path, busybox: Path) -> None:
        self.client = client
        self.folder = Path(tempfile.mkdtemp(prefix="usher-engines.", dir="/run"))
        self.command = [client]
        if self.is_podman:  # with a storage of its own, which goes with the folder
            (self.folder / "containers.conf").write_text(PODMAN)
            os.environ["PODMAN_IGNORE_CGROUPSV1_WARNING"] = "1"
            os.environ["CONTAINERS_CONF"] = str(self.folder / "containers.conf")
            self.command += ["--root", str(self.folder / "root"), "--runroot", str(self.folder / "state"),
                             "--storage-driver", "vfs"]
        shutil.copy(usher, self.folder / "usher")
        shutil.copy(busybox, self.folder / "busybox")
        (self.folder / "service.toml").write_text(SERVICE)
        self.build("usher-plain", "FROM scratch\nCOPY usher busybox /\nENTRYPOINT [\"/usher\", \"--\"]\n")
        self.build("usher-web", "FROM usher-plain\nCOPY service.toml /etc/usher/service.toml\n"
                   f"HEALTHCHECK {HEALTHCHECK} CMD {QUESTION}\nENTRYPOINT [\"/usher\"]\nCMD [\"run\"]\n")

    @property
    def is_podman(self) -> bool:
        return self.client == "podman"

    def build(self, tag: str, dockerfile: str) -> None:
        (self.folder / "Dockerfile").write_text(dockerfile)
        with_health = ["--format", "docker"] if self.is_podman else []
        self("build", *with_health, "-t", tag, str(self.folder), limit=300)

    def __call__(self, *argv: str, limit: float = LIMIT_S) -> str:
        done = self.ask(*argv, limit=limit)
        if done.returncode != 0:
            raise Refused(f"{self.client} {argv[0]}: {done.stderr.strip()[-400:]}")
        return done.stdout.strip()

    def ask(self, *argv: str, limit: float = LIMIT_S) -> subprocess.CompletedProcess[str]:
        # In a folder of ours: Podman's monitor leaves a file where it was started.
        return subprocess.run([*self.command, *argv], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=limit, check=False)

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """In the foreground: the code and both outputs."""
        return self.ask("run", "--rm", "--label", LABEL, "--network", "none", *argv)

    def start(self, *argv: str) -> str:
        return self("run", "-d", "--label", LABEL, "--network", "none", *argv)

    def state(self, ident: str) -> dict[str, object]:
        return json.loads(self("inspect", ident))[0]["State"]

    def code(self, ident: str) -> int:
        """Waits for its end."""
        return int(self("wait", ident))

    def events(self, ident: str) -> list[dict[str, object]]:
        done = self.ask("logs", ident)
        return events_of(done.stdout + "\n" + done.stderr)

    def wait_event(self, ident: str, name: str) -> dict[str, object]:
        def found() -> dict[str, object] | None:
            return next((event for event in self.events(ident) if event["event"] == name), None)
        return until(found, f"event {name}")

    def report(self, ident: str) -> dict[str, object]:
        last = self.events(ident)[-1]
        assert last["event"] == "report", f"the last line is {last['event']}"
        return last

    def remove_all(self) -> None:
        if left := self("ps", "-aq", "--filter", f"label={LABEL}").split():
            self.ask("rm", "-f", *left)


def events_of(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"ts":') and line.endswith("}")]


def until(found: Callable[[], object], what: str, limit: float = LIMIT_S):
    """Asks again and again: an engine has no event for everything."""
    deadline = time.monotonic() + limit
    while not (result := found()):
        assert time.monotonic() < deadline, f"no {what} within {limit:.0f} s"
        time.sleep(0.02)
    return result


# The five minutes of the README.


@check("runs a command, passes its output and its code on")
def passes_on(engine: Engine) -> str:
    done = engine.run("usher-plain", BUSYBOX, "sh", "-c", "echo out; exit 7")
    assert (done.returncode, done.stdout.strip()) == (7, "out"), (done.returncode, done.stdout)
    missing = engine.run("usher-plain", "/nothing")
    assert missing.returncode == 127, missing.returncode
    return "7, 127"


@check("a deaf service is killed by usher, before the engine's own limit")
def deaf(engine: Engine) -> str:
    ident = engine.start("usher-plain", BUSYBOX, "sh", "-c", "trap '' TERM; while :; do /busybox sleep 1; done")
    engine.wait_event(ident, "spawned")
    began = time.monotonic()
    engine("stop", ident)
    took = time.monotonic() - began
    report = engine.report(ident)
    assert report["reason"] == "killed", report["reason"]
    return f"reason killed, after {took:.1f} s"


@check("healthy as soon as it is ready")
def healthy(engine: Engine) -> str:
    ident = engine.start("usher-web")
    ready = engine.wait_event(ident, "ready")
    if engine.is_podman:  # which asks by timers of systemd's, where that runs
        assert engine.ask("healthcheck", "run", ident).returncode == 0
        return "asked by hand: healthy"
    until(lambda: engine.state(ident)["Health"]["Status"] == "healthy", "healthy")
    answered = engine.state(ident)["Health"]["Log"][0]["End"]
    late = seconds_of(answered) - seconds_of(str(ready["ts"]))
    assert late < 2, f"{late:.2f} s after ready"
    return f"{late:.2f} s after ready"


def seconds_of(stamp: str) -> float:
    """Within a day, whatever the zone: a difference of more than half an hour is one of zones."""
    hours, minutes, seconds = re.search(r"T(\d\d):(\d\d):(\d\d(?:\.\d+)?)", stamp).groups()
    return int(minutes) * 60 + float(seconds)


@check("a user, no capabilities, a read-only root, no new privileges")
def with_less(engine: Engine) -> str:
    done = engine.run("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--user=1000:1000",
                      "usher-plain", BUSYBOX, "sh", "-c", "/busybox id -u; /usher health")
    assert done.returncode == 0 and done.stdout.startswith("1000\n"), (done.returncode, done.stdout, done.stderr)
    return "the service runs, and usher answers"


@check("beside the engine's own init")
def under_init(engine: Engine) -> str:
    done = engine.run("--init", "usher-plain", BUSYBOX, "sh", "-c", "(/busybox sleep 0 &); exit 3")
    if "init" in done.stderr and done.returncode in (125, 127):
        raise Absent("the engine finds no init of its own")
    assert done.returncode == 3, (done.returncode, done.stderr)
    return "3"


@check("restart policies read the code")
def restarts(engine: Engine) -> str:
    failing = engine.start("--restart=on-failure:2", "usher-plain", BUSYBOX, "sh", "-c", "exit 5")
    until(lambda: sum(event["event"] == "report" for event in engine.events(failing)) == 3, "third report")
    until(lambda: engine.state(failing)["Status"] == "exited", "end")
    done = engine.start("--restart=on-failure:2", "usher-plain", BUSYBOX, "true")
    assert engine.code(done) == 0
    assert sum(event["event"] == "report" for event in engine.events(done)) == 1
    return "5: three times; 0: once"


# Memory.


@check("out of memory: the report says so")
def service_out_of_memory(engine: Engine) -> str:
    ident = engine.start("--memory=48m", "--memory-swap=48m", "usher-plain", BUSYBOX, "sh", "-c", f"exec {HUNGRY}")
    code = engine.code(ident)
    report = engine.report(ident)
    assert code == 137 and report.get("oom_killed") is True, (code, report)
    return "137, oom_killed"


@check("out of memory: a worker's end is an event")
def worker_out_of_memory(engine: Engine) -> str:
    # Without a notification, as with a read-only cgroup v1, it is seen when usher looks.
    ident = engine.start("--memory=48m", "--memory-swap=48m", "-e", "USHER_RESOURCES_INTERVAL=1s", "usher-plain",
                         BUSYBOX, "sh", "-c", f"{HUNGRY} & wait; exec /busybox sleep 1000")
    engine.wait_event(ident, "oom_kill")
    assert engine.state(ident)["Running"], "it has ended"
    return "said while the service went on, with resources.interval"


# What engines do to a container.


@check("pause and unpause")
def paused(engine: Engine) -> str:
    ident = engine.start("usher-web")
    engine.wait_event(ident, "ready")
    engine("pause", ident)
    time.sleep(1)  # what a pause is
    engine("unpause", ident)
    assert engine.ask("exec", ident, "/usher", "health").returncode == 0
    engine("stop", ident)
    assert engine.report(ident)["reason"] in ("stopped", "signaled"), engine.report(ident)
    return "healthy afterwards"


@check("the client goes: a server on stdin stops")
def client_goes(engine: Engine) -> str:
    seen = []
    for how in ("closes stdin", "SIGTERM", "SIGKILL"):
        name = f"usher-stdin-{how.replace(' ', '-')}"
        client = subprocess.Popen(
            [*engine.command, "run", "-i", "--name", name, "--label", LABEL, "--network", "none",
             "-e", "USHER_LIFECYCLE_STDIN=stop", "usher-plain", BUSYBOX, "sleep", "1000"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: engine.ask("exec", name, "/usher", "health").returncode == 0, "usher that answers")
        if how == "closes stdin":
            client.stdin.close()
        else:
            client.send_signal(getattr(signal, how))
        try:
            until(lambda: not engine.state(name)["Running"], f"end ({how})", 30)
            seen.append(how)
        except AssertionError:
            seen.append(f"{how}: stays")
        client.kill()
        client.wait()
    assert "closes stdin" in seen, seen
    return ", ".join(seen)


@check("a terminal")
def terminal(engine: Engine) -> str:
    done = engine.run("-t", "usher-plain", BUSYBOX, "sh", "-c", "test -t 1 && echo a terminal")
    assert "a terminal" in done.stdout, (done.returncode, done.stdout, done.stderr)
    return "the service's stdout is one"


@check("log drivers")
def log_drivers(engine: Engine) -> str:
    drivers = ("k8s-file", "none") if engine.is_podman else ("json-file", "local", "none")
    for driver in drivers:
        ident = engine.start(f"--log-driver={driver}", "usher-plain", BUSYBOX, "echo", "a line")
        assert engine.code(ident) == 0, driver
        if driver != "none":
            assert "a line" in engine("logs", ident), driver
    return ", ".join(drivers)


# Compose.


@check("Compose: a chain of three")
def compose_chain(engine: Engine) -> str:
    compose = compose_of(engine)
    chain = "services:\n"
    for number in range(3):
        after = f"\n    depends_on: {{s{number - 1}: {{condition: service_healthy}}}}" if number else ""
        chain += f"  s{number}:\n    image: usher-web\n    network_mode: none\n    labels: [{LABEL}]{after}\n"
    chain += ("  job:\n    image: usher-plain\n    network_mode: none\n    labels: [" + LABEL + "]\n"
              "    depends_on: {s2: {condition: service_healthy}}\n    command: [\"/busybox\", \"sh\", \"-c\", \"exit 9\"]\n")
    (engine.folder / "compose.yaml").write_text(chain)
    began = time.monotonic()
    done = subprocess.run([*compose, "up", "--exit-code-from", "job"], cwd=engine.folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False)
    took = time.monotonic() - began
    subprocess.run([*compose, "down"], cwd=engine.folder, capture_output=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 9, (done.returncode, done.stdout[-600:])
    return f"9 from its job, {took:.1f} s with three starts of 1 s"


def compose_of(engine: Engine) -> list[str]:
    if engine.is_podman:
        raise Absent("Compose talks to Docker here")
    if engine.ask("compose", "version").returncode == 0:
        return [*engine.command, "compose", "-p", "usher-engines"]
    if shutil.which("docker-compose"):
        return ["docker-compose", "-p", "usher-engines"]
    raise Absent("there is no Compose")


def main() -> int:
    client, usher, busybox = sys.argv[1:]
    engine = Engine(client, Path(usher), Path(busybox))
    failed = 0
    try:
        for title, function in CHECKS:
            try:
                held, seen = True, function(engine)
            except Absent as why:
                held, seen = None, str(why)
            except (AssertionError, Refused, subprocess.TimeoutExpired, KeyError, IndexError) as why:
                held, seen = False, f"{type(why).__name__}: {why}"
                failed += 1
            print(json.dumps({"check": title, "held": held, "seen": seen}), flush=True)
            engine.remove_all()
    finally:
        shutil.rmtree(engine.folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ["PATH"] = "/usr/bin:/usr/sbin:/bin:/sbin:" + os.environ.get("PATH", "")
    sys.exit(main())
