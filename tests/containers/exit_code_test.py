"""The exit-code contract (the table of the README) as the engine, a restart policy and Compose see it."""

import json
import signal

import pytest

from harness import DEBIAN, compose, docker, until

PROBE = 'probe = { type = "stdout", pattern = "^ready$" }\n'
NO_SERVER = ("[[dependency]]\nname = 'server'\ntimeout = '200ms'\n"
             "probe = { type = 'tcp', address = '127.0.0.1:1' }\n")
NOT_READY = f"[readiness]\n{PROBE}timeout = '200ms'\n[startup]\nretries = 1\n"
TOO_EARLY = f"[readiness]\n{PROBE}[startup]\nretries = 1\n"
NOT_WELL = ("[[health]]\nname = 'x'\ninterval = '10ms'\n"
            "probe = { type = 'file', path = '/no/such/file' }\n")
IN_BACKOFF = f"[readiness]\n{PROBE}[startup]\nretries = 2\nbackoff = {{ initial = '1h', max = '1h' }}\n"


def sh(script):
    return ("--", "sh", "-c", script)


@pytest.mark.parametrize("code", [0, 1, 78, 125, 143, 255])
def test_the_services_own_code(container, code):
    assert container(DEBIAN, *sh(f"exit {code}")).wait() == code


def test_128_and_the_signal_that_ended_the_service(container):
    one = container(DEBIAN, *sh("kill -SEGV $$"))
    assert one.wait() == 128 + signal.SIGSEGV
    assert one.report["signal"] == "SIGSEGV"


def test_exit_remap(container):
    assert container(DEBIAN, "--exit.remap", '{ "143" = 0 }', *sh("kill -TERM $$")).wait() == 0


@pytest.mark.parametrize("code, reason, options, command, text", [
    (90, None, [], ["--no-such-option", "--", "true"], ""),
    (91, "config", [], [], "[service]\ncommnad = ['true']\n"),
    (92, "dependency", [], ["--", "true"], NO_SERVER),
    (93, "not_ready", [], sh("exec sleep 1000"), NOT_READY),
    (94, "ended_before_ready", [], sh("exit 0"), TOO_EARLY),
    (96, "lifetime", [], sh("exec sleep 1000"), "[lifecycle]\ntimeout = '200ms'\n"),
    (97, "system", ["--pids-limit", "1"], ["--", "sleep", "1000"], ""),
    (98, "hook_failed", [], ["--", "true"], "[hooks]\npre_start = [{ command = ['false'] }]\n"),
    (126, "exec_failed", [], ["--", "/etc/passwd"], ""),
    (127, "exec_failed", [], ["--", "no-such-program"], ""),
])
def test_ushers_own_codes(container, config, code, reason, options, command, text):
    one = container(DEBIAN, *command, options=[*options, *config(text)])
    assert one.wait() == code
    if reason:
        assert one.report["reason"] == reason
    # The engine itself found nothing wrong.
    assert not one.state["OOMKilled"] and not one.state["Error"]


def test_128_and_the_signal_that_asked_for_a_stop_while_no_service_ran(container, config):
    one = container(DEBIAN, *sh("exit 1"), options=config(IN_BACKOFF))
    one.wait_event("backoff")
    assert one.stop() == 128 + signal.SIGTERM
    assert one.report["reason"] == "stopped_before_start"


def test_137_by_the_shutdown_limit_says_who_killed(container):
    one = container(DEBIAN, "--shutdown.timeout", "200ms", *sh("trap '' TERM; echo up; while :; do sleep 1; done"))
    one.wait_output("up")
    assert one.stop() == 137
    assert one.report["reason"] == "killed"


def test_an_out_of_memory_kill_of_the_service_is_137(container):
    one = container(DEBIAN, "--", "dd", "if=/dev/zero", "of=/dev/null", "bs=256M", "count=1",
                    options=["--memory", "48m", "--memory-swap", "48m"])
    assert one.wait() == 137
    # PID 1 survives it, and says what the engine cannot know.
    report = one.report
    assert report["signal"] == "SIGKILL" and report["reason"] == "signaled"
    assert report["oom_killed"] and report["stop"] is None and not report["killed"]


@pytest.mark.parametrize("command, code, restarts", [
    (sh("exit 0"), 0, 0),
    (sh("exit 1"), 1, 2),
    (["--readiness.probe", '{ type = "stdout", pattern = "x" }', "--startup.retries", "1", *sh("exit 0")], 94, 2),
], ids=["success", "failure", "ended before ready"])
def test_a_restart_policy_reads_the_code(container, command, code, restarts):
    one = container(DEBIAN, *command, options=["--restart", "on-failure:2"])

    def settled():
        found = one.inspect
        return found["State"]["Status"] == "exited" and found["RestartCount"] == restarts and found
    assert until(settled, f"end after {restarts} restarts")["State"]["ExitCode"] == code
    assert len(one.events("report")) == restarts + 1


# Compose takes two dollars for one.
AS_COMPOSE_HAS_IT = [
    (0, sh("exit 0"), ""), (7, sh("exit 7"), ""), (137, sh("kill -KILL $$$$"), ""),
    (90, ["--no-such-option"], ""), (91, ["--", "true"], "[service]\ncommnad = ['true']\n"),
    (92, ["--", "true"], NO_SERVER), (93, sh("exec sleep 1000"), NOT_READY), (94, sh("exit 0"), TOO_EARLY),
    (95, sh("exec sleep 1000"), NOT_WELL), (96, sh("exec sleep 1000"), "[lifecycle]\ntimeout = '200ms'\n"),
    (98, ["--", "true"], "[hooks]\npre_start = [{ command = ['false'] }]\n"),
    (126, ["--", "/etc/passwd"], ""), (127, ["--", "no-such-program"], "")]


@pytest.mark.parametrize("code, command, text", AS_COMPOSE_HAS_IT, ids=[str(row[0]) for row in AS_COMPOSE_HAS_IT])
def test_compose_passes_the_code_of_the_chosen_service_on(tmp_path, config, code, command, text):
    _, volume = config(text)
    (tmp_path / "compose.yaml").write_text(json.dumps({
        "version": "3.8",
        "services": {
            "beside": {"image": DEBIAN, "command": ["--", "sleep", "1000"], "network_mode": "none",
                       "stop_grace_period": "200s"},
            "chosen": {"image": DEBIAN, "command": list(command), "network_mode": "none",
                       "volumes": [volume], "depends_on": ["beside"]},
        }}))
    with compose(tmp_path) as project:
        up = project("up", "--no-color", "--exit-code-from", "chosen", check=False)
        assert up.returncode == code, up.stdout + up.stderr
        # What was told to stop ended at once and in order, not by the engine's SIGKILL.
        beside = json.loads(docker("inspect", project("ps", "-q", "beside").stdout.strip()))[0]
        assert beside["State"]["ExitCode"] == 143
