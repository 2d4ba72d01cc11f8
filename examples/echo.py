"""A TCP echo server: the service of the demo where js-libp2p cannot be installed.

Like images/js-echo-server it listens at LISTEN_ADDR, prints its multiaddr as its only line of
stdout, logs to stderr, and ends with 0 on SIGINT, SIGTERM and SIGQUIT.
"""

import asyncio
import os
import signal
import sys


def log(text: str) -> None:
    # One write a line: print() makes two, and usher logs to the same stderr.
    sys.stderr.write(f"echo: {text}\n")


class Echo(asyncio.Protocol):
    """One connection. Reads no faster than its peer takes the echo."""

    connections: set["Echo"] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.connections.add(self)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self.connections.discard(self)
        if error:
            log(f"an echo broke off: {error}")


async def main() -> None:
    loop = asyncio.get_running_loop()
    stopped_by: asyncio.Future[str] = loop.create_future()

    def stop(by: signal.Signals) -> None:
        if not stopped_by.done():
            stopped_by.set_result(by.name)

    for by in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        loop.add_signal_handler(by, stop, by)

    _, _, host, _, port = os.environ.get("LISTEN_ADDR", "/ip4/0.0.0.0/tcp/0").split("/")
    server = await loop.create_server(Echo, host, int(port))
    host, port = server.sockets[0].getsockname()
    # Python holds back what it writes to a pipe: a line that means ready has to be flushed.
    print(f"/ip4/{host}/tcp/{port}", flush=True)
    log(f"serving on Python {sys.version.split()[0]}")

    log(f"stopping on {await stopped_by}")
    server.close()
    for connection in Echo.connections:
        connection.transport.abort()


asyncio.run(main())
log("stopped")
