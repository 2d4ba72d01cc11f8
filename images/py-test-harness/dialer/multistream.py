"""multistream-select 1.0: both sides agree on a protocol by name."""

from __future__ import annotations

from typing import Protocol

HELLO = "/multistream/1.0.0"
LONGEST = 1024


class Bytes(Protocol):
    """A connection or a stream: what a protocol can be agreed on for."""

    def write(self, data: bytes) -> None: ...
    def read_exactly(self, count: int) -> bytes: ...


class Refused(Exception):
    """The other side does not speak the protocol."""


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(source: Bytes) -> int:
    number = 0
    for shift in range(0, 63, 7):
        byte = source.read_exactly(1)[0]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number
    raise ValueError("a number of more than nine bytes")


def write_line(to: Bytes, *lines: str) -> None:
    to.write(b"".join(varint(len(line) + 1) + line.encode() + b"\n" for line in lines))


def read_line(source: Bytes) -> str:
    length = read_varint(source)
    if not 0 < length <= LONGEST:
        raise ValueError(f"a line of {length} bytes")
    line = source.read_exactly(length)
    if not line.endswith(b"\n"):
        raise ValueError(f"a line without an end: {line!r}")
    return line[:-1].decode()


def select(channel: Bytes, protocol: str) -> None:
    """Raises Refused when the other side answers `na`."""
    write_line(channel, HELLO, protocol)
    if (hello := read_line(channel)) != HELLO:
        raise ValueError(f"expected {HELLO}, got {hello!r}")
    if (answer := read_line(channel)) != protocol:
        raise Refused(f"{protocol}: {answer}")
