"""A real PostgreSQL, in the states that a container waits through."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

import pytest

import harness
from authority import Authority
from harness import until

CONFIG = pathlib.Path(__file__).parents[2] / "configs/web.toml"
BINARIES = "/usr/lib/postgresql"


def program(name):
    versions = sorted(os.listdir(BINARIES)) if os.path.isdir(BINARIES) else []
    assert versions, "no PostgreSQL here: scripts/packages test installs it"
    return f"{BINARIES}/{versions[-1]}/bin/{name}"


class Postgres:
    """A cluster of its own, run as the user postgres, which is the only one that may."""

    def __init__(self, directory):
        self.directory = directory
        self.port = None
        self.process = None
        owner = pwd.getpwnam("postgres")
        self.owner = dict(user=owner.pw_uid, group=owner.pw_gid, extra_groups=[], cwd="/")
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        self.run("initdb", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync",
                 "--encoding=UTF8", "--locale=C", "-U", "postgres", "-D", self.data)

    @property
    def data(self):
        return f"{self.directory}/data"

    def run(self, name, *args, **options):
        return subprocess.run([program(name), *args], check=True, capture_output=True, text=True,
                              timeout=120, **self.owner, **options)

    def configure(self, text):
        with open(f"{self.data}/postgresql.conf", "a", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [program("postgres"), "-D", self.data, "-k", self.directory, "-h", "127.0.0.1", "-p",
             str(self.port), "-c", "fsync=off"],
            stderr=subprocess.DEVNULL, **self.owner)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()


@pytest.fixture
def postgres():
    directory = tempfile.mkdtemp(prefix="usher-postgres-", dir="/tmp")
    server = Postgres(directory)
    yield server
    server.end()
    shutil.rmtree(directory)


@pytest.fixture
def wait(usher):
    def start(server, *args, path=""):
        return usher("wait", f"postgres://127.0.0.1:{server.port}{path}", *args)
    return start


def test_a_server_is_ready_when_it_asks_for_a_password(postgres, wait):
    postgres.start()
    run = wait(postgres, "--interval", "100ms")
    assert run.wait() == 0


def test_a_database_is_waited_for_where_no_password_is_wanted(postgres, wait):
    with open(f"{postgres.data}/pg_hba.conf", "w", encoding="utf-8") as file:
        file.write("local all all trust\nhost all all 127.0.0.1/32 trust\n")
    postgres.start()
    assert wait(postgres, "--interval", "100ms").wait() == 0
    run = wait(postgres, "--interval", "100ms", path="/app")
    run.err.wait_text('it says "database \\"app\\" does not exist", SQLSTATE "3D000"')
    postgres.run("createdb", "-h", postgres.directory, "-p", str(postgres.port), "-U", "postgres", "app")
    assert run.wait() == 0


def test_a_server_that_starts_up_or_recovers_is_waited_for(postgres, wait):
    go = f"{postgres.directory}/go"
    postgres.configure(f"restore_command = 'while ! test -e {go}; do sleep 0.1; done; false'\n"
                       "recovery_target_action = 'promote'\n")
    with open(f"{postgres.data}/recovery.signal", "w", encoding="utf-8"):
        pass
    postgres.start()
    run = wait(postgres, "--interval", "100ms")
    run.err.wait_match('it says "the database system is [a-z ]+", SQLSTATE "57P03"')
    with open(go, "w", encoding="utf-8"):
        pass
    assert run.wait() == 0


def test_a_server_that_shuts_down_is_not_ready(postgres, wait):
    postgres.start()
    assert wait(postgres, "--interval", "100ms").wait() == 0
    session = subprocess.Popen(
        [program("psql"), "-h", postgres.directory, "-p", str(postgres.port), "-U", "postgres", "-qAt"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **postgres.owner)
    with session:
        session.stdin.write("select 'here';\n")
        session.stdin.flush()
        assert session.stdout.readline() == "here\n"
        postgres.process.terminate()  # waits for sessions to end, and takes no more

        def refused(limit):
            run = wait(postgres, "--timeout", limit)
            assert run.wait() == 92
            return 'it says "the database system is shutting down", SQLSTATE "57P03"' in run.err.text()

        harness.with_time_enough(refused)
        session.stdin.close()
    until(lambda: postgres.process.poll() is not None)


@pytest.fixture
def authority(postgres):
    """Whose certificate the server has, and may read."""
    made = Authority(postgres.directory)
    certificate, key = made.make("localhost", kind="rsa")
    for path in (certificate, key):
        os.chown(path, postgres.owner["user"], postgres.owner["group"])
        os.chmod(path, 0o600)
    postgres.configure(f"ssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n")
    return made


@pytest.fixture
def wait_over_tls(usher, authority):
    def start(server, *args, host="localhost"):
        return usher("wait", f"postgres://{host}:{server.port}/postgres?sslmode=verify-full", *args,
                     env={"SSL_CERT_FILE": str(authority.file), "SSL_CERT_DIR": ""})
    return start


def test_a_server_is_asked_over_tls_and_its_certificate_is_looked_at(postgres, wait_over_tls):
    postgres.start()
    run = wait_over_tls(postgres, "--interval", "100ms")
    assert run.wait() == 0, run.err.text()

    def refused(limit):
        run = wait_over_tls(postgres, "--timeout", limit, host="127.0.0.1")
        assert run.wait() == 92
        return "its certificate is for localhost, not for 127.0.0.1" in run.err.text()

    harness.with_time_enough(refused)


def test_a_server_that_starts_up_says_so_over_tls_as_well(postgres, wait_over_tls):
    go = f"{postgres.directory}/go"
    postgres.configure(f"restore_command = 'while ! test -e {go}; do sleep 0.1; done; false'\n"
                       "recovery_target_action = 'promote'\n")
    with open(f"{postgres.data}/recovery.signal", "w", encoding="utf-8"):
        pass
    postgres.start()
    run = wait_over_tls(postgres, "--interval", "100ms")
    run.err.wait_match('it says "the database system is [a-z ]+", SQLSTATE "57P03"')
    with open(go, "w", encoding="utf-8"):
        pass
    assert run.wait() == 0


def test_a_server_without_tls_says_so_where_it_is_asked_for(postgres, usher):
    postgres.start()
    run = usher("wait", f"postgres://localhost:{postgres.port}/?sslmode=require", "--interval", "100ms")
    run.err.wait_text("it offers no TLS, which is asked for")
    run.stop()


def test_a_web_application_is_started_when_its_database_and_its_cache_are_there(postgres, authority, usher):
    postgres.start()
    certificate, key = authority.make("localhost")
    cache, web = harness.free_port(), harness.free_port()
    run = usher("-c", str(CONFIG), "--", "python3", "-m", "http.server", "--bind", "127.0.0.1", str(web),
                env={"TLS_CA_FILE": str(authority.file), "DATABASE_ADDRESS": f"localhost:{postgres.port}",
                     "CACHE_ADDRESS": f"localhost:{cache}", "REDIS_PASSWORD": "p@ss", "PORT": str(web)})
    run.wait_event("dependency_ready")
    assert not run.events("spawned")
    redis = subprocess.Popen(
        ["redis-server", "--port", "0", "--tls-port", str(cache), "--save", "", "--requirepass", "p@ss", "--tls-auth-clients",
         "no", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", authority.file],
        stdout=subprocess.DEVNULL, cwd="/")
    try:
        run.wait_event("ready")
        run.stop()
    finally:
        redis.kill()
        redis.wait()
