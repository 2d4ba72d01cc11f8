"""The coordination of libp2p's interop suites, by the configurations that are shipped for them."""

import pathlib
import socket

import pytest

from harness import until

CONFIGS = pathlib.Path(__file__).parents[2] / "configs"
ADDRESS = "/ip4/172.18.0.3/tcp/41837/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo"
# As a listener of the suites speaks: first of an address that nobody can dial, all of it on stderr.
LISTENS = f"echo 'Will listen on: /ip4/0.0.0.0/tcp/0' >&2; echo 'Listening on: {ADDRESS}' >&2; exec sleep 1000"


@pytest.fixture
def suite(usher, redis):
    """suite(kind, script, ...) runs one of the two under its configuration."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    redis.start("--bind", "127.0.0.1", "--port", str(port))
    where = f"127.0.0.1:{port}"

    def start(kind, script, profile=""):
        environment = {"REDIS_ADDR": where, "redis_addr": where, "TEST_KEY": "1a2b3c4d"}
        if profile:
            environment["USHER_PROFILE"] = profile
        return usher("-c", str(CONFIGS / f"libp2p-{kind}.toml"), "--", "sh", "-c", script, env=environment)
    return start


POPS = "redis-cli -h ${REDIS_ADDR%:*} -p ${REDIS_ADDR#*:} blpop KEY 0 | tail -n 1; echo '  ping_rtt: 0.599'"


@pytest.mark.parametrize("profile, key", [("", "1a2b3c4d_listener_multiaddr"), ("test-plans", "listenerAddr")])
def test_the_dialer_pops_what_the_listener_has_only_printed(suite, redis, profile, key):
    dialer = suite("dialer", POPS.replace("KEY", key), profile)
    listener = suite("listener", LISTENS, profile)
    assert dialer.wait() == 0
    assert dialer.out.text() == f"{ADDRESS}\n  ping_rtt: 0.599\n"
    assert redis("exists", key) == "0"
    assert listener.stop() == 0  # it has done its work


def test_the_perf_suite_reads_a_string(suite, redis):
    listener = suite("listener", LISTENS, "perf")
    listener.err.wait_text(ADDRESS)
    until(lambda: redis("get", "1a2b3c4d_listener_multiaddr") == ADDRESS)
    assert listener.stop() == 0


def test_a_listener_that_ends_without_an_address_is_a_failure(suite):
    listener = suite("listener", "exit 0")
    assert listener.wait() == 94


def test_a_dialer_that_is_stopped_has_passed_only_with_a_result(suite, redis):
    redis("rpush", "1a2b3c4d_listener_multiaddr", ADDRESS)
    with_result = suite("dialer", "echo 'ping_rtt: 1'; echo up; exec sleep 1000")
    without = suite("dialer", "echo up; exec sleep 1000")
    for run, code in ((with_result, 0), (without, 143)):
        run.out.wait_text("up")
        assert run.stop() == code


def own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("no network but loopback")
        return one.getsockname()[0]


def test_an_echo_server_that_prints_its_loopback_address_is_published_with_the_containers(usher, redis):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    redis.start("--bind", "127.0.0.1", "--port", str(port))
    prints = ("trap 'exit 0' TERM INT; echo /ip4/127.0.0.1/tcp/4001; while :; do sleep 0.05; done")
    run = usher("-c", str(CONFIGS / "js-echo-server.toml"), "--log.fields.test_id", "t7", "--", "sh", "-c", prints,
                env={"REDIS_ADDR": f"127.0.0.1:{port}", "USHER_REPORT_FILE": ""})
    published = f"/ip4/{own_address()}/tcp/4001"
    assert run.wait_event("published")["value"] == published
    assert redis("lrange", "js-echo-server-multiaddr", "0", "-1") == published
    assert run.stop() == 0
