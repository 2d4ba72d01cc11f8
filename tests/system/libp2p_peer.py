"""A peer as libp2p's specification of multistream-select has it, that takes part up to the encryption.

Prints the multiaddr it listens on: of TCP, or with "ws" of a WebSocket. SIGUSR1 closes the listener, SIGUSR2
hangs the loop for good.
"""

import asyncio
import base64
import hashlib
import signal
import sys
import time

HEADER, NOISE = b"/multistream/1.0.0\n", b"/noise\n"
WEBSOCKET = len(sys.argv) > 1


async def receive(reader):
    """One message; with a WebSocket, of the one frame that it comes in."""
    if WEBSOCKET:
        head = await reader.readexactly(6)
        assert head[0] == 0x82 and head[1] & 0x80
        payload = await reader.readexactly(head[1] & 0x7f)
        payload = bytes(byte ^ head[2 + i % 4] for i, byte in enumerate(payload))
        assert payload[0] == len(payload) - 1
        return payload[1:]
    return await reader.readexactly((await reader.readexactly(1))[0])


def send(writer, line):
    message = bytes([len(line)]) + line
    writer.write(bytes([0x82, len(message)]) + message if WEBSOCKET else message)


async def upgrade(reader, writer):
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    assert (fields["upgrade"], fields["connection"], fields["sec-websocket-version"]) == ("websocket", "upgrade", "13")
    key = next(line for line in lines if line.lower().startswith("sec-websocket-key: ")).split(": ")[1]
    assert len(base64.b64decode(key, validate=True)) == 16
    accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
    writer.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())


async def serve(reader, writer):
    try:
        if WEBSOCKET:
            await upgrade(reader, writer)
        assert await receive(reader) == HEADER
        send(writer, HEADER)
        while (asked := await receive(reader)) != NOISE:
            send(writer, b"na\n")
        send(writer, NOISE)
        await reader.read()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    loop.add_signal_handler(signal.SIGUSR1, server.close)
    loop.add_signal_handler(signal.SIGUSR2, time.sleep, 1e6)
    for signo in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signo, ended.set)
    port = server.sockets[0].getsockname()[1]
    print(f"/ip4/127.0.0.1/tcp/{port}" + ("/ws" if WEBSOCKET else ""), flush=True)
    await ended.wait()


asyncio.run(main())
