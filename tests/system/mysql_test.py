"""A real MariaDB in each state that matters, through `usher wait`."""

import os
import pathlib
import shutil
import socket
import subprocess

import pytest

import harness
from authority import Authority

CONFIG = pathlib.Path(__file__).parents[2] / "configs/mariadb.toml"
TABLES = [pathlib.Path("/usr/share/mysql"), pathlib.Path("/usr/share/mariadb")]


def program(name):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    assert found, f"no {name} here: scripts/packages test installs it"
    return found


class MariaDb:
    """A server on a port of its own, with the accounts and whatever else its SQL has made."""

    def __init__(self, directory, sql):
        self.directory, self.process = directory, None
        (directory / "data").mkdir()
        tables = "create database mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\nSET @skip_auth_anonymous=1;\n"
        for part in ("system_tables", "performance_tables", "system_tables_data"):
            tables += next(path for path in TABLES if path.is_dir()).joinpath(f"mysql_{part}.sql").read_text()
        subprocess.run([program("mariadbd"), "--no-defaults", "--bootstrap", "--user=root", f"--datadir={directory}/data"],
                       input=tables, text=True, check=True, capture_output=True, timeout=harness.LIMIT)
        (directory / "init.sql").write_text(sql)

    def command(self, *options):
        return [program("mariadbd"), "--no-defaults", "--user=root", f"--datadir={self.directory}/data",
                "--bind-address=127.0.0.1", f"--socket={self.directory}/sock",
                f"--pid-file={self.directory}/pid", f"--init-file={self.directory}/init.sql", *options]

    def start(self, *options):
        port = harness.free_port()
        self.process = subprocess.Popen(self.command(f"--port={port}", *options),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return port

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server(tmp_path):
    servers = []

    def make(sql=""):
        servers.append(MariaDb(tmp_path, sql))
        return servers[-1]

    yield make
    for each in servers:
        each.end()


def waited(usher, url, limit="60s", **options):
    run = usher("wait", url, "--interval", "100ms", "--timeout", limit, **options)
    return run.wait(), run.err.text()


def test_a_server_is_there_when_it_lets_in_or_refuses(usher, server):
    maria = server("CREATE DATABASE app;\nCREATE USER guest@'%';\nGRANT ALL ON *.* TO guest@'%';\n"
                   "CREATE USER known@'%' IDENTIFIED BY 'secret';\n")
    port = maria.start()
    for url in (f"mysql://127.0.0.1:{port}", f"mariadb://guest@127.0.0.1:{port}/app", f"mysql://known@127.0.0.1:{port}"):
        code, said = waited(usher, url)
        assert code == 0, said

    def attempt(limit):
        code, said = waited(usher, f"mysql://guest@127.0.0.1:{port}/none", limit)
        assert code == 92
        return "none" in said

    harness.with_time_enough(attempt)


def test_the_configuration_of_the_example_knows_when_it_is_ready_and_stops_it_in_order(usher, server):
    run = usher("-c", str(CONFIG), "--", *server().command(), env={"MYSQL_TCP_PORT": str(harness.free_port())})
    run.wait_event("ready")
    assert run.stop() == 0
    assert "Shutdown complete" in run.err.text()


def test_a_server_without_a_connection_left_says_so(usher, server):
    port = server("CREATE USER guest@'%';\n").start("--max-connections=10")
    assert waited(usher, f"mysql://guest@127.0.0.1:{port}")[0] == 0
    clients = [socket.create_connection(("127.0.0.1", port), timeout=harness.LIMIT) for _ in range(10)]
    for client in clients:
        client.recv(4)

    def attempt(limit):
        code, said = waited(usher, f"mysql://guest@127.0.0.1:{port}", limit)
        assert code == 92
        return "no connection left (error 1040)" in said

    harness.with_time_enough(attempt)
    for client in clients:
        client.close()


def test_a_server_over_tls(usher, server, tmp_path):
    authority = Authority(tmp_path)
    certificate, key = authority.make("localhost", kind="rsa")
    port = server("CREATE USER guest@'%' REQUIRE SSL;\n").start(f"--ssl-cert={certificate}", f"--ssl-key={key}",
                                                               "--require-secure-transport=on")
    trusts = {"env": {"SSL_CERT_FILE": str(authority.file), "SSL_CERT_DIR": ""}}
    for url in (f"mysql://localhost:{port}", f"mysql://localhost:{port}?ssl-mode=REQUIRED",
                f"mysql://guest@localhost:{port}?ssl-mode=REQUIRED"):
        code, said = waited(usher, url, **trusts)
        assert code == 0, said

    def attempt(limit):
        code, said = waited(usher, f"mysql://127.0.0.1:{port}?ssl-mode=REQUIRED", limit, **trusts)
        assert code == 92
        return "its certificate is for localhost, not for 127.0.0.1" in said

    harness.with_time_enough(attempt)


def test_a_server_that_has_no_tls_says_so_where_it_is_asked_for(usher, server):
    port = server("").start("--skip-ssl")
    assert waited(usher, f"mysql://localhost:{port}")[0] == 0

    def attempt(limit):
        code, said = waited(usher, f"mysql://localhost:{port}?ssl-mode=REQUIRED", limit)
        assert code == 92
        return "it offers no TLS, which is asked for" in said

    harness.with_time_enough(attempt)
