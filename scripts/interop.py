"""The whole of an interoperability test without a container engine: three services, each with an
usher as PID 1 of its own PID namespace, all started at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from demo_support import (BUILD, ROOT, Failed, duration, output_of, show_timeline, step,
                          usher_as_pid_1, verdict)

SERVICES = ["redis", "js-echo-server", "py-test-harness"]
CONFIGS = ROOT / "examples" / "interop"
FOLDERS = {"redis": BUILD, "py-test-harness": ROOT / "images" / "py-test-harness"}

# Far above what is needed.
READY_LIMIT_S = 120
RUN_LIMIT_S = 300
STOP_LIMIT_S = 60


class Missing(Exception):
    """Something that the scenario needs is not on this machine; the text says what."""


def python_with_pytest() -> str:
    """The first Python that can run the harness."""
    wanted = "import pytest, cryptography"
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", wanted], capture_output=True).returncode == 0:
            return python
    raise Missing("no Python here has both pytest and cryptography")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def report_of(name: str) -> Path:
    return BUILD / f"{name}.json"


async def run(binary: Path, echo_server: Path) -> int:
    """The harness's exit code. Raises Failed where a step was not seen to work."""
    if not shutil.which("redis-server", path=os.environ.get("PATH", "") + ":/usr/sbin"):
        raise Missing("there is no redis-server on this machine")
    port = free_port()
    environment = {"REDIS_PORT": str(port), "REDIS_ADDR": f"127.0.0.1:{port}",
                   "PYTHON": python_with_pytest(), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in SERVICES:
        report_of(name).unlink(missing_ok=True)

    step("start", f"three ushers at the same time: {', '.join(SERVICES)}")
    async with contextlib.AsyncExitStack() as stack:
        ushers = {}
        for name in SERVICES:
            ushers[name] = await stack.enter_async_context(usher_as_pid_1(
                binary, CONFIGS / f"{name}.toml", FOLDERS.get(name, echo_server),
                DEMO_REPORT=str(report_of(name)), **environment))
        ready = await tell_ready(ushers)
        code = await ushers["py-test-harness"].ended(RUN_LIMIT_S)
        step("harness", f"code {code}: {ushers['py-test-harness'].printed[-1]}")
        await dial(echo_server, str(ready["js-echo-server"]["value"]))
        for name in ("js-echo-server", "redis"):
            os.kill(ushers[name].pid(), signal.SIGTERM)
            ended = await ushers[name].ended(STOP_LIMIT_S)
            step("stop", f"{name}: SIGTERM, code {ended}")
            if ended != 0:
                raise Failed(f"{name} ended with {ended}")
    await show_timeline(binary, [report_of(name) for name in SERVICES])
    wrong = [warning for usher in ushers.values() for warning in usher.warnings]
    if wrong:
        raise Failed("usher had something to warn of: " + "; ".join(wrong))
    if code != 0:
        raise Failed(f"the harness ended with {code}")
    verdict("the tests passed, and three services were ready, healthy and stopped in order")
    return code


async def tell_ready(ushers: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Says who is ready in the order in which they are; nothing but dependencies makes that order."""
    async def wait(name: str) -> tuple[str, dict[str, Any]]:
        return name, await ushers[name].event("ready", READY_LIMIT_S)

    ready = {}
    waits = [asyncio.create_task(wait(name)) for name in SERVICES]
    try:
        for each in asyncio.as_completed(waits):
            name, event = await each
            ready[name] = event
            value = f" at {event['value']}" if event.get("value", "").startswith("/") else ""
            step("ready", f"{name}, {duration(event['after_ms'])} after it was started{value}")
    finally:
        # Where one of them has failed, that is what counts.
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return ready


async def dial(folder: Path, address: str) -> None:
    code, output = await output_of("node", "client.mjs", address, cwd=folder, limit_s=60)
    step("dial", output.strip())
    if code != 0:
        raise Failed(f"the libp2p client ended with {code}")
