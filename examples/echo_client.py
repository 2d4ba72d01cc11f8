"""Sends 1 MiB of random bytes to the echo server at the /ip4/.../tcp/... given as argument and
checks that they come back. Prints one line; ends with 0 if they did, with 1 if not.
"""

import hashlib
import os
import socket
import sys
import threading
import time

BYTES = 1024 * 1024
TIMEOUT_S = 30


def exchange(host: str, port: int, sent: bytes) -> bytes:
    with socket.create_connection((host, port), timeout=TIMEOUT_S) as link:

        def send() -> None:
            link.sendall(sent)
            link.shutdown(socket.SHUT_WR)

        # Both at once: an echo that nobody reads stops the sender when the buffers are full.
        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        received = bytearray()
        while part := link.recv(64 * 1024):
            received += part
        sender.join(TIMEOUT_S)
        return bytes(received)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: echo_client.py /ip4/HOST/tcp/PORT", file=sys.stderr)
        return 1
    sent = os.urandom(BYTES)
    began = time.monotonic()
    try:
        _, _, host, _, port = sys.argv[1].split("/")
        received = exchange(host, int(port), sent)
    except (OSError, ValueError) as error:
        print(f"client: {error}", file=sys.stderr)
        return 1
    took = round((time.monotonic() - began) * 1000)
    if hashlib.sha256(received).digest() != hashlib.sha256(sent).digest():
        print(f"client: sent {BYTES} bytes, and {len(received)} others came back", file=sys.stderr)
        return 1
    print(f"{len(received)} bytes came back equal in {took} ms, connect included")
    return 0


sys.exit(main())
