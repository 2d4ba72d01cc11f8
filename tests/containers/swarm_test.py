"""images/swarm.yaml on a Swarm of one node."""

import json

import pytest

from harness import ROOT, docker, inspect, until

STACK = "usher-test"


@pytest.fixture(scope="module", autouse=True)
def swarm(suite_images):
    docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377")
    docker("stack", "deploy", "--resolve-image", "never", "-c", str(ROOT / "images/swarm.yaml"), STACK)
    yield
    docker("stack", "rm", STACK, check=False)
    docker("swarm", "leave", "--force")


def tasks(service):
    """What has become of each, the youngest first."""
    lines = docker("service", "ps", "--no-trunc", "--format", "{{json .}}", f"{STACK}_{service}").splitlines()
    return [json.loads(line) for line in lines]


def containers(service):
    """All that the service has had, the youngest first."""
    ids = docker("ps", "-aq", "--no-trunc", "--filter",
                 f"label=com.docker.swarm.service.name={STACK}_{service}").split()
    return sorted(map(inspect, ids), key=lambda found: found["Created"], reverse=True)


def test_the_jobs_success_stays_complete():
    until(lambda: tasks("py-test-harness")[:1] and tasks("py-test-harness")[0]["CurrentState"]
          .startswith("Complete"), "complete harness")
    assert [c["State"]["ExitCode"] for c in containers("py-test-harness")] == [0]
    [job] = tasks("py-test-harness")
    assert not job["Error"]
