"""Runs the real binary, as PID 1 of a PID namespace of its own or below us as a subreaper.

Tests wait for events, never for a time: LIMIT only says when to stop hoping.
"""

import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

USHER = os.environ["USHER"]
HELPERS = pathlib.Path(os.environ["USHER_HELPERS"])
SANITIZED = b"__asan_init" in pathlib.Path(USHER).read_bytes()
LIMIT = float(os.environ.get("USHER_TEST_LIMIT", "120"))

# Whoever runs the tests may ignore signals (nohup, a shell's `&`). What is handled is not inherited.
for _signo in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    if signal.getsignal(_signo) == signal.SIG_IGN:
        signal.signal(_signo, lambda *_: None)

# What runs as PID 1 in a container leads a session of its own.
AS_PID_1 = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL", "setsid"]
ON_TERMINAL = AS_PID_1 + ["--ctty"]


def helper(name):
    """One of the small programs of tests/helper."""
    return str(HELPERS / name)


def open_helper(directory, name):
    """Likewise, where every user may execute it: who builds in a home may be the only one to enter it."""
    return shutil.copy(HELPERS / name, directory)


class Stream:
    """What a descriptor has brought so far, collected in the background."""

    def __init__(self, fd):
        self._fd = fd
        self._bytes = bytearray()
        self._news = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self):
        while True:
            try:
                got = os.read(self._fd, 1 << 16)
            except OSError:  # a terminal whose other side has gone
                got = b""
            with self._news:
                self._bytes += got
                self._ended = not got
                self._news.notify_all()
            if not got:
                os.close(self._fd)
                return

    def bytes(self):
        with self._news:
            return bytes(self._bytes)

    def text(self):
        return self.bytes().decode(errors="replace")

    def wait_for(self, found, what, patience=LIMIT):
        """Waits until found(text) is true, and returns that."""
        with self._news:
            while not (result := found(self._bytes.decode(errors="replace"))):
                come = not self._ended and self._news.wait(patience)
                assert come, f"no {what} in {self._bytes[-4000:].decode(errors='replace')!r}"
            return result

    def wait_text(self, wanted, times=1):
        self.wait_for(lambda text: text.count(wanted) >= times, f"{wanted!r} ({times})")

    def wait_match(self, pattern):
        return self.wait_for(lambda text: re.search(pattern, text), f"match of {pattern!r}")

    def wait_end(self):
        self._thread.join(LIMIT)
        assert not self._thread.is_alive(), "the stream has no end"
        return self.bytes()


def events_of(text):
    """The lines of usher's JSON log among whatever else a text holds."""
    events = []
    for line in text.splitlines():
        if line.startswith('{"ts":') and line.endswith("}"):
            events.append(json.loads(line))
    return events


class Usher:
    """A running usher. `args` follow its name; `config` is the text of a TOML file."""

    def __init__(self, args, config=None, env=None, inside=AS_PID_1, stdin=subprocess.DEVNULL,
                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(), preexec=None, cwd=None,
                 program=None):
        self.directory = tempfile.TemporaryDirectory(prefix="usher-system-")
        os.chmod(self.directory.name, 0o755)
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("USHER_")}
        environment.update(env or {})
        if config is not None:
            path = pathlib.Path(self.directory.name) / "service.toml"
            path.write_text(config)
            args = ["-c", str(path), *args]
        self._configured = f"{config} {args} {environment}"
        self._process = subprocess.Popen(
            [*inside, *(program or [USHER]), *args], env=environment, stdin=stdin, stdout=stdout,
            stderr=stderr, pass_fds=pass_fds, preexec_fn=preexec, cwd=cwd, start_new_session=True)
        self.is_pid_1 = bool(inside)
        self.out = self.err = None
        if self._process.stdout:
            self.out = Stream(os.dup(self._process.stdout.fileno()))
            self._process.stdout.close()
        if self._process.stderr:
            self.err = Stream(os.dup(self._process.stderr.fileno()))
            self._process.stderr.close()
        self.stdin = self._process.stdin
        self._pid = None

    @property
    def pid(self):
        """The process id of usher itself, as seen from here."""
        if self._pid is None:
            self._pid = self._process.pid if not self.is_pid_1 else self._wait_for_child()
        return self._pid

    def _wait_for_child(self):
        while not (found := children(self._process.pid)):
            assert self._process.poll() is None, "unshare has ended"
            os.sched_yield()
        return found[0]

    def send(self, signo):
        os.kill(self.pid, signo)

    def has_ended(self):
        return self._process.poll() is not None

    def wait_exit(self):
        return self._process.wait(LIMIT)

    def wait(self):
        """The exit code, once everything that was printed has been collected."""
        code = self.wait_exit()
        for stream in (self.out, self.err):
            if stream:
                stream.wait_end()
        if self.err:
            check_sanitizers(self.err.text())
            check_log(self.err.text(), self._configured)
        return code

    def stop(self, signo=signal.SIGTERM):
        self.send(signo)
        return self.wait()

    def events(self, name=None):
        return [e for e in events_of(self.err.text()) if name in (None, e["event"])]

    def wait_event(self, name, times=1, patience=LIMIT):
        """Waits for the given line of the log and returns it as a dictionary."""
        def found(text):
            return [e for e in events_of(text) if e["event"] == name]
        return self.err.wait_for(lambda text: len(found(text)) >= times and found(text),
                                 f"event {name!r}", patience)[times - 1]

    @property
    def report(self):
        """The last line of the log."""
        last = events_of(self.err.text())[-1]
        assert last["event"] == "report", last
        return last

    def path(self, name):
        """A file in a directory of this run's own."""
        return str(pathlib.Path(self.directory.name) / name)

    def close(self):
        if self._process.poll() is None:
            self._process.kill()  # and with it the namespace
            if not self.is_pid_1:
                kill_session(self._process.pid)
            self._process.wait()
        if self._process.stdin:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
        self.directory.cleanup()


def until(condition):
    """For what nothing tells of: looks again and again, and leaves most of the time to the others."""
    begin = time.monotonic()
    limit = begin + LIMIT
    while not condition():
        now = time.monotonic()
        assert now < limit, "waited in vain"
        time.sleep(max(0.002, 4 * (now - begin)))
        begin = time.monotonic()


def with_time_enough(attempt):
    """What attempt(limit) returns for the first limit that lets the others get as far as they have to
    before it cuts them short. How far that is in a given time, no test can know."""
    for limit in ("300ms", "3s", "30s"):
        if found := attempt(limit):
            return found
    raise AssertionError("no limit was long enough")


def milliseconds(limit):
    """Of such a limit."""
    return int(limit[:-2]) if limit.endswith("ms") else 1000 * int(limit[:-1])


@functools.cache
def known_events():
    """The levels and the fields of each event, as docs/log-events.md has them."""
    table = subprocess.run([USHER, "schema", "--log-events"], capture_output=True, text=True, check=True).stdout
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    return {re.findall("`(.*?)`", row[1])[0]: [re.findall("`(.*?)`", cell) for cell in row[2:4]] for row in rows}


def check_log(text, configured):
    """A fact that a state has no row for is a mistake of ours, whatever a test is about; and so is a line
    that the table of events does not have like that."""
    for event in events_of(text):
        assert event["event"] != "unexpected", event
        levels, fields = known_events()[event["event"]]
        assert event["level"] in levels, event
        strange = event.keys() - {"ts", "level", "event", "service", "instance", *fields}
        strange = {name for name in strange if name not in configured}  # log.fields
        assert event["event"] == "report" or not strange, f"{strange} in {event}"


def check_sanitizers(text):
    for trace in ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:"):
        assert trace not in text, text[text.index(trace):]


def kill_session(session):
    """What a failed test left without a namespace that would end it."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[3]) == session:
                os.kill(int(process.name), signal.SIGKILL)
        except (OSError, IndexError):
            pass


def status(pid, key):
    """A line of /proc/PID/status."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return value.strip()
    raise KeyError(key)


def state(pid):
    """As in proc(5): R, S, T, Z ...; nothing for a process that has gone."""
    try:
        return status(pid, "State")[0]
    except OSError:
        return ""


def free_port():
    """Of 127.0.0.1, for a server that cannot take one that the kernel chooses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def children(pid):
    try:
        return [int(n) for n in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def descendants(pid):
    """The numbers of all processes below one, zombies included."""
    return [found for child in children(pid) for found in (child, *descendants(child))]


def descriptors(pid):
    """What each open descriptor of a process leads to, by its number."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
    return found
