"""images/kubernetes under `podman kube play`, as far as that goes: the pod of Redis, on its own."""

import json
import os
import shutil
import tempfile

import pytest
import yaml

from harness import ROOT, docker, events_of, run, until

CONTAINER = "redis-pod-0-redis"
# Limits that a nested engine may set, too; neither systemd nor a journal is needed.
CONFIG = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@pytest.fixture(scope="module")
def podman(tmp_path_factory, suite_images):
    """podman(words...) with a storage of its own, in which the image of Redis is."""
    folder = tmp_path_factory.mktemp("podman")
    (folder / "containers.conf").write_text(CONFIG)
    state = tempfile.mkdtemp(prefix="usher-podman.", dir="/run")

    def call(*words, **options):
        return run("podman", "--root", str(folder / "root"), "--runroot", f"{state}/run",
                   "--tmpdir", f"{state}/tmp", *words,
                   env={**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}, **options)

    docker("save", "-o", str(folder / "redis.tar"), "usher-redis")
    call("load", "-i", str(folder / "redis.tar"))
    yield call
    call("pod", "rm", "--all", "--force", check=False)
    call("rmi", "--all", "--force", check=False)
    shutil.rmtree(state, ignore_errors=True)


@pytest.fixture
def files(tmp_path):
    """The Deployment and its variables, as kubectl makes them."""
    objects = list(yaml.safe_load_all(run("kubectl", "kustomize", str(ROOT / "images/kubernetes")).stdout))
    [redis] = [o for o in objects if o["kind"] == "Deployment" and o["metadata"]["name"] == "redis"]
    [container] = redis["spec"]["template"]["spec"]["containers"]
    container["image"] = "localhost/usher-redis:latest"
    del container["ports"]  # a pod without a network maps none
    (tmp_path / "redis.yaml").write_text(yaml.safe_dump(redis))
    (tmp_path / "variant.yaml").write_text(yaml.safe_dump_all(o for o in objects if o["kind"] == "ConfigMap"))
    return tmp_path


def test_the_pod_gets_ready_answers_its_probe_and_stops_in_order(podman, files):
    podman("kube", "play", "--network", "none", "--configmap", str(files / "variant.yaml"),
           str(files / "redis.yaml"))
    until(lambda: podman("exec", CONTAINER, "/usher", "health", check=False).returncode == 0, "healthy pod")
    assert json.loads(podman("exec", CONTAINER, "/usher", "status", "--json").stdout)["state"] == "ready"
    assert podman("exec", CONTAINER, "redis-cli", "ping").stdout == "PONG\n"

    podman("pod", "stop", "--all")
    [state] = json.loads(podman("inspect", CONTAINER, "--format", "json").stdout)
    assert state["State"]["ExitCode"] == 0
    assert state["HostConfig"]["ReadonlyRootfs"]
    events = events_of(podman("logs", CONTAINER).stderr)
    assert events[-1]["event"] == "report" and events[-1]["reason"] == "stopped"
    assert {e["test_id"] for e in events[:-1]} == {"kubernetes"}  # of the ConfigMap
    # Its own server is not missed before it is there, nor after it has gone.
    assert [e for e in events if e["level"] in ("warn", "error")] == []

    podman("kube", "down", str(files / "redis.yaml"))
    assert podman("ps", "--all", "--quiet").stdout == ""
