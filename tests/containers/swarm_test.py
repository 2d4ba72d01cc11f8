"""images/swarm.yaml on a Swarm of one node."""

import json
import os
import signal

import pytest

from harness import ROOT, Container, docker, events_of, inspect, run, until

STACK = "usher-test"
ECHO = f"{STACK}_js-echo-server"
# What Swarm says of an update that has come to its end.
ENDS = ("completed", "rollback_completed", "paused", "rollback_paused")


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
    # Swarm removes the oldest, maybe between these two.
    found = json.loads(docker("inspect", *ids, check=False)) if ids else []
    return sorted(found, key=lambda one: one["Created"], reverse=True)


def one_running(service, other_than=None):
    """The only container that does its work, as far as its health check can tell."""
    def found():
        healthy = [c for c in containers(service)
                   if c["State"]["Running"] and c["State"]["Health"]["Status"] == "healthy"]
        return healthy if len(healthy) == 1 and healthy[0]["Id"] != (other_than or {}).get("Id") else None
    return until(found, f"one healthy container of {service}")[0]


def address():
    """Where the echo server can be dialled, as Redis has it."""
    return run("docker", "exec", one_running("redis")["Id"], "redis-cli", "LRANGE",
               "js-echo-server-multiaddr", "0", "-1").stdout.strip()


def update(*options):
    """Changes the echo server, and returns how that ended."""
    before = inspect(ECHO)["Version"]["Index"]
    docker("service", "update", "--detach", *options, ECHO)

    def ended():
        found = inspect(ECHO)
        state = (found.get("UpdateStatus") or {}).get("State")
        return found["Version"]["Index"] > before and state in ENDS and state
    return until(ended, "end of the update")


def events(container, name):
    return [e for e in events_of(run("docker", "logs", container["Id"]).stderr) if e["event"] == name]


def test_the_jobs_success_stays_complete():
    until(lambda: tasks("py-test-harness")[:1] and tasks("py-test-harness")[0]["CurrentState"]
          .startswith("Complete"), "complete harness")
    assert [c["State"]["ExitCode"] for c in containers("py-test-harness")] == [0]
    [job] = tasks("py-test-harness")
    assert not job["Error"]


def test_a_rolling_update_waits_for_health():
    old = one_running("js-echo-server")
    # Limits that the tests below need not wait long for.
    assert update("--env-add", "HEALTH_CHECK_INTERVAL=1", "--env-add", "SHUTDOWN_TIMEOUT=5") == "completed"
    new = one_running("js-echo-server")
    assert new["Id"] != old["Id"]
    # The new one was ready before the old one was told to stop, and the old one ended in order.
    [ready] = events(new, "ready")
    [stopping] = events(old, "stopping")
    [report] = events(old, "report")
    assert ready["ts"] < stopping["ts"]
    assert (report["reason"], report["exit_code"], report["killed"]) == ("stopped", 0, False)
    # And did not take the new one's address along.
    assert address() == events(new, "published")[0]["value"]


def test_an_update_that_never_gets_healthy_is_rolled_back():
    assert update("--env-add", "SECURITY=tls") == "rollback_completed"
    # What runs is of the old specification, and can be dialled.
    now = one_running("js-echo-server")
    assert "SECURITY=tls" not in now["Config"]["Env"]
    assert address() == events(now, "published")[0]["value"]
    # The failed one says why it could not; what refuses its own settings is not tried again.
    [*_, failed] = [c for c in containers("js-echo-server") if "SECURITY=tls" in c["Config"]["Env"]]
    assert failed["State"]["ExitCode"] == 2
    [report] = events(failed, "report")
    assert report["exit_code"] == 2 and report["attempts"] == 1
    assert "SECURITY=tls: expected noise" in run("docker", "logs", failed["Id"]).stderr


@pytest.mark.parametrize("signo, code, reason", [
    (signal.SIGKILL, 137, "signaled"), (signal.SIGSTOP, 95, "unhealthy")], ids=["crash", "unhealthy"])
def test_what_ends_by_itself_is_started_again(signo, code, reason):
    old = one_running("js-echo-server")
    os.kill(Container.of(old["Id"]).pids()[1], signo)
    new = one_running("js-echo-server", other_than=old)
    [report] = events(old, "report")
    assert (report["reason"], report["exit_code"]) == (reason, code)
    assert inspect(old["Id"])["State"]["ExitCode"] == code
    # Swarm writes down why a while after it has started another. What an update has tried since the one that
    # ended was started stands between the two.
    why = f'"task: non-zero exit ({code})"'
    until(lambda: why in [task["Error"] for task in tasks("js-echo-server")], f"error {why}")
    assert address() == events(new, "published")[0]["value"]
