import collections
import pathlib

import pytest

import harness

TIMES = harness.ROOT / "build/containers/times.txt"


def pytest_terminal_summary(terminalreporter):
    """How long each part took, for those who wait for it."""
    seconds = collections.Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration"):
                seconds[pathlib.Path(report.nodeid.split("::")[0]).stem] += report.duration
    table = "".join(f"containers: {part:<20} {took:6.1f} s\n" for part, took in seconds.items())
    table += "".join(f"containers: {line}\n" for line in harness.MEASURED)
    terminalreporter.write(table)
    with TIMES.open("a") as times:
        times.write(table)


@pytest.fixture(scope="session", autouse=True)
def images(tmp_path_factory):
    """What every test needs: the binary alone, and in a Debian."""
    harness.build(harness.SCRATCH, harness.ROOT / "images/usher/Dockerfile")
    harness.build_text(harness.DEBIAN,
                       "FROM debian:12-slim\nCOPY --from=usher /usher /usher\nENTRYPOINT [\"/usher\"]\n",
                       tmp_path_factory.mktemp("debian"))
    yield
    harness.remove_everything()


@pytest.fixture(scope="session")
def suite_images():
    """The images of the interop suite."""
    harness.run(str(harness.ROOT / "scripts/build-images"), limit=900)


@pytest.fixture
def container():
    """container(image, command..., options=[...]) starts one; it is removed with the test."""
    started = []

    def start(*args, **options):
        started.append(harness.Container(*args, **options))
        return started[-1]

    yield start
    for one in started:
        one.remove()


@pytest.fixture
def config(tmp_path):
    """config(text) writes a configuration file and returns the options of `docker run` for it."""
    tmp_path.chmod(0o755)

    def write(text):
        file = tmp_path / "service.toml"
        file.write_text(text)
        return ["-v", f"{file}:/etc/usher/service.toml:ro"]

    return write
