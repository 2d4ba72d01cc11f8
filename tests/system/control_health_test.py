"""`usher health`: what it says, how long it waits, and which checks it asks for."""

import json
import signal
import subprocess

import pytest

from control_client import (NOBODY, READY, ask, begin, configure, inside,
                            make_ready, send, status, wait_for_state)
from harness import LIMIT


def with_checks(*names, directory):
    """Checks that pass while a file of that name is in the directory."""
    return READY + "".join(
        f'[[health]]\nname = "{name}"\nprobe = {{ type = "file", path = "{directory}/{name}" }}\n'
        'interval = "20ms"\ntimeout = "1h"\nfailure_threshold = 1\non_failure = "alert"\nlevel = "ready"\n' for name in names)


@pytest.mark.parametrize("wait", [["--wait=10ms"], ["--wait", "10ms"]], ids=" ".join)
def test_the_time_to_wait_may_stand_behind_a_blank(waiting, wait):
    told = ask(waiting, "health", *wait)
    assert told.returncode == 1
    assert told.stdout.startswith("starting (level ready): ")


@pytest.mark.parametrize("as_user", [(), NOBODY], ids=["root", "nobody"])
def test_health_is_0_when_ready_and_1_before_for_every_user(waiting, as_user):
    before = ask(waiting, "health", "--wait=10ms", as_user=as_user)
    assert before.returncode == 1
    assert before.stdout == "starting (level ready): no line of its output has matched readiness.probe\n"
    make_ready(waiting)
    after = ask(waiting, "health", as_user=as_user)
    assert (after.returncode, after.stdout, after.stderr) == (0, "healthy (level ready): ready\n", "")


def test_health_needs_nothing_of_the_environment(ready):
    argv = inside(ready, "health")["args"]
    done = subprocess.run(argv, env={}, capture_output=True, cwd="/", timeout=LIMIT)
    assert done.returncode == 0


def test_a_waiting_health_is_answered_when_the_line_comes(waiting):
    clients = [begin(waiting, "health", "--wait"), begin(waiting, "health", "--wait=60s", "--json")]
    watcher = begin(waiting, "status", "--watch", "--json")
    assert json.loads(watcher.stdout.readline())["state"] == "starting"
    make_ready(waiting)
    outputs = [client.communicate(timeout=LIMIT)[0] for client in clients]
    assert [client.returncode for client in clients] == [0, 0]
    assert outputs[0] == "healthy (level ready): ready\n"
    assert json.loads(outputs[1])["healthy"] is True
    assert json.loads(watcher.stdout.readline())["state"] == "ready"
    send(watcher, signal.SIGKILL)
    watcher.communicate(timeout=LIMIT)


@pytest.mark.parametrize("args, text", [
    (["nope"], 'no check is named "nope"; known: sh (all of it)'),
    (["--nope"], "unknown option --nope"),
    (["--wait=soon"], "--wait: expected a duration such as 30s"),
    (["--hold="], "--hold: expected a duration such as 30s"),
    (["system", "--hold=30s"], "--hold: not for system, which no single usher hears the news of"),
])
def test_health_is_1_for_whatever_is_wrong_with_the_question(ready, args, text):
    done = ask(ready, "health", *args)
    assert (done.returncode, done.stdout) == (1, text + "\n")
    as_json = ask(ready, "health", "--json", *args)
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["reason"] == text


def test_health_of_the_service_by_its_name_is_that_of_all(ready):
    assert ask(ready, "health", "sh").returncode == 0


def test_a_signal_ends_a_waiting_health_at_once(waiting):
    client = begin(waiting, "health", "--wait")
    watcher = begin(waiting, "status", "--watch", "--json")
    watcher.stdout.readline()  # it runs, and has its signals back
    for process in (client, watcher):
        send(process, signal.SIGTERM)
        process.communicate(timeout=LIMIT)
        assert process.returncode in (128 + signal.SIGTERM, -signal.SIGTERM)


def test_health_turns_unhealthy_as_soon_as_a_stop_begins(usher):
    run = usher("--", "sh", "-c", "trap 'echo asked' TERM; echo ready; while :; do sleep 1000 & wait; done",
                config=READY + '[shutdown]\ntimeout = "300s"\n')
    run.wait_event("ready")
    run.send(signal.SIGTERM)
    run.out.wait_text("asked")
    done = ask(run, "health", "--wait")
    assert (done.returncode, done.stdout) == (1, "stopping (level ready): SIGTERM has come\n")
    assert status(run)["healthy"] is False


def test_checks_are_asked_for_by_name_and_all_of_them_make_the_service(usher, tmp_path):
    (tmp_path / "good").touch()
    run = usher("--", "sh", "-c", "echo ready; exec sleep 1000",
                config=with_checks("good", "bad", directory=tmp_path))
    run.wait_event("check_failing")
    assert ask(run, "health", "good", "--wait").returncode == 0
    bad = ask(run, "health", "bad", "--wait")
    assert bad.returncode == 1 and bad.stdout.startswith("bad failing: ")
    assert ask(run, "health", "good", "bad").returncode == 1
    whole = ask(run, "health", "--json", "--wait")
    assert whole.returncode == 1
    told = json.loads(whole.stdout)
    assert told["state"] == "unhealthy"
    assert {check["name"]: check["status"] for check in told["checks"]} == {"good": "passing", "bad": "failing"}
    assert "no check is named" in ask(run, "health", "worse").stdout

    (tmp_path / "bad").touch()
    assert wait_for_state(run, lambda now: now["healthy"])["state"] == "ready"
    done = ask(run, "health")
    assert (done.returncode, done.stdout) == (0, "healthy (level ready): ready, 2 checks pass\n")
    assert "CHECK" in ask(run, "status").stdout
    assert run.stop() == 143


def test_a_check_that_has_not_passed_yet_is_waited_for(usher, tmp_path):
    config = with_checks("late", directory=tmp_path).replace("interval", 'start_period = "300s"\ninterval')
    run = usher("--", "sh", "-c", "echo ready; exec sleep 1000", config=config)
    run.wait_event("ready")
    early = ask(run, "health", "--wait=50ms")
    assert early.returncode == 1 and early.stdout.startswith("not healthy yet (level ready): late")
    client = begin(run, "health", "--wait")
    (tmp_path / "late").touch()
    assert client.communicate(timeout=LIMIT)[0] == "healthy (level ready): ready, 1 check passes\n"
    assert client.returncode == 0


def test_who_wants_news_is_told_a_change_at_once(usher, tmp_path):
    (tmp_path / "good").touch()
    run = usher("--", "sh", "-c", "echo ready; exec sleep 1000", config=with_checks("good", directory=tmp_path))
    run.wait_event("check_passing")
    news = ("health", "--wait=60s", "--hold=1h")
    assert ask(run, *news).returncode == 0
    # Held longer and longer, until one is still there when the change comes.
    held = begin(run, *news)
    (tmp_path / "good").unlink()
    run.wait_event("check_failing")
    while held.wait(LIMIT) == 0:
        held = begin(run, *news)
    assert held.communicate()[0].startswith("unhealthy (level ready): good")


def test_a_reload_replaces_checks_under_a_running_service(usher, tmp_path):
    (tmp_path / "good").touch()
    run = usher("--", "sh", "-c", "echo ready; exec sleep 1000",
                config=with_checks("good", "bad", directory=tmp_path))
    run.wait_event("check_failing")
    before = status(run)
    configure(run, with_checks("good", directory=tmp_path))
    assert ask(run, "reload").stdout == "in force now: health\n"
    after = wait_for_state(run, lambda now: now["healthy"])
    assert [check["name"] for check in after["checks"]] == ["good"]
    assert (after["pid"], after["starts"]) == (before["pid"], 1)
    configure(run, with_checks("good", "new", directory=tmp_path))
    assert ask(run, "reload").returncode == 0
    assert wait_for_state(run, lambda now: now["state"] == "unhealthy")["pid"] == before["pid"]
    configure(run, READY)
    assert ask(run, "reload").returncode == 0
    assert ask(run, "health").stdout == "healthy (level ready): ready\n"
    assert run.stop() == 143


def test_while_usher_waits_for_a_dependency_health_says_for_which(usher, tmp_path):
    config = (f'[[dependency]]\nname = "flag"\nprobe = {{ type = "file", path = "{tmp_path}/flag" }}\n'
              'interval = "20ms"\n')
    run = usher("--", "sleep", "1000", config=config)
    run.wait_event("waiting")
    early = ask(run, "health", "--wait=1ms")
    assert early.returncode == 1 and early.stdout.startswith("waiting (level ready): flag: ")
    assert "DEPENDENCY" in ask(run, "status").stdout
    client = begin(run, "health", "--wait")
    (tmp_path / "flag").touch()
    assert client.communicate(timeout=LIMIT)[0] == "healthy (level ready): ready\n"
    assert status(run)["dependencies"][0]["satisfied"] is True
    assert run.stop() == 143


def test_a_check_that_is_only_watched_takes_no_health(usher, tmp_path):
    config = with_checks("counts", "dead", "seen", directory=tmp_path)
    counts, dead, seen = ("[[health]]" + part for part in config.split("[[health]]")[1:])
    config = READY + counts + dead.replace('"ready"', '"alive"') + seen.replace('level = "ready"\n', "")
    for name in ("counts", "dead", "seen"):
        (tmp_path / name).touch()
    run = usher("--", "sh", "-c", "echo ready; exec sleep 1000", config=config)
    assert ask(run, "health", "--wait").stdout == "healthy (level ready): ready, 3 checks pass\n"

    def answers():
        return [ask(run, "health", f"--level={level}").returncode for level in ("alive", "ready", "watch")]

    assert answers() == [0, 0, 0]
    (tmp_path / "seen").unlink()
    assert run.wait_event("check_failing")["check_level"] == "watch"
    assert answers() == [0, 0, 1]
    assert "; watched: seen: " in ask(run, "health").stdout
    assert status(run)["state"] == "ready"
    (tmp_path / "counts").unlink()
    run.wait_event("check_failing", 2)
    assert answers() == [0, 1, 1]
    assert status(run)["state"] == "unhealthy"
    (tmp_path / "dead").unlink()
    run.wait_event("check_failing", 3)
    told = ask(run, "health", "--level", "alive")
    assert told.returncode == 1 and told.stdout.startswith("unhealthy (level alive): dead: ")
    assert json.loads(ask(run, "health", "--level=alive", "--json").stdout)["level"] == "alive"
    assert "expected alive, ready or watch" in ask(run, "health", "--level=live").stdout
    assert run.stop() == 143
    assert run.report["attempts"] == 1
