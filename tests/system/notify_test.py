"""A service that says itself when it is ready: systemd's socket and s6's descriptor."""

import json
import signal
import socket

import pytest

from control_client import ask
from harness import LIMIT, with_time_enough

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
"""), config=NOTIFY + '[service]\nnotify_access = "all"\n')
    run.wait_event("main_process")
    run.out.wait_text("behind")
    assert run.stop() == 5
    assert run.report["ready"]


@pytest.mark.parametrize("said", ["STOPPING=1", "WATCHDOG=trigger"])
def test_a_child_cannot_end_the_service(anywhere, said):
    run = anywhere(*python(f"""
say('READY=1')
if os.fork() == 0:
    say('{said}')
    barrier()
    os._exit(0)
os.wait()
serve()
"""), config=NOTIFY + '[[health]]\nname = "self"\nprobe = { type = "notify" }\ninterval = "50ms"\n'
                                                      'failure_threshold = 1\n')
    assert "notify_access" in run.wait_event("notification_refused")["message"]
    run.wait_event("check_passing")
    run.out.wait_text("serving")
    assert run.stop() == 0


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


class Outside:
    """Whoever has started usher and waits for its word."""

    def __init__(self, address):
        self.address = address
        self.said = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(LIMIT)

    def wait_for(self, line):
        while line not in self.said:
            self.said += self.socket.recv(4096).decode().splitlines()

    @property
    def states(self):
        return [line.removeprefix("STATUS=") for line in self.said if line.startswith("STATUS=")]


@pytest.fixture(params=["path", "abstract"])
def outside(request, tmp_path):
    here = Outside(str(tmp_path / "outer") if request.param == "path" else f"@{tmp_path}/outer")
    yield here
    here.socket.close()


OUTWARDS = {
    "notify": ('probe = { type = "notify" }', "say('READY=1\\nSTATUS=mine'); serve()"),
    "stdout": ('probe = { type = "stdout", pattern = "^serving" }', "serve()"),
    "signals": ('require_signal_handlers = ["SIGTERM"]', "serve()"),
}


@pytest.mark.parametrize("kind", OUTWARDS)
def test_outwards_usher_says_ready_by_whatever_made_it_so(anywhere, outside, kind):
    condition, script = OUTWARDS[kind]
    run = anywhere(*python(script), config=f"[readiness]\n{condition}\n", env={"NOTIFY_SOCKET": outside.address})
    outside.wait_for("READY=1")
    run.wait_event("ready")
    pid = 1 if run.is_pid_1 else run.pid
    assert f"MAINPID={pid}" in outside.said
    assert outside.states[-1].startswith("ready")
    assert "STOPPING=1" not in outside.said
    run.out.wait_text("serving")
    assert run.stop() == 0
    outside.wait_for("STOPPING=1")
    assert outside.said.count("READY=1") == 1


def test_outwards_an_end_is_a_stop(usher, outside):
    run = usher("--", "sh", "-c", "read line; exit 3", config='[readiness]\nprobe = { type = "stdout", pattern = "up" }\n'
                "[startup]\nretries = 1\n", env={"NOTIFY_SOCKET": outside.address})
    assert run.wait() == 3
    outside.wait_for("STOPPING=1")
    assert "READY=1" not in outside.said
    assert len(outside.states) == 1


def test_outwards_nobody_who_reads_is_waited_for(usher, outside):
    # A queue that is full by now. What it has no room for is said once somebody reads.
    full = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    name = outside.socket.getsockname()
    with pytest.raises(BlockingIOError):
        while True:
            full.sendto(b"X=1", name)
    run = usher(*python("serve()"), config='[readiness]\nprobe = { type = "stdout", pattern = "^serving" }\n',
                env={"NOTIFY_SOCKET": outside.address})
    run.wait_event("ready")
    assert ask(run, "health").returncode == 0
    outside.wait_for("READY=1")
    assert run.stop() == 0


def test_outwards_a_socket_that_is_gone_is_a_line_of_the_log(usher, tmp_path):
    run = usher(*python("serve()"), config='[readiness]\nprobe = { type = "stdout", pattern = "^serving" }\n',
                env={"NOTIFY_SOCKET": str(tmp_path / "gone")})
    run.wait_event("ready")
    assert run.stop() == 0
    assert len(run.events("not_notified")) == 1


@pytest.mark.parametrize("condition, sees", [("", True), ('[readiness]\nprobe = { type = "stdout", pattern = "." }\n', False)])
def test_outwards_the_service_has_the_socket_only_where_usher_does_not_speak(usher, outside, condition, sees):
    run = usher("--", "sh", "-c", "echo \"<$NOTIFY_SOCKET>\"", config=condition, env={"NOTIFY_SOCKET": outside.address})
    assert run.wait() == 0
    assert run.out.text() == (f"<{outside.address}>\n" if sees else "<>\n")
