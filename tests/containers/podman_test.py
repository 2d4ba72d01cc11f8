"""images/kubernetes under `podman kube play`, as far as that goes: each workload a pod of its own.

Podman knows no Service, so that the address behind the name `redis` is fixed and put into the other
pods; and no Job, so that its pod is played as such.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
import yaml

from harness import ROOT, RUN, docker, events_of, run, until

WORKLOADS = ["redis", "js-echo-server", "py-test-harness"]
REDIS, ECHO, HARNESS = CONTAINERS = ["redis-pod-0-redis", "js-echo-server-pod-0-js-echo-server",
                                     "py-test-harness-pod-py-test-harness"]
SUBNET, REDIS_ADDRESS = "10.89.77.0/24", "10.89.77.10"
# Limits that a nested engine may set, too; neither systemd nor a journal is needed.
CONFIG = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@pytest.fixture(scope="module")
def apart():
    """A network namespace whose bridges and rules are none of this machine's."""
    here = os.readlink("/proc/self/ns/net")
    with subprocess.Popen(["unshare", "--net", "sleep", "infinity"]) as holder:
        try:
            until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != here, "network namespace")
            yield f"/proc/{holder.pid}/ns/net"
        finally:
            holder.kill()


@pytest.fixture(scope="module")
def podman(tmp_path_factory, suite_images, apart):
    """podman(words...) with a storage and a network of its own, in which the images are."""
    folder = tmp_path_factory.mktemp("podman")
    (folder / "containers.conf").write_text(CONFIG)
    state = tempfile.mkdtemp(prefix="usher-podman.", dir="/run")

    def call(*words, **options):
        return run("nsenter", f"--net={apart}", "podman", "--root", str(folder / "root"),
                   "--runroot", f"{state}/run", "--tmpdir", f"{state}/tmp",
                   "--network-config-dir", str(folder / "network"), *words,
                   env={**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}, **options)

    images = str(folder / "images.tar")
    docker("save", "-o", images, *(f"usher-{name}" for name in WORKLOADS))
    call("load", "-i", images)
    os.unlink(images)
    call("network", "create", "--internal", "--disable-dns", "--subnet", SUBNET, RUN)
    yield call
    call("pod", "rm", "--all", "--force", check=False)
    call("volume", "rm", "--all", "--force", check=False)
    call("network", "rm", "--force", RUN, check=False)
    call("rmi", "--all", "--force", check=False)
    shutil.rmtree(state, ignore_errors=True)
    # Which addresses were given out: remembered outside of all the folders that podman can be told.
    shutil.rmtree(pathlib.Path("/var/lib/cni/networks") / RUN, ignore_errors=True)


def playable(workload):
    """A Deployment as it is, but for the image's full name and the address of the Service."""
    spec = workload["spec"]["template"]["spec"]
    name = workload["metadata"]["name"]
    [container] = spec["containers"]
    container["image"] = f"localhost/{container['image']}:latest"
    if name != "redis":
        spec["hostAliases"] = [{"ip": REDIS_ADDRESS, "hostnames": ["redis"]}]
    if workload["kind"] != "Job":
        return workload
    metadata = {**workload["spec"]["template"]["metadata"], "name": f"{name}-pod"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The workloads and their variables, as kubectl makes them."""
    folder = tmp_path_factory.mktemp("kubernetes")
    objects = list(yaml.safe_load_all(run("kubectl", "kustomize", str(ROOT / "images/kubernetes")).stdout))
    for one in objects:
        if one["kind"] in ("Deployment", "Job"):
            (folder / f"{one['metadata']['name']}.yaml").write_text(yaml.safe_dump(playable(one)))
    [variant] = [one for one in objects if one["kind"] == "ConfigMap"]
    (folder / "variant.yaml").write_text(yaml.safe_dump(variant))
    variant["data"]["SECURITY"] = "tls"
    (folder / "tls.yaml").write_text(yaml.safe_dump(variant))
    return folder


@pytest.fixture(scope="module")
def play(podman, files):
    def played(name, *options, variant="variant"):
        podman("kube", "play", "--network", RUN, *options, "--configmap", str(files / f"{variant}.yaml"),
               str(files / f"{name}.yaml"))
    return played


@pytest.fixture(scope="module")
def suite(play):
    """All three at once, the one that needs the others first: nothing here orders their start."""
    play("py-test-harness")
    play("js-echo-server")
    play("redis", "--ip", REDIS_ADDRESS)


def state(podman, container):
    return json.loads(podman("inspect", container, "--format", "json").stdout)[0]["State"]


def test_the_harness_finds_the_echo_server_and_ends_with_the_result(podman, suite):
    assert podman("wait", HARNESS).stdout.strip() == "0"
    logs = podman("logs", HARNESS)
    result = json.loads(logs.stdout)
    assert result["success"] and result["echoedBytes"] > 1024 * 1024
    [*others, report] = events_of(logs.stderr)
    assert report["event"] == "report" and report["reason"] == "exited"
    assert {e["test_id"] for e in others} == {"kubernetes"}  # of the ConfigMap
    # It was there before what it needs.
    assert [d["satisfied"] for d in report["dependencies"]] == [True, True]
    assert state(podman, HARNESS)["StartedAt"] < state(podman, REDIS)["StartedAt"]


@pytest.mark.parametrize("container", [REDIS, ECHO], ids=["redis", "js-echo-server"])
def test_a_server_is_healthy_for_whoever_asks(podman, suite, container):
    until(lambda: podman("exec", container, "/usher", "health", "system", check=False).returncode == 0,
          "healthy system")
    assert json.loads(podman("exec", container, "/usher", "status", "--json").stdout)["state"] == "ready"
    # The liveness probe. Podman has systemd's timers ask it; without them one asks by hand.
    podman("healthcheck", "run", container)
    assert state(podman, container)["Health"]["Status"] == "healthy"


def test_a_variant_that_nobody_speaks_is_the_pods_exit_code(podman, files, play, suite):
    podman("wait", HARNESS)
    podman("kube", "down", str(files / "py-test-harness.yaml"))
    play("py-test-harness", variant="tls")
    assert podman("wait", HARNESS).stdout.strip() == "4"
    assert "SECURITY=tls: expected one of noise" in podman("logs", HARNESS).stderr


def test_the_pods_stop_in_order_and_leave_nothing(podman, files, suite):
    for container in (ECHO, REDIS):
        until(lambda: podman("exec", container, "/usher", "health", check=False).returncode == 0, "healthy pod")
        [pod] = json.loads(podman("inspect", container, "--format", "json").stdout)
        assert pod["HostConfig"]["ReadonlyRootfs"]
        podman("pod", "stop", "--time", "200", pod["Pod"])  # who was killed leaves no report
        assert state(podman, container)["ExitCode"] == 0
        events = events_of(podman("logs", container).stderr)
        assert events[-1]["event"] == "report" and events[-1]["reason"] == "stopped"
        # Its own server is not missed before it is there, nor after it has gone.
        assert [e for e in events if e["level"] in ("warn", "error")] == []
    for name in WORKLOADS:
        podman("kube", "down", str(files / f"{name}.yaml"))
    assert podman("ps", "--all", "--quiet").stdout == ""
