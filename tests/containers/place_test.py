"""The same binary wherever a container can put it."""

import os
import pathlib
import shutil

import pexpect
import pytest

from harness import DEBIAN, LIMIT, ROOT, SCRATCH, build_text, network, run

READY = ["--readiness.probe", '{ type = "stdout", pattern = "^parent" }']
HARDENED = ["--read-only", "--user", "12345:0", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges"]


def test_the_binary_needs_no_library_and_is_within_its_budget():
    binary = ROOT / "build/usher"
    headers = run("readelf", "--program-headers", "--section-headers", "--wide", str(binary)).stdout
    assert "INTERP" not in headers and "DYNAMIC" not in headers
    assert ".symtab" not in headers
    assert binary.stat().st_size < 3.3 * 1024 * 1024


def test_names_are_resolved_with_nothing_but_the_binary(container):
    options = ["--network", network("names")]
    container(SCRATCH, "--metrics.listen", "0.0.0.0:9464", "--", "/usher", "wait", "file:/never",
              options=[*options, "--network-alias", "server"])
    asks = container(SCRATCH, "wait", "http://server:9464/metrics", "--timeout", f"{LIMIT}s", options=options)
    assert asks.wait() == 0, asks.err


@pytest.fixture(scope="module", params=["scratch", "debian", "musl"])
def image(request, tmp_path_factory):
    """usher and one service: alone, in a Debian, and with musl as the only libc."""
    folder = tmp_path_factory.mktemp(request.param)
    compiler, files = {
        "scratch": (["cc", "-static"], ""),
        "debian": (["cc"], ""),
        "musl": (["musl-gcc"], "COPY ld-musl-*.so.1 /lib/\n"),
    }[request.param]
    run(*compiler, "-O1", "-o", str(folder / "service"), str(ROOT / "tests/containers/service.c"))
    if request.param == "musl":
        [loader] = pathlib.Path("/lib").glob("ld-musl-*.so.1")
        shutil.copy(loader, folder / loader.name)
        (folder / loader.name).chmod(0o755)
    base = DEBIAN if request.param == "debian" else "scratch"
    build_text(f"usher-test/{request.param}-service",
               f"FROM {base}\nCOPY --from=usher /usher /usher\n{files}COPY service /service\n"
               'ENTRYPOINT ["/usher"]\nCMD ["--", "/service"]\n', folder)
    return f"usher-test/{request.param}-service"


@pytest.mark.parametrize("options", [[], HARDENED], ids=["plain", "hardened"])
def test_any_root_from_start_to_stop(container, image, options):
    one = container(image, *READY, "--", "/service", options=options)
    one.wait_event("ready")
    assert one.stop() == 0
    user, group = (12345, 0) if options else (0, 0)
    assert one.out == f"parent 1 user {user} group {group}\ndrained\n"
    assert one.report["reason"] == "stopped"


def test_below_docker_init(container, image):
    """Compose's `init: true`: somebody else is PID 1, and usher keeps its promises all the same."""
    one = container(image, *READY, "--", "/service", options=["--init"])
    one.wait_event("ready")
    assert one.stop() == 0
    assert not one.out.startswith("parent 1 ")
    assert one.out.endswith("drained\n")


LEAVES_ONE = """(trap 'echo orphan drained; exit' TERM; touch /tmp/up; while :; do sleep 0.1; done) &
while ! [ -e /tmp/up ]; do sleep 0.1; done"""


@pytest.mark.parametrize("options", [[], ["--init"]], ids=["as PID 1", "below docker-init"])
def test_orphans_come_to_usher_and_drain(container, options):
    one = container(DEBIAN, "--", "sh", "-c", LEAVES_ONE, options=options)
    assert one.wait() == 0
    assert "orphan drained" in one.out
    assert one.report["orphans_reaped"] >= 1


def test_a_neighbour_in_the_same_pid_namespace_is_left_alone(container):
    neighbour = container(DEBIAN, "--", "sh", "-c", "(setsid sleep 1000 &) ; echo up; exec sleep 1000")
    neighbour.wait_output("up")
    before = neighbour.pids()
    assert len(before) == 3
    # At its limit usher kills everything that it owns.
    one = container(DEBIAN, "--shutdown.timeout", "300ms", "--", "sh", "-c",
                    "trap '' TERM; setsid sleep 1000 & echo up; while :; do sleep 0.1; done",
                    options=["--pid", f"container:{neighbour.id}"])
    one.wait_output("up")
    own = one.pids()
    assert len(own) >= 3
    assert one.stop() == 137
    assert neighbour.pids() == before
    assert one.pids() == [] and not any(os.path.exists(f"/proc/{pid}") for pid in own)


@pytest.fixture
def terminal():
    """terminal(command...) is `docker run -it` on a real terminal."""
    started = []

    def start(*command):
        child = pexpect.spawn("docker", ["run", "-it", "--rm", DEBIAN, "--", *command],
                              encoding="utf-8", timeout=LIMIT, dimensions=(33, 111))
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def test_a_shell_on_a_terminal(terminal):
    prompt = r"bash-[\d.]+# "
    # Says that it runs: what is typed before goes to the shell itself. Not of dash, which cannot be
    # stopped between vfork and exec: it waits for a child that is stopped there.
    job = """bash -c 'trap "echo resumed" CONT; echo job $$; while :; do sleep 0.1; done'"""
    shell = terminal("bash", "--norc")
    shell.expect(prompt)
    shell.sendline("tty; stty size")
    shell.expect("/dev/pts/0\r\n33 111\r\n")
    shell.expect(prompt)
    shell.sendline(job)
    shell.expect(r"job \d+\r\n")
    shell.sendintr()  # reaches the job, not the shell
    shell.expect(prompt)
    shell.sendline(job)
    shell.expect(r"job \d+\r\n")
    shell.sendcontrol("z")
    shell.expect("Stopped")
    shell.expect(prompt)
    shell.sendline("fg")
    shell.expect("resumed\r\n")
    shell.sendintr()
    shell.expect(prompt)
    shell.sendline("exit 42")
    shell.expect(pexpect.EOF)
    shell.wait()
    assert shell.exitstatus == 42


def test_ctrl_c_on_a_terminal_stops_the_service(terminal):
    service = terminal("sleep", "1000")
    service.expect("spawned")
    service.sendintr()
    service.expect(pexpect.EOF)
    service.wait()
    assert service.exitstatus == 130
