"""Dependencies, readiness by probes, and health checks, with files and commands to ask."""

import os
import signal
import subprocess

import pytest

from harness import descendants, state, until

QUICK = 'interval = "20ms"\nfailure_threshold = 2\n'
PATIENT = QUICK + 'timeout = "1h"\n'


def sh(script):
    return ("--", "sh", "-c", script)


def dependency(path, more=""):
    return f'[[dependency]]\nname = "flag"\nprobe = {{ type = "file", path = "{path}" }}\n{more}'


def session(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def check(path, more=PATIENT):
    return f'[[health]]\nname = "flag"\nprobe = {{ type = "file", path = "{path}" }}\n{more}'


def test_a_check_may_come_from_the_command_line(anywhere):
    run = anywhere('--health=[{ name = "alive", probe = { type = "process" } }]',
                   "--dependency", '[{ name = "here", probe = { type = "file", path = "/" } }]',
                   "--", "sleep", "1000")
    assert run.wait_event("dependency_ready")["dependency"] == "here"
    assert run.wait_event("check_passing")["check"] == "alive"
    assert run.stop() == 143


@pytest.mark.parametrize("probe", ['type = "stdout"', 'type = "stdout", pattern = "^beat"'])
def test_one_that_is_silent_for_too_long_is_unhealthy(anywhere, probe):
    run = anywhere(*sh("echo beat; exec sleep 1000"), config=f"""
[[health]]
name = "goes-on"
probe = {{ {probe}, max_silence = "300ms" }}
interval = "50ms"
failure_threshold = 1
""")
    assert run.wait() == 95
    assert ", max_silence is 300ms" in run.wait_event("check_failing")["reason"]


class TestDependencies:
    def test_the_service_starts_once_they_are_there(self, anywhere, tmp_path):
        flag = tmp_path / "flag"
        run = anywhere(*sh("echo up"), config=dependency(flag))
        run.wait_event("waiting")
        assert run.out.text() == ""
        flag.touch()
        assert run.wait() == 0
        assert run.out.text() == "up\n"

    @pytest.mark.parametrize("before, waits", [("each_start", 2), ("first_start", 1)])
    def test_they_are_waited_for_as_often_as_is_wanted(self, usher, tmp_path, before, waits):
        flag = tmp_path / "flag"
        flag.touch()
        config = dependency(flag, f'before = "{before}"\ntimeout = "300ms"\n') + """
[readiness]
probe = { type = "stdout", pattern = "up" }
[startup]
retries = 2
backoff = { initial = "10ms" }
"""
        run = usher(*sh(f"rm -f {flag}; exit 3"), config=config)
        assert run.wait() == (92 if waits == 2 else 3)
        assert len(run.events("spawned")) == (1 if waits == 2 else 2)
        assert len(run.events("dependency_ready")) == 1

    def test_one_that_is_not_there_in_time_is_92_and_the_log_says_which(self, anywhere, tmp_path):
        run = anywhere(*sh("echo up"), config=dependency(tmp_path / "flag", 'timeout = "200ms"\n'))
        assert run.wait() == 92
        assert run.report["reason"] == "dependency"
        line = run.events("dependency_failed")[0]
        assert line["dependency"] == "flag"
        assert "dependency.timeout" in line["message"]
        assert line["last_seen"]
        assert run.out.text() == ""

    @pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT])
    def test_a_stop_ends_the_wait(self, anywhere, tmp_path, signo):
        run = anywhere(*sh("echo up"), config=dependency(tmp_path / "flag"))
        run.wait_event("waiting")
        assert run.stop(signo) == 128 + signo
        assert run.report["reason"] == "stopped_before_start"

    def test_a_command_that_is_missing_is_a_mistake_and_not_waited_for(self, usher):
        config = '[[dependency]]\nname = "x"\nprobe = { type = "exec", command = ["/no/such"] }\n'
        run = usher(*sh("echo up"), config=config)
        assert run.wait() == 91
        assert run.report["reason"] == "config"


class TestReadiness:
    def test_several_conditions_all_have_to_hold(self, anywhere, tmp_path):
        flag = tmp_path / "flag"
        config = ('[readiness]\nprobe = [{ type = "stdout", pattern = "^up$" }, '
                  f'{{ type = "file", path = "{flag}" }}]\n')
        run = anywhere(*sh(f"echo up; read line; touch {flag}; exec sleep 1000"), config=config,
                       stdin=subprocess.PIPE)
        run.out.wait_text("up")
        assert run.events("ready") == []
        run.stdin.write(b"go\n")
        run.stdin.flush()
        run.wait_event("ready")
        assert run.stop() == 143

    def test_a_condition_that_never_holds_is_named(self, usher, tmp_path):
        config = ('[startup]\nretries = 1\n[readiness]\ntimeout = "300ms"\n'
                  f'probe = {{ type = "file", path = "{tmp_path}/flag" }}\n')
        run = usher(*sh("exec sleep 1000"), config=config)
        assert run.wait() == 93
        assert f"{tmp_path}/flag" in run.events("not_ready")[0]["message"]


@pytest.mark.parametrize("table", ["[[dependency]]\nname = 'slow'\n", "[readiness]\n"], ids=["dependency", "readiness"])
def test_a_question_that_is_under_way_is_cut_by_a_stop(anywhere, tmp_path, table):
    # As a process that usher owns it would be told first, and waited for.
    script = f"trap 'touch {tmp_path}/told' TERM; touch {tmp_path}/asked; while :; do sleep 0.1; done"
    config = f'{table}probe = {{ type = "exec", command = ["sh", "-c", "{script}"] }}\ntimeout = "1000s"\n'
    run = anywhere(*sh("exec sleep 1000"), config=config)
    until((tmp_path / "asked").exists)
    mine = descendants(run.pid)
    assert run.stop() == 143
    until(lambda: all(state(pid) == "" for pid in mine))
    assert not (tmp_path / "told").exists()


class TestHealth:
    def test_a_check_that_fails_stops_the_service_with_95(self, anywhere, tmp_path):
        flag = tmp_path / "flag"
        flag.touch()
        run = anywhere(*sh("trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.05; done"), config=check(flag))
        run.out.wait_text("up\n")
        run.wait_event("check_passing")
        flag.unlink()
        assert run.wait() == 95
        assert run.report["reason"] == "unhealthy"
        assert run.out.text() == "up\nasked\n"
        assert run.events("check_failing")[0]["check"] == "flag"

    def test_an_alert_leaves_the_service_alone_and_is_over_when_the_check_passes(self, usher, tmp_path):
        flag = tmp_path / "flag"
        flag.touch()
        run = usher(*sh("exec sleep 1000"), config=check(flag, PATIENT + 'on_failure = "alert"\nlevel = "ready"\n'))
        run.wait_event("check_passing")
        flag.unlink()
        run.wait_event("check_failing")
        flag.touch()
        run.wait_event("check_passing", 2)
        assert run.stop() == 143
        assert run.report["attempts"] == 1
        assert run.report["phases_ms"]["unhealthy"] > 0

    def test_restarts_are_bounded(self, anywhere, tmp_path):
        more = QUICK + 'on_failure = "restart"\n[restart]\nmax = 2\n[startup.backoff]\ninitial = "10ms"\n'
        run = anywhere(*sh("exec sleep 1000"), config=check(tmp_path / "flag", more))
        assert run.wait() == 95
        assert len(run.events("spawned")) == 3  # whether or not each came to do something
        assert run.report["restarts"] == 2

    def test_failures_in_the_start_period_do_nothing(self, usher, tmp_path):
        flag = tmp_path / "flag"
        more = PATIENT + 'start_period = "1h"\n[log]\nlevel = "debug"\n'
        run = usher(*sh("exec sleep 1000"), config=check(flag, more))
        run.wait_event("check", 5)  # more than the threshold
        assert run.events("check_failing") == []
        flag.touch()
        run.wait_event("check_passing")
        assert run.stop() == 143

    def test_a_line_of_output_can_be_what_is_checked(self, usher):
        config = '[[health]]\nname = "begun"\nprobe = { type = "stdout", pattern = "^begun$" }\n' \
            'start_period = "1h"\n' + QUICK
        run = usher(*sh("echo begun; exec sleep 1000"), config=config)
        run.wait_event("check_passing")
        assert run.stop() == 143

    def test_a_hanging_command_is_killed_with_its_group_and_counts_as_a_failure(self, usher):
        config = ('[[health]]\nname = "hangs"\nprobe = { type = "exec", command = '
                  '["sh", "-c", "sleep 1000 & sleep 1000"] }\ntimeout = "50ms"\n' + QUICK)
        run = usher(*sh("exec sleep 1000"), config=config)
        assert run.wait() == 95
        assert run.report["orphans_reaped"] <= 4

    def test_a_hanging_command_is_killed_with_what_has_left_its_group(self, anywhere):
        config = ('[[health]]\nname = "hangs"\nprobe = { type = "exec", command = '
                  '["sh", "-c", "setsid sleep 1000 & sleep 1000"] }\ninterval = "20ms"\ntimeout = "500ms"\non_failure = "alert"\n')
        run = anywhere(*sh("exec sleep 1000"), config=config)

        found = []

        def has_left_its_group():
            found.extend(pid for pid in descendants(run.pid) if session(pid) == pid)
            return found

        until(has_left_its_group)
        left = found[0]
        until(lambda: state(left) == "")
        assert run.stop() == 143

    def test_a_run_that_is_under_way_ends_with_the_request_to_stop(self, anywhere, tmp_path):
        # Deaf to SIGTERM, beside a service that goes on for as long as the delay.
        script = f"trap '' TERM; echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; while :; do sleep 0.1; done"
        config = f"""
[[health]]
name = "slow"
probe = {{ type = "exec", command = ["sh", "-c", "{script}"] }}
timeout = "1000s"
[shutdown]
delay = "1000s"
timeout = "2000s"
"""
        run = anywhere(*sh("exec sleep 1000"), config=config)
        until(lambda: (tmp_path / "pid").exists() and len(descendants(run.pid)) >= 2)
        run.send(signal.SIGTERM)
        run.wait_event("stopping")
        until(lambda: len(descendants(run.pid)) == 1)  # the service
        assert run.stop() == 143

    def test_a_command_that_is_not_there_is_said_and_no_wait_for_better_times(self, usher):
        config = '[[health]]\nname = "absent"\nprobe = { type = "exec", command = ["/no/such"] }\n' + QUICK
        run = usher(*sh("exec sleep 1000"), config=config)
        assert run.wait() == 95
        assert "/no/such" in run.events("check_failing")[0]["reason"]
        assert "No such file" in run.events("check_failing")[0]["reason"]
