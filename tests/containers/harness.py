"""Containers with usher as PID 1 on the engine that DOCKER_HOST (or the default) names.

Tests wait for events, never for a time: LIMIT only says when to stop hoping. Everything that a test
makes carries a label of this run, and is removed with the test.
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT = 300
RUN = f"usher-test-{uuid.uuid4().hex[:8]}"

# Images of the tests' own: the binary in a Debian, and nothing but the binary.
DEBIAN = "usher-test/debian"
SCRATCH = "usher"

# What was measured, for those who read how long the run took.
MEASURED = []


def run(*argv, check=True, limit=LIMIT, **options):
    """The finished process, with its output as text."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=limit, **options)
    assert not check or done.returncode == 0, \
        f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done


def docker(*argv, **options):
    return run("docker", *argv, **options).stdout.strip()


def inspect(name):
    return json.loads(docker("inspect", name))[0]


def build(tag, dockerfile, context=ROOT):
    docker("build", "--quiet", "--network", "host", "--label", "usher.test", "-t", tag,
           "-f", str(dockerfile), str(context), limit=600)


def build_text(tag, text, context):
    (context / "Dockerfile").write_text(text)
    build(tag, context / "Dockerfile", context)


def until(found, what):
    """Polls what only a poll can tell, and returns the first true result."""
    deadline = time.monotonic() + LIMIT
    while not (result := found()):
        assert time.monotonic() < deadline, f"no {what} within {LIMIT} s"
        time.sleep(0.05)
    return result


def follow(argv, matches, what):
    """The first line of what a command that goes on and on prints that matches."""
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    limit = threading.Timer(LIMIT, process.kill)
    limit.start()
    seen = []
    try:
        for line in process.stdout:
            seen.append(line)
            if matches(line):
                return line
        raise AssertionError(f"no {what} in:\n{''.join(seen)[-4000:]}")
    finally:
        limit.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


def events_of(text):
    """The lines of usher's JSON log among whatever else a text holds."""
    events = []
    for line in text.splitlines():
        if line.startswith('{"ts":') and line.endswith("}"):
            events.append(json.loads(line))
    return events


class Container:
    """A container that has been started; `options` are those of `docker run`."""

    def __init__(self, image, *command, options=(), start=True):
        self.id = docker("create", "--label", RUN, *options, image, *command)
        if start:
            self.start()

    @classmethod
    def of(cls, ident):
        """A container that somebody else has made."""
        one = cls.__new__(cls)
        one.id = ident
        return one

    def start(self):
        docker("start", self.id)

    def wait(self):
        """The exit code, as the engine has it."""
        code = int(docker("wait", self.id))
        assert code == self.state["ExitCode"]
        return code

    def stop(self, grace=200):
        """Asks it to stop as `docker stop` does, and returns the exit code. The engine waits for long: a
        machine that stalls is not what is tried, and who was killed leaves no report."""
        docker("stop", "--time", str(grace), self.id)
        return self.wait()

    def kill(self, signo):
        docker("kill", "--signal", signal.Signals(signo).name, self.id)

    def exec(self, *argv, check=True, options=()):
        return run("docker", "exec", *options, self.id, *argv, check=check)

    @property
    def inspect(self):
        return inspect(self.id)

    @property
    def state(self):
        return self.inspect["State"]

    @property
    def out(self):
        return run("docker", "logs", self.id).stdout

    @property
    def err(self):
        return run("docker", "logs", self.id).stderr

    def events(self, name=None):
        return [e for e in events_of(self.err) if name in (None, e["event"])]

    @property
    def report(self):
        """The last line of usher's log."""
        last = self.events()[-1]
        assert last["event"] == "report", last
        return last

    def wait_event(self, name, times=1):
        """Follows the log until the event is there, and returns it."""
        found = [0]

        def matches(line):
            found[0] += any(e["event"] == name for e in events_of(line))
            return found[0] >= times

        line = self.follow(matches, f"event {name!r}")
        return events_of(line)[0]

    def wait_output(self, wanted):
        return self.follow(lambda line: wanted in line, f"line with {wanted!r}")

    def follow(self, matches, what):
        """The first line of the log, of both streams, that matches."""
        return follow(["docker", "logs", "--follow", self.id], matches, what)

    def wait_health(self, status):
        return until(lambda: self.state["Health"]["Status"] == status, f"health {status!r}")

    def wait_exec(self, code, *argv):
        until(lambda: self.exec(*argv, check=False).returncode == code, f"{argv} that ends with {code}")

    def pids(self):
        """This machine's ids of its processes, its first process first. Not the engine's: that may
        count in a namespace of its own."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if self.id in (process / "cgroup").read_text():
                    inside = (process / "status").read_text().split("NSpid:")[1].splitlines()[0]
                    found.append((int(inside.split()[-1]), int(process.name)))
            except OSError:  # gone meanwhile
                pass
        return [pid for _, pid in sorted(found)]

    def states(self):
        """Of its processes: R, S, Z ..."""
        found = []
        for pid in self.pids():
            try:
                found.append(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
            except OSError:  # gone meanwhile
                pass
        return found

    def remove(self):
        docker("rm", "--force", "--volumes", self.id, check=False)


def network(name):
    """A network without a way out; returns its name."""
    full = f"{RUN}-{name}"
    docker("network", "create", "--internal", "--label", RUN, full)
    return full


def remove_everything():
    """Whatever this run left, a failed test's containers first."""
    for listing, removal in ((["ps", "-aq"], ["rm", "-fv"]), (["network", "ls", "-q"], ["network", "rm"]),
                             (["volume", "ls", "-q"], ["volume", "rm", "-f"])):
        if left := docker(*listing, "--filter", f"label={RUN}").split():
            docker(*removal, *left, check=False)


@contextlib.contextmanager
def compose(folder, *files, **environment):
    """compose(folder, files...) gives a function that runs docker-compose in a project of its own,
    which is taken down at the end with all that it made."""
    name = f"{RUN}-{uuid.uuid4().hex[:6]}"
    options = [part for file in files for part in ("-f", str(file))]

    def project(*argv, **more):
        return run("docker-compose", "-p", name, *options, *argv, cwd=folder,
                   env={**os.environ, **environment}, **more)

    project.name = name
    try:
        yield project
    finally:
        project("down", "--volumes", "--remove-orphans", "--timeout", "200", check=False)
