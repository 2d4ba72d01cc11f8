"""What the README and docs/containers.md show is run as it is shown."""

import re
import shutil

import pytest

import yaml

from harness import ROOT, build, build_text, compose, docker, inspect

README = (ROOT / "README.md").read_text()
PAGE = (ROOT / "docs/containers.md").read_text()


def first_block(kind):
    return re.search(rf"^```{kind}\n(.*?)^```", README, re.S | re.M)[1]


def test_the_five_minutes_of_the_readme(container, tmp_path):
    shutil.copy(ROOT / "build/usher", tmp_path)
    (tmp_path / "service.toml").write_text(first_block("toml"))
    build_text("usher-test/readme", "FROM python:3.12-slim\n" + first_block("dockerfile"), tmp_path)
    web = container("usher-test/readme")
    web.wait_health("healthy")
    assert web.exec("/usher", "status").stdout.startswith("web  ready, healthy\n")
    assert web.stop() == 0
    assert web.report["reason"] == "stopped"
    web.remove()
    docker("rmi", "usher-test/readme")


@pytest.fixture
def shown(tmp_path):
    """The files of the first section, in a directory of their own."""
    files = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.S | re.M))
    assert sorted(files) == ["Dockerfile", "compose.yaml", "service.toml"]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_whole_example_of_the_page(shown):
    build("web-pages", shown / "Dockerfile", shown)
    with compose(shown) as project:
        up = project("up", "--no-color", "--no-build", "--exit-code-from", "visitor", check=False)
        assert up.returncode == 0, up.stdout[-4000:] + up.stderr[-4000:]
        web = inspect(project("ps", "-aq", "web").stdout.strip())
        # Told to stop once the visitor had gone, and it did.
        assert web["State"]["ExitCode"] == 0
    docker("rmi", "web-pages")


def contains(whole, part):
    """Whether all of `part` is in `whole`, in its place; the elements of lists from the first on."""
    if isinstance(part, dict):
        return all(key in whole and contains(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return len(part) <= len(whole) and all(map(contains, whole, part))
    return whole == part


def test_the_pod_of_the_page_is_that_of_images_kubernetes():
    """Which podman_test.py runs."""
    [text] = re.findall(r"^```yaml\n(terminationGracePeriodSeconds: .*?)^```", PAGE, re.S | re.M)
    workload = yaml.safe_load((ROOT / "images/kubernetes/js-echo-server.yaml").read_text())
    pod = workload["spec"]["template"]["spec"]
    assert contains(pod, yaml.safe_load(text))
