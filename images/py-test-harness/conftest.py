"""What to dial and how, from the environment of the interop suite, and where the result goes.

TRANSPORT, SECURITY and MUXER name the variant, TEST_TIMEOUT the limit of each wait in seconds, and
LISTENER_ADDR the address; usher puts it there once the server has published it in Redis.
"""

import os
from dataclasses import dataclass

import pytest

from dialer import Multiaddr
from dialer.connection import MUXERS, SECURITY


@dataclass(frozen=True)
class Variant:
    transport: str
    security: str
    muxer: str
    timeout: float


def one_of(name, choices):
    value = os.environ.get(name) or next(iter(choices))
    if value not in choices:
        raise pytest.UsageError(f"{name}={value}: expected one of {', '.join(choices)}")
    return value


def pytest_configure(config):
    if os.environ.get("IS_DIALER", "true") != "true":
        raise pytest.UsageError("IS_DIALER: this harness only dials")
    try:
        timeout = float(os.environ.get("TEST_TIMEOUT") or 30)
    except ValueError:
        raise pytest.UsageError("TEST_TIMEOUT: expected a number of seconds") from None
    config.variant = Variant(one_of("TRANSPORT", ["tcp"]), one_of("SECURITY", SECURITY),
                             one_of("MUXER", MUXERS), timeout)
    try:
        config.address = Multiaddr.parse(os.environ["LISTENER_ADDR"])
    except KeyError:
        raise pytest.UsageError("LISTENER_ADDR is not set: what is there to dial?") from None
    except ValueError as error:
        raise pytest.UsageError(f"LISTENER_ADDR: {error}") from None


@pytest.fixture(scope="session")
def variant(pytestconfig):
    return pytestconfig.variant


@pytest.fixture(scope="session")
def address(pytestconfig):
    return pytestconfig.address


@pytest.fixture(scope="session")
def result(pytestconfig):
    """What the tests measure; run.py prints it."""
    return pytestconfig.result
