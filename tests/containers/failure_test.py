"""What goes wrong around a container, and what becomes of it: never a hang, never a wrong answer."""

import os
import pathlib
import signal
import subprocess

import pytest

from harness import DEBIAN, docker, until

HEALTH = """
[[health]]
name = "flag"
probe = { type = "exec", command = ["test", "!", "-e", "/tmp/ill"] }
interval = "100ms"
timeout = "200s"
failure_threshold = 3
"""
READY = '[readiness]\nprobe = { type = "stdout", pattern = "^ready$" }\n'
SERVICE = ("--", "sh", "-c", "echo ready; exec sleep 1000")


def test_a_wrong_configuration_is_told_with_its_place(container, config):
    one = container(DEBIAN, "--", "true", options=config('[service]\nnam = "x"\n[stop]\n'))
    assert one.wait() == 91
    # Everything in one run.
    assert "service.toml:2:1: service.nam: unknown key; did you mean service.name?" in one.err
    assert "service.toml:3:2: stop: unknown" in one.err


def test_unhealthy_too_often_is_95(container, config):
    one = container(DEBIAN, *SERVICE, options=config(READY + HEALTH))
    one.wait_event("ready")
    one.exec("touch", "/tmp/ill")
    assert one.wait() == 95
    assert one.report["reason"] == "unhealthy"


def test_a_paused_container_goes_on_where_it_was(container, config):
    options = config(READY + HEALTH + '[log]\nlevel = "debug"\n')
    one = container(DEBIAN, *SERVICE, options=options)
    one.wait_event("ready")
    docker("pause", one.id)
    # Many intervals of another one that is not paused, and more than the threshold of failures.
    container(DEBIAN, *SERVICE, options=options).wait_event("check", 20)
    assert one.state["Paused"]
    docker("unpause", one.id)
    assert one.stop() == 143
    report = one.report
    assert report["reason"] == "stopped"
    assert not [e for e in one.events() if e["level"] in ("warn", "error")]


def test_a_stop_while_paused_is_carried_out(container, config):
    one = container(DEBIAN, *SERVICE, options=config(READY))
    one.wait_event("ready")
    docker("pause", one.id)
    one.kill(signal.SIGTERM)  # the engine resumes it for that
    assert one.wait() == 143
    assert one.report["reason"] == "stopped"


@pytest.fixture
def stopped_reader():
    """Somebody who is attached to a container's output and does not read it."""
    readers = []

    def start(container):
        reader = subprocess.Popen(["docker", "start", "--attach", container.id], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        readers.append(reader)
        until(lambda: container.state["Running"], "start")
        return reader

    yield start
    for reader in readers:
        reader.kill()
        reader.wait()
        reader.stdout.close()


@pytest.mark.parametrize("text", ["", READY], ids=["inherited output", "read output"])
def test_a_log_reader_that_has_stopped_delays_no_stop(container, config, stopped_reader, text):
    # Without a log driver the attached reader is the only one, and nothing keeps what it leaves.
    one = container(DEBIAN, "--", "sh", "-c",
                    "echo ready; while :; do echo y; echo n >&2; done",
                    options=["--log-driver", "none", *config(text)], start=False)
    reader = stopped_reader(one)
    assert reader.stdout.readline()
    reader.send_signal(signal.SIGSTOP)

    def stuck():
        return any("pipe" in pathlib.Path(f"/proc/{pid}/wchan").read_text() for pid in one.pids()[1:])
    until(stuck, "service that waits in a write")
    one.kill(signal.SIGTERM)
    until(lambda: not one.pids(), "end of all processes")
    reader.kill()
    assert one.wait() == 143


def test_a_full_disk_costs_the_report_file_and_nothing_else(container):
    one = container(DEBIAN, "--report.file", "/report/report.json", "--", "sh", "-c",
                    "dd if=/dev/zero of=/report/ballast bs=4096 2>/dev/null; exit 3",
                    options=["--tmpfs", "/report:size=8k"])
    assert one.wait() == 3
    assert one.report["exit_code"] == 3
    [said] = [e for e in one.events() if "/report/report.json" in str(e)]
    assert "No space left on device" in str(said)


def test_a_service_killed_from_outside_is_told_as_such(container, config):
    one = container(DEBIAN, *SERVICE, options=config(READY))
    one.wait_event("ready")
    _, service = one.pids()
    os.kill(service, signal.SIGKILL)
    assert one.wait() == 137
    report = one.report
    assert (report["reason"], report["signal"], report["killed"]) == ("signaled", "SIGKILL", False)


def test_usher_killed_from_outside_takes_everything_along(container, config):
    one = container(DEBIAN, *SERVICE, options=config(READY))
    one.wait_event("ready")
    pids = one.pids()
    os.kill(pids[0], signal.SIGKILL)
    assert one.wait() == 137
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "end of all processes")
