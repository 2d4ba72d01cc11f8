"""lifecycle.stdin: the end of whoever talks to the service through its stdin."""

import os
import pty
import signal
import socket
import subprocess

import pytest

from control_client import ask
from harness import helper

STOP = '[lifecycle]\nstdin = "stop"\n'
DEAF = ("--", "sh", "-c", "echo up; exec sleep 1000")


def stopped_by(run):
    return [event["by"] for event in run.events("stopping")]


def test_the_last_writer_goes_and_the_ordinary_stop_begins(anywhere):
    run = anywhere(*DEAF, config=STOP, stdin=subprocess.PIPE)
    run.out.wait_text("up\n")
    assert not run.events("stopping")
    run.stdin.close()
    assert run.wait() == 143
    assert stopped_by(run) == ["stdin_closed"]
    assert run.report["stop"] == {"by": "stdin_closed"}
    assert run.report["reason"] == "stopped"


def test_no_byte_is_taken_from_the_service(usher):
    run = usher("--", "sh", "-c", "trap '' TERM; echo up; cat", config=STOP, stdin=subprocess.PIPE)
    run.out.wait_text("up\n")
    os.write(run.stdin.fileno(), b"all of it\n" * 1000)
    run.stdin.close()
    assert run.wait() == 0
    assert run.out.text() == "up\n" + "all of it\n" * 1000


def test_a_second_writer_keeps_it_running(usher):
    read, write = os.pipe()
    second = os.dup(write)
    run = usher(*DEAF, config=STOP, stdin=read)
    run.out.wait_text("up\n")
    os.close(write)
    os.write(second, b"still here\n")
    assert not run.events("stopping")
    os.close(second)
    assert run.wait() == 143
    assert stopped_by(run) == ["stdin_closed"]
    os.close(read)


@pytest.mark.parametrize("how", ["close", "shutdown"])
def test_the_other_end_of_a_socket_goes_too(usher, how):
    here, there = socket.socketpair()
    with here, there:
        run = usher(*DEAF, config=STOP, stdin=there)
        there.close()
        run.out.wait_text("up\n")
        here.close() if how == "close" else here.shutdown(socket.SHUT_WR)
        assert run.wait() == 143
        assert stopped_by(run) == ["stdin_closed"]


def with_stdin(kind):
    """A stdin that says nothing about anybody, and what keeps it so."""
    if kind == "null":
        return os.open("/dev/null", os.O_RDONLY)
    if kind == "file":
        return os.open(__file__, os.O_RDONLY)
    if kind == "terminal":
        leader, follower = pty.openpty()
        os.close(leader)
        return follower
    read, write = os.pipe()  # nobody has written from the start
    os.close(write)
    return read


@pytest.mark.parametrize("kind", ["null", "file", "terminal", "pipe without a writer"])
def test_what_never_had_a_writer_stops_nothing(usher, kind):
    stdin = with_stdin(kind)
    run = usher("--", helper("signal_log"), config=STOP, stdin=stdin)
    os.close(stdin)
    run.out.wait_text("up\n")
    for _ in range(3):  # whoever is answered would have been told of by then
        assert ask(run, "health").returncode == 0
    run.send(signal.SIGKILL)
    run.wait_exit()
    assert not run.events("stopping")


def test_without_the_key_nothing_is_looked_at(usher):
    run = usher("--", "sh", "-c", "cat; exit 5", stdin=subprocess.PIPE)
    run.stdin.close()
    assert run.wait() == 5
    assert run.report["stop"] is None


def test_comes_into_force_with_a_reload(usher, tmp_path):
    path = tmp_path / "service.toml"
    path.write_text('[lifecycle]\nstdin = "ignore"\n')
    run = usher("-c", str(path), *DEAF, stdin=subprocess.PIPE)
    run.out.wait_text("up\n")
    path.write_text(STOP)
    assert ask(run, "reload").stdout == "in force now: lifecycle\n"
    run.stdin.close()
    assert run.wait() == 143
    assert stopped_by(run) == ["stdin_closed"]
