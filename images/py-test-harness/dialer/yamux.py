"""yamux, the side that dials: streams on one connection, each with a window.

https://github.com/hashicorp/yamux/blob/master/spec.md
"""

from __future__ import annotations

import struct
from .multistream import Bytes

DATA, WINDOW, PING, GO_AWAY = range(4)
SYN, ACK, FIN, RST = 1, 2, 4, 8
WINDOW_SIZE = 256 * 1024
CHUNK = 32 * 1024
HEADER = struct.Struct(">BBHII")


class StreamReset(Exception):
    """The other side has given the stream up."""


class Session:
    """One thread uses it: whoever waits for its own stream serves all others meanwhile."""

    def __init__(self, channel: Bytes) -> None:
        self.channel = channel
        self.streams: dict[int, Stream] = {}
        self.next_id = 1

    def open(self) -> Stream:
        stream = Stream(self, self.next_id)
        self.streams[self.next_id] = stream
        self.next_id += 2
        self.send(WINDOW, SYN, stream.id, 0)
        return stream

    def send(self, kind: int, flags: int, stream: int, length: int, data: bytes = b"") -> None:
        self.channel.write(HEADER.pack(0, kind, flags, stream, length) + data)

    def serve_one_frame(self) -> None:
        version, kind, flags, ident, length = HEADER.unpack(self.channel.read_exactly(HEADER.size))
        if version != 0 or kind > GO_AWAY:
            raise ValueError(f"a frame of version {version} and type {kind}")
        if kind == PING:
            if flags & SYN:
                self.send(PING, ACK, 0, length)
            return
        if kind == GO_AWAY:
            raise ConnectionError(f"the other side ends the session with {length}")
        data = self.channel.read_exactly(length) if kind == DATA else b""
        stream = self.streams.get(ident)
        if stream is None:
            # Nothing is served here; identify, for one, is asked of every peer.
            if flags & SYN:
                self.send(WINDOW, RST, ident, 0)
            return
        stream.got(data, length if kind == WINDOW else 0, flags)


class Stream:
    def __init__(self, session: Session, ident: int) -> None:
        self.session = session
        self.id = ident
        self.window = WINDOW_SIZE
        self.buffer = bytearray()
        self.ended = False
        self.reset = False

    def got(self, data: bytes, more_window: int, flags: int) -> None:
        self.buffer += data
        self.window += more_window
        self.ended |= bool(flags & FIN)
        self.reset |= bool(flags & RST)
        if data and not flags & (FIN | RST):
            self.session.send(WINDOW, 0, self.id, len(data))

    def write(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            size = min(self.window, CHUNK, len(data) - at)
            if size == 0:
                self.wait()
                continue
            self.window -= size
            self.session.send(DATA, 0, self.id, size, data[at:at + size])
            at += size

    def end(self) -> None:
        """No more will be written."""
        self.session.send(WINDOW, FIN, self.id, 0)

    def wait(self) -> None:
        if self.reset:
            raise StreamReset(f"stream {self.id} was reset")
        self.session.serve_one_frame()

    def read_exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            if self.ended:
                raise EOFError(f"stream {self.id} ended {count - len(self.buffer)} bytes early")
            self.wait()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def read_to_end(self) -> bytes:
        while not self.ended:
            self.wait()
        data = bytes(self.buffer)
        self.buffer.clear()
        return data
