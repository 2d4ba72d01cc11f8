"""All who mean ill at once: servers that are asked and talk without end or never, and clients by the
hundred. What they can cost is bounded, and a signal passes them by."""

import contextlib
import socket
import struct
import threading

import harness
from control_client import ask
from harness import free_port, status, until

SOME = 1 << 20   # bytes that each of the talkative has got rid of before anything is looked at
CLIENTS = 300    # of each socket
MOST_KIB = 4096  # that usher has for itself


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


OK = b"HTTP/1.1 200 OK\r\n"
SETTINGS = frame(4, 0, 0)
# What a server says first, and then again and again.
TALKATIVE = {
    "redis bulk": (b"$536870912\r\n", b"A" * 65536),
    "redis nested": (b"", b"*1\r\n" * 10000),
    "redis answers": (b"", b"+PONG\r\n" * 9000),
    "http head": (OK, b"A: b\r\n" * 9000),
    "http body": (OK + b"\r\n", b"A" * 65536),
    "http chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nA\r\n" * 9000),
    "grpc pings": (SETTINGS, frame(6, 0, 0, b"12345678") * 3000),
    "grpc settings": (b"", SETTINGS * 5000),
    "grpc data": (SETTINGS + frame(1, 4, 1, b"\x88"), frame(0, 0, 1, b"\0\xff\xff\xff\xff" + b"A" * 16000)),
}
PROBES = {"redis": 'type = "redis", url = "redis://127.0.0.1:{}"',
          "http": 'type = "http", url = "http://127.0.0.1:{}/"',
          "grpc": 'type = "grpc", address = "127.0.0.1:{}"'}


class Talkative:
    """A server that reads nothing and counts what was taken of what it says, for all connections together."""

    def __init__(self, name):
        self.head, self.block = TALKATIVE[name]
        self.kind = name.split()[0]
        self.said = 0
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                one, _ = self._socket.accept()
                with one:
                    self._talk(one)

    def _talk(self, one):
        one.settimeout(0.05)  # who does not read is left alone; so is a connection that nobody wants
        self._send(one, self.head)
        while not self._over.is_set() and self._send(one, self.block):
            pass

    def _send(self, one, text):
        left = memoryview(text)
        while left and not self._over.is_set():
            try:
                sent = one.send(left)
            except TimeoutError:
                return True
            self.said += sent
            left = left[sent:]
        return True

    def end(self):
        self._over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join(harness.LIMIT)
        self._socket.close()


def check(server, number):
    return f"""
[[health]]
name = "check{number}"
probe = {{ {PROBES[server.kind].format(server.port)} }}
interval = "20ms"
timeout = "20s"
on_failure = "alert"
"""


def clients(connect):
    """Connections that ask half a question each, as many as can be had."""
    for _ in range(CLIENTS):
        one = socket.socket(*connect[0])
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            one.connect(connect[1])
            one.send(b'{"v":1,')
        yield one


def test_what_they_cost_is_bounded_and_a_signal_passes_them_by(usher):
    servers = [Talkative(name) for name in TALKATIVE]
    port = free_port()
    config = f'[metrics]\nlisten = "127.0.0.1:{port}"\n' + "".join(check(*pair[::-1]) for pair in enumerate(servers))
    try:
        run = usher("--", "sh", "-c", "trap 'echo told; exit 0' TERM; echo up; while :; do sleep 1000 & wait; done",
                    config='[log]\nlevel = "error"\n' + config)
        run.out.wait_text("up\n")
        until(lambda: ask(run, "health", "--level=alive").returncode == 0)
        with contextlib.ExitStack() as held:
            for one in clients(((socket.AF_INET, socket.SOCK_STREAM), ("127.0.0.1", port))):
                held.enter_context(one)
            until(lambda: all(server.said > SOME for server in servers))
            assert harness.SANITIZED or int(status(run.pid, "RssAnon").split()[0]) < MOST_KIB
            run.send(15)
            run.out.wait_text("told\n")
            assert run.wait() == 0
    finally:
        for server in servers:
            server.end()
