"""Runs the tests. stdout gets one line of JSON, the result; what pytest has to say goes to stderr.

The exit code is pytest's: 0 passed, 1 failed, 2 interrupted, 4 a wrong environment.
"""

import contextlib
import json
import os
import pathlib
import sys

import pytest


def lifecycle():
    """What usher says of this start; nothing where it does not run us."""
    if "USHER_ATTEMPT" not in os.environ:
        return {}
    return {"lifecycle": {"attempt": int(os.environ["USHER_ATTEMPT"]), "startedAt": os.environ["USHER_STARTED_AT"],
                          "dependenciesMillis": json.loads(os.environ.get("USHER_DEPENDENCIES_MS", "{}"))}}


class Result:
    def __init__(self):
        self.values = {"test": os.environ.get("TEST_ID") or "echo", **lifecycle()}
        self.passed = self.failed = 0

    def pytest_configure(self, config):
        config.result = self.values

    def pytest_runtest_logreport(self, report):
        self.failed += report.failed
        self.passed += report.passed and report.when == "call"


def main():
    result = Result()
    print("py-test-harness: the run begins", file=sys.stderr, flush=True)
    verbose = os.environ.get("DEBUG", "") not in ("", "0", "false")
    with contextlib.redirect_stdout(sys.stderr):
        code = int(pytest.main(
            ["-p", "no:cacheprovider", "--color=no", "-vv" if verbose else "-q",
             str(pathlib.Path(__file__).parent)], plugins=[result]))
    print(json.dumps({**result.values, "passed": result.passed, "failed": result.failed,
                      "success": code == 0}), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
