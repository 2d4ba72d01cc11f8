"""tests/containers/engine puts everything back in order, however it ends."""

import os
import pathlib
import signal
import subprocess

import pytest

from harness import LIMIT, ROOT, SCRATCH, docker, until

# A container runs when it is told to stop.
COMMAND = ('docker load -qi "$0" && docker run -d "$1" -- /usher wait file:/none --timeout 1h &&'
           ' echo "up $DOCKER_HOST" && exec sleep 1000')


def engine(*command, **options):
    return subprocess.Popen([str(ROOT / "tests/containers/engine"), "--init-path", str(ROOT / "build/usher"),
                             "--", *command], stderr=subprocess.DEVNULL, **options)


def processes_of(folder):
    """Those that name the folder of a daemon's socket on their command line."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if folder.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:  # gone meanwhile
            pass
    return found


@pytest.mark.parametrize("signo, code", [
    (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)], ids=["told to stop", "killed"])
def test_nothing_of_an_engine_outlives_it(tmp_path, signo, code):
    image = tmp_path / "image.tar"
    docker("save", "-o", str(image), SCRATCH)
    one = engine("sh", "-c", COMMAND, str(image), SCRATCH, stdout=subprocess.PIPE, text=True)
    data = ROOT / f"build/containers/init-{one.pid}"
    try:
        up = next(line for line in one.stdout if line.startswith("up "))
        folder = str(pathlib.Path(up.split()[1].removeprefix("unix://")).parent)
        assert processes_of(folder) and data.exists()
        os.kill(one.pid, signo)
        assert one.wait(LIMIT) == code
        until(lambda: not processes_of(folder), "end of the daemon and of its containers")
        if signo == signal.SIGKILL:  # what it could not remove, the next one does
            assert engine("true").wait(LIMIT) == 0
        assert not os.path.exists(folder) and not data.exists()
    finally:
        one.kill()
        one.wait()
        one.stdout.close()
