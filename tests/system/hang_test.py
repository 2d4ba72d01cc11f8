"""Programs that cannot be reached, and children that the service stops before they come to theirs: PID 1
goes on. A lease keeps whoever opens a file waiting, as a file system does whose server has gone."""

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import time

import pytest

import harness
from control_client import ask
from harness import helper, state, until

SCRIPT = "#!/bin/sh\n"


@pytest.fixture
def unreachable(tmp_path):
    """unreachable(text) is the path of a program that hangs whoever executes it, until let_go(path)."""
    held = {}
    before = signal.signal(signal.SIGIO, lambda *_: None)  # tells us that somebody waits
    os.chmod(tmp_path, 0o755)

    def make(text=SCRIPT):
        path = str(tmp_path / f"program{len(held)}")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o755)
        held[path] = os.open(path, os.O_RDONLY)
        fcntl.fcntl(held[path], fcntl.F_SETLEASE, fcntl.F_WRLCK)
        return path

    make.let_go = lambda path: fcntl.fcntl(held[path], fcntl.F_SETLEASE, fcntl.F_UNLCK)
    yield make
    for descriptor in held.values():
        os.close(descriptor)
    signal.signal(signal.SIGIO, before)


class TestStart:
    def test_a_stop_does_not_wait_for_it(self, anywhere, unreachable):
        run = anywhere("--", unreachable())
        run.wait_event("spawned")
        assert run.stop() == 143
        assert run.report["ready"] is False

    def test_it_is_ready_once_it_executes(self, usher, unreachable):
        path = unreachable(SCRIPT + "echo up; sleep 1000 & wait\n")
        run = usher("--", path)
        run.wait_event("spawned")
        assert ask(run, "health").returncode == 1
        assert "starting" in ask(run, "status").stdout
        unreachable.let_go(path)
        run.out.wait_text("up\n")
        until(lambda: ask(run, "health").returncode == 0)
        assert run.stop() == 143
        assert run.report["ready"] is True

    def test_a_failure_is_that_of_the_start(self, anywhere, unreachable):
        path = unreachable("no program")
        run = anywhere("--", path)
        run.wait_event("spawned")
        unreachable.let_go(path)
        assert run.wait() == 126
        assert run.report["reason"] == "exec_failed"
        assert f'cannot execute "{path}": Exec format error' in run.events("spawn_failed")[0]["message"]
        assert run.report["orphans_reaped"] == 0

    def test_another_attempt_follows_where_it_is_not_ready_in_time(self, anywhere, unreachable):
        config = '[readiness]\nprobe = { type = "stdout", pattern = "up" }\ntimeout = "200ms"\n' \
                 '[startup]\nretries = 2\nbackoff = { initial = "1ms" }\n[shutdown]\ntimeout = "200ms"\n'
        run = anywhere("--", unreachable(), config=config)
        assert run.wait() == 93
        assert run.report["attempts"] == 2


class TestBeside:
    def test_a_hook_has_its_limit(self, anywhere, unreachable):
        config = f'[hooks]\npre_start = [["{unreachable()}"]]\ntimeout = "200ms"\n'
        run = anywhere("--", "echo", "up", config=config)
        assert run.wait() == 98
        assert "still running after 200ms" in run.events("hook_failed")[0]["message"]

    def test_a_check_has_its_limit_and_a_stop_does_not_wait_for_it(self, anywhere, unreachable):
        config = f'''[[health]]
name = "x"
probe = {{ type = "exec", command = ["{unreachable()}"] }}
interval = "10ms"
timeout = "50ms"
on_failure = "alert"
'''
        run = anywhere("--", helper("signal_log"), config=config)
        failed = run.wait_event("check_failing")
        assert "was still running after 50ms" in failed["reason"]
        assert run.stop() == 0

    def test_a_failure_that_comes_late_is_the_checks(self, anywhere, unreachable):
        path = unreachable("no program")
        config = f'''[[health]]
name = "x"
probe = {{ type = "exec", command = ["{path}"] }}
interval = "1s"
timeout = "100s"
failure_threshold = 1
on_failure = "alert"
'''
        run = anywhere("--", helper("signal_log"), config=config)
        run.out.wait_text("up\n")
        unreachable.let_go(path)
        assert "Exec format error" in run.wait_event("check_failing")["reason"]
        assert run.stop() == 0
        assert run.report["orphans_reaped"] == 0


@pytest.mark.skipif(harness.SANITIZED, reason="a race that a slow child would not lose in time")
@pytest.mark.parametrize("who", ["its user", "our user as well"])
def test_a_service_that_stops_our_children_freezes_nobody(usher, who):
    """It keeps at it for as long as the test runs; who is caught has its user, and no program yet."""
    config = '''[[health]]
name = "x"
probe = { type = "exec", command = ["/bin/true"] }
interval = "10ms"
on_failure = "alert"
'''
    with tempfile.TemporaryDirectory(prefix="usher-system-") as open_to_all:
        os.chmod(open_to_all, 0o755)
        freezes_nobody(usher, who, config, harness.open_helper(open_to_all, "stopper"),
                       shutil.copy(harness.USHER, open_to_all))


def freezes_nobody(usher, who, config, stopper, program):
    if who == "its user":
        run = usher("--", stopper, "usher", config='[service]\nuser = "nobody"\n' + config)
    else:
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        run = usher("--", stopper, "usher", config=config, program=[*as_nobody, program])
    run.out.wait_text("caught 1\n")
    assert state(run.pid) != "D"
    assert ask(run, "status").returncode == 0
    begun = time.monotonic()
    run.send(signal.SIGTERM)
    assert run.wait_exit() == 143
    assert time.monotonic() - begun < 60  # its limit is far above what any of this takes


@pytest.mark.parametrize("error", ["ENOSPC", "ENOMEM"])
@pytest.mark.parametrize("call", [2, 5, 8])
def test_what_the_loop_gives_up_at_leaves_nothing_and_has_a_report(usher, error, call):
    """A limit that all processes of a user share; libuv calls abort() there."""
    refuse = ["strace", "-o", "/dev/null", "-e", "trace=epoll_ctl", "-e", f"inject=epoll_ctl:error={error}:when={call}"]
    run = usher("--", helper("signal_log"), inside=[], program=[*refuse, harness.USHER])
    assert run.wait() == 97
    assert run.report["reason"] == "system"
    assert "cannot watch over another descriptor" in run.err.text()
    for spawned in run.events("spawned"):
        until(lambda: not state(spawned["pid"]))
