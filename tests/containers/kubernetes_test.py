"""images/kubernetes: valid by the published schemas."""

import copy
import json
import shutil
import subprocess

import pytest
import yaml

from harness import ROOT, run

FILES = ROOT / "images/kubernetes"
BUILD = ROOT / "build/containers/kubernetes"


@pytest.fixture(scope="module")
def objects():
    return list(yaml.safe_load_all(run("kubectl", "kustomize", str(FILES)).stdout))


@pytest.fixture(scope="module")
def mistakes():
    """mistakes(objects) is what the schemas find wrong."""
    source = ROOT / "tests/containers/kubernetes"
    BUILD.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        shutil.copy(file, BUILD)
    lock = (source / "package-lock.json").read_text()
    stamp = BUILD / "node_modules/.installed"
    if not stamp.exists() or stamp.read_text() != lock:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", cwd=BUILD)
        stamp.write_text(lock)

    def check(found):
        done = subprocess.run(["node", "validate.mjs"], input=json.dumps(found), cwd=BUILD, text=True,
                              capture_output=True, check=False)
        assert done.returncode in (0, 1) and not done.stderr, done.stderr
        return done.stdout.splitlines()

    return check


def container_of(item):
    return item["spec"]["template"]["spec"]["containers"][0]


def test_the_schemas_find_nothing_wrong(objects, mistakes):
    assert mistakes(objects) == []
    assert sorted(f"{item['kind']} {item['metadata']['name']}" for item in objects) == [
        "ConfigMap " + next(i["metadata"]["name"] for i in objects if i["kind"] == "ConfigMap"),
        "Deployment js-echo-server", "Deployment redis", "HorizontalPodAutoscaler js-echo-server",
        "Job py-test-harness",
        "Namespace usher-interop", "Service redis"]


@pytest.mark.parametrize("damage, wanted", [
    (lambda item: item["spec"].update(replicas="one"), "replicas must be integer"),
    (lambda item: item["spec"].pop("selector"), "selector"),
    (lambda item: container_of(item).update(livenesProbe={}), "livenesProbe: unknown"),
    (lambda item: container_of(item)["startupProbe"].update(periodSecond=1), "periodSecond: unknown"),
], ids=["type", "missing", "misspelt", "misspelt deep inside"])
def test_the_schemas_would_find_a_mistake(objects, mistakes, damage, wanted):
    [broken] = [copy.deepcopy(i) for i in objects if i["kind"] == "Deployment"][:1]
    damage(broken)
    assert any(wanted in line for line in mistakes([broken])), mistakes([broken])
