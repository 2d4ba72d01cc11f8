import subprocess

import pytest

import harness
import redis_server
from control_client import READY, WAITS, ask, make_ready


@pytest.fixture
def usher():
    """usher(...) starts one as PID 1; whatever a failed test left is ended with the test."""
    started = []

    def start(*args, **options):
        started.append(harness.Usher(args, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture(params=["pid1", "subreaper"])
def anywhere(request, usher):
    """As `usher`, for what has to hold outside PID 1 as well."""
    inside = harness.AS_PID_1 if request.param == "pid1" else []
    return lambda *args, **options: usher(*args, inside=inside, **options)


@pytest.fixture
def redis(tmp_path):
    server = redis_server.Redis(tmp_path)
    yield server
    server.end()


@pytest.fixture
def waiting(usher):
    """A service that is not ready before make_ready(run)."""
    run = usher(*WAITS, config=READY, stdin=subprocess.PIPE)
    run.wait_event("spawned")
    assert ask(run, "health").returncode == 1  # and the socket is open
    return run


@pytest.fixture
def ready(waiting):
    make_ready(waiting)
    return waiting
