"""`usher wait` on the command line, with real servers."""

import concurrent.futures
import fcntl
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
import threading

import grpc
import pytest

import harness

MISSING = "tcp://127.0.0.1:1"  # nobody listens on the port of tcpmux

# A network and a hosts file of its own, where nobody answers DNS.
OWN_HOSTS = ["unshare", "--net", "--mount", "sh", "-c",
             'mount --bind "$HOSTS" /etc/hosts && exec "$@"', "sh"]


@pytest.fixture
def wait(usher):
    """Starts `usher wait` as an ordinary command, not as PID 1."""
    def start(*args, inside=(), **options):
        return usher("wait", *args, inside=list(inside), **options)
    return start


def listen(backlog=16):
    server = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    return server, server.getsockname()[1]


def test_what_is_there_is_not_waited_for_and_nothing_is_said(wait, tmp_path):
    server, port = listen()
    path = str(tmp_path / "socket")
    local = socket.socket(socket.AF_UNIX)
    local.bind(path)
    local.listen()
    def attempt():
        run = wait(f"tcp://localhost:{port}", f"unix:{path}", "exec:true")
        assert run.wait() == 0
        assert run.out.text() == ""
        return run.err.text() == ""

    with server, local:
        assert any(attempt() for _ in range(5))  # after a second it tells of what it waits for


class TestOnATerminal:
    def start(self, usher, *args, config=None, **env):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        run = usher(*args, config=config, inside=[], env={"TERM": "xterm", "NO_COLOR": "", **env}, stderr=slave)
        os.close(slave)
        return run, harness.Stream(master)

    def moved(self, text):
        return re.findall("\r\x1b\\[K(usher: [0-9ms]+ of 1h00m: waiting for [^\r]+)", text)

    def test_one_line_moves(self, usher):
        run, screen = self.start(usher, "wait", MISSING, "exec:false", "--timeout=1h")
        screen.wait_for(lambda text: len(set(self.moved(text))) > 1, "a line that moves")
        run.send(signal.SIGTERM)
        assert run.wait() == 143
        screen.wait_end()
        text = screen.text()
        assert f"waiting for {MISSING} and 1 more" in text
        assert "\n" not in text and text.endswith("\r\x1b[K")
        assert all(len(line) <= 100 for line in self.moved(text))

    @pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_none_moves_where_nobody_wants_it(self, usher, env):
        run, screen = self.start(usher, "wait", MISSING, **env)
        screen.wait_text(f"usher: waiting for {MISSING}")
        run.send(signal.SIGTERM)
        assert run.wait() == 143
        screen.wait_end()
        assert "\x1b" not in screen.text()

    def test_a_start_that_waits_says_for_what_and_takes_it_away(self, usher, tmp_path):
        flag = tmp_path / "flag"
        run, screen = self.start(usher, "--", "true", config=f'''
[[dependency]]
name = "flag"
probe = {{ type = "file", path = "{flag}" }}
timeout = "1h"
''')
        screen.wait_for(lambda text: len(set(self.moved(text))) > 1, "a line that moves")
        flag.touch()
        assert run.wait() == 0
        screen.wait_end()
        assert "waiting for flag: " in screen.text()
        last = screen.text().rindex("waiting for flag")
        assert "\r\x1b[K" in screen.text()[last:] and "service_exited" in screen.text()[last:]


def test_it_waits_until_the_last_one_is_there(wait, tmp_path):
    server, port = listen()
    path = tmp_path / "socket"

    def attempt():
        run = wait(f"tcp://127.0.0.1:{port}", f"unix:{path}", "--interval", "100ms")
        run.err.wait_text(f"usher: waiting for unix:{path}: cannot connect to {path}: "
                          "No such file or directory\n")
        return "waiting for tcp" not in run.err.text() and run

    with server:
        run = next(filter(None, (attempt() for _ in range(5))))  # what takes a second is told of, too
        with socket.socket(socket.AF_UNIX) as local:
            local.bind(str(path))
            local.listen()
            assert run.wait() == 0
    assert f"unix:{path} is there after " in run.err.text()


def test_a_name_that_is_absent_and_then_added_is_found(wait, tmp_path):
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 other\n")
    # The server is of the same network, and of the same process before it becomes usher.
    serve = tmp_path / "serve.py"
    serve.write_text(
        "import fcntl, os, socket, struct, sys\n"
        "siocsifflags, iff_up = 0x8914, 1\n"
        "fcntl.ioctl(socket.socket(), siocsifflags, struct.pack('16sh14x', b'lo', iff_up))\n"
        "server = socket.create_server(('127.0.0.1', 7000))\n"
        "os.set_inheritable(server.fileno(), True)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n")
    run = wait("tcp://redis:7000", "--interval", "100ms", inside=[*OWN_HOSTS, "python3", str(serve)],
               env={"HOSTS": str(hosts)})
    run.err.wait_text('usher: waiting for tcp://redis:7000: cannot resolve "redis": ')
    with hosts.open("a") as file:
        file.write("127.0.0.1 redis\n")
    assert run.wait() == 0


def test_when_the_time_is_up_it_says_what_is_missing_and_what_was_seen_last(wait):
    server, port = listen()
    with server:
        def attempt(limit):
            run = wait(MISSING, f"tcp://127.0.0.1:{port}", f"--timeout={limit}")
            assert run.wait() == 92
            # With more time it tells of the waiting, too.
            return run.err.text().endswith(f"usher: tcp://127.0.0.1:1 was not there within {limit}: "
                                           "cannot connect to 127.0.0.1:1: Connection refused\n") and run

        run = harness.with_time_enough(attempt)
    assert f"127.0.0.1:{port}" not in run.err.text()


def test_a_silent_server_is_given_up_with_the_limit(wait):
    server, port = listen()  # accepts, by the kernel, and says nothing
    with server:
        def attempt(limit):
            run = wait(f"http://127.0.0.1:{port}/", "--timeout", limit)
            assert run.wait() == 92
            return f"connected, but no whole response within {limit}" in run.err.text()

        harness.with_time_enough(attempt)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_it_at_once(wait, tmp_path, number):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    # A command that is under way is ended, too: the fifo has no writer any more.
    run = wait(MISSING, f"exec:sh -c 'exec 3>{fifo}; echo >&3; while :; do sleep 1000; done'")
    with open(fifo, "rb") as reader:
        assert reader.readline() == b"\n"
        run.send(number)
        assert run.wait() == 128 + number
        assert reader.read() == b""


def test_a_signal_that_was_ignored_before_stays_ignored(wait):
    run = wait(MISSING, preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))  # as nohup
    run.err.wait_text("waiting for")
    run.send(signal.SIGHUP)
    run.send(signal.SIGTERM)
    assert run.wait() == 128 + signal.SIGTERM


def test_as_pid_1_it_ends_with_a_signal_as_well(usher):
    run = usher("wait", MISSING)
    run.err.wait_text("waiting for")
    assert run.stop(signal.SIGTERM) == 128 + signal.SIGTERM


def test_a_command_is_asked_until_it_succeeds(wait, tmp_path):
    flag = tmp_path / "ready"
    run = wait(f"exec:sh -c 'test -e \"{flag}\" || {{ echo not so fast; exit 3; }}'",
               "--interval=50ms")
    run.err.wait_match("waiting for sh: .*not so fast")
    flag.touch()
    assert run.wait() == 0


def test_a_wrong_password_is_not_waited_for(wait, tmp_path):
    path = tmp_path / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(path), "--requirepass", "right",
         "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        run = wait(f"unix:{path}", "--timeout=60s")
        assert run.wait() == 0
        listener, port = listen()
        threading.Thread(target=relay, args=(listener, str(path)), daemon=True).start()
        with listener:
            assert wait(f"redis://:right@127.0.0.1:{port}").wait() == 0
            run = wait(f"redis://:wrong-secret@127.0.0.1:{port}")
            assert run.wait() == 91
            assert "wrong-secret" not in run.err.text()
    finally:
        server.terminate()
        server.wait()


def relay(listener, path):
    """Redis on a free port without a race for its number: TCP here, its UNIX socket behind."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=pump, args=(source, target), daemon=True).start()


def pump(source, target):
    try:
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Health(grpc.GenericRpcHandler):
    """grpc.health.v1, by hand: the first field of the answer is 1 (SERVING) or 2."""

    def __init__(self):
        self.serving = set()

    def service(self, call):
        if call.method != "/grpc.health.v1.Health/Check":
            return None
        return grpc.unary_unary_rpc_method_handler(self.check)

    def check(self, request, context):
        name = request[2:].decode()
        return b"\x08\x01" if name in self.serving else b"\x08\x02"


def test_a_real_grpc_server_is_waited_for_until_it_serves(wait):
    health = Health()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2), handlers=(health,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        run = wait(f"grpc://127.0.0.1:{port}/echo", "--interval", "100ms")
        run.err.wait_text('the service "echo" says NOT_SERVING')
        health.serving.add("echo")
        assert run.wait() == 0
    finally:
        server.stop(None)


def test_a_grpc_server_without_a_health_service_says_so(wait):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        def attempt(limit):
            run = wait(f"grpc://127.0.0.1:{port}", f"--timeout={limit}")
            assert run.wait() == 92
            return "the server has no health service" in run.err.text()

        harness.with_time_enough(attempt)
    finally:
        server.stop(None)


@pytest.mark.parametrize("args, said", [
    ([], "wait needs a target"),
    (["redis"], '"redis": expected'),
    (["--timeout"], "option --timeout needs a value"),
    (["--timeout", "soon", MISSING], '--timeout: expected a duration such as "30s", got "soon"'),
    (["--patience", "1s", MISSING], "unknown option --patience"),
    (["http://user:secret@web/"], "Authorization"),
    ([MISSING, "--"], "-- needs a command after it"),
    (["--", "true"], "wait needs a target"),
    (['{ type = "process" }'], "asks the service itself"),
    (['{ type = "redis", url = "redis://:secret@a:x" }'], "probe.url: expected a URL"),
])
def test_a_bad_command_line_is_90(wait, args, said):
    run = wait(*args)
    assert run.wait() == 90
    assert said in run.err.text()
    assert "secret" not in run.err.text()


def test_it_becomes_the_command_that_follows(wait):
    script = "echo $$ $#; trap 'exit 5' TERM; kill -TERM $$; exit 1"
    run = wait("exec:true", "--timeout=60s", "--", "sh", "-c", script, "sh", "--timeout", "tcp://")
    assert run.wait() == 5  # no signal is left blocked
    number, count = run.out.text().split()
    assert (int(number), count) == (run.pid, "2")


def test_what_is_not_there_in_time_runs_no_command(wait):
    run = wait(MISSING, "--timeout", "100ms", "--", "echo", "ran")
    assert run.wait() == 92
    assert run.out.text() == ""


def test_the_command_inherits_no_child_and_no_descriptor(wait, tmp_path):
    flag = tmp_path / "flag"
    # Each try before the last is given up after its 3 seconds, with a child of its own.
    run = wait(f"exec:sh -c 'test -e {flag} || {{ touch {flag}; sleep 1000; }}'", "--",
               "sh", "-c", "ls /proc/self/fd | wc -l; cat /proc/$$/task/$$/children; :")
    assert run.wait() == 0
    descriptors, *children = run.out.text().split()
    assert int(descriptors) <= 4  # three, and the directory that ls reads
    assert len(children) == 1  # cat


@pytest.mark.parametrize("command, code, said", [
    ("no-such-program", 127, 'cannot execute "no-such-program": No such file or directory (it is in no '
                             "directory of PATH)"),
    ("/", 126, 'cannot execute "/": Permission denied (/ is a directory)'),
])
def test_a_command_that_cannot_be_executed(wait, command, code, said):
    run = wait("exec:true", "--", command)
    assert run.wait() == code
    assert said in run.err.text()


def test_a_key_of_redis_and_any_probe_of_a_configuration(wait, redis):
    redis.start()
    listener, port = listen()
    threading.Thread(target=relay, args=(listener, redis.socket), daemon=True).start()
    with listener:
        key = wait(f"redis://127.0.0.1:{port}/0?key=a%20b", "--interval=100ms")
        probe = wait(f'{{ type = "redis", url = "unix://{redis.socket}", key = "c", pattern = "^up" }}',
                     "--interval=100ms")
        key.err.wait_text('key "a b" is not there')
        probe.err.wait_text('key "c" is not there')
        redis("set", "a b", "x")
        redis("set", "c", "upwards")
        assert key.wait() == 0
        assert probe.wait() == 0
