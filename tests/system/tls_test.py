"""TLS as a client, with real servers: `openssl s_server`, redis-server, a gRPC server."""

import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
from concurrent import futures

import grpc
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

import harness
import http_sink
from authority import DAY, Authority, OpensslServer

HERE = ["unshare", "--mount", "sh", "-c"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder)


@pytest.fixture
def server():
    """server(pair, *options) starts one; its port."""
    started = []

    def start(pair, *more):
        started.append(OpensslServer(pair, *more))
        return started[-1].port

    yield start
    for one in started:
        one.end()


@pytest.fixture
def wait(usher, authority):
    """`usher wait` as an ordinary command that trusts the authority."""
    def start(*args, trust=authority.file, inside=(), **options):
        env = {"SSL_CERT_FILE": str(trust or ""), "SSL_CERT_DIR": ""}  # this machine may name its own
        limit = [] if "--timeout" in args else ["--timeout", f"{harness.LIMIT}s"]  # for what never comes
        return usher("wait", *args, *limit, inside=list(inside), env=env, **options)
    return start


def https(port, host="localhost", **tls):
    settings = ", ".join(f'{key} = {value}' for key, value in tls.items())
    return f'{{ type = "http", url = "https://{host}:{port}/", tls = {{ {settings} }} }}'


def fails(run, *texts):
    """Waits until it has said all of that, and ends it."""
    for text in texts:
        run.err.wait_text(text)
    assert run.stop() == 128 + signal.SIGTERM


GOOD = {
    "ecdsa": (["localhost"], {}, "localhost"),
    "rsa": (["localhost"], {"kind": "rsa"}, "localhost"),
    "wildcard": (["*.localhost"], {}, "any.localhost"),
    "address": (["127.0.0.1"], {}, "127.0.0.1"),
    "only-a-common-name": ([], {"common": "localhost"}, "localhost"),
}


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("kind", GOOD)
def test_a_good_certificate_is_let_pass(kind, version, wait, server, authority):
    names, how, host = GOOD[kind]
    port = server(authority.make(*names, **how), version)
    run = wait(f"https://{host}:{port}/")
    assert run.wait() == 0, run.err.text()


BAD = {
    "expired": (["localhost"], {"since": -9 * DAY, "until": -2 * DAY}, "localhost", "its certificate has expired on 2"),
    "not-yet": (["localhost"], {"since": 2 * DAY}, "localhost", "is good only from 2"),
    "other-name": (["a.example", "*.b.example", "10.0.0.1"], {}, "localhost",
                   "its certificate is for a.example, *.b.example, 10.0.0.1, not for localhost"),
    "other-address": (["10.0.0.1"], {}, "127.0.0.1", "its certificate is for 10.0.0.1, not for 127.0.0.1"),
    "wildcard-is-one-part": (["*.localhost"], {}, "localhost", "is for *.localhost, not for localhost"),
    "self-signed": (["localhost"], {"self_signed": True}, "localhost", "its certificate is signed by itself, which is neither in "),
    "of-a-client": (["localhost"], {"usage": ExtendedKeyUsageOID.CLIENT_AUTH}, "localhost", "its certificate is not one of a server"),
}


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_certificate_is_told_of_in_words(kind, version, wait, server, authority):
    names, how, host, text = BAD[kind]
    port = server(authority.make(*names, **how), version)
    fails(wait(f"https://{host}:{port}/"), "TLS: ", text)


def test_an_authority_that_is_not_known_is_named_with_what_helps(wait, server, authority, folder):
    port = server(authority.make("localhost"))
    other = Authority(folder, "Other CA")
    fails(wait(f"https://localhost:{port}/", trust=other.file),
          f"is signed by CN=Test CA, which is neither in {other.file} nor led to by what the server sent: "
          "name the authority's certificate with ca_file")
    good = wait(https(port, ca_file=f'"{authority.file}"'), trust=other.file)
    assert good.wait() == 0


def test_a_chain_is_followed_and_one_that_lacks_a_part_is_not(wait, server, authority, folder):
    between = Authority(folder, "Between CA", above=authority)
    whole = server(between.make("localhost", chain=[between]))
    assert wait(f"https://localhost:{whole}/").wait() == 0
    fails(wait(f"https://localhost:{server(between.make('localhost'))}/"), "is signed by CN=Between CA, which is neither in")


def test_a_server_may_be_known_by_another_name(wait, server, authority):
    port = server(authority.make("db.example"))
    assert wait(https(port, server_name='"db.example"')).wait() == 0


def test_who_does_not_verify_is_told_so_once(wait, server, authority):
    port = server(authority.make("other", self_signed=True))
    run = wait(https(port, verify="false"))
    assert run.wait() == 0
    assert run.err.text().count("is not verified (verify = false)") == 1


def test_without_a_bundle_it_says_what_to_mount(wait, server, authority):
    port = server(authority.make("localhost"))
    hidden = "for each in /etc/ssl /etc/pki; do [ ! -d $each ] || mount -t tmpfs none $each; done; exec \"$@\""
    run = wait(f"https://localhost:{port}/", "--timeout", "3s", trust=None, inside=[*HERE, hidden, "sh"])
    assert run.wait() == 92
    assert ("mount a bundle at /etc/ssl/certs/ca-certificates.crt, or name one with ca_file or SSL_CERT_FILE"
            in run.err.text())


def test_a_folder_of_authorities_will_do(usher, server, authority, tmp_path):
    port = server(authority.make("localhost"))
    (tmp_path / "1.pem").write_bytes(authority.file.read_bytes())
    (tmp_path / "readme").write_text("no certificate")
    run = usher("wait", f"https://localhost:{port}/", "--timeout", f"{harness.LIMIT}s",
                inside=[], env={"SSL_CERT_FILE": "", "SSL_CERT_DIR": str(tmp_path)})
    assert run.wait() == 0


@pytest.mark.parametrize("trust, text", [
    ("absent.pem", "SSL_CERT_FILE: "),
    ("empty.pem", "that could be read (they are expected in PEM)"),
])
def test_a_bundle_that_is_no_good_is_named(trust, text, wait, server, authority, tmp_path):
    (tmp_path / "empty.pem").write_text("nothing")
    fails(wait(f"https://localhost:{server(authority.make('localhost'))}/", trust=tmp_path / trust), text, str(tmp_path / trust))


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_server_that_wants_to_know_us_gets_our_certificate(version, wait, server, authority):
    certificate, key = authority.make(common="client", usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    port = server(authority.make("localhost"), version, "-Verify", "2", "-verify_return_error", "-CAfile", str(authority.file))
    assert wait(https(port, certificate=f'"{certificate}"', key=f'"{key}"')).wait() == 0


def test_without_a_certificate_such_a_server_is_not_had(wait, server, authority):
    port = server(authority.make("localhost"), "-tls1_2", "-Verify", "2", "-verify_return_error", "-CAfile", str(authority.file))
    fails(wait(f"https://localhost:{port}/"), "it may want a certificate of ours (certificate, key)")


def test_a_key_of_another_certificate_is_no_key(wait, server, authority):
    one, _ = authority.make(common="one", usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    _, other = authority.make(common="other", usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    port = server(authority.make("localhost"))
    fails(wait(https(port, certificate=f'"{one}"', key=f'"{other}"')), f"key: {other} is not that of {one}")


def answering(answer):
    """A server that says these bytes to everybody and closes; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(answer)
    threading.Thread(target=serve, daemon=True).start()
    return listener, listener.getsockname()[1]


@pytest.mark.parametrize("answer, text", [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", 'the server does not speak TLS at this port: it says "HTTP/1.1 400 Bad Request'),
    (b"-ERR unknown\r\n", 'does not speak TLS at this port: it says "-ERR unknown'),
    (b"", "the server closed the connection in the handshake; does it speak TLS at this port?"),
    (b"\x15\x03\x03\x00\x02\x02\x46", "the server speaks neither TLS 1.2 nor 1.3"),
    (b"\x15\x03\x03\x00\x02\x02\x70", "say with server_name which one is meant"),
    (b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", "what cannot be understood in the handshake"),
    (b"\x16\x03\x03\xff\xff" + b"\xff" * 70000, "what cannot be understood in the handshake"),
], ids=["http", "redis", "nothing", "version", "name", "short", "long"])
def test_what_is_no_tls_is_said_to_be_none(answer, text, wait):
    listener, port = answering(answer)
    with listener:
        fails(wait(f"https://localhost:{port}/"), text)


@pytest.mark.parametrize("target", ["http://127.0.0.1:{}/", "redis://127.0.0.1:{}", "grpc://127.0.0.1:{}"])
def test_a_plain_probe_says_that_tls_is_wanted(target, wait):
    listener, port = answering(b"\x15\x03\x01\x00\x02\x02\x46")
    with listener:
        fails(wait(target.format(port)), "the server seems to want TLS at this port")


# A peer that stalls.


class Stalling:
    """Passes on what the client says, and of what the server says only so many bytes."""

    def __init__(self, port, most):
        self.port, self.most, self.passed = port, most, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own_port = self.listener.getsockname()[1]
        self.stalled = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        client, _ = self.listener.accept()
        upstream = socket.create_connection(("127.0.0.1", self.port))
        threading.Thread(target=self._pass_on, args=(client, upstream), daemon=True).start()
        left = self.most
        while left > 0 and (got := upstream.recv(left)):
            left -= len(got)
            client.sendall(got)
        self.stalled.set()

    @staticmethod
    def _pass_on(one, other):
        try:
            while got := one.recv(4096):
                other.sendall(got)
        except OSError:
            pass


def helpers_of(run):
    """Those below it; there are others on this machine."""
    found = []
    for pid in harness.descendants(run.pid):
        try:
            if pathlib.Path(f"/proc/{pid}/comm").read_text() == "usher-tls\n":
                found.append(pid)
        except OSError:
            pass
    return found


def helper_of(run):
    harness.until(lambda: helpers_of(run))
    return helpers_of(run)[0]


# In the middle of the head of a record, of each message, and between them.
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("most", [0, 3, 5, 60, 100, 130, 200, 400])
def test_a_peer_that_stalls_costs_a_try_and_no_more(most, version, wait, server, authority):
    proxy = Stalling(server(authority.make("localhost"), version), most)

    def attempt(limit):
        run = wait(f"https://localhost:{proxy.own_port}/", "--timeout", limit)
        assert run.wait() == 92
        return "connected, but the TLS handshake was not done in time" in run.err.text()
    assert harness.with_time_enough(attempt)


def test_the_helper_of_a_handshake_that_is_given_up_goes_with_it(usher, authority, server):
    proxy = Stalling(server(authority.make("localhost")), 200)
    run = usher("--", "sleep", "1000", env={"SSL_CERT_FILE": str(authority.file)},
                config=f'[readiness]\nprobe = {{ type = "http", url = "https://localhost:{proxy.own_port}/" }}\n')
    helper_of(run)
    run.stop()
    assert run.report["orphans_reaped"] == 0 and run.report["phases_ms"]["stopping"] < 5000


def test_the_helper_has_no_privileges_and_nothing_of_ours(wait):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run = wait(f"https://127.0.0.1:{silent.getsockname()[1]}/")
        pid = helper_of(run)
        harness.until(lambda: harness.status(pid, "Seccomp") == "2")
        assert harness.status(pid, "NoNewPrivs") == "1"
        assert int(harness.status(pid, "CapEff"), 16) == int(harness.status(pid, "CapPrm"), 16) == 0
        if os.geteuid() == 0:
            assert set(harness.status(pid, "Uid").split()) == set(harness.status(pid, "Gid").split()) == {"65534"}
            assert harness.status(pid, "Groups") == ""
        assert sorted(harness.descriptors(pid)) == [0, 1, 2, 3]
        variables = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        assert all(each.startswith(b"SSL_CERT_") for each in variables if each)
        os.kill(run.pid, signal.SIGKILL)
        harness.until(lambda: not harness.state(pid))


def test_a_helper_that_is_killed_is_a_failure_and_another_try_follows(wait):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run = wait(f"https://127.0.0.1:{silent.getsockname()[1]}/")
        os.kill(helper_of(run), signal.SIGKILL)
        run.err.wait_text("TLS: the process that speaks it has ended without a word")
        helper_of(run)
        run.stop()


def test_nobody_but_usher_starts_the_helper():
    done = subprocess.run([harness.USHER, "--tls-helper"], stdin=subprocess.DEVNULL, capture_output=True, timeout=harness.LIMIT)
    assert done.returncode == 2 and done.stdout == b""


# Everything that speaks it.


def test_a_tcp_probe_looks_at_the_certificate_and_how_long_it_is_good(wait, server, authority):
    port = server(authority.make("localhost", until=10 * DAY))
    assert wait(f"tls://localhost:{port}").wait() == 0
    probe = f'type = "tcp", address = "localhost:{port}", tls = true'
    assert wait(f"{{ {probe}, min_days = 9 }}").wait() == 0
    fails(wait(f"{{ {probe}, min_days = 11 }}"), "its certificate is good for 9 more days only, until 2", "min_days is 11")


def test_a_real_grpc_server_with_tls_is_waited_for(wait, authority):
    certificate, key = authority.make("localhost")

    class Health(grpc.GenericRpcHandler):
        def service(self, call):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: b"\x08\x01")
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=(Health(),))
    port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())]))
    server.start()
    try:
        assert wait(f"grpcs://localhost:{port}").wait() == 0
    finally:
        server.stop(None)


@pytest.fixture
def redis_over_tls(authority, tmp_path):
    """A real one: its port, and what asks it."""
    certificate, key = authority.make("localhost", kind="rsa")
    port, path = harness.free_port(), tmp_path / "redis.sock"
    process = subprocess.Popen(
        ["redis-server", "--port", "0", "--tls-port", str(port), "--unixsocket", path, "--save", "", "--tls-cert-file", certificate,
         "--tls-key-file", key, "--tls-ca-cert-file", authority.file, "--tls-auth-clients", "yes"], stdout=subprocess.DEVNULL, cwd="/")

    def ask(*command):
        return subprocess.run(["redis-cli", "-s", path, *command], text=True, capture_output=True, check=False).stdout.strip()
    harness.until(lambda: ask("ping") == "PONG")
    yield port, ask
    process.kill()
    process.wait()


@pytest.fixture
def us(authority):
    """[tls] of a client that such a server lets in."""
    certificate, key = authority.make(common="client", usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    return f'[tls]\nca_file = "{authority.file}"\ncertificate = "{certificate}"\nkey = "{key}"\n'


def test_redis_with_client_certificates_probes_publishing_and_the_registry(usher, redis_over_tls, us):
    port, ask = redis_over_tls
    url = f"rediss://localhost:{port}"
    run = usher("--", "sleep", "1000", config=us + f"""
[service]
name = "echo"
[readiness]
probe = {{ type = "redis", url = "{url}" }}
[readiness.publish.redis]
url = "{url}"
key = "where"
value = "here"
remove_on_stop = true
[coordination]
redis = "{url}"
namespace = "run"
ttl = "1h"
""")
    run.wait_event("ready")
    harness.until(lambda: ask("get", "where") == "here")
    run.wait_event("registered")
    health = usher("health", "system", inside=[], env={"USHER_CONFIG": run.path("service.toml")})
    assert health.wait() == 0 and "1 service is healthy" in health.out.text()
    assert run.stop() == 143
    assert ask("get", "where") == ""
    assert run.report["phases_ms"]["stopping"] < 8000 and not run.events("draining")


def test_a_redis_that_wants_a_certificate_and_gets_none(wait, redis_over_tls):
    port, _ = redis_over_tls
    fails(wait(f"rediss://localhost:{port}"), "it may want a certificate of ours (certificate, key)")


def test_alerts_figures_and_traces_go_to_servers_with_https(usher, authority, us):
    certificate, key = authority.make("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    sink = http_sink.Sink(tls=context)
    try:
        run = usher("--", "sh", "-c", "exit 0", config=us + f"""
[metrics]
push = "{sink.url}/push"
[traces]
endpoint = "{sink.url}"
""")
        assert run.wait() == 0
        paths = [path for path, _, _ in sink.requests]
        assert "/v1/traces" in paths and any(path.startswith("/push") for path in paths), paths
    finally:
        sink.end()
