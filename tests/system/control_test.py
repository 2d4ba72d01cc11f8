"""The commands that talk to a running usher."""

import json
import os
import subprocess

import pytest

import harness
from control_client import NOBODY, READY, ask, configure, connect, inside, status, talk
from harness import LIMIT, USHER


def test_outside_pid_1_a_path_serves_as_well_and_watchers_see_the_end(usher):
    run = usher("--", "sh", "-c", "echo ready; exec sleep 1000", inside=[],
                config=READY + '[control]\nsocket = "${TMPDIR:-/tmp}/usher-%d.sock"\n' % os.getpid())
    path = f"{os.environ.get('TMPDIR', '/tmp')}/usher-{os.getpid()}.sock"
    run.wait_event("ready")
    here = {"env": {**os.environ, "USHER_CONTROL_SOCKET": path}, "text": True, "timeout": LIMIT}
    # It opens right after the start, which is what a command that waits waits for.
    assert subprocess.run([USHER, "health", "--wait"], capture_output=True, **here).returncode == 0
    watcher = subprocess.Popen([USHER, "status", "--watch", "--json"], stdout=subprocess.PIPE,
                               env=here["env"], text=True)
    assert json.loads(watcher.stdout.readline())["state"] == "ready"
    done = subprocess.run([USHER, "stop"], capture_output=True, **here)
    assert (done.returncode, done.stdout) == (0, "stopped, exit code 143\n")
    assert json.loads(watcher.stdout.read().splitlines()[-1])["state"] == "exited"
    assert watcher.wait(LIMIT) == 0
    assert run.wait() == 143
    assert not os.path.exists(path)


def test_without_an_usher_health_is_1_and_says_so():
    lonely = ["unshare", "--pid", "--fork", "--mount-proc", USHER]
    done = subprocess.run([*lonely, "health"], capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 1
    assert "no usher listens at @usher/" in done.stdout
    other = subprocess.run([*lonely, "health"], capture_output=True, text=True, timeout=LIMIT,
                           env={"USHER_CONTROL_SOCKET": "/nowhere/u.sock"})
    assert (other.returncode, other.stdout) == (1, "no usher listens at /nowhere/u.sock\n")
    for command in ("status", "stop", "restart", "reload"):
        done = subprocess.run([*lonely, command], capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 1
        assert f"usher: {command}: no usher listens" in done.stderr


def test_status_is_a_table_for_people_and_json_for_programs(ready):
    table = ask(ready, "status").stdout
    assert table.startswith("sh  ready, healthy\n  reason   ready\n")
    assert "\x1b" not in table
    told = status(ready)
    assert told["state"] == "ready" and told["starts"] == 1 and told["pid"] > 1
    assert told["uptime_ms"] >= told["in_state_ms"] >= 0


def test_status_counts_the_processes_of_the_service_and_their_memory(usher):
    run = usher("--", "sh", "-c", "sleep 1000 & sleep 1000 & echo ready; wait", config=READY)
    run.wait_event("ready")
    told = status(run)
    assert told["processes"] == 3
    assert told["memory_bytes"] > 3 * 4096


def test_status_says_that_hooks_run_before_the_service(usher, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    run = usher("--", "sleep", "1000",
                config=READY + f'[hooks]\npre_start = [["sh", "-c", "echo here >&2; read line < {gate}"]]\n')
    run.err.wait_text("here\n")
    told = status(run)
    assert (told["state"], told["reason"]) == ("starting", "its pre_start hooks run")
    gate.write_text("go\n")
    run.wait_event("spawned")
    assert "no line of its output" in status(run)["reason"]


def test_a_service_that_was_not_ready_in_time_has_not_ended_yet(usher):
    run = usher("--", "sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1000; done", config="""
[readiness]
probe = { type = "stdout", pattern = "never" }
timeout = "300ms"
[startup]
retries = 1
[shutdown]
timeout = "1h"
""")
    run.wait_event("not_ready")
    seen = status(run)
    assert seen["state"] == "stopping" and seen["pid"] > 0
    assert seen["reason"] == ("not ready within 300ms, the limit of readiness.timeout: "
                              "no line of its output has matched readiness.probe")


def test_metrics_are_the_text_that_a_scraper_gets(ready):
    done = ask(ready, "metrics", as_user=NOBODY)
    assert done.returncode == 0
    assert 'usher_state{' in done.stdout and done.stdout.endswith("# EOF\n")
    assert ask(ready, "metrics", "more").returncode == 90


def test_stop_stops_and_tells_how_it_went(ready):
    done = ask(ready, "stop")
    # As PID 1 usher may take the command with it, but not before it has said so.
    assert done.returncode == 0
    assert done.stdout == "stopped, exit code 143\n"
    assert ready.wait() == 143
    assert ready.report["stop"] == {"by": "command"}


def test_restart_comes_back_when_the_service_is_ready_again(usher):
    run = usher("--", "sh", "-c", "echo ready; exec sleep 1000", config=READY)
    run.wait_event("ready")
    before = status(run)["pid"]
    done = ask(run, "restart")
    told = status(run)
    assert (done.returncode, done.stdout) == (0, f"sh has been restarted, pid {told['pid']}\n")
    assert told["pid"] != before
    assert (told["state"], told["starts"], told["restarts"]) == ("ready", 2, 1)
    assert run.stop() == 143


def test_a_restart_that_fails_says_why(usher):
    run = usher("--", "sh", "-c", 'mkdir "$0" && echo ready && exec sleep 1000; exit 7', "/tmp/usher-once-" + str(os.getpid()),
                config=READY + "[startup]\nretries = 1\n")
    try:
        run.wait_event("ready")
        done = ask(run, "restart")
        assert done.returncode == 1
        assert "exit code 7" in done.stderr
        assert run.wait() == 7
    finally:
        os.rmdir("/tmp/usher-once-" + str(os.getpid()))


def test_signal_passes_on_what_the_table_allows(usher):
    run = usher("--", "sh", "-c", "trap 'echo got' USR1 USR2; echo ready; while :; do sleep 1000 & wait; done",
                config=READY + '[shutdown]\nrewrite = { SIGUSR2 = "", SIGHUP = "SIGUSR1" }\n')
    run.wait_event("ready")
    done = ask(run, "signal", "hup")
    assert done.returncode == 0
    assert done.stdout.startswith("SIGUSR1 has been sent to sh, pid ")
    run.out.wait_text("got")
    dropped = ask(run, "signal", "SIGUSR2")
    assert (dropped.returncode, dropped.stderr) == (1, "usher: signal: shutdown.rewrite drops SIGUSR2\n")
    assert ask(run, "signal").returncode == 90
    assert ask(run, "signal", "SIGNOPE").returncode == 90
    # A signal that asks for a stop is over when the stop is.
    stop = ask(run, "signal", "TERM")
    assert (stop.returncode, stop.stdout) == (0, "stopped, exit code 143\n")
    assert run.wait() == 143


@pytest.mark.parametrize("command", [["stop"], ["restart"], ["reload"], ["signal", "KILL"]])
def test_only_root_and_ushers_own_user_may_command(ready, command):
    done = ask(ready, *command, as_user=NOBODY)
    assert done.returncode == 1
    assert done.stderr == f"usher: {command[0]}: only root may {command[0]}; you are user 65534\n"
    assert status(ready)["state"] == "ready"


def test_a_process_of_another_container_may_look_and_not_touch(ready):
    assert talk(ready, b'{"v":1,"ask":"health"}\n')["healthy"] is True
    refused = talk(ready, b'{"v":1,"ask":"stop"}\n')
    assert refused["error"] == "only processes of its own PID namespace may command usher"
    assert status(ready)["state"] == "ready"


def test_reload_takes_limits_at_once_and_the_rest_with_the_next_start(usher):
    script = 'trap "" TERM; echo "A is $A"; echo ready; exec sleep 1000'
    run = usher("--", "sh", "-c", script, config=READY + '[shutdown]\ntimeout = "300s"\n')
    run.wait_event("ready")
    configure(run, READY + '[shutdown]\ntimeout = "100ms"\n[log]\nlevel = "debug"\n'
              '[service]\nenvironment = { A = "new" }\n')
    done = ask(run, "reload")
    assert done.returncode == 0
    assert done.stdout == ("in force now: shutdown, log.level; "
                           "at the next start of the service: service.environment\n")
    assert "A is new" not in run.out.text()
    # The service ignores the signal: only the new limit can end it in this life.
    assert ask(run, "restart").returncode == 0
    run.out.wait_text("A is new")
    assert ask(run, "reload").stdout == "nothing has changed\n"
    assert run.stop() == 137


def test_a_reload_of_an_invalid_file_changes_nothing(ready):
    configure(ready, READY + '[shutdown]\ntimeout = "soon"\n[log]\nlevl = "debug"\n')
    done = ask(ready, "reload")
    assert done.returncode == 1
    assert "nothing has changed: " in done.stderr
    assert "service.toml:4:" in done.stderr and "(and 1 more, see the log)" in done.stderr
    ready.wait_event("reload_failed", times=2)
    assert ask(ready, "health").returncode == 0
    assert ready.stop() == 143


def test_rubbish_and_silence_harm_nobody(ready):
    silent = [connect(ready) for _ in range(100)]
    for junk in (b"\n", b"{", b"x" * 100_000, b'{"v":1,"ask":"health","checks":[[[[[[' + b"\n", bytes(range(256))):
        with connect(ready) as client:
            try:
                client.sendall(junk + b"\n")
            except (BrokenPipeError, ConnectionResetError):
                pass
            answer = client.makefile("rb").readline()
            assert not answer or "error" in json.loads(answer)
    assert ask(ready, "health").returncode == 0
    for client in silent:
        client.close()


def test_thirty_thousand_questions_leave_nothing_behind(ready):
    def measure():
        return len(os.listdir(f"/proc/{ready.pid}/fd")), int(harness.status(ready.pid, "RssAnon").split()[0])

    def many(count):
        for _ in range(count):
            assert talk(ready, b'{"v":1,"ask":"health"}\n')["healthy"] is True

    many(3_000)
    talk(ready, b'{"v":1,"ask":"status"}\n')
    fds, memory = measure()
    many(30_000)
    talk(ready, b'{"v":1,"ask":"status"}\n')
    harness.until(lambda: measure()[0] <= fds)  # the last connection may be closing yet
    if "asan" not in USHER:
        assert measure()[1] <= memory + 64


def test_an_usher_below_another_one_does_without_a_socket(usher):
    inner = f'{USHER} health --wait; exec {USHER} -- sh -c "exit 3"'
    run = usher("--", "sh", "-c", inner)
    assert run.wait() == 3
    (event,) = run.events("no_control")
    assert event["level"] == "warn" and "it is in use" in event["message"]
