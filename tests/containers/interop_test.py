"""The interop suite of images/ as Compose runs it: order, ready state, health, stop and clean-up."""

import datetime
import json
import os
import signal
import time

import pytest

from harness import (LIMIT, MEASURED, ROOT, Container, build_text, compose, docker, follow, run,
                     until)

COMPOSE = ROOT / "images/compose.yaml"
ADDRESS_KEY = "js-echo-server-multiaddr"
SERVICES = ["redis", "js-echo-server", "py-test-harness"]


pytestmark = pytest.mark.usefixtures("suite_images")


class Stack:
    """A Compose project of our own."""

    def __init__(self, project):
        self.project = project
        self._containers = {}

    def container(self, service):
        if service not in self._containers:
            ident = self.project("ps", "-aq", service).stdout.strip()
            assert ident, f"no container of {service}"
            self._containers[service] = Container.of(ident)
        return self._containers[service]

    def redis(self, *words):
        return self.container("redis").exec("redis-cli", *words).stdout.split()


@pytest.fixture
def stack(tmp_path):
    with compose(tmp_path, COMPOSE) as project:
        yield Stack(project)


@pytest.fixture
def servers(stack):
    """The stack without the harness."""
    stack.project("up", "-d", "--no-build", "js-echo-server")
    stack.container("js-echo-server").wait_health("healthy")
    return stack


def moment(text):
    """Of the engine or of usher, comparable as text: UTC with more or fewer digits."""
    return text.rstrip("Z").ljust(29, "0")


def ready(stack, service):
    """When its health check could first pass. Not from the engine, which remembers five checks."""
    [event] = stack.container(service).events("ready")
    return moment(event["ts"])


def test_the_result_of_the_run_is_the_harness_code(stack):
    up = stack.project("up", "--no-color", "--no-build", "--exit-code-from", "py-test-harness",
                       check=False)
    assert up.returncode == 0, up.stdout[-4000:] + up.stderr[-4000:]
    found = {service: stack.container(service).inspect for service in SERVICES}
    # Nothing was started before what it depends on was ready.
    assert moment(found["js-echo-server"]["State"]["StartedAt"]) > ready(stack, "redis")
    assert moment(found["py-test-harness"]["State"]["StartedAt"]) > ready(stack, "js-echo-server")
    # The result is on stdout, alone; diagnostics are on stderr.
    result = json.loads(stack.container("py-test-harness").out)
    assert result["success"] and result["test"] == "echo" and result["echoedBytes"] > 1024 * 1024
    printed = stack.container("js-echo-server").out.splitlines()
    assert printed and all(line.startswith("/ip4/") for line in printed)
    # What was told to stop once the harness had ended did so by itself, and in order.
    for service in ("redis", "js-echo-server"):
        assert stack.container(service).report["reason"] == "stopped"
        assert found[service]["State"]["ExitCode"] == 0


@pytest.mark.parametrize("file, profile", [
    ("development", "development"), ("test", "ci"), ("production", "production")])
def test_the_run_with_each_file_that_lies_over_it(tmp_path, file, profile):
    with compose(tmp_path, COMPOSE, ROOT / f"images/compose.{file}.yaml") as project:
        up = project("up", "--no-color", "--no-build", "--exit-code-from", "py-test-harness", check=False)
        assert up.returncode == 0, up.stdout[-4000:] + up.stderr[-4000:]
        for service in SERVICES:
            found = Stack(project).container(service).inspect
            assert f"USHER_PROFILE={profile}" in found["Config"]["Env"]
            assert (found["State"]["ExitCode"], found["RestartCount"]) == (0, 0)


def test_a_clock_that_is_far_off_changes_nothing(tmp_path):
    build_text("usher-test/far-off", """
        FROM usher-py-test-harness
        USER root
        RUN apt-get update && apt-get install -y --no-install-recommends libfaketime \\
         && ln -s "$(dpkg -L libfaketime | grep /libfaketime.so.1)" /libfaketime.so
        USER 1000:1000
        ENV LD_PRELOAD=/libfaketime.so FAKETIME=+3650d FAKETIME_DONT_FAKE_MONOTONIC=1
        """, tmp_path)
    year = int(docker("run", "--rm", "--entrypoint", "date", "usher-test/far-off", "+%Y"))
    assert year >= datetime.date.today().year + 9
    (tmp_path / "far-off.yaml").write_text("services: {py-test-harness: {image: usher-test/far-off}}\n")
    with compose(tmp_path, COMPOSE, tmp_path / "far-off.yaml") as project:
        up = project("up", "--no-color", "--no-build", "--exit-code-from", "py-test-harness", check=False)
        assert up.returncode == 0, up.stdout[-4000:] + up.stderr[-4000:]


def test_compose_demo_ends_with_the_harness_code_and_leaves_nothing():
    done = run(str(ROOT / "scripts/compose-demo"), check=False, limit=900)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert done.stdout.splitlines()[-1].startswith("compose-demo: PASSED")
    assert docker("ps", "-aq", "--filter", "label=com.docker.compose.project=usher-demo") == ""


def test_a_variant_that_nobody_speaks_fails_the_run(tmp_path):
    with compose(tmp_path, COMPOSE, SECURITY="tls") as project:
        up = project("up", "--no-color", "--no-build", "--exit-code-from", "py-test-harness", check=False)
        assert up.returncode != 0
        assert "SECURITY=tls: expected noise" in Stack(project).container("js-echo-server").err


@pytest.mark.parametrize("image, command, code", [
    ("usher-js-echo-server", ["node", "server.mjs"], 2),
    ("usher-py-test-harness", ["python3", "run.py"], 4)])
@pytest.mark.parametrize("variable, value", [("SECURITY", "tls"), ("MUXER", "mplex"), ("TRANSPORT", "quic-v1")])
def test_each_side_refuses_what_it_does_not_speak(image, command, code, variable, value):
    done = run("docker", "run", "--rm", "-e", f"{variable}={value}", "--entrypoint", command[0], image,
               *command[1:], check=False)
    assert done.returncode == code
    assert f"{variable}={value}: expected" in done.stderr


def test_ready_means_that_the_address_is_in_redis_and_on_stdout(servers):
    [address] = servers.redis("LRANGE", ADDRESS_KEY, "0", "-1")
    echo = servers.container("js-echo-server")
    assert address in echo.out.splitlines()
    assert json.loads(echo.exec("/usher", "health", "--json").stdout)["healthy"]
    status = json.loads(echo.exec("/usher", "status", "--json").stdout)
    [ready] = echo.events("ready")
    assert status["state"] == "ready" and status["ready_value"] == address
    # What was found may be an address of loopback; what is published is the container's.
    assert ready["value"] in echo.out.splitlines()
    assert ready["value"].split("/")[3:] == address.split("/")[3:]
    [published] = echo.events("published")
    assert published["value"] == address


def test_a_real_libp2p_client_gets_its_mebibyte_back(servers):
    [address] = servers.redis("LRANGE", ADDRESS_KEY, "0", "-1")
    client = servers.container("js-echo-server").exec("node", "client.mjs", address)
    assert "1048576 bytes came back equal" in client.stdout


def test_the_stack_stops_in_order_and_leaves_nothing(servers):
    servers.project("stop", "--timeout", "200")  # the reports say that nobody was killed
    for service in ("js-echo-server", "redis"):
        one = servers.container(service)
        report = one.report
        assert (report["reason"], report["exit_code"], report["killed"]) == ("stopped", 0, False)
        assert one.state["ExitCode"] == 0
    name = servers.project.name
    servers.project("down", "--volumes", "--remove-orphans")
    for listing in (["ps", "-aq"], ["network", "ls", "-q"], ["volume", "ls", "-q"]):
        assert docker(*listing, "--filter", f"label=com.docker.compose.project={name}") == ""


def test_all_keys_of_the_server_go_with_it(servers):
    before = servers.redis("KEYS", "*")
    own = [key for key in before if "js-echo-server" in key]
    assert ADDRESS_KEY in own and len(own) > 1 and len(before) > len(own), before
    servers.project("stop", "js-echo-server")
    after = servers.redis("KEYS", "*")
    # How it has ended stays in the registry for a while.
    [entry] = [key for key in after if "js-echo-server" in key]
    assert entry in own and 0 < int(servers.redis("TTL", entry)[0]) <= 15


@pytest.mark.parametrize("service, check", [("redis", "redis"), ("js-echo-server", "js-server")])
def test_health_by_name_from_inside_and_as_the_engine_has_it(servers, service, check):
    one = servers.container(service)
    one.wait_health("healthy")
    for names in ([], [check]):
        assert one.exec("/usher", "health", *names).stdout
    # A name that nobody knows is not healthy; Docker reserves every code but 0 and 1.
    assert one.exec("/usher", "health", "no-such-check", check=False).returncode == 1
    # Nothing is left of all who have asked.
    until(lambda: "Z" not in one.states(), "end of the zombies")


# In the harness's place: it has begun its run, and goes on and on.
LONG_RUN = ("import signal, sys; print('py-test-harness: the run begins', file=sys.stderr, flush=True); "
            "signal.pause()")


def test_a_harness_is_healthy_by_name_and_interrupted_by_a_stop(servers):
    [*_, name] = servers.project("run", "-d", "--no-deps", "py-test-harness", "--", "python3", "-c",
                                 LONG_RUN).stdout.split()
    harness = Container.of(name)
    harness.wait_health("healthy")
    for names in ([], ["py-client"], ["begun"]):
        harness.exec("/usher", "health", *names)
    harness.wait_exec(0, "/usher", "health", "system")
    # A KeyboardInterrupt that nobody catches; there is no result yet.
    assert harness.stop() == 128 + signal.SIGINT
    report = harness.report
    assert (report["reason"], report["killed"]) == ("stopped", False)
    assert "KeyboardInterrupt" in harness.err


def test_every_container_can_tell_of_the_whole_system(servers):
    redis, echo = map(servers.container, ("redis", "js-echo-server"))
    for one in (redis, echo):
        one.wait_exec(0, "/usher", "health", "system")
    docker("kill", redis.id)
    echo.wait_exec(1, "/usher", "health", "system")


def test_the_server_killed_from_outside_is_told(servers):
    node = servers.container("js-echo-server")
    os.kill(node.pids()[1], signal.SIGKILL)
    assert node.wait() == 137
    assert node.report["reason"] == "signaled"


def test_redis_killed_and_back_is_as_before_with_nothing_restarted(servers):
    [address] = servers.redis("LRANGE", ADDRESS_KEY, "0", "-1")
    redis, echo = map(servers.container, ("redis", "js-echo-server"))
    began = echo.state["StartedAt"]
    docker("kill", "--signal", "KILL", redis.id)
    # Only who watches is told: a server that is away makes nobody restart what depends on it.
    echo.wait_exec(1, "/usher", "health", "--level=watch")
    assert echo.exec("/usher", "health").returncode == 0
    redis.start()
    redis.wait_health("healthy")
    until(lambda: servers.redis("LRANGE", ADDRESS_KEY, "0", "-1") == [address], "address in the new Redis")
    echo.wait_exec(0, "/usher", "health", "system")
    echo.wait_health("healthy")
    found = echo.inspect
    assert (found["State"]["StartedAt"], found["RestartCount"]) == (began, 0)
    assert len(echo.events("spawned")) == 1


def poll(found):
    """What start scripts do."""
    deadline = time.monotonic() + LIMIT
    while not found():
        assert time.monotonic() < deadline
        time.sleep(2)


def engine_has_it_healthy(ident, since):
    """When that came to be, on the engine's clock, which is this machine's."""
    line = follow(["docker", "events", "--since", f"{since:.6f}", "--filter", f"container={ident}",
                   "--filter", "event=health_status", "--format", "{{.TimeNano}} {{.Action}}"],
                  lambda line: line.endswith(": healthy\n"), f"healthy {ident}")
    return int(line.split()[0]) / 1e9


def seconds(text):
    return datetime.datetime.fromisoformat(moment(text)[:26] + "+00:00").timestamp()


def test_from_up_to_all_healthy_beside_a_script_that_polls(stack, tmp_path):
    began = time.time()
    stack.project("up", "-d", "--no-build", "js-echo-server")
    steps, healthy_before = [], began
    for service in ("redis", "js-echo-server"):
        healthy = engine_has_it_healthy(stack.container(service).id, began)
        at = [seconds(stack.container(service).state["StartedAt"]), seconds(ready(stack, service)), healthy]
        assert at == sorted(at)
        assert at[0] > healthy_before, "started before what it depends on was healthy"
        healthy_before = healthy
        steps.append(f"{service} started {at[0] - began:.2f}, ready {at[1] - began:.2f}, "
                     f"healthy {at[2] - began:.2f}")
    events = healthy - began
    stack.project("down", "--volumes")

    # The same images, told to start by a script that cannot know when to go on.
    with compose(tmp_path, COMPOSE) as project:
        other = Stack(project)
        began = time.monotonic()
        project("up", "-d", "--no-build", "--no-deps", "redis")
        poll(lambda: other.container("redis").exec("redis-cli", "ping", check=False).stdout.strip() == "PONG")
        project("up", "-d", "--no-build", "--no-deps", "js-echo-server")
        poll(lambda: "/ip4/" in other.container("js-echo-server").out)
        polled = time.monotonic() - began
    MEASURED.append(f"from `up` to all healthy: {events:.1f} s by health, {polled:.1f} s by a script "
                    "that polls every 2 s")
    MEASURED.append(f"by health, in seconds: {'; '.join(steps)}")
