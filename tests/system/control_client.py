"""The commands that talk to a running usher, from where `docker exec` would run them."""

import contextlib
import json
import os
import signal
import socket
import subprocess

import harness
from harness import LIMIT, USHER

READY = '[readiness]\nprobe = { type = "stdout", pattern = "^ready$" }\n'
# Ready once a line comes in; then it sleeps, or does what SCRIPT says.
WAITS = ("--", "sh", "-c", "read line; echo ready; exec sleep 1000")
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def inside(run, *args, as_user=(), env=None):
    """The command line and environment of a process in the container of that usher."""
    argv = ["nsenter", "--target", str(run.pid), "--pid", "--mount", *as_user, USHER, *args]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("USHER_")}
    return {"args": argv, "env": {**clean, **(env or {})}, "text": True, "stdin": subprocess.DEVNULL}


# What a command says for which all was too slow: usher had not opened its socket yet, or one of the
# two took longer than the other waits.
TOO_EARLY = "no usher listens"
TOO_SLOW = ("no answer from usher within", "hung up without an answer")


def ask(run, *args, **options):
    """What the command says; one that only looks is asked again where all was too slow."""
    again = (TOO_EARLY, *TOO_SLOW) if args[0] in ("health", "status", "metrics") else (TOO_EARLY,)
    while True:
        done = subprocess.run(**inside(run, *args, **options), capture_output=True, timeout=LIMIT)
        harness.check_sanitizers(done.stderr)
        if run.has_ended() or not any(text in done.stdout + done.stderr for text in again):
            return done


def begin(run, *args, **options):
    return subprocess.Popen(**inside(run, *args, **options), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def send(process, signo):
    """To the command itself, which is a child of nsenter."""
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    while not (found := open(children, encoding="ascii").read().split()):
        os.sched_yield()
    os.kill(int(found[0]), signo)


def status(run):
    return json.loads(ask(run, "status", "--json").stdout)


def connect(run):
    """To the socket itself, as a process outside the PID namespace can in a shared network."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    inode = os.stat(f"/proc/{run.pid}/ns/pid").st_ino
    client.connect(f"\0usher/{inode}")  # with a limit it would not wait for its turn
    client.settimeout(LIMIT)
    return client


def talk(run, request):
    while True:
        with connect(run) as client, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(request)
            with client.makefile("rb") as answer:
                if line := answer.readline():  # without one we were too slow for it
                    return json.loads(line)


def make_ready(run):
    run.stdin.write(b"go\n")
    run.stdin.flush()
    run.wait_event("ready")


def configure(run, text):
    with open(run.path("service.toml"), "w", encoding="utf-8") as file:
        file.write(text)


def wait_for_state(run, wanted):
    watcher = begin(run, "status", "--watch", "--json")
    for line in watcher.stdout:
        told = json.loads(line)
        if wanted(told):
            break
    send(watcher, signal.SIGKILL)
    watcher.communicate(timeout=LIMIT)
    return told
