"""Probes that ask this machine, as readiness, dependency and health check of a real service."""

import os
import pathlib
import signal

import pytest

from control_client import ask
from harness import AS_PID_1, with_time_enough

ONE_ATTEMPT = "[startup]\nretries = 1\n"


def sh(script):
    return ("--", "sh", "-c", script)


def test_a_command_says_ready(anywhere, tmp_path):
    run = anywhere(*sh(f"echo > {tmp_path}/up; exec sleep 1000"), config=ONE_ATTEMPT + f"""
[readiness]
probe = {{ type = "exec", command = ["test", "-e", "{tmp_path}/up"] }}
""")
    run.wait_event("ready")
    run.stop()
    assert run.report["orphans_reaped"] == 0


def test_a_command_that_hangs_is_killed_and_the_stop_waits_for_nobody(anywhere):
    def attempt(limit):
        run = anywhere(*sh("exec sleep 1000"), config=ONE_ATTEMPT + f"""
[[health]]
name = "hangs"
probe = {{ type = "exec", command = ["sh", "-c", "echo stuck; sleep 1000 & sleep 1000"] }}
interval = "10ms"
timeout = "{limit}"
failure_threshold = 2
on_failure = "alert"
""")
        reason = run.wait_event("check_failing")["reason"]
        assert f"still running after {limit}" in reason
        assert run.stop() == 128 + signal.SIGTERM
        assert not run.report["killed"]
        return "stuck" in reason

    with_time_enough(attempt)


def test_the_command_of_a_probe_runs_as_the_service_does(anywhere):
    run = anywhere(*sh("exec sleep 1000"), config="""
[service]
environment = { MINE = "yes" }
workdir = "/usr"
""" + ONE_ATTEMPT + """
[readiness]
probe = { type = "exec", command = ["sh", "-c", "test $MINE = yes && test $PWD = /usr"] }
""")
    run.wait_event("ready")
    run.stop()


def test_a_command_that_is_not_there_is_said_as_such(anywhere):
    def attempt(limit):
        run = anywhere(*sh("exec sleep 1000"), config=ONE_ATTEMPT + f"""
[readiness]
probe = {{ type = "exec", command = ["no-such-program"] }}
timeout = "{limit}"
""")
        assert run.wait() == 93
        return run.events("probe_misconfigured")

    assert "cannot execute" in with_time_enough(attempt)[0]["message"]


def test_a_file_that_comes_says_ready(anywhere, tmp_path):
    run = anywhere(*sh(f"mkdir {tmp_path}/run; echo port 4001 > {tmp_path}/run/x; "
                       f"mv {tmp_path}/run/x {tmp_path}/run/state; exec sleep 1000"),
                   config=ONE_ATTEMPT + f"""
[readiness]
probe = {{ type = "file", path = "{tmp_path}/run/state", pattern = 'port ([0-9]+)' }}
interval = "300s"
""")
    assert run.wait_event("ready")["value"] == "4001"
    run.stop()


def test_a_file_is_a_dependency(anywhere, tmp_path):
    wanted = pathlib.Path(tmp_path) / "wanted"
    run = anywhere("--", "true", config=f"""
[[dependency]]
name = "wanted"
probe = {{ type = "file", path = "{wanted}" }}
interval = "300s"
""")
    wanted.write_text("")
    assert run.wait() == 0


# Mounts a file system whose server is the descriptor argv[1], and becomes the rest of its arguments.
MOUNT = """
import ctypes, os, sys
options = f'fd={sys.argv[1]},rootmode=40000,user_id=0,group_id=0'
if ctypes.CDLL(None).mount(b'none', sys.argv[2].encode(), b'fuse.deaf', 0, options.encode()) != 0:
    sys.exit('cannot mount')
os.close(int(sys.argv[1]))
os.execvp(sys.argv[3], sys.argv[3:])
"""


@pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="no FUSE here")
def test_a_file_system_that_hangs_holds_up_neither_commands_nor_the_stop(usher, tmp_path):
    server = os.open("/dev/fuse", os.O_RDWR)  # and never answers
    inside = [*AS_PID_1[:-1], "python3", "-c", MOUNT, str(server), str(tmp_path), *AS_PID_1[-1:]]
    run = usher(*sh("exec sleep 1000"), inside=inside, pass_fds=[server], config=f"""
[[health]]
name = "share"
probe = {{ type = "file", path = "{tmp_path}/alive" }}
timeout = "100ms"
interval = "20ms"
failure_threshold = 2
on_failure = "alert"
level = "ready"
""")
    assert "no answer about" in run.wait_event("check_failing")["reason"]
    assert "no answer about" in ask(run, "health").stdout
    assert run.stop() == 143
    assert run.events("killing") == []
    os.close(server)


def test_a_stopped_service_is_unhealthy_until_it_goes_on(anywhere):
    run = anywhere(*sh("kill -STOP $$; exec sleep 1000"), config="""
[[health]]
name = "alive"
probe = { type = "process" }
interval = "20ms"
failure_threshold = 1
on_failure = "alert"
""")
    assert "stopped by a signal" in run.wait_event("check_failing")["reason"]
    before = len(run.events("check_passing"))
    run.send(signal.SIGCONT)
    run.wait_event("check_passing", times=before + 1)
    run.stop()


def test_a_service_that_grows_too_large_is_stopped(anywhere):
    run = anywhere("--", "python3", "-c", "x = b'x' * 200_000_000; import signal; signal.pause()",
                   config="""
[[health]]
name = "memory"
probe = { type = "process", max_memory = "100MiB" }
interval = "20ms"
failure_threshold = 1
""")
    assert run.wait() == 95
    assert "max_memory is 100 MiB" in run.wait_event("check_failing")["reason"]
