"""Signals: all of them reach the service, none is lost, and none that the service did not have
without usher is blocked or ignored in it."""

import concurrent.futures
import os
import random
import resource
import signal
import subprocess
import time

import pytest

import harness
from harness import descendants, helper, state, status, until

UNFORWARDED = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}
LOW = [n for n in range(1, 32) if n not in UNFORWARDED]
LAST = signal.SIGRTMAX


def logged(run):
    return [int(line.split()[1]) for line in run.out.text().splitlines() if line.startswith("got ")]


def signal_log(start, last=LAST, **options):
    run = start("--", helper("signal_log"), str(int(last)), **options)
    run.out.wait_text("up\n")
    return run


@pytest.mark.parametrize("signo", LOW + [int(signal.SIGRTMIN), int(LAST) - 1])
def test_a_signal_reaches_the_service_once(anywhere, signo):
    run = signal_log(anywhere)
    run.send(signo)
    run.out.wait_text(f"got {signo}\n")
    run.send(LAST)
    assert run.wait() == 0
    assert logged(run) == [signo, LAST]
    assert run.report["signals_forwarded"] == 2


def test_real_time_signals_are_all_passed_on_however_many_come_at_once(anywhere):
    run = signal_log(anywhere)
    for _ in range(100):
        run.send(signal.SIGRTMIN + 1)
    run.send(LAST)
    assert run.wait() == 0
    assert logged(run) == [signal.SIGRTMIN + 1] * 100 + [LAST]


def test_a_hundred_requests_to_stop_are_one_stop(anywhere):
    run = signal_log(anywhere)
    for n in range(100):
        run.send(signal.SIGTERM if n % 2 else signal.SIGINT)
    run.send(LAST)
    assert run.wait() == 0
    assert set(logged(run)) == {signal.SIGINT, signal.SIGTERM, LAST}
    assert len(run.events("stopping")) == 1
    assert run.report["reason"] == "stopped"


def test_sighup_is_passed_on_and_stops_nothing(anywhere):
    run = signal_log(anywhere, signal.SIGTERM)
    run.send(signal.SIGHUP)
    run.out.wait_text("got 1\n")
    assert not run.events("stopping")
    assert run.stop() == 0


def test_a_signal_from_within_the_container_counts_as_well(usher):
    run = usher("--", "sh", "-c", "trap 'exit 5' TERM; kill -TERM 1; while :; do sleep 0.01; done")
    assert run.wait() == 5
    assert run.report["reason"] == "stopped"


def test_signals_for_a_service_that_has_just_ended_change_nothing(anywhere):
    """They come when it has ended and usher does not know of it yet."""
    run = anywhere("--", "sh", "-c", "echo up; read line; exit 3", stdin=subprocess.PIPE)
    run.out.wait_text("up\n")
    service, = descendants(run.pid)
    os.kill(run.pid, signal.SIGSTOP)
    until(lambda: state(run.pid) == "T")
    run.stdin.close()
    until(lambda: state(service) == "Z")
    for signo in (signal.SIGUSR1, signal.SIGHUP, LAST, signal.SIGTERM):
        run.send(signo)
    os.kill(run.pid, signal.SIGCONT)
    assert run.wait() == 3
    assert run.report["service_code"] == 3
    complaints = {e["event"] for e in run.events() if e["level"] in ("warn", "error")}
    assert complaints <= {"no_control"}  # another usher may be where we are not PID 1


class TestRewriting:
    def rewriting(self, start, table, last=LAST):
        return signal_log(start, last, config=f"[shutdown]\nrewrite = {table}\n")

    def test_one_signal_becomes_another(self, anywhere):
        run = self.rewriting(anywhere, '{ SIGTERM = "SIGQUIT" }', signal.SIGQUIT)
        assert run.stop() == 0
        assert logged(run) == [signal.SIGQUIT]

    def test_two_signals_change_places(self, usher):
        run = self.rewriting(usher, '{ SIGUSR1 = "SIGUSR2", SIGUSR2 = "SIGUSR1" }')
        run.send(signal.SIGUSR1)
        run.out.wait_text(f"got {int(signal.SIGUSR2)}\n")
        run.send(signal.SIGUSR2)
        run.out.wait_text(f"got {int(signal.SIGUSR1)}\n")
        run.send(LAST)
        assert run.wait() == 0

    def test_a_signal_is_dropped(self, usher):
        run = self.rewriting(usher, '{ SIGHUP = "" }')
        run.send(signal.SIGHUP)
        run.send(LAST)
        assert run.wait() == 0
        assert logged(run) == [LAST]

    def test_a_dropped_sigterm_stops_nothing(self, usher):
        run = self.rewriting(usher, '{ SIGTERM = "" }')
        run.send(signal.SIGTERM)
        run.send(LAST)
        assert run.wait() == 0
        assert run.report["stop"] is None

    def test_sigquit_can_be_a_request_to_stop(self, usher):
        run = signal_log(usher, signal.SIGQUIT, config='[shutdown]\nsignals = ["SIGQUIT"]\n')
        assert run.stop(signal.SIGQUIT) == 0
        assert run.report["reason"] == "stopped"


class TestScope:
    # A shell that ignores SIGTERM itself, above a child that does not.
    DEAF = "trap '' TERM; (trap - TERM; exec {log} {last}) & wait $!"

    def script(self, last):
        return self.DEAF.format(log=helper("signal_log"), last=last)

    def test_the_group_gets_the_signal_where_the_scope_says_so(self, anywhere):
        run = anywhere("--", "bash", "-c", self.script(15), config='[shutdown]\nscope = "group"\n')
        run.out.wait_text("up\n")
        assert run.stop() == 0
        assert logged(run) == [signal.SIGTERM]

    def test_only_the_process_gets_it_otherwise(self, anywhere):
        leader = f"trap 'kill -USR1 $!; wait $!; exit 0' TERM; {helper('signal_log')} 10 & wait"
        run = anywhere("--", "bash", "-c", leader)
        run.out.wait_text("up\n")
        assert run.stop() == 0
        assert logged(run) == [signal.SIGUSR1]

    def test_a_member_of_the_group_is_told_once_though_it_comes_to_us_later(self, anywhere):
        script = f"{helper('drainer')} 400 & exec {helper('signal_log')}"
        run = anywhere("--", "sh", "-c", script, config='[shutdown]\nscope = "group"\n')
        run.out.wait_text("up\n", times=2)
        assert run.stop() == 0
        assert run.out.text().count("draining") == 1
        assert "again" not in run.out.text()
        assert "drained" in run.out.text()

    def test_a_pipeline_of_six_dies_of_sigterm(self, anywhere):
        run = anywhere("--", "bash", "-c", "echo up; cat | cat | cat | cat | cat | cat",
                       stdin=subprocess.PIPE)
        run.out.wait_text("up\n")
        assert run.stop() == 143
        assert not run.events("killing")


def test_a_stopped_service_takes_its_sigterm(anywhere):
    run = anywhere("--", helper("drainer"), "0", "stopped")
    run.out.wait_text("up\n")
    service, = descendants(run.pid)
    until(lambda: state(service) == "T")
    assert run.stop() == 0
    assert "drained" in run.out.text()
    assert not run.events("killing")


class TestInheritance:
    """The mask and the dispositions of the service are those it would have without usher."""

    CASES = {
        "nothing": ([], []),
        "nohup": ([signal.SIGHUP], []),
        "ignored": ([signal.SIGHUP, signal.SIGPIPE, signal.SIGINT, signal.SIGTTOU, signal.SIGCHLD], []),
        "blocked": ([], [signal.SIGUSR1, signal.SIGTERM, signal.SIGTTIN]),
        "both": ([signal.SIGTERM, signal.SIGCHLD], [signal.SIGTERM, signal.SIGCHLD, signal.SIGRTMIN]),
    }

    def signals_of(self, text):
        return [line for line in text.splitlines() if line.startswith(("SigBlk", "SigIgn", "SigCgt"))]

    @pytest.mark.parametrize("config", [None, '[exit]\nresult = "x"\n'], ids=["inherits", "tapped"])
    @pytest.mark.parametrize("case", CASES)
    def test_is_the_same_as_without_usher(self, anywhere, case, config):
        ignored, blocked = self.CASES[case]

        def prepare():
            for signo in ignored:
                signal.signal(signo, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, blocked)

        command = ["cat", "/proc/self/status"]
        run = anywhere("--", *command, config=config, preexec=prepare)
        assert run.wait() == 0
        inside = harness.AS_PID_1 if run.is_pid_1 else []
        bare = subprocess.run([*inside, *command], preexec_fn=prepare, stdout=subprocess.PIPE, text=True)
        assert len(self.signals_of(bare.stdout)) == 3
        assert self.signals_of(run.out.text()) == self.signals_of(bare.stdout)

class TestIgnored:
    """As `nohup` does, and a shell for what it starts with `&`: nothing is asked for by such a signal."""

    def ignoring(self, *signals):
        return lambda: [signal.signal(signo, signal.SIG_IGN) for signo in signals]

    @pytest.mark.parametrize("signo", [signal.SIGINT, signal.SIGTERM])
    def test_stops_no_service(self, anywhere, signo):
        run = anywhere("--", "sh", "-c", "echo up; read line; exit 6", stdin=subprocess.PIPE,
                       preexec=self.ignoring(signo), config='[log]\nlevel = "debug"\n')
        run.out.wait_text("up\n")
        run.send(signo)
        run.wait_event("signal_sent")
        run.stdin.close()
        assert run.wait() == 6
        assert not run.events("stopping")
        assert run.report["stop"] is None

    def test_means_no_stop_before_there_is_a_service_either(self, anywhere, tmp_path):
        config = f'''[[dependency]]
name = "file"
probe = {{ type = "file", path = "{tmp_path}/there" }}
[log]
level = "debug"
'''
        run = anywhere("--", "echo", "up", config=config, preexec=self.ignoring(signal.SIGHUP, signal.SIGINT))
        run.wait_event("waiting")
        for times, signo in enumerate((signal.SIGHUP, signal.SIGINT), start=1):
            run.send(signo)
            run.wait_event("signal_received", times)
        (tmp_path / "there").touch()
        assert run.wait() == 0
        assert run.out.text() == "up\n"

    def test_is_passed_on_to_a_service_that_wants_it_all_the_same(self, anywhere):
        run = signal_log(anywhere, preexec=self.ignoring(signal.SIGINT))
        run.send(signal.SIGINT)
        run.out.wait_text(f"got {int(signal.SIGINT)}\n")
        run.send(LAST)
        assert run.wait() == 0
        assert run.report["reason"] == "exited"


def test_what_a_write_of_ours_raises_is_not_the_services(anywhere, tmp_path):
    """The limit of a file's size: the kernel tells whoever writes beyond it."""
    run = signal_log(anywhere, config=f'[log]\nfile = "{tmp_path}/log"\nlevel = "debug"\n',
                     preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
    run.send(signal.SIGUSR1)  # said at length
    run.out.wait_text(f"got {int(signal.SIGUSR1)}\n")
    run.send(LAST)
    assert run.wait() == 0
    assert logged(run) == [signal.SIGUSR1, LAST]
    assert (tmp_path / "log").stat().st_size == 100


class TestStopsAtAnyMoment:
    def wait_for_its_first_instructions(self, run):
        """Until usher has blocked all signals: before that nobody could keep one for it."""
        while True:
            if os.path.basename(os.readlink(f"/proc/{run.pid}/exe")) == "usher":
                if status(run.pid, "SigBlk") == "fffffffe7ffbfeff":
                    return
            os.sched_yield()

    def stop_after(self, start, config, delay):
        run = start("--", "sleep", "1000", config=config)
        if run.is_pid_1:
            self.wait_for_its_first_instructions(run)
        until = time.monotonic() + delay
        while time.monotonic() < until:
            os.sched_yield()
        code = run.stop()
        run.close()
        return code

    @pytest.mark.parametrize("config", [
        None,
        '[readiness]\nprobe = { type = "stdout", pattern = "never" }\n',
        '[hooks]\npre_start = [["true"]]\n',
    ], ids=["plain", "tapped", "hook"])
    def test_a_stop_in_the_first_50_ms_is_never_lost(self, anywhere, config):
        delays = [random.Random(n).uniform(0, 0.05) for n in range(100)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(lambda delay: self.stop_after(anywhere, config, delay), delays))
        # Outside PID 1 the very first instructions can still be hit, and then die of it.
        assert set(codes) <= {128 + signal.SIGTERM, -signal.SIGTERM}

    def test_a_stop_before_the_service_means_no_service(self, usher):
        """The signal waits for usher already when it begins."""
        block = "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [15]);" \
                "os.kill(1, 15); os.execv(sys.argv[1], sys.argv[1:])"
        run = usher("--", "echo", "started", program=["python3", "-c", block, harness.USHER])
        assert run.wait() == 143
        assert run.out.text() == ""
        assert run.report["reason"] == "stopped_before_start"

    def test_a_stop_before_ready_does_not_wait_for_ready(self, anywhere):
        run = signal_log(anywhere, signal.SIGTERM,
                         config='[readiness]\nprobe = { type = "stdout", pattern = "never" }\n')
        assert run.stop() == 0
        assert run.report["ready"] is False

    def test_a_stop_in_a_backoff_does_not_wait_for_its_end(self, anywhere):
        run = anywhere("--", "false", config='[readiness]\nprobe = { type = "stdout", pattern = "x" }\n'
                                             '[startup.backoff]\ninitial = "1000s"\nmax = "1000s"\n')
        run.wait_event("backoff")
        assert run.stop() == 143
        assert run.report["phases_ms"]["backoff"] < 500_000
