"""Kills for want of memory, in a real group with a limit: said of what was, when it is, and to whom it matters."""

import json
import os
import pathlib
import subprocess
import uuid

import pytest

from harness import AS_PID_1, SANITIZED, USHER, until

ROOT = pathlib.Path("/sys/fs/cgroup/memory")
HOG = "x = [bytearray(1 << 20) for _ in range(400)]"


@pytest.fixture
def group():
    """A group of version 1 of this machine's own, with 40 MiB."""
    if not os.access(ROOT / "cgroup.procs", os.W_OK):
        pytest.skip("no memory group can be made here")
    if SANITIZED:
        pytest.skip("the kernel kills who is largest, and with a sanitizer's accounts that is usher")
    path = ROOT / f"usher-{uuid.uuid4().hex}"
    path.mkdir()
    for limit in ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"):
        if (path / limit).exists():
            (path / limit).write_text(str(40 << 20))
    yield path
    until(lambda: not (path / "cgroup.procs").read_text())
    path.rmdir()


def inside(group):
    return [*AS_PID_1, "sh", "-c", f"echo 0 > {group}/cgroup.procs; exec \"$@\"", "sh"]


def python(script):
    return ("--", "python3", "-c", script)


# A worker that is killed once there is a file, beside a service that lives on and counts its starts.
def with_worker(tmp_path):
    return python(f"""
import os, pathlib, time
go, starts = pathlib.Path({str(tmp_path / 'go')!r}), pathlib.Path({str(tmp_path / 'starts')!r})
with starts.open("a") as file: file.write("x")
if os.fork() == 0:
    while not go.exists(): time.sleep(0.01)
    go.unlink()
    {HOG}
print("up", flush=True)
while True: time.sleep(1000)
""")


def test_a_worker_that_is_killed_is_said_at_once(usher, group, tmp_path):
    run = usher(*with_worker(tmp_path), inside=inside(group))
    run.out.wait_text("up\n")
    (tmp_path / "go").write_text("")
    event = run.wait_event("oom_kill")
    assert (event["kills"], event["total"]) == (1, 1)
    assert "want of memory; its limit is 40 MiB" in event["message"]
    assert run.wait_event("alert")["alert"] == "oom"
    assert run.stop() == 143
    report = run.report
    assert report["oom_killed"] and report["reason"] == "stopped"
    assert report["alerts"] == {"oom": 1}
    shown = subprocess.run([USHER, "report", "-"], input=json.dumps({**report}), capture_output=True, text=True, check=True)
    assert "stopped by SIGTERM" in shown.stdout and "out of memory" not in shown.stdout


def test_a_policy_ends_the_service(usher, group, tmp_path):
    run = usher("--resources.on_oom", "exit", *with_worker(tmp_path), inside=inside(group))
    run.out.wait_text("up\n")
    (tmp_path / "go").write_text("")
    assert run.wait() == 95
    assert run.report["stop"] == {"by": "oom"}
    assert run.events("stopping")[0]["by"] == "oom"


def test_a_policy_starts_the_service_anew(usher, group, tmp_path):
    run = usher("--resources.on_oom", "restart", "--startup.backoff.initial", "1ms", *with_worker(tmp_path),
                inside=inside(group))
    run.out.wait_text("up\n")
    (tmp_path / "go").write_text("")
    run.out.wait_text("up\n", 2)
    assert run.events("restarting")[0]["by"] == "oom"
    assert run.stop() == 143
    assert (tmp_path / "starts").read_text() == "xx"
    assert run.report["restarts"] == 1


def test_the_end_of_the_service_itself_is_its_own(usher, group):
    run = usher("--resources.on_oom", "exit", *python(HOG), inside=inside(group))
    assert run.wait() == 137
    assert run.report["reason"] == "signaled" and run.report["oom_killed"]
    assert run.report["stop"] is None


def test_a_job_below_a_second_says_that_it_lost_a_worker(usher, group):
    run = usher(*python(f"import os\npid = os.fork()\nif pid == 0:\n  {HOG}\nos.waitpid(pid, 0)"), inside=inside(group))
    assert run.wait() == 0
    assert run.report["oom_killed"]


def test_what_was_counted_before_is_of_others(usher, group):
    first = usher(*python(HOG), inside=inside(group))
    assert first.wait() == 137
    run = usher("--resources.interval", "100ms", "--", "sh", "-c", "echo up; exec sleep 1000", inside=inside(group))
    run.out.wait_text("up\n")
    assert run.stop() == 143
    assert not run.report["oom_killed"]
    assert not run.events("oom_kill")
    assert run.report.get("peak_resources", {"oom_kills": 0})["oom_kills"] == 0
