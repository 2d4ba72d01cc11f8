"""What is tried of usher under gVisor, whose runsc runs one command without an image: gvisor.py RUNSC USHER."""

from __future__ import annotations

import json
import subprocess
import sys

LIMIT_S = 300


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    runsc = [sys.argv[1], "--platform=ptrace", "--network=none", "--ignore-cgroups", "do"]
    return subprocess.run([*runsc, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", timeout=LIMIT_S, check=False)


def say(title: str, held: bool, seen: str) -> None:
    print(json.dumps({"check": title, "held": held, "seen": seen}), flush=True)


def main() -> int:
    usher = sys.argv[2]
    done = run(usher, "--", "sh", "-c", "echo out; exit 7")
    passes = "out" in done.stdout and done.returncode == 7
    say("runs a command, passes its output and its code on", passes, "7" if passes else f"{done.returncode}: {done.stderr[-300:]}")
    done = run(usher, "--log.level", "off", "--", "sh", "-c", f"{usher} health && {usher} status --json")
    found = done.returncode == 0 and '"pid"' in done.stdout
    say("usher health and status find the usher that runs", found, "found" if found else done.stdout[-300:] + done.stderr[-300:])
    return 0 if passes and found else 1


sys.exit(main())
