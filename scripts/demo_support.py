"""What the demos share: how they show what they do, and how they run usher and other processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, AsyncIterator, Awaitable, TypeVar

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "demo"

# Far above what is needed, so that only something that hangs ever meets it; so are all limits here.
CLEANUP_LIMIT_S = 10

T = TypeVar("T")


class Failed(Exception):
    """A step did not go as it has to; the text says which and how."""


# What is shown.


class Style:
    def __init__(self) -> None:
        self.colour = (sys.stdout.isatty() and "NO_COLOR" not in os.environ
                       and os.environ.get("TERM") != "dumb")

    def paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def bold(self, text: str) -> str:
        return self.paint("1", text)

    def dim(self, text: str) -> str:
        return self.paint("2", text)


style = Style()


def show(text: str = "") -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Nobody reads any more; the demo still goes on to its orderly end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def step(name: str, text: str) -> None:
    show(f"  {style.bold(name.ljust(9))}{text}")


def verdict(text: str) -> None:
    """The last line of a demo that went well."""
    show()
    show(f"  {style.paint('32', 'PASSED')}   {text}")


def detail(text: str) -> None:
    show(" " * 11 + style.dim(f"| {text}"))


def duration(ms: float) -> str:
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.0f} ms"


def size(count: float) -> str:
    return f"{count / 2**20:.1f} MiB"


def relative(path: Path) -> str:
    return os.path.relpath(path, Path.cwd())


# Processes.


@contextlib.asynccontextmanager
async def running(*argv: str, **options: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that does not outlive the block, and neither does what it started.

    It has a session of its own: Ctrl-C is for the demo alone, which then tidies up in order. Where
    the demo is killed and cannot, the kernel kills what it started.
    """
    process = await asyncio.create_subprocess_exec(
        "setpriv", "--pdeathsig", "KILL", "--", *argv, stdin=subprocess.DEVNULL,
        start_new_session=True, limit=2**20, **options)
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def within(seconds: float, what: Awaitable[T], otherwise: str) -> T:
    """What is awaited, or Failed. Unlike wait_for it never swallows an interrupt."""
    task = asyncio.ensure_future(what)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise Failed(f"{otherwise} within {seconds:.0f} s")
        return task.result()
    finally:
        task.cancel()


async def output_of(*argv: str, limit_s: float, **options: Any) -> tuple[int, str]:
    """The exit code and all output of a command that is done within the limit."""
    async with running(*argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       **options) as process:
        output, _ = await within(limit_s, process.communicate(), f"{argv[0]} was not done")
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace")


# usher.


class Usher:
    """A running usher, and what it and its service say."""

    def __init__(self, unshare: asyncio.subprocess.Process) -> None:
        self.unshare = unshare
        self.events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.last: dict[str, Any] = {}  # the last event of all
        self.warnings: list[str] = []  # what usher did not like, line by line
        self.printed: list[str] = []  # the service's stdout, which usher does not touch
        self.refused = False  # by unshare, before there was an usher
        self.pumps = [asyncio.create_task(self.read_stdout()),
                      asyncio.create_task(self.read_stderr())]

    async def read_stdout(self) -> None:
        assert self.unshare.stdout
        async for line in self.unshare.stdout:
            self.printed.append(line.decode(errors="replace").rstrip("\n"))

    async def read_stderr(self) -> None:
        """Both write to stderr: what is not an event of usher's log is the service's."""
        assert self.unshare.stderr
        try:
            async for line in self.unshare.stderr:
                text, event = split_event(line.decode(errors="replace").rstrip("\n"))
                if text:
                    detail(text)
                    self.refused |= text.startswith("unshare: ")
                if event:
                    self.last = event
                    self.events.put_nowait(event)
                    if event.get("level") in ("warn", "error"):
                        self.warnings.append(json.dumps(event))
                        detail(self.warnings[-1])
        finally:
            self.events.put_nowait(None)

    async def event(self, name: str, limit_s: float) -> dict[str, Any]:
        """Waits for the next event of that name."""
        async def search() -> dict[str, Any]:
            while event := await self.events.get():
                if event["event"] == name:
                    return event
            if self.refused:
                raise Failed("a new PID namespace needs root or user namespaces, and most "
                             "containers forbid both")
            code = await self.unshare.wait()
            raise Failed(f"usher ended with {code} before the event \"{name}\"")
        return await within(limit_s, search(), f"no event \"{name}\" from usher")

    def pid(self) -> int:
        """usher's own: unshare has forked, and its one child is PID 1 of the new namespace."""
        me = self.unshare.pid
        children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
        if len(children) != 1:
            raise Failed(f"unshare has {len(children)} children instead of usher alone")
        return int(children[0])

    async def ended(self, limit_s: float) -> int:
        """usher's exit code, which unshare passes on, once all that was said has been read."""
        code = await within(limit_s, self.unshare.wait(), "usher did not end")
        await within(limit_s, asyncio.wait(self.pumps), "somebody still holds usher's output")
        return code


def split_event(line: str) -> tuple[str, dict[str, Any] | None]:
    """The service's part of a line of stderr, and the event of usher's log in it.

    Mostly one of them is empty; but a service may write a line in two pieces, and usher's lands
    between them.
    """
    service, start, rest = line.partition('{"ts":')
    try:
        return service, json.loads(start + rest)
    except ValueError:
        return line, None


@contextlib.asynccontextmanager
async def usher_as_pid_1(binary: Path, config: Path, folder: Path,
                         **environment: str) -> AsyncIterator[Usher]:
    namespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid() != 0:
        namespace += ["--user", "--map-root-user"]
    # With --kill-child the end of unshare, too, is the end of PID 1 and so of the namespace.
    async with running(*namespace, "--", str(binary), "-c", str(config),
                       cwd=folder, env=os.environ | environment,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE) as unshare:
        usher = Usher(unshare)
        try:
            yield usher
        finally:
            if unshare.returncode is None:
                # PID 1 first, so that unshare can still reap it; the namespace dies with it.
                with contextlib.suppress(Failed, OSError):
                    os.kill(usher.pid(), signal.SIGKILL)
                with contextlib.suppress(Failed):
                    await within(CLEANUP_LIMIT_S, unshare.wait(), "unshare did not end")
            # The pipes end when the last process that holds them is gone.
            await asyncio.wait(usher.pumps, timeout=CLEANUP_LIMIT_S)


# What has been.


async def show_timeline(binary: Path, reports: list[Path]) -> None:
    """The lives that the reports tell of, on one axis: here, and as a page."""
    page = BUILD / "timeline.html"
    show()
    # On our own terminal, with its width and colours.
    code = await within(30, run_here(binary, *reports), "usher report was not done")
    if code != 0:
        raise Failed(f"usher report ended with {code}")
    code, output = await output_of(str(binary), "report", f"--html={page}", *map(str, reports), limit_s=30)
    if code != 0:
        raise Failed(f"usher report --html ended with {code}: {output.strip()}")
    show()
    step("page", f"the same for a browser: {relative(page)}")


async def run_here(binary: Path, *reports: Path) -> int:
    async with running(str(binary), "report", *map(str, reports)) as process:
        return await process.wait()
