"""What a health check costs the machine, and what many of them leave behind."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request

from summary import summary

LIVE = """[service]
name = "redis"
[metrics]
listen = "127.0.0.1:{metrics}"
[readiness]
probe = {{ type = "redis", url = "redis://127.0.0.1:{redis}" }}
[log]
level = "off"
"""

MANY = """[service]
name = "checked"
[log]
level = "off"
[metrics]
listen = "127.0.0.1:{metrics}"
"""
CHECK = """[[health]]
name = "c{number}"
interval = "{interval}"
timeout = "10s"
on_failure = "alert"
probe = {{ type = "unix", path = "{checked}" }}
"""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_until_healthy(bench, usher):
    # Until it listens, usher has nobody to answer for it.
    while usher.poll() is None and subprocess.run([bench.usher, "health", "--wait=60s"], capture_output=True).returncode != 0:
        time.sleep(0.05)


def usage(command):
    """Processor time of the command and all below it, in milliseconds; nothing where it failed."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (used.ru_utime + used.ru_stime) * 1e3 if status == 0 else None


def cost(bench):
    redis, metrics = free_ports(2)
    file = bench.config("live", LIVE.format(redis=redis, metrics=metrics))
    usher = subprocess.Popen([bench.usher, "-c", file, "--", "redis-server", "--port", str(redis), "--save", "",
                              "--dir", str(bench.directory)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    candidates = {"usher health": [bench.usher, "health"]}
    if shutil.which("redis-cli"):
        candidates["sh, redis-cli ping"] = ["sh", "-c", f"redis-cli -p {redis} ping | grep -q PONG"]
    if shutil.which("curl"):
        candidates["sh, curl"] = ["sh", "-c", f"curl -fs http://127.0.0.1:{metrics}/health/ready || exit 1"]
    try:
        wait_until_healthy(bench, usher)
        spent = {name: [] for name in candidates}
        for _ in range(bench.runs):
            for name, command in candidates.items():
                if (used := usage(command)) is not None:
                    spent[name].append(used)
    finally:
        usher.terminate()
        usher.wait()
    return [("health", "one health check: processor time of all it starts", "ms", summary(spent, "usher health"))]


def checks_done(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    return sum(float(value) for value in re.findall(r"^usher_check_runs_total\{.*\} (\S+)", text, re.M))


def accept_all(server):
    while True:
        server.accept()[0].close()


def memory(bench):
    metrics, = free_ports(1)
    # Not TCP, which would run out of ports.
    checked = str(bench.directory / "checked")
    server = socket.create_server(checked, family=socket.AF_UNIX, backlog=1024)
    threading.Thread(target=accept_all, args=[server], daemon=True).start()
    text = MANY.format(metrics=metrics)
    text += "".join(CHECK.format(number=number, interval="10ms", checked=checked)
                    for number in range(64))
    usher = subprocess.Popen([bench.usher, "-c", bench.config("many", text), "--", "sleep", "100000"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = {}
    try:
        wait_until_healthy(bench, usher)
        for count in (1_000, 100_000):
            while checks_done(metrics) < count:
                time.sleep(0.2)
            rollup = pathlib.Path(f"/proc/{usher.pid}/smaps_rollup").read_text()
            seen[f"after {count:,}"] = [int(re.search(r"^Anonymous: +(\d+)", rollup, re.M)[1])]
            seen[f"descriptors after {count:,}"] = [len(os.listdir(f"/proc/{usher.pid}/fd"))]
    finally:
        usher.terminate()
        usher.wait()
    return [("checks", "health checks: anonymous memory (KiB) and descriptors", "", summary(seen, ""))]
