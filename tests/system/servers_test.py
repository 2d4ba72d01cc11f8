"""Real servers of the kinds that are asked one short question, through `usher wait`."""

import os
import pathlib
import shutil
import socket
import subprocess

import pytest

import harness
from authority import Authority
from harness import free_port


CONFIG = pathlib.Path(__file__).parents[2] / "configs/rabbitmq.toml"
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def program(name):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    assert found, f"no {name} here: scripts/packages test installs it"
    return found


@pytest.fixture
def serve():
    """Starts a server that is ended with the test."""
    started = []

    def start(name, *args, **options):
        started.append(subprocess.Popen([program(name), *map(str, args)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, **options))
        return started[-1]

    yield start
    for server in started:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority):
    return authority.make("localhost", kind="rsa")


@pytest.fixture
def trusting(usher, authority):
    """usher, as one that trusts the authority."""
    env = {"SSL_CERT_FILE": str(authority.file), "SSL_CERT_DIR": ""}
    return lambda *args: usher(*args, env=env)


@pytest.fixture
def wait(trusting):
    """One try after the other until it is there, or what was said when the time was up."""
    def start(url):
        run = trusting("wait", url, "--interval", "100ms", "--timeout", f"{harness.LIMIT}s")
        assert run.wait() == 0, run.err.text()
    return start


@pytest.fixture
def missing(trusting):
    def check(url, said):
        def attempt(limit):
            run = trusting("wait", url, "--timeout", limit)
            assert run.wait() == 92
            return said in run.err.text()
        harness.with_time_enough(attempt)
    return check


def test_nats(serve, wait, missing):
    port = free_port()
    missing(f"nats://127.0.0.1:{port}", "Connection refused")
    serve("nats-server", "-a", "127.0.0.1", "-p", port)
    wait(f"nats://127.0.0.1:{port}")


def test_nats_that_wants_a_password(serve, wait):
    port = free_port()
    serve("nats-server", "-a", "127.0.0.1", "-p", port, "--user", "me", "--pass", "secret")
    wait(f"nats://127.0.0.1:{port}")


def test_nats_that_takes_no_more_connections(serve, wait, missing, tmp_path):
    port = free_port()
    config = tmp_path / "nats.conf"
    config.write_text(f"host: 127.0.0.1\nport: {port}\nmax_connections: 1\n")
    serve("nats-server", "-c", config)
    wait(f"nats://127.0.0.1:{port}")
    with socket.create_connection(("127.0.0.1", port)) as other:
        assert other.recv(1) == b"I"  # of INFO: it is counted
        missing(f"nats://127.0.0.1:{port}", "maximum connections exceeded")


def test_memcached(serve, wait, missing):
    port = free_port()
    missing(f"memcached://127.0.0.1:{port}", "Connection refused")
    serve("memcached", "-l", "127.0.0.1", "-p", port, "-U", 0, "-u", "nobody")
    wait(f"memcached://127.0.0.1:{port}")


def test_memcached_that_wants_a_password(serve, wait, tmp_path):
    port = free_port()
    users = tmp_path / "users"
    users.write_text("me:secret\n")
    os.chmod(tmp_path, 0o755)
    serve("memcached", "-l", "127.0.0.1", "-p", port, "-U", 0, "-u", "root", "-Y", users)
    wait(f"memcached://127.0.0.1:{port}")


@pytest.mark.parametrize("anonymous", ["true", "false"])
def test_mosquitto(serve, wait, missing, tmp_path, anonymous):
    port = free_port()
    missing(f"mqtt://127.0.0.1:{port}", "Connection refused")
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous {anonymous}\n")
    serve("mosquitto", "-c", config)
    wait(f"mqtt://127.0.0.1:{port}")


def test_a_server_of_another_kind_is_not_taken_for_it(serve, missing):
    port = free_port()
    serve("memcached", "-l", "127.0.0.1", "-p", port, "-U", 0, "-u", "nobody")
    missing(f"nats://127.0.0.1:{port}", "no answer to PING")
    missing(f"mqtt://127.0.0.1:{port}", "no answer to CONNECT")


# Over TLS.

WANTS_TLS = "want TLS at this port"  # by an alert, or as a question where one just hangs up


def test_nats_over_tls(serve, wait, missing, pair):
    port = free_port()
    certificate, key = pair
    serve("nats-server", "-a", "127.0.0.1", "-p", port, "--tls", f"--tlscert={certificate}", f"--tlskey={key}")
    wait(f"nats://localhost:{port}")  # its INFO asks for it, and any client then speaks it
    wait(f"nats://localhost:{port}?tls=true")
    missing(f"nats://127.0.0.1:{port}", "its certificate is for localhost, not for 127.0.0.1")


def test_nats_without_tls_where_tls_is_asked_for(serve, wait, missing):
    port = free_port()
    serve("nats-server", "-a", "127.0.0.1", "-p", port)
    wait(f"nats://localhost:{port}")
    missing(f"nats://localhost:{port}?tls=true", "it offers no TLS, which is asked for")


def test_memcached_over_tls(serve, wait, missing, pair):
    port = free_port()
    certificate, key = pair
    serve("memcached", "-l", "127.0.0.1", "-p", port, "-U", 0, "-u", "root", "-Z", "-o",
          f"ssl_chain_cert={certificate},ssl_key={key}")
    wait(f"memcacheds://localhost:{port}")
    missing(f"memcached://localhost:{port}", WANTS_TLS)
    missing(f"memcacheds://127.0.0.1:{port}", "its certificate is for localhost, not for 127.0.0.1")


def test_mosquitto_over_tls(serve, wait, missing, tmp_path, pair, authority):
    port = free_port()
    certificate, key = pair
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\n"
                      f"cafile {authority.file}\ncertfile {certificate}\nkeyfile {key}\n")
    serve("mosquitto", "-c", config)
    wait(f"mqtts://localhost:{port}")
    missing(f"mqtt://localhost:{port}", WANTS_TLS)


def rabbitmq_at(folder, settings):
    """The variables of one that has nothing in common with others of this machine."""
    (folder / "enabled_plugins").touch()
    (folder / "rabbitmq.conf").write_text(settings)
    return {"HOME": str(folder), "ERL_EPMD_PORT": str(free_port()), "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_NODENAME": "usher@localhost", "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"), "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid")}


def test_rabbitmq_with_the_configuration_of_the_example(usher, tmp_path):
    port = free_port()
    env = rabbitmq_at(tmp_path, f"listeners.tcp.1 = 127.0.0.1:{port}\n")
    run = usher("-c", str(CONFIG), "--", RABBITMQ, env={**env, "RABBITMQ_NODE_PORT": str(port)})
    run.wait_event("ready")
    assert run.stop() == 0
    assert not run.events("killing")


def test_rabbitmq_while_it_starts_and_over_tls(serve, wait, missing, tmp_path, pair, authority):
    plain, secure = free_port(), free_port()
    certificate, key = pair
    env = rabbitmq_at(
        tmp_path, f"listeners.tcp.1 = 127.0.0.1:{plain}\nlisteners.ssl.1 = 127.0.0.1:{secure}\n"
        f"ssl_options.cacertfile = {authority.file}\nssl_options.certfile = {certificate}\n"
        f"ssl_options.keyfile = {key}\nssl_options.verify = verify_none\n")
    missing(f"amqp://localhost:{plain}", "Connection refused")
    # Its helpers, the mapper of names among them, end with the namespace.
    serve("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", RABBITMQ, env={**os.environ, **env})
    wait(f"amqp://guest:guest@localhost:{plain}")
    wait(f"amqps://localhost:{secure}/vhost")
    missing(f"amqp://localhost:{secure}", WANTS_TLS)


def test_nginx_over_https(serve, wait, missing, tmp_path, pair):
    port = free_port()
    certificate, key = pair
    config = tmp_path / "nginx.conf"
    config.write_text(f"""daemon off; master_process off; pid {tmp_path}/pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy; fastcgi_temp_path {tmp_path}/fastcgi;
  uwsgi_temp_path {tmp_path}/uwsgi; scgi_temp_path {tmp_path}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{ return 200 "up\\n"; }}
  }}
}}
""")
    serve("nginx", "-c", config)
    wait(f"https://localhost:{port}/")
    missing(f"http://localhost:{port}/", "answered 400")
    missing(f"https://127.0.0.1:{port}/", "its certificate is for localhost, not for 127.0.0.1")
