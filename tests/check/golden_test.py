#!/usr/bin/python3
"""What docs/compatibility.md promises is what there is: the files in golden/ have it line by line. What is
new needs no permission; a line that is gone, or says something else, fails until the page says so.

    USHER=build/debug/usher tests/check/golden_test.py --write      writes them anew
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).resolve().parent / "golden"


def said_by_usher(*arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "USHER_CONTROL_SOCKET": ""}
    done = subprocess.run([os.environ["USHER"], *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300, check=False, env=environment)
    return done.stdout + done.stderr


def sources() -> str:
    files = [*(ROOT / "init").rglob("*.cc"), *(ROOT / "init").rglob("*.h"), *(ROOT / "probes").glob("*.cc")]
    return "\n".join(file.read_text() for file in sorted(files))


def exit_codes() -> list[str]:
    paragraph = said_by_usher("help").partition("Exit codes:")[2]
    return re.findall(r"\b(?:9\d|1\d\d)\b [a-z_. ]+", " ".join(paragraph.split()))


def keys() -> list[str]:
    """Each key with its default."""
    table, found = "", []
    for line in said_by_usher("schema", "--reference").splitlines():
        if line.startswith("#"):
            table = line.strip("# `")
        elif line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-2]]
            found.append(f"{table} {cells[0]} {cells[-1]}".strip())
    return found


def report() -> list[str]:
    """Its fields with their types; `format` with its number, since that is what says that they have changed."""
    last = json.loads(said_by_usher("--", "true").splitlines()[-1])

    def fields(value: object, path: str) -> list[str]:
        if isinstance(value, dict):
            return [field for name, inner in value.items() for field in fields(inner, f"{path}.{name}".strip("."))]
        if isinstance(value, list):
            return [f"{path} list"] + ([field for field in fields(value[0], f"{path}[]")] if value else [])
        kind = "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__
        return [f"{path} {value}" if path == "format" else f"{path} {kind}"]

    return fields(last, "")


def log_events() -> list[str]:
    return re.findall(r"^\| `([a-z_]+)` \|", said_by_usher("schema", "--log-events"), re.M)


def metrics() -> list[str]:
    return re.findall(r"\"(usher_[a-z_]+)\"", sources())


def control() -> list[str]:
    """What may be asked on the socket."""
    text = (ROOT / "init/control/protocol.cc").read_text()
    return re.findall(r'"([a-z]+)"', re.search(r"kAsks\{(.*?)\}", text, re.DOTALL)[1])


KINDS = {each.__name__: each for each in (exit_codes, keys, report, log_events, metrics, control)}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_promised_is_still_there(kind: str) -> None:
    now = set(KINDS[kind]())
    promised = (GOLDEN / f"{kind}.txt").read_text().splitlines()
    assert len(promised) > 5
    gone = [line for line in promised if line not in now]
    assert not gone, (f"{kind}: {gone}: is it meant? Then docs/compatibility.md and CHANGELOG.md say so, and "
                      f"tests/check/golden_test.py --write changes golden/{kind}.txt")


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_what_is_promised(kind: str) -> None:
    assert f"golden/{kind}.txt" in (ROOT / "docs/compatibility.md").read_text()


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    for name, now_of in KINDS.items():
        (GOLDEN / f"{name}.txt").write_text("".join(f"{line}\n" for line in sorted(set(now_of()))))
