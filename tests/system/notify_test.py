"""A service that says itself when it is ready: systemd's socket and s6's descriptor."""

import json
import signal

import pytest

from control_client import ask
from harness import with_time_enough

NOTIFY = '[readiness]\nprobe = { type = "notify" }\n[startup]\nretries = 1\n'

PRELUDE = """
import os, signal, socket, sys
def say(text):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.connect('\\0' + os.environ['NOTIFY_SOCKET'][1:])
    s.send(text.encode())
def barrier():
    ours, theirs = os.pipe()
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.connect('\\0' + os.environ['NOTIFY_SOCKET'][1:])
    socket.send_fds(s, [b'BARRIER=1'], [theirs])
    os.close(theirs)
    os.read(ours, 1)
def serve():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print('serving', flush=True)
    while True: signal.pause()
"""


def python(script):
    return ("--", "python3", "-c", PRELUDE + script)


def test_ready_on_the_socket(anywhere):
    run = anywhere(*python("say('READY=1\\nSTATUS=up'); serve()"), config=NOTIFY)
    run.wait_event("ready")
    run.out.wait_text("serving")  # it says READY=1 before it catches the signal
    assert run.stop() == 0
    assert run.report["ready"]


def test_what_a_service_says_before_it_ends_counts(anywhere):
    run = anywhere(*python("say('READY=1'); os._exit(7)"), config=NOTIFY)
    assert run.wait() == 7
    assert run.report["ready"]


def test_a_service_that_says_nothing_is_not_ready(anywhere):
    run = anywhere(*python("serve()"), config=NOTIFY.replace(
        "[startup]", 'timeout = "1s"\n[startup]'))
    assert run.wait() == 93
    assert "has not notified" in run.wait_event("not_ready")["message"]


@pytest.mark.parametrize("fd", [3, 9])
def test_ready_by_a_newline_on_a_descriptor(anywhere, fd):
    run = anywhere("--", "sh", "-c", f"echo up >&{fd}; exec {fd}>&-; exec sleep 1000",
                   config=NOTIFY.replace('"notify"', f'"notify", fd = {fd}'))
    run.wait_event("ready")
    assert run.stop() == 128 + signal.SIGTERM


def test_a_service_that_goes_into_the_background_is_followed(anywhere):
    run = anywhere(*python("""
told, tell = os.pipe()
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(5))
    say('MAINPID=%d\\nREADY=1' % os.getpid())
    os.write(tell, b'x')
    print('behind', flush=True)
    while True: signal.pause()
os.read(told, 1)
"""), config=NOTIFY)
    run.wait_event("main_process")
    run.out.wait_text("behind")
    assert run.stop() == 5
    assert run.report["ready"]


def test_a_watchdog_that_is_not_fed_makes_the_service_unhealthy(anywhere):
    run = anywhere(*python("say('READY=1'); serve()"), config=NOTIFY + """
[[health]]
name = "watchdog"
probe = { type = "notify", watchdog = "300ms" }
interval = "50ms"
failure_threshold = 1
""")
    assert run.wait() == 95
    assert "no WATCHDOG=1" in run.wait_event("check_failing")["reason"]


def test_a_watchdog_alone_asks_for_no_ready(anywhere):
    def attempt(limit):
        run = anywhere(*python("say('WATCHDOG=1'); serve()"), config=f"""
[[health]]
name = "watchdog"
probe = {{ type = "notify", watchdog = "{limit}" }}
interval = "50ms"
failure_threshold = 1
""")
        assert run.wait() == 95
        assert "no WATCHDOG=1 for" in run.wait_event("check_failing")["reason"]
        return "serving\n" in run.out.text() and run.events("check_passing")

    with_time_enough(attempt)


def test_our_own_manager_is_left_to_the_service_where_nobody_asks(anywhere):
    run = anywhere("--", "sh", "-c", "echo $NOTIFY_SOCKET", env={"NOTIFY_SOCKET": "/run/ours"})
    assert run.wait() == 0
    assert run.out.text() == "/run/ours\n"


def test_what_the_service_says_of_itself_is_in_the_status(usher):
    run = usher(*python("say('STATUS=reading 7 of 9'); barrier(); serve()"), config=NOTIFY)
    run.out.wait_text("serving")
    seen = json.loads(ask(run, "status", "--json").stdout)
    assert seen["status_text"] == "reading 7 of 9"
    assert "reading 7 of 9" in seen["reason"]
