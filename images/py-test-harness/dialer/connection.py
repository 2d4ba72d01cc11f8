"""From a multiaddr to streams."""

from __future__ import annotations

import socket

from . import multistream, noise, yamux
from .multiaddr import Multiaddr

SECURITY = {"noise": "/noise"}
MUXERS = {"yamux": "/yamux/1.0.0"}


class Tcp:
    def __init__(self, address: Multiaddr, timeout: float) -> None:
        self.socket = socket.create_connection((address.host, address.port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            got = self.socket.recv(count - len(data))
            if not got:
                raise EOFError("the other side has closed the connection")
            data += got
        return bytes(data)


class Connection:
    """A secured connection that carries streams; a context manager."""

    def __init__(self, tcp: Tcp, secured: noise.Secured) -> None:
        self.tcp = tcp
        self.peer = secured.peer
        self.session = yamux.Session(secured)

    def open(self, protocol: str) -> yamux.Stream:
        stream = self.session.open()
        multistream.select(stream, protocol)
        return stream

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.tcp.socket.close()


def dial(address: Multiaddr, security: str = "noise", muxer: str = "yamux",
         timeout: float = 30) -> Connection:
    """Raises ValueError when another peer answers than the one the address names."""
    tcp = Tcp(address, timeout)
    try:
        multistream.select(tcp, SECURITY[security])
        secured = noise.Secured(tcp)
        if secured.peer != address.peer:
            raise ValueError(f"dialled {address.peer}, and {secured.peer} answered")
        multistream.select(secured, MUXERS[muxer])
        return Connection(tcp, secured)
    except BaseException:
        tcp.socket.close()
        raise
