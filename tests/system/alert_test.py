"""Alerts: in the log, by a hook and by a webhook, with servers and hooks that behave badly."""

import json
import os
import pathlib
import re
import signal
import socket
import time
import uuid

import pytest

import harness
from control_client import ask
from harness import helper, state, until, with_time_enough
from http_sink import Sink
from metrics_test import free_port, get, listens

NEVER_READY = '[readiness]\nprobe = { type = "stdout", pattern = "never" }\ntimeout = "300ms"\n[startup]\nretries = 1\n'


# Whoever is told has the time for it, unless a test is about that.
PATIENT = {"USHER_SHUTDOWN_LAST_WORDS": "1h", "USHER_ALERTS_WEBHOOK_TIMEOUT": "1h", "USHER_HOOKS_TIMEOUT": "1h"}


@pytest.fixture
def sink():
    one = Sink()
    yield one
    one.end()


def check(path, on_failure="alert"):
    """A health check that passes while the file is there."""
    return (f'[[health]]\nname = "file"\nprobe = {{ type = "file", path = "{path}" }}\ninterval = "50ms"\ntimeout = "1h"\n'
            f'failure_threshold = 2\non_failure = "{on_failure}"\n')


def sleeper(usher, config, env=None, **options):
    return usher("--", "sh", "-c", "exec sleep 1000", config=config, env=PATIENT if env is None else env, **options)


def messages(sink):
    return [json.loads(body) for _, _, body in sink.requests]


def by_hook(directory, more=""):
    """A hook that notes what it is told in a file."""
    notes = directory / "notes"
    script = f"echo $USHER_ALERT $USHER_ALERT_STATUS $USHER_ALERT_SETTING >> {notes}; echo $USHER_ALERT_JSON >> {notes}.json"
    return notes, f'[alerts]\nhook = ["sh", "-c", "{script}"]\n{more}'


def test_a_service_that_is_not_ready_in_time(anywhere, sink, tmp_path):
    notes, config = by_hook(tmp_path, f'webhook = "{sink.url}/alerts"\nwebhook_headers = {{ X-Key = "k" }}\n')
    run = sleeper(anywhere, config + NEVER_READY)
    assert run.wait() == 93
    (alert,) = run.events("alert")
    assert (alert["level"], alert["alert"], alert["setting"]) == ("error", "start_timeout", "readiness.timeout")
    assert "no line of its output has matched" in alert["seen"] and "300ms" in alert["seen"]
    assert notes.read_text() == "start_timeout firing readiness.timeout\n"
    ((path, headers, body),) = sink.requests
    assert (path, headers["X-Key"], headers["Content-Type"]) == ("/alerts", "k", "application/json")
    told = json.loads(body)
    assert told == json.loads((tmp_path / "notes.json").read_text())
    assert told["event"] == "alert" and told["seen"] == alert["seen"] and told["service"] == "sh"
    assert told["since"] <= told["at"] and told["repeated"] is False
    assert run.report["alerts"] == {"start_timeout": 1}


def test_a_start_that_succeeds_at_last_ends_the_alert(usher, sink, tmp_path):
    gate = tmp_path / "gate"
    config = (f'[alerts]\nwebhook = "{sink.url}"\n[readiness]\nprobe = {{ type = "file", path = "{gate}" }}\ntimeout = "300ms"\n'
              '[startup]\nretries = 1000\nbackoff = { initial = "10ms", max = "10ms" }\n')
    run = sleeper(usher, config)
    run.wait_event("alert")
    gate.write_text("")
    assert run.wait_event("alert_cleared")["alert"] == "start_timeout"
    sink.wait_requests(2)
    assert [one["status"] for one in messages(sink)] == ["firing", "resolved"]
    assert run.stop() == 143


def test_health_checks_that_fail_in_a_row_and_recover(usher, sink, tmp_path):
    alive = tmp_path / "alive"
    alive.write_text("")
    notes, config = by_hook(tmp_path, f'webhook = "{sink.url}"\n')
    port = free_port()
    run = sleeper(usher, config + check(alive) + f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
    run.wait_event("check_passing")
    until(lambda: listens(port))
    assert 'usher_alert_active{service="sh",alert="unhealthy"} 0\n' in get(port, "/metrics")[2]
    alive.unlink()
    alert = run.wait_event("alert")
    assert (alert["alert"], alert["setting"]) == ("unhealthy", "health.failure_threshold")
    assert alert["seen"].startswith("file: ") and alert["seen"].endswith("2 times in a row")
    assert 'usher_alert_active{service="sh",alert="unhealthy"} 1\n' in get(port, "/metrics")[2]
    (told,) = json.loads(ask(run, "status", "--json").stdout)["alerts"]
    assert (told["name"], told["setting"]) == ("unhealthy", alert["setting"])
    assert told["seen"].startswith("file: ") and told["for_ms"] >= 0
    assert "\n\nALERT " in ask(run, "status").stdout
    alive.write_text("")
    assert run.wait_event("alert_cleared")["for_ms"] >= 0
    assert json.loads(ask(run, "status", "--json").stdout)["alerts"] == []
    until(lambda: notes.exists() and notes.read_text().count("\n") == 2)
    assert notes.read_text() == ("unhealthy firing health.failure_threshold\n"
                                 "unhealthy resolved health.failure_threshold\n")
    sink.wait_requests(2)
    until(lambda: 'usher_alert_messages_total{service="sh",via="webhook",result="delivered"} 2' in get(port, "/metrics")[2])
    text = get(port, "/metrics")[2]
    assert 'usher_alert_active{service="sh",alert="unhealthy"} 0\n' in text
    assert 'usher_alerts_total{service="sh",alert="unhealthy"} 1\n' in text
    run.stop()


def test_the_alert_of_a_stop_that_follows_at_once_is_told_by_the_hook_all_the_same(anywhere, tmp_path):
    alive = tmp_path / "alive"
    alive.write_text("")
    notes, config = by_hook(tmp_path)
    run = sleeper(anywhere, config + check(alive, "exit"))
    run.wait_event("check_passing")
    alive.unlink()
    assert run.wait() == 95
    assert notes.read_text() == "unhealthy firing health.failure_threshold\n"


NOT_UP = '[readiness]\nprobe = { type = "stdout", pattern = "^up$" }\n[startup]\nretries = 1\n'
RUNS_AGAIN = '[restart]\npolicy = "always"\nmax = 1\n[startup.backoff]\ninitial = "10ms"\n'


@pytest.mark.parametrize("script, config, code, words", [
    ("exit 3", NOT_UP, 3, ("code 3 before it was ready", "startup.retries is 1")),
    ("exit 0", NOT_UP, 94, ("code 0 before it was ready", "service.type is not job")),
    ("exit 7", "", 7, ("ended with code 7", "restart.policy is never")),
    ("kill -SEGV $$", "", 139, ("ended by SIGSEGV", "restart.policy is never")),
    ("exit 7", RUNS_AGAIN, 7, ("code 7", "restart.max is used up")),
    ("sleep 1000", '[lifecycle]\ntimeout = "300ms"\n' + NOT_UP, 96, ("lifecycle.timeout of 300ms", "readiness.probe")),
    ("true", '[hooks]\npre_start = [["sh", "-c", "exit 9"]]\n', 98, ("hooks.pre_start: sh ended with code 9",)),
    ("true", '[[dependency]]\nname = "key"\nprobe = { type = "file", path = "/no/such" }\ntimeout = "300ms"\n',
     92, ("dependency key (/no/such)", "dependency.timeout", "last seen: ")),
], ids=["before ready", "94", "crash", "signal", "restarts", "96", "98", "92"])
def test_every_failing_end_has_a_line_an_alert_and_a_reason(usher, tmp_path, script, config, code, words):
    notes, hook = by_hook(tmp_path)
    message = tmp_path / "message"
    message.touch()
    run = usher("--", "sh", "-c", script, config=hook + config + f'[report]\ntermination_file = "{message}"\n',
                env=PATIENT)
    assert run.wait() == code
    (line,) = run.events("failed")
    assert (line["level"], line["exit_code"]) == ("error", code)
    assert all(word in line["message"] for word in words), line
    assert notes.read_text() == "failed firing restart.policy\n"
    assert run.report["detail"] == json.loads(message.read_text())["detail"] == line["message"]
    assert run.report["alerts"] == {"failed": 1}


def test_what_is_not_found_is_such_an_end_too(usher, tmp_path):
    notes, config = by_hook(tmp_path)
    run = usher("--", "/no/such", config=config, env=PATIENT)
    assert run.wait() == 127
    assert "/no/such" in run.events("failed")[0]["message"] and "/no/such" in run.report["detail"]
    assert notes.read_text() == "failed firing restart.policy\n"
    run = usher("--", "true", config='[service]\nuser = "nosuchuser"\n')
    assert run.wait() == 91
    assert "service.user" in run.report["detail"] and "nosuchuser" in run.report["detail"]


def test_the_report_of_95_names_the_check_and_a_good_end_no_detail(usher, tmp_path):
    config = check(tmp_path / "never", "exit") + '[log]\nfields = { test_id = "t7" }\n'
    run = sleeper(usher, config)
    assert run.wait() == 95
    assert run.report["detail"].startswith("check file: ") and "health.failure_threshold" in run.report["detail"]
    assert run.report["test_id"] == "t7"
    assert [e["event"] for e in run.events() if e["level"] == "error"] == ["check_failing", "alert", "failed"]
    good = usher("--", "true")
    assert good.wait() == 0
    assert good.report["detail"] == "" and good.events("failed") == []


def test_a_forced_kill_is_told_with_the_last_words(anywhere, sink, tmp_path):
    notes, config = by_hook(tmp_path, f'webhook = "{sink.url}"\n')
    run = anywhere("--", helper("ignore"), config=config + '[shutdown]\ntimeout = "300ms"\n', env=PATIENT)
    run.out.wait_match(r".")
    assert run.stop() == 137
    (alert,) = run.events("alert")
    assert (alert["alert"], alert["setting"]) == ("stop_timeout", "shutdown.timeout")
    assert "300ms" in alert["seen"] and "ignore(" in alert["seen"]
    assert alert["seen"].endswith(": " + run.events("killing")[0]["left"])
    assert notes.read_text() == "stop_timeout firing shutdown.timeout\n"
    assert [one["alert"] for one in messages(sink)] == ["stop_timeout"]


def test_a_redis_server_that_goes_away_and_comes_back(usher, redis):
    redis.start()
    run = sleeper(usher, f'[coordination]\nredis = "{redis.url}"\nnamespace = "n"\nttl = "1s"\n[alerts]\ncoordination = "200ms"\n')
    run.wait_event("registered")
    redis.end()
    alert = run.wait_event("alert")
    assert (alert["alert"], alert["setting"]) == ("coordination", "alerts.coordination")
    pathlib.Path(redis.socket).unlink(missing_ok=True)
    redis.start()
    assert run.wait_event("alert_cleared")["alert"] == "coordination"
    run.stop()


def test_a_flood_is_told_once_and_counted(usher, sink, tmp_path):
    notes, config = by_hook(tmp_path, f'webhook = "{sink.url}"\nmin_interval = "1h"\n')
    alive = tmp_path / "alive"
    alive.write_text("")
    run = sleeper(usher, config + check(alive))
    for times in range(1, 6):
        run.wait_event("check_passing", times=times)
        alive.unlink()
        run.wait_event("check_failing", times=times)
        alive.write_text("")
    run.wait_event("check_passing", times=6)
    run.stop()
    assert len(run.events("alert")) == len(run.events("alert_cleared")) == 1
    assert [one["status"] for one in messages(sink)] == ["firing", "resolved"]
    assert notes.read_text().count("\n") == 2
    assert run.report["alerts"] == {"unhealthy": 5}


def test_an_alert_that_lasts_is_told_again(usher, sink, tmp_path):
    more = f'[alerts]\nwebhook = "{sink.url}"\nrepeat = "1s"\nmin_interval = "1s"\n'
    run = sleeper(usher, more + check(tmp_path / "absent"))
    sink.wait_requests(3)
    assert [one["repeated"] for one in messages(sink)[:3]] == [False, True, True]
    run.stop()


def silence(connection):
    connection.recv(1)


@pytest.mark.parametrize("answer, said, limit", [
    (404, "404", "1h"), (500, "500", "1h"), (lambda c: c.sendall(b"\x00rubbish\r\n\r\n"), "", "1h"), (silence, "", "300ms")],
    ids=["refuses", "fails", "rubbish", "slow"])
def test_a_webhook_that_does_not_take_it_is_said_and_harms_nothing(usher, sink, answer, said, limit):
    sink.answer = answer
    run = sleeper(usher, f'[alerts]\nwebhook = "{sink.url}/secret?token=s3cret"\n' + NEVER_READY,
                  env={**PATIENT, "USHER_ALERTS_WEBHOOK_TIMEOUT": limit})
    assert run.wait() == 93
    lost = run.events("alert_not_delivered")[-1]
    assert said in lost["message"] and lost["setting"] == "alerts.webhook"
    assert "s3cret" not in run.err.text()


def test_a_webhook_that_is_absent_for_a_moment_is_asked_again(usher, sink, tmp_path):
    def absent(connection):
        sink.answer = 200
        connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

    sink.answer = absent
    run = sleeper(usher, f'[alerts]\nwebhook = "{sink.url}"\n' + check(tmp_path / "absent"))
    sink.wait_requests(2)
    run.stop()
    assert messages(sink)[0] == messages(sink)[1]
    assert run.events("alert_not_delivered") == []


def test_a_webhook_that_asks_for_a_pause_gets_it(usher, sink, tmp_path):
    came = []

    def busy(connection):
        came.append(time.monotonic())
        sink.answer = 200
        connection.sendall(b"HTTP/1.1 429 Slow Down\r\nRetry-After: 4\r\nContent-Length: 0\r\n\r\n")

    sink.answer = busy
    run = sleeper(usher, f'[alerts]\nwebhook = "{sink.url}"\n' + check(tmp_path / "absent"))
    sink.wait_requests(2)  # without it the second would come after two seconds
    assert time.monotonic() - came[0] >= 4
    run.stop()


def test_nobody_at_the_webhook_costs_the_exit_no_more_than_its_limit(usher):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        config = (f'[alerts]\nwebhook = "http://127.0.0.1:{deaf.getsockname()[1]}/"\nwebhook_timeout = "1h"\n'
                  '[shutdown]\nlast_words = "300ms"\n')
        run = sleeper(usher, config + NEVER_READY, env={})
        assert run.wait() == 93
        assert "last_words" in run.events("alert_not_delivered")[0]["message"]


def test_a_hook_that_hangs_is_killed_and_the_exit_does_not_wait_for_it(anywhere):
    def attempt(limit):
        config = f'[alerts]\nhook = ["sh", "-c", "echo hook $$$$. >&2; exec sleep 1000"]\n[shutdown]\nlast_words = "{limit}"\n'
        run = sleeper(anywhere, config + NEVER_READY, env={"USHER_HOOKS_TIMEOUT": "1h"})
        assert run.wait() == 93
        assert "last_words" in run.events("alert_not_delivered")[0]["message"]
        return (said := re.search(r"hook (\d+)\.", run.err.text())) and (run, int(said.group(1)))

    run, hook = with_time_enough(attempt)
    until(lambda: run.is_pid_1 or state(hook) in ("", "Z"))  # of PID 1's namespace nothing is left anyway


def test_a_request_to_stop_ends_the_wait_for_a_hook(usher):
    config = '[alerts]\nhook = ["sh", "-c", "echo hook >&2; exec sleep 1000"]\n[shutdown]\nlast_words = "1h"\n'
    run = sleeper(usher, config + NEVER_READY, env={})
    run.err.wait_text("hook\n")
    assert run.stop() == 93
    assert "SIGTERM" in run.events("alert_not_delivered")[0]["message"]


def test_a_hook_that_hangs_while_the_service_runs_is_killed_at_its_own_limit(usher, tmp_path):
    config = '[alerts]\nhook = [{ command = ["sleep", "1000"], timeout = "200ms" }]\n'
    run = sleeper(usher, config + check(tmp_path / "absent"))
    assert "200ms" in run.wait_event("hook_failed")["message"]
    assert run.stop() == 143


def test_descriptors_over_their_share_and_below_it_again(usher):
    script = ("import os, signal\nheld = [os.open('/dev/null', 0) for _ in range(80)]\n"
              "signal.sigwait([signal.SIGUSR1])\nfor one in held: os.close(one)\nsignal.pause()")
    config = ('[service]\nlimits = { nofile = 100 }\n[resources]\ninterval = "100ms"\n'
              '[alerts]\ndescriptors = 0.8\nsustained = "200ms"\n')
    # Blocked from the start, so that the signal waits for the service to be there.
    run = usher("--", "python3", "-c", "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [10])\n" + script, config=config)
    alert = run.wait_event("alert")
    assert (alert["alert"], alert["setting"]) == ("descriptors", "alerts.descriptors")
    assert "of the limit of 100 descriptors" in alert["seen"]
    run.send(signal.SIGUSR1)
    assert "below 80 %" in run.wait_event("alert_cleared")["seen"]
    run.stop()


def group(controller, **settings):
    """A control group of version 1 with these settings; skips where none can be made."""
    path = pathlib.Path("/sys/fs/cgroup") / controller / f"usher-test-{uuid.uuid4().hex[:8]}"
    try:
        path.mkdir()
    except OSError as error:
        pytest.skip(f"cannot make a control group of version 1: {error}")
    for name, value in settings.items():
        (path / f"{controller}.{name}").write_text(str(value))
    return path


def leave(path):
    limit = time.monotonic() + harness.LIMIT
    while time.monotonic() < limit:
        try:
            return path.rmdir()
        except OSError:
            time.sleep(0.01)


def joins(*groups):
    def join():
        for one in groups:
            (one / "cgroup.procs").write_text(str(os.getpid()))
    return join


def test_memory_over_a_share_of_a_real_limit_and_below_it_again(usher):
    box = group("memory", limit_in_bytes=512 << 20)
    script = "import signal\nheld = bytearray(b'x') * (400 << 20)\nsignal.sigwait([10])\ndel held\nsignal.pause()"
    config = '[resources]\ninterval = "100ms"\n[alerts]\nmemory = 0.7\nsustained = "300ms"\n'
    run = usher("--", "python3", "-c", "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [10])\n" + script,
                config=config, preexec=joins(box))
    alert = run.wait_event("alert")
    assert (alert["alert"], alert["setting"]) == ("memory", "alerts.memory")
    assert "of the limit of 512 MiB" in alert["seen"]
    run.send(signal.SIGUSR1)
    assert "below 70 %" in run.wait_event("alert_cleared")["seen"]
    run.stop()
    assert run.report["peak_resources"]["container_memory_bytes"] > 400 << 20
    leave(box)


# A limit so low that a busy machine cannot keep the service far below it.
def test_cpu_over_a_share_of_a_real_limit(usher):
    limit = group("cpu", **{"cfs_period_us": 100000, "cfs_quota_us": 2000})
    used = group("cpuacct")
    config = '[resources]\ninterval = "500ms"\n[alerts]\ncpu = 0.2\nsustained = "1s"\n'
    run = usher("--", "sh", "-c", "while :; do :; done", config=config, preexec=joins(limit, used))
    alert = run.wait_event("alert")
    assert (alert["alert"], alert["setting"]) == ("cpu", "alerts.cpu")
    assert "of the limit of 0.02 CPUs" in alert["seen"]
    run.stop()
    leave(limit)
    leave(used)


def test_a_share_of_no_limit_is_said_to_be_impossible(usher):
    box = group("memory")
    run = sleeper(usher, '[resources]\ninterval = "1s"\n[alerts]\nmemory = 0.9\n', preexec=joins(box))
    assert run.wait_event("alert_impossible")["setting"] == "alerts.memory"
    run.stop()
    leave(box)


def test_a_reload_changes_what_is_watched(usher):
    config = ('[service]\nlimits = {{ nofile = 100 }}\n[resources]\ninterval = "100ms"\n'
              '[alerts]\nsustained = "0s"\ndescriptors = {}\n')
    run = sleeper(usher, config.format("0.01"))
    run.wait_event("alert")
    pathlib.Path(run.path("service.toml")).write_text(config.format("0"))
    assert "in force now: alerts" in ask(run, "reload").stdout
    assert "reload" in run.wait_event("alert_cleared")["seen"]
    run.stop()
