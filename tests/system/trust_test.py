"""Who may answer for usher, and what others may make it do: nobody of another user gets in between."""

import os
import pathlib
import subprocess
import tempfile
import time

import pytest

import harness
from control_client import NOBODY as STRANGER, ask, begin

NOBODY = '[service]\nuser = "nobody"\n'

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="becomes another user")


@pytest.fixture
def open_to_all():
    """A directory that everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="usher-system-") as name:
        os.chmod(name, 0o755)
        yield pathlib.Path(name)


@pytest.mark.parametrize("more", ["", "[metrics]\nlisten = '127.0.0.1:%d'\n"])
def test_the_service_is_never_first_at_the_name_of_the_control_socket(usher, open_to_all, more):
    config = NOBODY + (more % harness.free_port() if more else "")
    for _ in range(20):
        run = usher("--", harness.open_helper(open_to_all, "take_name"), config=config)
        assert run.wait() == 0
        assert run.out.text() == "late\n"


def test_the_service_is_never_first_at_the_socket_of_the_metrics(usher, open_to_all):
    path = open_to_all / "metrics.sock"
    config = NOBODY + f'[metrics]\nlisten = "unix:{path}"\n'
    run = usher("--", "sh", "-c", f"test -S {path} && echo there; exec sleep 1000", config=config)
    run.out.wait_text("there")


def test_commands_ask_no_other_socket_than_that_of_the_configuration(usher, open_to_all):
    path = open_to_all / "u.sock"
    file = open_to_all / "service.toml"
    file.write_text(NOBODY + f'[control]\nsocket = "{path}"\n')
    run = usher("-c", str(file), "--", harness.open_helper(open_to_all, "take_name"), "keep")
    run.out.wait_text("first")  # the default name, which this usher has no use for
    where = {"env": {"USHER_CONFIG": str(file)}}
    answer = ask(run, "health", **where)
    assert (answer.returncode, answer.stdout) == (0, "healthy (level ready): ready\n")
    done = begin(run, "stop", **where)
    assert done.communicate()[0] == "stopped, exit code 143\n"
    assert run.wait() == 143


HOLDS_PLACES = """
import os, socket
inode = int(os.readlink("/proc/self/ns/pid").strip("pid:[]"))
held = []
for ask in 50 * [b'"watch"', b'"health","wait_ms":3600000', None]:
    held.append(socket.socket(socket.AF_UNIX))
    held[-1].connect(f"\\0usher/{inode}")
    try:
        held[-1].sendall(b'{"v":1,"ask":' + ask + b'}\\n' if ask else b"")
    except OSError:
        pass
print("held", flush=True)
while True:
    socket.socket(socket.AF_UNIX).connect(f"\\0usher/{inode}")
"""


def test_the_places_that_a_stranger_holds_are_not_those_of_root(usher):
    run = usher("--", "sh", "-c", "echo there; exec sleep 1000")
    run.out.wait_text("there")
    assert ask(run, "health").returncode == 0
    inside = ["nsenter", "--target", str(run.pid), "--pid", "--mount", *STRANGER]
    with subprocess.Popen([*inside, "/usr/bin/python3", "-c", HOLDS_PLACES], stdout=subprocess.PIPE) as stranger:
        assert stranger.stdout.readline() == b"held\n"
        for _ in range(20):
            assert ask(run, "health").stdout == "healthy (level ready): ready\n"
        watcher = begin(run, "status", "--watch", "--json")
        assert '"state":"ready"' in watcher.stdout.readline()
        assert run.stop() == 143  # and with it the stranger
        watcher.communicate()


ASKS_ALL_THE_TIME = """
import os, socket, threading
inode = int(os.readlink("/proc/self/ns/pid").strip("pid:[]"))
def ask(what):
    answered = 0
    while answered < 500:
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(f"\\0usher/{inode}")
            try:
                one.sendall(what)
                while got := one.recv(65536):
                    answered += 1
            except OSError:
                pass
asks = [b'{"v":1,"ask":"status"}\\n', b'{"v":1,"ask":"metrics"}\\n', b"rubbish\\n"]
threads = [threading.Thread(target=ask, args=[what]) for what in asks for _ in range(4)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print("asked", flush=True)
"""


def test_who_asks_all_the_time_has_no_more_work_done_than_others(usher):
    begun = time.monotonic()
    run = usher("--", "sh", "-c", "echo there; exec sleep 1000")
    run.out.wait_text("there")
    assert ask(run, "health").returncode == 0
    inside = ["nsenter", "--target", str(run.pid), "--pid", "--mount", *STRANGER]
    asked = subprocess.run([*inside, "/usr/bin/python3", "-c", ASKS_ALL_THE_TIME], stdout=subprocess.PIPE, check=True)
    assert asked.stdout == b"asked\n"
    assert run.stop() == 143
    looks = run.report["peak_resources"]["looks"]
    # One in 100 ms at most, however long the machine took for all this; not one for each of 4,000.
    assert 1 <= looks <= 10 * (time.monotonic() - begun) + 1


@pytest.mark.parametrize("command", ["health", "stop", "status"])
def test_a_stranger_is_not_believed(usher, open_to_all, command):
    run = usher("--control.enabled", "false", "--", harness.open_helper(open_to_all, "take_name"), "keep",
                config=NOBODY)
    run.out.wait_text("first")
    answer = ask(run, command)
    assert answer.returncode == 1
    assert "is user 65534, process " in answer.stdout + answer.stderr
    assert "well" not in answer.stdout and "stopped" not in answer.stdout
