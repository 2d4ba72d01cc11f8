"""Services that go into the background: who is the service then."""

import json
import signal

import pytest

from control_client import ask
from harness import with_time_enough

# A double fork: both parents end with 0. `alone` has come to its end when they have.
DAEMON = """
import os, signal, sys
path = sys.argv[1]
alone, parents = os.pipe()
done, tell = os.pipe()
def write(text):
    with open(path + '.new', 'w') as file: file.write(text)
    os.rename(path + '.new', path)
def go():
    os.write(tell, b'x')
    print('behind', os.getpid(), flush=True)
    while True: signal.pause()
def daemon():
    os.close(parents)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(5))
    %s
    os._exit(1)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: daemon()
    os._exit(0)
os.close(tell)
os.read(done, 1)
os._exit(0)
"""


@pytest.fixture
def daemon(anywhere, tmp_path):
    """Starts one whose last process does that."""
    path = tmp_path / "pid"

    def start(body, more="", with_file=True, limit=None):
        key = f'[service]\npid_file = "{path}"\n' if with_file else ""
        timeout = f'[readiness]\ntimeout = "{limit}"\n' if limit else ""
        return anywhere("--", "python3", "-c", DAEMON % body.replace("\n", "\n    "), str(path),
                        config=f"{more}{key}{timeout}[startup]\nretries = 1\n")

    start.path = path
    return start


@pytest.mark.parametrize("body", [
    "write('%d\\n' % os.getpid()); go()",
    "write('%d' % os.getpid()); go()",
    "os.write(tell, b'x'); os.read(alone, 1); write('%d\\n' % os.getpid()); go()",
], ids=["before", "without-newline", "after-the-parents"])
def test_the_service_goes_on_in_the_process_that_it_names(daemon, body):
    run = daemon(body)
    named = run.wait_event("main_process")["pid"]
    run.wait_event("ready")
    assert int(daemon.path.read_text()) == named
    if run.is_pid_1:  # elsewhere another usher may answer
        assert json.loads(ask(run, "status", "--json").stdout)["pid"] == named
    run.out.wait_text("behind")
    assert run.stop() == 5
    assert run.report["ready"]


def test_signals_go_to_it_and_its_end_is_the_end_of_the_service(daemon):
    run = daemon("signal.signal(signal.SIGUSR1, lambda *_: os._exit(7)); write('%d\\n' % os.getpid()); go()")
    run.wait_event("ready")
    run.send(signal.SIGUSR1)
    assert run.wait() == 7
    assert run.wait_event("service_exited")["code"] == 7


def test_what_an_earlier_start_has_left_does_not_count(daemon):
    daemon.path.write_text("1\n")
    run = daemon("write('%d\\n' % os.getpid()); go()")
    run.wait_event("ready")
    run.out.wait_text("behind")
    assert run.stop() == 5


@pytest.mark.parametrize("body, why", [
    ("go()", "has not been written"),
    ("write('soon\\n'); go()", "no number of a process"),
    ("write('%d\\n' % os.getppid()); go()", ""),
    ("write('1\\n'); go()", "process 1 is none of the service's"),
])
def test_who_is_not_named_in_time_is_not_ready(daemon, body, why):
    def attempt(limit):
        daemon.path.unlink(missing_ok=True)
        run = daemon(body, limit=limit)
        assert run.wait() == 93
        message = run.wait_event("not_ready")["message"]
        assert f"service.pid_file {daemon.path}: " in message
        return why in message
    assert with_time_enough(attempt)


def test_a_daemon_that_has_ended_before_it_was_taken_over_is_no_success(daemon):
    run = daemon("write('%d\\n' % os.getpid()); os._exit(7)")
    assert run.wait() in (7, 94)
    assert run.wait_event("service_exited")["code"] == 7


def test_nobody_who_could_write_the_file_ends_the_wait(daemon):
    run = daemon("os._exit(0)", limit="300s")
    assert run.wait() == 94
    assert "service.pid_file" in run.report["detail"]


def test_a_stop_while_the_file_is_awaited_reaches_what_is_there(daemon):
    run = daemon("os.write(tell, b'x'); os.read(alone, 1); print('alone', flush=True); go()",
                 more='[shutdown]\ntimeout = "1h"\n')
    run.out.wait_text("alone")
    assert run.stop() == 0
    assert not run.events("killing")


def test_a_notification_may_name_it_in_place_of_the_file(anywhere, tmp_path):
    body = """import socket
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.sendto(b'MAINPID=%d\\nREADY=1' % os.getpid(), '\\0' + os.environ['NOTIFY_SOCKET'][1:])
    go()"""
    run = anywhere("--", "python3", "-c", DAEMON.replace("%s", body), str(tmp_path / "pid"), config=f"""
[service]
pid_file = "{tmp_path}/never"
notify_access = "all"
[readiness]
probe = {{ type = "notify" }}
[startup]
retries = 1
""")
    run.wait_event("main_process")
    run.wait_event("ready")
    assert run.stop() == 5


def test_in_the_foreground_it_may_name_itself(anywhere, tmp_path):
    path = tmp_path / "pid"
    run = anywhere("--", "sh", "-c", f"echo $$ > {path}; exec sleep 1000",
                   config=f'[service]\npid_file = "{path}"\n')
    run.wait_event("ready")
    assert not run.events("main_process")
    assert run.stop() == 128 + signal.SIGTERM


def test_a_daemon_that_nobody_was_told_of_is_spoken_of(daemon):
    run = daemon("go()", with_file=False)
    told = run.wait_event("detached")
    assert "service.pid_file" in told["message"] and told["left"]
    assert run.wait() == 0
