"""usher as what `docker run --init` runs: `dockerd --init-path`, on an engine of its own."""

import pathlib
import subprocess

import pytest

from harness import DEBIAN, LIMIT, ROOT, docker, until

SHELL = ("--init", "--entrypoint", "sh")


@pytest.fixture(scope="module", autouse=True)
def engine(tmp_path_factory):
    """The tests of this file speak to this one."""
    folder = tmp_path_factory.mktemp("init")
    init = folder / "docker-init"
    init.symlink_to(ROOT / "build/usher")
    image = folder / "image.tar"
    docker("save", "-o", str(image), DEBIAN)
    process = subprocess.Popen([str(ROOT / "tests/containers/engine"), "--init-path", str(init), "--",
                                "sh", "-c", 'echo "$DOCKER_HOST"; read end'],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with pytest.MonkeyPatch.context() as environment:
        try:
            host = process.stdout.readline().strip()
            assert host, "no second engine"
            environment.setenv("DOCKER_HOST", host)
            docker("load", "-i", str(image))
            yield init
        finally:
            process.communicate("end\n", timeout=LIMIT)
    assert process.returncode == 0


@pytest.fixture
def shell(container):
    return lambda script: container(DEBIAN, "-c", script, options=SHELL)


def test_docker_info_can_read_its_version(engine):
    assert docker("info", "--format", "{{.InitBinary}} {{.InitCommit.ID}}") == f"{engine} usher"
    assert "init version: usher" in docker("info")


def test_it_is_usher_that_is_pid_1(shell):
    one = shell("echo up; exec sleep 1000")
    one.wait_output("up")
    first = one.pids()[0]
    assert pathlib.Path(f"/proc/{first}/cmdline").read_text().startswith("/sbin/docker-init\0--\0")
    assert "usher" in one.exec("/sbin/docker-init", "--version").stdout


@pytest.mark.parametrize("script, code", [("exit 0", 0), ("exit 42", 42), ("kill -KILL $$", 137)])
def test_the_exit_code_comes_through(shell, script, code):
    assert shell(script).wait() == code


def test_a_signal_is_forwarded(shell):
    one = shell("trap 'echo got it; exit 7' TERM; echo up; while :; do sleep 0.1; done")
    one.wait_output("up")
    assert one.stop() == 7
    assert one.out == "up\ngot it\n"
    # Nothing of its own in between.
    assert one.err == ""


def test_orphans_are_reaped(shell):
    one = shell("for i in $(seq 100); do (sh -c 'sleep 0.01' &); done; echo up; exec sleep 1000")
    one.wait_output("up")
    until(lambda: len(one.pids()) == 2, "end of the orphans")
    assert "Z" not in one.states()


def test_a_program_that_is_not_there_is_127(container):
    one = container(DEBIAN, options=["--init", "--entrypoint", "/no-such-program"])
    assert one.wait() == 127
