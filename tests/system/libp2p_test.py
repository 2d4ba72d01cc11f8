"""The coordination of libp2p's interop suites, by the configurations that are shipped for them."""

import json
import pathlib
import signal
import socket
import socketserver
import sys
import threading

import pytest

from control_client import ask
from harness import until

PEER = pathlib.Path(__file__).with_name("libp2p_peer.py")
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
    redis.address = f"127.0.0.1:{port}"

    def start(kind, script, profile="", where=None, **more):
        where = where or redis.address
        environment = {"REDIS_ADDR": where, "redis_addr": where, "TEST_KEY": "1a2b3c4d", **more}
        if profile:
            environment["USHER_PROFILE"] = profile
        return usher("-c", str(CONFIGS / f"libp2p{kind}.toml"), "--", "sh", "-c", script, env=environment)
    return start


POPS = "redis-cli -h ${REDIS_ADDR%:*} -p ${REDIS_ADDR#*:} blpop KEY 0 | tail -n 1; echo '  ping_rtt: 0.599'"


@pytest.mark.parametrize("profile, key", [("", "1a2b3c4d_listener_multiaddr"), ("test-plans", "listenerAddr")])
def test_the_dialer_pops_what_the_listener_has_only_printed(suite, redis, profile, key):
    dialer = suite("-dialer", POPS.replace("KEY", key), profile)
    listener = suite("-listener", LISTENS, profile)
    assert dialer.wait() == 0
    assert dialer.out.text() == f"{ADDRESS}\n  ping_rtt: 0.599\n"
    assert redis("exists", key) == "0"
    assert listener.stop() == 0  # it has done its work


def test_the_perf_suite_reads_a_string(suite, redis):
    listener = suite("-listener", LISTENS, "perf")
    listener.err.wait_text(ADDRESS)
    until(lambda: redis("get", "1a2b3c4d_listener_multiaddr") == ADDRESS)
    assert listener.stop() == 0


def test_a_listener_that_ends_without_an_address_is_a_failure(suite):
    listener = suite("-listener", "exit 0")
    assert listener.wait() == 94


def test_a_dialer_that_is_stopped_has_passed_only_with_a_result(suite, redis):
    redis("rpush", "1a2b3c4d_listener_multiaddr", ADDRESS)
    with_result = suite("-dialer", "echo 'ping_rtt: 1'; echo up; exec sleep 1000")
    without = suite("-dialer", "echo up; exec sleep 1000")
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
    until(lambda: json.loads(ask(run, "status", "--json").stdout)["ready_value"] == published)
    assert run.stop() == 0


@pytest.fixture
def echo_server(usher):
    """echo_server(*more) runs a peer under the configuration of the echo server, without Redis."""
    def start(*more):
        run = usher("-c", str(CONFIGS / "js-echo-server.toml"), "--log.fields", "{}", "--dependency", "[]",
                    "--coordination.redis", "", "--coordination.expects", "[]", "--shutdown.timeout", "500ms", "--",
                    sys.executable, str(PEER), *more,
                    env={"REDIS_ADDR": "127.0.0.1:1", "USHER_REPORT_FILE": "", "HEALTH_CHECK_INTERVAL": "50ms"})
        run.err.wait_match('"check_passing".*"check":"multiaddr"')
        return run
    return start


@pytest.mark.parametrize("transport", [[], ["ws"]])
def test_an_echo_server_that_has_closed_its_listener_is_unhealthy(echo_server, transport):
    run = echo_server(*transport)
    run.send(signal.SIGUSR1)
    failing = run.err.wait_match('"check_failing".*"check":"multiaddr".*"reason":"([^"]*)","failures":3')
    assert failing[1].endswith("Connection refused")
    assert run.wait() == 95


def test_an_echo_server_whose_loop_hangs_is_unhealthy(echo_server):
    run = echo_server()
    run.send(signal.SIGUSR2)
    failing = run.err.wait_match('"check_failing".*"check":"multiaddr".*"reason":"([^"]*)","failures":3')
    assert failing[1] == "connected, but no answer to multistream-select within 3s"
    assert run.wait() == 95
    assert run.report["killed"]


def test_a_peer_is_asked_for_what_it_offers_in_the_clear(usher):
    run = usher("--", sys.executable, str(PEER), config="""
[readiness]
probe = { type = "stdout", match = "multiaddr", allow_loopback = true }
[[health]]
name = "noise"
probe = { type = "libp2p", protocols = ["/noise"] }
[[health]]
name = "echo"
probe = { type = "libp2p", address = "/ip4/${ready.host}/tcp/${ready.port}", protocols = ["/noise", "/echo/1.0.0"] }
interval = "50ms"
""")
    assert run.wait_event("check_passing")["check"] == "noise"
    failing = run.wait_event("check_failing")
    assert (failing["check"], failing["reason"]) == ("echo", 'it does not offer "/echo/1.0.0" in the clear')
    assert run.wait() == 95


def test_each_start_is_asked_at_the_address_that_it_has_printed(usher, tmp_path):
    run = usher("--restart.policy", "always", "--", "sh", "-c", f"""
trap 'exit 0' TERM
echo /ip4/127.0.0.1/tcp/400$USHER_ATTEMPT
[ $USHER_ATTEMPT = 1 ] || exec sleep 1000
while ! [ -e {tmp_path}/4001 ]; do sleep 0.02; done
""", config=f"""
[readiness]
probe = {{ type = "stdout", match = "multiaddr", allow_loopback = true }}
[startup.backoff]
initial = "10ms"
[[health]]
name = "touch"
probe = {{ type = "exec", command = ["touch", "{tmp_path}/${{ready.port}}"] }}
""")
    until(lambda: (tmp_path / "4002").exists())
    assert (tmp_path / "4001").exists()
    run.stop()


@pytest.mark.parametrize("role", ["IS_DIALER", "is_dialer"])
def test_one_image_has_both_roles_by_one_configuration(suite, redis, role):
    dialer = suite("", POPS.replace("KEY", "1a2b3c4d_listener_multiaddr"), **{role: "true"})
    listener = suite("", LISTENS, **{role: "false"})
    assert dialer.wait() == 0
    assert dialer.out.text() == f"{ADDRESS}\n  ping_rtt: 0.599\n"
    assert listener.stop() == 0


def test_a_listener_that_never_publishes_is_told_before_the_suites_own_limit(suite):
    dialer = suite("-dialer", "echo up", TEST_TIMEOUT_SECS="5")
    assert dialer.wait() == 92
    assert dialer.out.text() == ""
    assert "3.5s" in dialer.err.text()
    assert "1a2b3c4d_listener_multiaddr" in dialer.err.text()


def test_peers_behind_a_relay_wait_for_it_and_for_each_other(suite, redis):
    listener = suite("-listener", f"redis-cli -s {redis.socket} set 1a2b3c4d_listener_peer_id 12D3; exec sleep 1000",
                     "hole-punch")
    dialer = suite("-dialer", "echo 'ping_rtt: 1'", "hole-punch")
    redis("set", "1a2b3c4d_relay_multiaddr", ADDRESS)
    assert dialer.wait() == 0
    until(lambda: ask(listener, "health").returncode == 0)
    assert listener.stop() == 0
    assert redis("get", "1a2b3c4d_listener_peer_id") == "12D3"


def test_the_nodes_of_the_kad_dht_suite_wait_for_each_other(suite, redis):
    def node(role, script, **more):
        return suite("-kad-dht", script, ROLE=role, **more)
    writes = f"redis-cli -s {redis.socket} set 1a2b3c4d_%s; exec sleep 1000"
    querier = node("querier", "echo 'status: pass'; echo up; exec sleep 1000")
    provider = node("provider", writes % "provider_done done")
    bootstrap = node("bootstrap", writes % f"bootstrap_addr {ADDRESS}")
    querier.out.wait_text("up")
    assert querier.out.text() == "status: pass\nup\n"
    for run in (provider, bootstrap):
        until(lambda run=run: ask(run, "health").returncode == 0)
    for run in (querier, provider, bootstrap):
        assert run.stop() == 0
    redis("del", "1a2b3c4d_provider_done")
    alone = node("querier", "echo 'status: pass'", TEST_TIMEOUT_SECS="5")
    assert alone.wait() == 92
    assert "1a2b3c4d_provider_done" in alone.err.text()


class Proxy(socketserver.ThreadingTCPServer):
    """Lets through what the suites' own proxy does, and no more."""
    allow_reuse_address = daemon_threads = True

    class Client(socketserver.StreamRequestHandler):
        def handle(self):
            while count := self.rfile.readline()[1:].strip():
                words = []
                for _ in range(int(count)):
                    size = int(self.rfile.readline()[1:])
                    words.append(self.rfile.read(size + 2)[:-2].decode())
                known = words[0] in ("RPUSH", "BLPOP", "DEL")
                if known:
                    self.server.seen.append(words)
                self.wfile.write(b":1\r\n" if known else f"-ERR unknown command '{words[0]}'\r\n".encode())

    def __init__(self):
        self.seen = []
        super().__init__(("127.0.0.1", 0), self.Client)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture
def proxy():
    with Proxy() as one:
        yield one
        one.shutdown()


def test_a_proxy_that_knows_three_commands_is_enough_for_a_listener(suite, proxy):
    listener = suite("-listener", LISTENS, where="127.0.0.1:%d" % proxy.server_address[1])
    until(lambda: ["RPUSH", "1a2b3c4d_listener_multiaddr", ADDRESS] in proxy.seen)
    listener.err.wait_text("publish_limited")
    assert [words[0] for words in proxy.seen].count("RPUSH") == 1
    assert listener.stop() == 0


def test_a_dialer_behind_such_a_proxy_is_told_that_nobody_can_look(suite, proxy):
    dialer = suite("-dialer", "echo up", where="127.0.0.1:%d" % proxy.server_address[1], TEST_TIMEOUT_SECS="5")
    assert dialer.wait() in (91, 92)
    assert "unknown command" in dialer.err.text()
    assert dialer.out.text() == ""


HARNESS = """
import json, os, sys, time
try:
    print('py-test-harness: the run begins', file=sys.stderr, flush=True)
    time.sleep(1000)
except KeyboardInterrupt:
    print(json.dumps({name: value for name, value in os.environ.items() if name.startswith("USHER_")}))
    sys.exit(2)
"""


@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_the_shipped_harness_cleans_up_on_every_signal_that_stops(suite, usher, redis, signo):
    redis("rpush", "js-echo-server-multiaddr", ADDRESS)
    run = usher("-c", str(CONFIGS / "py-test-harness.toml"), "--report.file", "", "--log.fields", "{}", "--", "python3", "-c", HARNESS,
                env={"REDIS_ADDR": redis.address})
    run.wait_event("ready")
    assert run.stop(signo) == 2
    assert (run.report["reason"], run.report["killed"]) == ("stopped", False)
    told = json.loads(run.out.text())
    assert told["USHER_ATTEMPT"] == "1"
    assert told["USHER_STARTED_AT"].endswith("Z")
    assert json.loads(told["USHER_DEPENDENCIES_MS"]).keys() == {"redis", "js-echo-server"}


def test_the_shipped_redis_ends_in_order_on_sigquit(usher, redis):
    run = usher("-c", str(CONFIGS / "redis.toml"), "--report.file", "", "--log.fields", "{}", "--", "redis-server", "--port", "0",
                "--unixsocket", redis.socket + ".quit", "--save", "", env={"REDIS_ADDR": "127.0.0.1:1"})
    run.out.wait_text("eady to accept connections")
    assert run.stop(signal.SIGQUIT) == 0
    assert run.report["reason"] == "stopped"
    assert "Redis is now ready to exit" in run.out.text()
