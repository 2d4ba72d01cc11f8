"""What a libp2p echo server owes to whoever dials it."""

import os
import time

import pytest

from dialer import Multiaddr, dial
from dialer.connection import SECURITY, Tcp
from dialer.multistream import Refused, select

ECHO = "/echo/1.0.0"
PING = "/ipfs/ping/1.0.0"


# One for all: a server may take connections from one host for an attack when they come fast.
@pytest.fixture(scope="module")
def connection(address, variant):
    with dial(address, variant.security, variant.muxer, variant.timeout) as one:
        yield one


def test_the_first_round_trip(address, variant, result):
    began = time.monotonic()
    with dial(address, variant.security, variant.muxer, variant.timeout) as connection:
        ping(connection)
        result["handshakePlusOneRTTMillis"] = round((time.monotonic() - began) * 1000, 3)
        result["pingRTTMillis"] = round(min(ping(connection) for _ in range(5)) * 1000, 3)


def ping(connection):
    stream = connection.open(PING)
    sent = os.urandom(32)
    began = time.monotonic()
    stream.write(sent)
    assert stream.read_exactly(32) == sent
    took = time.monotonic() - began
    stream.end()
    return took


def test_a_peer_that_is_not_the_one_named_is_refused(address, variant):
    other = Multiaddr(address.host, address.port, "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo")
    with pytest.raises(ValueError, match="answered"):
        dial(other, variant.security, variant.muxer, variant.timeout)


def test_an_unknown_security_protocol_is_answered_with_na(address, variant):
    tcp = Tcp(address, variant.timeout)
    with pytest.raises(Refused, match="na"):
        select(tcp, "/no-such-security/1.0.0")
    # And the connection is still good for one that is known.
    select(tcp, SECURITY[variant.security])
    tcp.socket.close()


def test_an_unknown_protocol_is_answered_with_na(connection):
    with pytest.raises(Refused, match="na"):
        connection.open("/no-such-protocol/1.0.0")
    assert ping(connection) > 0


@pytest.mark.parametrize("size", [1, 1000, 1024 * 1024], ids=["1 B", "1000 B", "1 MiB"])
def test_what_is_sent_comes_back(connection, result, size):
    sent = os.urandom(size)
    stream = connection.open(ECHO)
    stream.write(sent)
    stream.end()
    assert stream.read_to_end() == sent
    result["echoedBytes"] = result.get("echoedBytes", 0) + size


def test_many_streams_share_a_connection(connection):
    streams = [connection.open(ECHO) for _ in range(20)]
    for number, stream in enumerate(streams):
        stream.write(f"stream {number}".encode())
        stream.end()
    for number, stream in reversed(list(enumerate(streams))):
        assert stream.read_to_end() == f"stream {number}".encode()
