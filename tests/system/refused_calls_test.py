"""Where the engine is older than the kernel: its seccomp answers calls that it does not know with EPERM,
which no library takes for "there is no such call"."""

import os
import platform
import subprocess
import tempfile

import pytest

import harness
from control_client import inside
from harness import descendants, open_helper, until
from terminal_test import Terminal

# By the number that all machines have in common, or by those of (x86_64, aarch64).
CALLS = {
    "pidfd_send_signal": 424, "pidfd_open": 434, "clone3": 435, "close_range": 436, "openat2": 437,
    "pidfd_getfd": 438, "faccessat2": 439, "epoll_pwait2": 441, "futex_waitv": 449, "io_uring_setup": 425,
    "rseq": (334, 293), "statx": (332, 291), "pwritev2": (328, 287), "preadv2": (327, 286),
    "copy_file_range": (326, 285), "memfd_create": (319, 279), "getrandom": (318, 278),
    "renameat2": (316, 276), "membarrier": (324, 283),
}
MACHINES = ["x86_64", "aarch64"]
pytestmark = pytest.mark.skipif(platform.machine() not in MACHINES, reason="the numbers of another machine")

# Refuses the calls whose numbers come first, and becomes the rest of its command line.
FILTER = """
import ctypes, os, struct, sys
cut = sys.argv.index("--")
calls, command = [int(n) for n in sys.argv[1:cut]], sys.argv[cut + 1:]
rows = [(0x20, 0, 0, 0)] + [(0x15, len(calls) - i, 0, n) for i, n in enumerate(calls)]
rows += [(6, 0, 0, 0x7fff0000), (6, 0, 0, 0x00050000 | 1)]
rows = b"".join(struct.pack("HBBI", *row) for row in rows)
text = ctypes.create_string_buffer(rows)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("rows", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
program = Program(len(rows) // 8, ctypes.addressof(text))
if libc.prctl(22, 2, ctypes.byref(program), 0, 0):
    sys.exit(f"seccomp: {os.strerror(ctypes.get_errno())}")
os.execv(command[0], command)
"""
TAPPED = '[readiness]\nprobe = { type = "stdout", pattern = "^READY" }\n'


def numbers(names):
    column = MACHINES.index(platform.machine())
    found = [CALLS[name] for name in names]
    return [str(n if isinstance(n, int) else n[column]) for n in found]


def refusing(*names):
    return ["python3", "-c", FILTER, *numbers(names), "--"]


@pytest.fixture(params=[*CALLS, "all"])
def names(request):
    return list(CALLS) if request.param == "all" else [request.param]


@pytest.mark.parametrize("config", [None, TAPPED], ids=["plain", "tapped"])
def test_a_service_runs_and_its_output_and_its_code_are_its_own(anywhere, names, config):
    run = anywhere("--", "sh", "-c", "echo READY; echo to stderr >&2; exit 7", config=config,
                   program=[*refusing(*names), harness.USHER])
    assert run.wait() == 7
    assert run.out.text() == "READY\n"
    assert "to stderr\n" in run.err.text()
    assert run.report["exit_code"] == 7


def everything(directory):
    return f"""
[service]
user = "nobody"
limits = {{ nofile = 500 }}
[readiness]
probe = [{{ type = "stdout", pattern = "^READY" }}, {{ type = "stderr", pattern = "^SET" }},
         {{ type = "file", path = "{directory}/file" }}, {{ type = "exec", command = ["true"] }}]
interval = "10ms"
[hooks]
pre_start = ["touch", "{directory}/file"]
[report]
file = "{directory}/report"
[control]
socket = "{directory}/socket"
[shutdown]
stragglers = "kill"
cleanup = {{ files = ["{directory}/file"] }}
"""


@pytest.fixture
def place():
    """Where every user may make files, and no directory on the way keeps anybody out."""
    with tempfile.TemporaryDirectory(prefix="usher-refused-") as directory:
        os.chmod(directory, 0o1777)
        yield directory


@pytest.mark.parametrize("names", ["clone3", "close_range", "openat2", "pidfd_open", "pidfd_send_signal", "all"],
                         indirect=True)
def test_all_that_is_configured_works(anywhere, names, place):
    """Sockets, files, hooks, probes, another user, a question from outside, processes that are left."""
    stays = open_helper(place, "ignore")
    run = anywhere("--", "sh", "-c", f"echo READY; echo SET >&2; {stays} & exec sleep 1000",
                   config=everything(place), program=[*refusing(*names), harness.USHER])
    run.wait_event("ready")
    run.out.wait_text("up\n")
    command = inside(run, "health", env={"USHER_CONTROL_SOCKET": f"{place}/socket"})
    command["args"][-2:-2] = refusing(*names)
    asked = subprocess.run(**command, capture_output=True, timeout=harness.LIMIT, check=False)
    assert asked.returncode == 0, asked.stderr
    assert run.stop() == 143
    assert not os.path.exists(f"{place}/file")
    with open(f"{place}/report", encoding="utf-8") as report:
        assert '"exit_code":143' in report.read()


def test_without_a_thread_a_reader_that_does_not_read_holds_up_nobody_but_the_service(anywhere):
    read, write = os.pipe()
    run = anywhere("--", "sh", "-c", "echo READY; exec yes", config=TAPPED, stdout=write,
                   program=[*refusing("clone3"), harness.USHER])
    os.close(write)
    run.wait_event("ready")
    service, = descendants(run.pid)
    until(lambda: harness.state(service) == "S")  # all there is room for is full
    assert len(os.listdir(f"/proc/{run.pid}/task")) == 1
    run.send(15)
    run.wait_event("service_exited")
    out = harness.Stream(read)
    assert run.wait() == 143
    assert out.wait_end().startswith(b"READY\ny\ny\n")


@pytest.mark.parametrize("lines", [1, 20_000])
def test_without_a_thread_a_terminal_is_one_to_the_service_and_gets_every_line(usher, lines):
    def start(*args, **options):
        return usher(*args, program=[*refusing("clone3"), harness.USHER], **options)
    terminal = Terminal(start, "sh", "-c", f"test -t 1 && echo READY; seq {lines}; exit 7",
                        config=TAPPED + '[log]\nlevel = "error"\n')  # whose lines come anywhere
    assert terminal.wait() == 7
    screen = terminal.screen.text()
    assert "READY\r\n" in screen
    told = [line for line in screen.split("\r\n") if line.isdigit()]
    assert told == [str(n + 1) for n in range(lines)]
