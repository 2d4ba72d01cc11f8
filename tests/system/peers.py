"""usher under another init's name, and on a terminal."""

import os
import pathlib
import pty
import signal
import time

import pytest

import harness

# Not as PID 1, but as a process below us.
OUTSIDE = {"inside": []}


class Peer:
    """Starts usher by a link of the given name."""

    def __init__(self, usher, directory, name):
        self._usher = usher
        self.path = str(pathlib.Path(directory) / name)
        os.symlink(harness.USHER, self.path)

    def __call__(self, *args, **options):
        return self._usher(*args, program=[self.path], **options)

    def on_terminal(self, *args, **options):
        """As PID 1 with a controlling terminal; what it prints is in `out`, `type` is the keyboard."""
        return on_terminal(self._usher, self.path, *args, **options)


def on_terminal(usher, *command, inside=harness.ON_TERMINAL, **options):
    master, slave = pty.openpty()
    run = usher(program=list(command), inside=inside, stdin=slave, stdout=slave, stderr=slave, **options)
    os.close(slave)
    keyboard = os.dup(master)
    run.out = harness.Stream(master)
    run.type = lambda keys: os.write(keyboard, keys)
    return run


def peer(name):
    """A fixture of that name."""
    @pytest.fixture(name=name.replace("-", "_"))
    def fixture(usher, tmp_path):
        return Peer(usher, tmp_path, name)
    return fixture


def sh(script):
    return ("--", "sh", "-c", script)


def answer(run):
    """What a service that reads a line waits for."""
    run.stdin.write(b"\n")
    run.stdin.flush()


# SIGCHLD is for the init itself.
FORWARDED = sorted(int(n) for n in signal.valid_signals()
                   if n not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD))


def got(signals):
    """What signal_log prints for them."""
    return "up\n" + "".join(f"got {signo}\n" for signo in signals)


def send_each(run, signals):
    run.out.wait_text("up\n")
    for number, signo in enumerate(signals, 1):
        run.send(signo)
        run.out.wait_text("got ", times=number)


def inherit(run_peer, *options):
    """The masks that a service sees below us, and those it should: (blocked, ignored) each."""
    blocked = {signal.SIGTTIN, signal.SIGILL, signal.SIGTERM}
    ignored = {signal.SIGTTOU, signal.SIGSEGV, signal.SIGINT, signal.SIGCHLD}

    def prepare():
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for signo in ignored:
            signal.signal(signo, signal.SIG_IGN)

    run = run_peer(*options, "--", "sed", "-nE", "/^Sig(Blk|Ign)/p", "/proc/self/status",
                   preexec=prepare, **OUTSIDE)
    assert run.wait() == 0
    lines = dict(line.split(":\t") for line in run.out.text().splitlines())
    seen = int(lines["SigBlk"], 16), int(lines["SigIgn"], 16)
    return seen, tuple(sum(1 << (n - 1) for n in set_) for set_ in (blocked, ignored))


def parent_of_an_orphan(run_peer, *options):
    """The number of who got an orphan of the service, outside PID 1, and of the peer."""
    script = "sh -c 'sleep 1000 & echo $!'; echo up; exec sleep 1000"
    run = run_peer(*options, *sh(script), **OUTSIDE)
    run.out.wait_text("up\n")
    orphan = int(run.out.text().splitlines()[0])
    parent = int(harness.status(orphan, "PPid"))
    os.kill(orphan, signal.SIGKILL)
    pid = run.pid
    run.stop()
    return parent, pid


def wait_until(true, run):
    limit = time.monotonic() + harness.LIMIT
    while not true():
        assert run._process.poll() is None, "it has ended"
        assert time.monotonic() < limit, "that never came to be"
        time.sleep(0.002)


def name_of(pid):
    """Empty where the process has gone meanwhile."""
    try:
        return harness.status(pid, "Name")
    except OSError:
        return ""
