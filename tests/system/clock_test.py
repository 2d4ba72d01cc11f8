"""The wall clock is set while usher runs: no limit moves, and only what is written shows it.

A clock of its own for one process takes libfaketime and a dynamically linked usher. The monotonic
clock is left alone, as it is when somebody sets the time.
"""

import pathlib
import signal

import pytest

import harness
from harness import USHER, milliseconds, with_time_enough

LIBRARIES = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
pytestmark = [
    pytest.mark.skipif(harness.SANITIZED, reason="the sanitizers' runtime has to be the first library"),
    pytest.mark.skipif(not LIBRARIES, reason="there is no libfaketime"),
]
TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000
CHECKED = """
[readiness]
probe = { type = "stdout", pattern = "^up" }
[[health]]
name = "alive"
probe = { type = "process" }
interval = "50ms"
[lifecycle]
timeout = "1h"
"""


@pytest.fixture
def clock(usher, tmp_path):
    """clock(args...) starts usher; `.set("+10y")` puts its wall clock that far off."""
    offset = tmp_path / "offset"

    def put(text):
        # At once, since it is read at any time.
        fresh = tmp_path / "fresh"
        fresh.write_text(text + "\n")
        fresh.rename(offset)

    def start(*args, **options):
        put("+0")
        run = usher(*args, program=["env", f"LD_PRELOAD={LIBRARIES[0]}", f"FAKETIME_TIMESTAMP_FILE={offset}",
                                    "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", USHER], **options)
        run.set = put
        return run

    return start


def year(event):
    return int(event["ts"][:4])


@pytest.mark.parametrize("offset, years", [("+10y", 10), ("-10y", -10)])
def test_a_clock_that_is_set_moves_no_limit(clock, offset, years):
    def attempt(limit):
        run = clock("--", "sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done",
                    config=CHECKED + f'[shutdown]\ntimeout = "{limit}"\n')
        ready = run.wait_event("ready")
        run.wait_event("check_passing")
        run.send(signal.SIGTERM)
        run.wait_event("stopping")
        run.set(offset)
        # Deaf to the signal, it is killed at its limit: not at once, and not ten years later.
        assert run.wait() == 137
        set_in_time = year(run.events("killing")[0]) - year(ready) in (years - 1, years, years + 1)
        return set_in_time and (run, run.report, milliseconds(limit))

    run, report, limit_ms = with_time_enough(attempt)
    assert report["reason"] == "killed"
    assert not run.events("check_failing")
    assert limit_ms <= report["phases_ms"]["stopping"] < TEN_YEARS_MS / 2
    assert 0 <= report["phases_ms"]["ready"] < TEN_YEARS_MS / 2
