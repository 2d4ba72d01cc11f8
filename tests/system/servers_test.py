"""Real servers of the kinds that are asked one short question, through `usher wait`."""

import os
import shutil
import socket
import subprocess

import pytest

import harness


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


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


@pytest.fixture
def wait(usher):
    """One try after the other until it is there, or what was said when the time was up."""
    def start(url):
        run = usher("wait", url, "--interval", "100ms", "--timeout", "60s")
        assert run.wait() == 0, run.err.text()
    return start


@pytest.fixture
def missing(usher):
    def check(url, said):
        def attempt(limit):
            run = usher("wait", url, "--timeout", limit)
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
    missing(f"nats://127.0.0.1:{port}", "its answer is not NATS'")
    missing(f"mqtt://127.0.0.1:{port}", "no answer to CONNECT")
