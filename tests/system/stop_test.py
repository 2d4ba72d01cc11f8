"""Stopping: everything gets the time it was promised, and nothing outlives the limit."""

import ctypes
import os
import signal
import subprocess

import pytest

from harness import SANITIZED, descendants, helper, state, until, with_time_enough


def sh(script):
    return ("--", "sh", "-c", script)


def up(run, times=1):
    run.out.wait_text("up\n", times=times)
    return run


def gone(pids):
    return all(state(pid) == "" for pid in pids)


class TestWithinTheLimit:
    def test_a_service_that_ends_in_time_is_not_killed(self, anywhere):
        run = up(anywhere("--", helper("drainer"), "500"))
        assert run.stop() == 0
        assert "drained" in run.out.text()
        assert not run.events("killing")
        assert run.report["killed"] is False

    def test_a_second_request_is_forwarded_and_changes_no_exit_code(self, anywhere):
        run = up(anywhere("--", helper("drainer"), "again"))
        run.send(signal.SIGTERM)
        run.out.wait_text("draining\n")
        run.send(signal.SIGTERM)
        run.out.wait_text("again\n")
        assert run.wait() == 0
        assert run.report["reason"] == "stopped"

    def test_a_second_request_does_not_extend_the_limit(self, anywhere):
        run = up(anywhere("--", helper("signal_log"), str(int(signal.SIGRTMAX)),
                          env={"SHUTDOWN_TIMEOUT": "600ms"}))
        # A limit that began anew with each of them would never come.
        while not run.events("killing"):
            try:
                run.send(signal.SIGTERM)
                run.wait_event("killing", patience=0.1)
            except ProcessLookupError:
                break
            except AssertionError:
                pass
        assert run.wait() == 137
        assert run.report["phases_ms"]["stopping"] >= 600

    def test_a_sequence_is_gone_through_step_by_step(self, anywhere):
        # By their numbers, in which a service that was too slow for the pauses gets them as well.
        config = '[shutdown]\nsequence = ["SIGINT", "50ms", "SIGUSR1", "50ms", "SIGTERM"]\n'
        run = up(anywhere("--", helper("signal_log"), config=config))
        run.send(signal.SIGTERM)
        assert run.wait() == 0
        assert run.out.text() == "up\ngot 2\ngot 10\ngot 15\n"
        assert run.report["phases_ms"]["stopping"] >= 100

    def test_a_sequence_ends_with_the_service(self, anywhere):
        config = '[shutdown]\nsequence = ["SIGTERM", "1000s", "SIGINT"]\ntimeout = "2000s"\n'
        run = up(anywhere("--", helper("signal_log"), config=config))
        assert run.stop() == 0
        assert run.out.text() == "up\ngot 15\n"
        assert run.report["phases_ms"]["stopping"] < 1_000_000

    def test_a_delay_passes_before_the_signal(self, anywhere):
        run = up(anywhere("--", helper("signal_log"), config='[shutdown]\ndelay = "300ms"\n'))
        assert run.stop() == 0
        assert run.report["phases_ms"]["stopping"] >= 300

    def test_a_second_request_skips_the_delay(self, anywhere):
        config = '[shutdown]\ndelay = "1000s"\ntimeout = "2000s"\n'
        run = up(anywhere("--", helper("signal_log"), config=config))
        run.send(signal.SIGTERM)
        run.wait_event("stopping")
        assert run.stop() == 0


class TestAtTheLimit:
    def test_sigkill_comes_at_the_limit_and_not_before(self, anywhere):
        run = up(anywhere("--", helper("ignore"), env={"SHUTDOWN_TIMEOUT": "500ms"}))
        assert run.stop() == 137
        assert run.report["phases_ms"]["stopping"] >= 500
        assert "shutdown.timeout is 500ms" in run.events("killing")[0]["message"]

    def test_a_handler_that_takes_too_long_is_cut(self, anywhere):
        run = up(anywhere(*sh("trap 'sleep 1000' TERM; echo up; while :; do sleep 0.1; done"),
                          env={"SHUTDOWN_TIMEOUT": "500ms"}))
        assert run.stop() == 137

    def test_a_limit_of_0_kills_at_once(self, anywhere):
        run = up(anywhere("--", helper("ignore"), env={"SHUTDOWN_TIMEOUT": "0"}))
        assert run.stop() == 137

    def test_a_member_of_the_group_that_ignores_the_signal_is_killed(self, anywhere):
        def attempt(limit):
            run = up(anywhere(*sh(f"{helper('ignore')} & exec {helper('signal_log')}"),
                              env={"SHUTDOWN_TIMEOUT": limit}), 2)
            mine = descendants(run.pid)
            return run.stop() == 0 and (run, mine)  # the service itself went in time

        run, mine = with_time_enough(attempt)
        assert len(mine) == 2 and gone(mine)
        assert "ignore(" in run.events("killing")[0]["left"]

    def test_a_stopped_process_is_killed(self, anywhere):
        run = up(anywhere("--", helper("ignore"), env={"SHUTDOWN_TIMEOUT": "300ms"}))
        service, = descendants(run.pid)
        os.kill(service, signal.SIGSTOP)
        until(lambda: state(service) == "T")
        assert run.stop() == 137

    @pytest.mark.parametrize("shape", ["groups", "sessions"])
    def test_a_fork_storm_comes_to_its_end(self, anywhere, shape, tmp_path):
        name = f"storm-{os.getpid()}"  # to find its processes wherever they have got to
        (tmp_path / name).symlink_to(helper("fork_storm"))

        def attempt(niceness):
            run = up(anywhere("--", "nice", "-n", niceness, str(tmp_path / name), "8", shape,
                              env={"SHUTDOWN_TIMEOUT": "300ms"}))
            run.send(signal.SIGTERM)
            try:
                assert run.wait_exit() == 137
                goes_on = subprocess.run(["pgrep", "-x", name], check=False).returncode == 0
            finally:  # a storm that nobody ended would blow through all other tests
                missed = 0
                while missed < 20:  # a look can miss those that come and go meanwhile
                    missed += 1
                    if subprocess.run(["pkill", "-KILL", "-x", name], check=False).returncode == 0:
                        missed = 0
            run.wait()
            assert run.report["unkillable"] or not goes_on
            return not run.report["unkillable"]

        # Outside PID 1 it is a race, in which usher needs its share of a busy machine.
        assert any(attempt(niceness) for niceness in ("0", "5", "10", "19", "19"))

    def test_what_survives_sigkill_is_named_and_left_to_the_kernel(self, usher):
        """A process that is traced stays where it is at its end, until its tracer lets it go."""
        run = up(usher("--", helper("ignore"), inside=[], env={"SHUTDOWN_TIMEOUT": "300ms"}))
        service, = descendants(run.pid)
        seize, detach, trace_exit = 0x4206, 17, 1 << 6
        ptrace = ctypes.CDLL(None).ptrace
        ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        assert ptrace(seize, service, None, trace_exit) == 0
        try:
            run.send(signal.SIGTERM)
            assert run.wait_exit() == 137
            assert state(service) == "t"
        finally:
            ptrace(detach, service, None, None)
        run.wait()
        assert "ignore(" in run.events("unkillable")[0]["left"]
        assert run.report["unkillable"] is True


class TestDescendants:
    """What the service leaves behind comes to us, and has the rest of the limit."""

    def test_a_background_process_finishes_its_work(self, anywhere):
        run = up(anywhere(*sh(f"{helper('drainer')} 700 & exec {helper('signal_log')}")), 2)
        assert run.stop() == 0
        assert run.out.text().count("draining\n") == 1
        assert "drained\n" in run.out.text()
        assert not run.events("killing")

    def test_a_daemon_in_a_session_of_its_own_finishes_its_work(self, anywhere):
        run = up(anywhere(*sh(f"{helper('drainer')} 500 daemon; exec {helper('signal_log')}")), 2)
        assert run.stop() == 0
        assert "drained\n" in run.out.text()
        assert "drainer(" in run.events("draining")[0]["left"]

    def test_a_stopped_one_is_continued_to_take_its_signal(self, anywhere):
        run = up(anywhere(*sh(f"{helper('drainer')} 0 stopped & exec {helper('signal_log')}")), 2)
        until(lambda: any(state(pid) == "T" for pid in descendants(run.pid)))
        assert run.stop() == 0
        assert "drained\n" in run.out.text()
        assert not run.events("killing")

    def test_one_that_ignores_the_signal_is_killed_at_the_limit(self, anywhere):
        def attempt(limit):
            run = up(anywhere(*sh(f"{helper('ignore')} daemon; exec {helper('signal_log')}"),
                              env={"SHUTDOWN_TIMEOUT": limit}), 2)
            until(lambda: len(descendants(run.pid)) == 2)  # who made it a daemon has gone
            mine = descendants(run.pid)
            return run.stop() == 0 and (run, mine)

        run, mine = with_time_enough(attempt)
        assert gone(mine)
        assert run.events("killing")

    def test_they_drain_as_well_when_the_service_ends_by_itself(self, anywhere):
        run = anywhere(*sh(f"{helper('drainer')} 500 daemon; exit 3"))
        assert run.wait() == 3
        assert run.out.text() == "up\ndraining\ndrained\n"
        assert run.report["reason"] == "exited"

    def test_grandchildren_are_told_when_their_parent_has_gone(self, anywhere):
        inner = f"trap 'exit 0' TERM; {helper('drainer')} 300 & wait"
        run = up(anywhere(*sh(f"sh -c \"{inner}\" & exec {helper('signal_log')}")), 2)
        assert run.stop() == 0
        assert run.out.text().count("draining\n") == 1
        assert "drained\n" in run.out.text()

    def test_a_further_request_reaches_them_again(self, anywhere):
        run = up(anywhere(*sh(f"{helper('drainer')} again daemon; exec {helper('signal_log')}")), 2)
        run.send(signal.SIGTERM)
        run.out.wait_text("draining\n")
        run.send(signal.SIGTERM)
        run.out.wait_text("again\n")
        assert run.wait() == 0

    def test_they_are_killed_at_once_where_stragglers_says_so(self, anywhere):
        run = up(anywhere(*sh(f"{helper('drainer')} 100000 daemon; exec {helper('signal_log')}"),
                          config='[shutdown]\nstragglers = "kill"\n'), 2)
        mine = descendants(run.pid)
        assert run.stop() == 0
        assert gone(mine)
        assert "draining" not in run.out.text()
        assert run.events("killing")[0]["message"] == "shutdown.stragglers is kill"
        assert not run.events("alert")  # nothing has gone on for too long

    def test_processes_of_others_are_left_alone(self, usher):
        """As a subreaper we own our descendants, and not the rest of our session."""
        with subprocess.Popen(["sleep", "1000"]) as stranger:
            run = up(usher("--", helper("ignore"), inside=[], env={"SHUTDOWN_TIMEOUT": "200ms"}))
            assert run.stop() == 137
            left_alone = stranger.poll() is None
            stranger.kill()
        assert left_alone

    def test_each_attempt_ends_with_all_of_its_processes(self, anywhere):
        config = '[readiness]\nprobe = { type = "stdout", pattern = "x" }\n' \
                 '[startup]\nretries = 2\nbackoff = { initial = "10ms" }\n[shutdown]\ntimeout = "300ms"\n'
        run = anywhere(*sh(f"{helper('ignore')} daemon; exit 5"), config=config)
        assert run.wait() == 5
        assert run.report["attempts"] == 2
        assert len(run.events("killing")) == 2


class TestWithoutProc:
    """A container without /proc, or with that of another PID namespace."""

    HIDE = ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount", "sh", "-c",
            'mount -t tmpfs none /proc && exec setsid "$@"', "sh"]
    STRANGE = ["unshare", "--pid", "--fork", "--kill-child=KILL", "setsid"]
    ENV = {"ASAN_OPTIONS": "detect_leaks=0"}  # that needs our /proc
    EITHER = pytest.mark.parametrize("inside", [
        pytest.param(HIDE, id="none", marks=pytest.mark.skipif(
            SANITIZED, reason="the sanitizers read their options from /proc")),
        pytest.param(STRANGE, id="strange")])

    @EITHER
    def test_the_daemon_is_drained_all_the_same(self, usher, inside):
        run = up(usher(*sh(f"{helper('drainer')} 300 daemon; exec {helper('signal_log')}"),
                       inside=inside, env=self.ENV), 2)
        assert run.stop() == 0
        assert run.out.text().count("draining\n") == 1
        assert "drained\n" in run.out.text()

    @EITHER
    def test_what_ignores_the_signal_is_killed(self, usher, inside):
        def attempt(limit):
            run = up(usher(*sh(f"{helper('ignore')} daemon; exec {helper('signal_log')}"),
                           inside=inside, env={**self.ENV, "SHUTDOWN_TIMEOUT": limit}), 2)
            return run.stop() == 0 and run

        run = with_time_enough(attempt)
        assert run.events("killing")
        assert run.report["unkillable"] is False

    @EITHER
    def test_what_each_life_leaves_is_told(self, usher, inside):
        config = '[restart]\npolicy = "on-failure"\nmax = 1\n[startup.backoff]\ninitial = "1ms"\n'
        run = usher(*sh(f"{helper('drainer')} 0 daemon; read line; exit 3"), config=config, inside=inside,
                    stdin=subprocess.PIPE, env={**self.ENV, "SHUTDOWN_TIMEOUT": "1000s"})
        for life in (1, 2):
            up(run, life)
            run.stdin.write(b"\n")
            run.stdin.flush()
        assert run.wait() == 3
        assert run.out.text() == "up\ndraining\ndrained\n" * 2

    def test_strangers_are_left_alone(self, usher):
        with subprocess.Popen(["sleep", "1000"]) as stranger:
            run = up(usher("--", helper("ignore"), inside=self.STRANGE, env={**self.ENV, "SHUTDOWN_TIMEOUT": "300ms"}))
            assert run.stop() == 137
            left_alone = stranger.poll() is None
            stranger.kill()
        assert left_alone
