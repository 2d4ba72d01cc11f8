"""The images of images/examples: each gets healthy, and stops as its service asks to be stopped.

What is under way at the stop is held up by a file until usher has been told to stop, so that only a
service that was told to stop in order can finish it.
"""

import shutil
import signal
import socket
import struct
import urllib.request

import pytest

from harness import LIMIT, ROOT, build, build_text, docker, inspect, network, until

LETS_GO = "/tmp/go"
# What a slow machine has not finished is not to be cut off.
PATIENT = ["-e", "USHER_SHUTDOWN_TIMEOUT=200s"]
APP = f"""
import os, time

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first "
    while environ["PATH_INFO"] == "/slow" and not os.path.exists("{LETS_GO}"):
        time.sleep(0.01)
    yield b"last"
"""
SLOW_PHP = f"""<?php
while (ob_get_level()) ob_end_flush();
echo 'first '; flush();
while (!file_exists('{LETS_GO}')) {{ usleep(10000); clearstatcache(); }}
echo 'last';
"""


@pytest.fixture(scope="module")
def inside():
    """A network in which this machine reaches the containers."""
    name = network("examples")
    yield ["--network", name]
    docker("network", "rm", name, check=False)


def image(name, context=ROOT):
    tag = f"usher-test/{name}"
    build(tag, ROOT / f"images/examples/{name}.Dockerfile", context)
    return tag


def context_with(tmp_path, name, *files):
    """A build context with the example's configuration and what is the user's own."""
    (tmp_path / "configs").mkdir()
    shutil.copy(ROOT / f"configs/{name}.toml", tmp_path / "configs")
    for file in files:
        shutil.copy(file, tmp_path)
    return tmp_path


def address(container):
    [net] = container.inspect["NetworkSettings"]["Networks"].values()
    return net["IPAddress"]


def assert_stopped(container, code=0):
    report = container.report
    assert (report["reason"], report["killed"]) == ("stopped", False)
    assert report["exit_code"] == code


def test_python_is_interrupted(container):
    one = container(image("python"))
    one.wait_health("healthy")
    assert one.stop() == 0
    assert_stopped(one)


def test_nginx_finishes_a_download(container, inside, tmp_path):
    (tmp_path / "download.conf").write_text("server { listen 8081; root /download; }\n")
    (tmp_path / "root").mkdir()
    with open(tmp_path / "root/big", "wb") as big:
        big.truncate(20_000_000)
    for path in (tmp_path, tmp_path / "root"):
        path.chmod(0o755)
    one = container(image("nginx"), options=[
        *inside, *PATIENT, "-v", f"{tmp_path / 'download.conf'}:/etc/nginx/conf.d/download.conf:ro",
        "-v", f"{tmp_path / 'root'}:/download:ro"])
    one.wait_health("healthy")
    with urllib.request.urlopen(f"http://{address(one)}:8081/big", timeout=LIMIT) as download:
        first = download.read(100_000)
        one.kill(signal.SIGTERM)  # which would cut it off, were it not rewritten
        one.wait_event("stopping")
        rest = download.read()
    assert len(first) + len(rest) == 20_000_000
    assert one.wait() == 0
    assert_stopped(one)


def test_postgres_does_not_wait_for_its_clients(container):
    one = container(image("postgres"), options=["-e", "POSTGRES_HOST_AUTH_METHOD=trust"])
    one.wait_health("healthy")
    psql = ["psql", "-h", "127.0.0.1", "-U", "postgres", "-tAc"]
    one.exec(*psql, "select pg_sleep(1000)", options=["--detach"])
    busy = "select count(*) from pg_stat_activity where query like 'select pg_sleep%'"
    until(lambda: one.exec(*psql, busy).stdout.strip() == "1", "connected client")
    one.kill(signal.SIGTERM)  # which would wait for it, were it not rewritten
    assert one.wait() == 0
    assert_stopped(one)
    # Its data is in order: nothing to recover.
    one.start()
    one.wait_output("database system was shut down at")
    one.wait_health("healthy")
    assert one.stop() == 0


def test_gunicorn_finishes_a_request(container, inside, tmp_path):
    context_with(tmp_path, "gunicorn")
    (tmp_path / "app.py").write_text(APP)
    tag = image("gunicorn", tmp_path)
    command = [word.replace("--graceful-timeout=20", "--graceful-timeout=200")
               for word in inspect(tag)["Config"]["Cmd"]]
    one = container(tag, *command, options=[*inside, *PATIENT])
    one.wait_health("healthy")
    with urllib.request.urlopen(f"http://{address(one)}:8000/slow", timeout=LIMIT) as slow:
        first = slow.read(6)
        one.kill(signal.SIGTERM)
        one.wait_event("stopping")
        one.wait_output("Handling signal: term")
        one.exec("touch", LETS_GO)
        rest = slow.read()
    assert first + rest == b"first last"
    assert one.wait() == 0
    assert_stopped(one)


def test_gunicorn_with_a_broken_application_is_3(container, tmp_path):
    context_with(tmp_path, "gunicorn")
    (tmp_path / "app.py").write_text("import no_such_module\n")
    # One worker: the end of a second one, while gunicorn is stopping for the first, ends it with 1.
    one = container(image("gunicorn", tmp_path), "gunicorn", "--workers=1", "app:app",
                    options=["-e", "MAX_STARTUP_RETRIES=1"])
    assert one.wait() == 3
    assert not one.report["ready"]
    assert "No module named 'no_such_module'" in one.err


def record(kind, content):
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def fastcgi(host, script):
    """A request for a script, on its way: the connection."""
    begin, params, stdin, responder = 1, 4, 5, 1
    pairs = {"REQUEST_METHOD": "GET", "SCRIPT_FILENAME": script}
    named = b"".join(bytes([len(k), len(v)]) + k.encode() + v.encode() for k, v in pairs.items())
    connection = socket.create_connection((host, 9000), timeout=LIMIT)
    connection.sendall(record(begin, struct.pack("!HB5x", responder, 0)) + record(params, named) +
                       record(params, b"") + record(stdin, b""))
    return connection


def test_php_fpm_finishes_a_request(container, inside, tmp_path):
    (tmp_path / "slow.php").write_text(SLOW_PHP)
    tmp_path.chmod(0o755)
    (tmp_path / "patient.conf").write_text("[global]\nprocess_control_timeout = 200s\n")
    one = container(image("php-fpm"), options=[
        *inside, *PATIENT, "-v", f"{tmp_path / 'slow.php'}:/var/www/html/slow.php:ro",
        "-v", f"{tmp_path / 'patient.conf'}:/usr/local/etc/php-fpm.d/zzz-patient.conf:ro"])
    one.wait_health("healthy")
    with fastcgi(address(one), "/var/www/html/slow.php") as connection:
        answer = b""
        while b"first " not in answer:
            got = connection.recv(4096)
            assert got, answer
            answer += got
        one.kill(signal.SIGTERM)  # which would cut it off, were it not rewritten
        one.wait_event("stopping")
        one.wait_output("Finishing ...")
        one.exec("touch", LETS_GO)
        while got := connection.recv(4096):
            answer += got
    assert b"last" in answer
    assert one.wait() == 0
    assert_stopped(one)


def test_php_fpm_with_a_wrong_configuration_is_78(container, tmp_path):
    (tmp_path / "wrong.conf").write_text("[www]\npm = none\n")
    tmp_path.chmod(0o755)
    one = container(image("php-fpm"), options=[
        "-e", "MAX_STARTUP_RETRIES=1",
        "-v", f"{tmp_path / 'wrong.conf'}:/usr/local/etc/php-fpm.d/zz-wrong.conf:ro"])
    assert one.wait() == 78
    assert not one.report["ready"]


@pytest.fixture(scope="module")
def java(tmp_path_factory):
    """The image with the smallest application that its configuration is right for."""
    folder = context_with(tmp_path_factory.mktemp("java"), "java", ROOT / "tests/containers/java/App.java")
    build_text("usher-test/java-app",
               "FROM eclipse-temurin:21\nCOPY App.java /\nRUN javac --release 17 -d /classes /App.java "
               "&& jar --create --file /app.jar --main-class App -C /classes .\n", folder)
    made = docker("create", "usher-test/java-app", "none")
    docker("cp", f"{made}:/app.jar", str(folder))
    docker("rm", made)
    return image("java", folder)


@pytest.mark.parametrize("options, code", [([], 0), (["-e", "USHER_EXIT_ON_STOP=passthrough"], 143)],
                         ids=["as configured", "its own code"])
def test_java_runs_its_shutdown_hooks(container, java, options, code):
    one = container(java, options=options)
    one.wait_health("healthy")
    assert one.stop() == code
    assert "hook ran\n" in one.out
    assert_stopped(one, code)
    assert one.report["service_code"] == 143


def test_java_prints_its_threads_on_sigquit_and_goes_on(container, java):
    one = container(java)
    one.wait_health("healthy")
    one.kill(signal.SIGQUIT)
    one.wait_output("Full thread dump")
    # Not a stop: healthy all the same.
    assert one.exec("/usher", "health").stdout
    assert one.events("stopping") == []
    assert one.stop() == 0
