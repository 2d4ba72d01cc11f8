"""What docs/containers.md shows is run as it is shown."""

import re

import pytest

from harness import ROOT, build, compose, docker, inspect

PAGE = (ROOT / "docs/containers.md").read_text()


@pytest.fixture
def shown(tmp_path):
    """The files of the first section, in a directory of their own."""
    files = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.S | re.M))
    assert sorted(files) == ["Dockerfile", "compose.yaml", "service.toml"]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_five_minutes_of_the_page(shown):
    build("web", shown / "Dockerfile", shown)
    with compose(shown) as project:
        up = project("up", "--no-color", "--no-build", "--exit-code-from", "visitor", check=False)
        assert up.returncode == 0, up.stdout[-4000:] + up.stderr[-4000:]
        web = inspect(project("ps", "-aq", "web").stdout.strip())
        # Told to stop once the visitor had gone, and it did.
        assert web["State"]["ExitCode"] == 0
    docker("rmi", "web")
