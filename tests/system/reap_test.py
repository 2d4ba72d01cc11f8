"""Reaping: every orphan, whatever else happens, and nobody's status taken for another's."""

import os
import pathlib
import signal
import socket
import subprocess

import pytest

from harness import LIMIT, children, descendants, helper, state, until


def orphans(start, count, *code, **options):
    # A machine that is busy elsewhere may need longer than the usual limit to end them all.
    run = start("--shutdown.timeout=1000s", "--", helper("orphans"), str(count), *code, stdin=subprocess.PIPE,
                **options)
    for made in range(1000, count + 1, 1000):  # each thousand has all the time that a test has
        run.out.wait_text(f"made {made}\n")
    run.out.wait_text("up\n")
    return run


def wait_until_all_are_reaped(run):
    """All but the service: as long as it goes on, it may take its time."""
    while (left := len(children(run.pid))) > 1:
        until(lambda: len(children(run.pid)) < left)


def states(run):
    return [state(pid) for pid in children(run.pid)]


def test_orphans_are_reaped_while_the_service_runs(anywhere):
    run = orphans(anywhere, 100)
    assert len(children(run.pid)) == 101
    run.stdin.close()
    until(lambda: len(children(run.pid)) == 1)
    assert run.stop() == 143
    assert run.report["orphans_reaped"] == 100


def test_20_000_orphans_that_end_at_once_are_reaped(usher):
    run = orphans(usher, 20_000)
    run.stdin.close()
    wait_until_all_are_reaped(run)
    assert run.stop() == 143
    assert run.report["orphans_reaped"] == 20_000


def test_a_signal_is_passed_on_in_the_middle_of_5_000_ends(usher):
    run = orphans(usher, 5000)
    run.stdin.close()
    assert run.stop() == 143
    assert run.report["orphans_reaped"] == 5000


def test_ends_that_were_told_of_by_one_sigchld_are_all_reaped(anywhere):
    """Seen as zombies first: while usher is stopped, 1,000 SIGCHLDs become one."""
    run = orphans(anywhere, 1000)
    os.kill(run.pid, signal.SIGSTOP)
    until(lambda: state(run.pid) == "T")
    run.stdin.close()
    until(lambda: states(run).count("Z") == 1000)
    os.kill(run.pid, signal.SIGCONT)
    until(lambda: states(run) == ["S"])
    assert run.stop() == 143


def test_the_service_is_told_from_1_000_orphans_that_end_with_it(anywhere):
    run = orphans(anywhere, 1000, "3")
    os.kill(run.pid, signal.SIGSTOP)
    until(lambda: state(run.pid) == "T")
    run.stdin.close()
    until(lambda: states(run) == ["Z"] * 1001)
    os.kill(run.pid, signal.SIGCONT)
    assert run.wait() == 3
    assert run.report["service_code"] == 3
    assert run.report["orphans_reaped"] == 1000


def test_orphans_are_reaped_in_a_backoff(anywhere):
    config = '[readiness]\nprobe = { type = "stdout", pattern = "x" }\n' \
             '[startup.backoff]\ninitial = "1000s"\nmax = "1000s"\n'
    run = anywhere("--", "sh", "-c", "(sleep 1000 &) ; exit 1", config=config)
    run.wait_event("backoff")
    assert descendants(run.pid) == []
    assert run.stop() == 143


def test_a_stop_and_a_continuation_of_the_service_are_no_ends(anywhere):
    run = anywhere("--", "sh", "-c", "echo up; read line; exit 4", stdin=subprocess.PIPE)
    run.out.wait_text("up\n")
    service, = descendants(run.pid)
    for _ in range(3):
        os.kill(service, signal.SIGSTOP)
        until(lambda: state(service) == "T")
        os.kill(service, signal.SIGCONT)
        until(lambda: state(service) != "T")
    run.stdin.close()
    assert run.wait() == 4


def test_a_leftover_that_gets_the_number_of_the_service_is_not_taken_for_it(usher):
    if not pathlib.Path("/proc/sys/kernel/ns_last_pid").exists():
        pytest.skip("this kernel does not let us choose a number")
    # The child waits until its parent, the service, has been reaped, and takes its number.
    script = """
import os, pathlib, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
service = os.getpid()
if os.fork() > 0:
    os._exit(3)
os.setsid()  # or the number would stay in use, as that of a group
while pathlib.Path(f"/proc/{service}").exists():
    os.sched_yield()
pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(service - 1))
again = os.fork()
if again == 0:
    print("same" if os.getpid() == service else "other", flush=True)
    os._exit(9)
os._exit(8)
"""
    run = usher("--", "python3", "-c", script)
    assert run.wait() == 3
    assert run.out.text() == "same\n"
    assert run.report["service_code"] == 3


def test_children_that_had_ended_before_usher_was_there_are_reaped(usher):
    # The program that becomes usher has not waited for them, and their signal is long gone.
    script = """
import os, sys
for _ in range(20):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
os.execv(sys.argv[1], [sys.argv[1], "--", "sh", "-c", "echo up; exec sleep 1000"])
"""
    run = usher("-c", script, os.environ["USHER"], program=["python3"])
    run.out.wait_text("up")
    until(lambda: len(children(run.pid)) == 1)
    assert run.stop() == 143


def test_a_name_server_that_never_answers_holds_up_nothing(usher, tmp_path):
    # On a number of our own in 127.0.0.0/8, since resolv.conf knows no ports.
    address = f"127.{os.getpid() >> 16 & 255}.{os.getpid() >> 8 & 255}.{os.getpid() & 255 or 1}"
    (tmp_path / "resolv.conf").write_text(f"nameserver {address}\n")
    inside = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL", "sh", "-c",
              f'mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && exec setsid "$@"', "sh"]
    config = '[[health]]\nname = "redis"\nprobe = { type = "redis", url = "redis://redis.example" }\n' \
             'timeout = "1000s"\n'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        server.settimeout(LIMIT)
        run = orphans(usher, 100, inside=inside, config=config)
        assert b"example" in server.recv(1000)  # and now usher waits for the answer
        run.stdin.close()
        until(lambda: len(children(run.pid)) == 1)
        assert run.stop() == 143
    assert run.report["orphans_reaped"] == 100
    assert run.report["phases_ms"]["stopping"] < 30_000
