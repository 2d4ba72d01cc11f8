"""What the service uses: seen by /proc, told by status, metrics and the report."""

import pytest

from control_client import ask
from harness import milliseconds, until, with_time_enough
from metrics_test import free_port, get, listens

# Ten processes that each have some descriptors and some memory of their own. The first has used ten
# of the ticks in which the kernel counts time; to start may take less than one.
FAMILY = """
import os, time
while time.process_time() < 0.1:
    pass
for _ in range(9):
    if os.fork() == 0:
        break
held = [os.open("/dev/null", os.O_RDONLY) for _ in range(50)]
memory = bytearray(8 << 20)
os.write(1, b"up\\n")
time.sleep(1000)
"""
TEN_UP = '[readiness]\nprobe = { type = "stdout", pattern = "up" }\n'


def values(text):
    """The samples by name, of those with no label but the service."""
    return {line.split("{")[0]: float(line.split()[-1]) for line in text.splitlines() if line[:1] not in ("#", "")}


@pytest.fixture
def family(usher):
    def start(config=""):
        port = free_port()
        run = usher("--", "python3", "-c", FAMILY, config=f'{TEN_UP}[metrics]\nlisten = "127.0.0.1:{port}"\n{config}')
        run.out.wait_text("up\n", times=10)
        until(lambda: listens(port))
        return run, port
    return start


def test_all_below_the_service_counts(family):
    run, port = family()
    seen = values(get(port, "/metrics")[2])
    assert seen["usher_service_processes"] == seen["usher_service_threads"] == 10
    assert seen["usher_service_memory_bytes"] > 10 * (8 << 20)
    assert seen["usher_service_descriptors"] > 500
    assert 50 < seen["usher_service_main_descriptors"] < 100 < seen["usher_service_main_descriptors_limit"]
    assert seen["usher_service_cpu_seconds_total"] >= 0.08
    assert seen["usher_service_figures_complete"] == 1
    run.stop()


def test_the_report_has_the_peaks_of_what_somebody_asked_for(family):
    run, port = family()
    get(port, "/metrics")
    run.stop()
    peak = run.report["peak_resources"]
    assert peak["looks"] == 1 and peak["processes"] == 10
    assert peak["descriptors"] > 500 and peak["memory_bytes"] > 10 * (8 << 20)


def test_the_report_has_the_peaks_that_an_interval_has_seen(usher):
    def attempt(limit):
        life = milliseconds(limit) / 1000
        run = usher("--", "sh", "-c", f"sleep {life} & sleep {life}; wait", config='[resources]\ninterval = "100ms"\n')
        run.wait()
        peak = run.report.get("peak_resources")
        return peak and peak["processes"] >= 3 and peak

    peak = with_time_enough(attempt)
    assert peak["looks"] >= 1 and peak["processes"] == 3
    assert peak["memory_bytes"] > 0 and peak["cpus"] >= 0


def test_nothing_is_looked_at_unless_somebody_asks(usher):
    run = usher("--", "sh", "-c", "exec sleep 1000")
    run.wait_event("spawned")
    run.stop()
    assert "peak_resources" not in run.report


def test_time_that_ended_processes_have_used_stays(usher):
    """Also of those that came to us, and of earlier starts."""
    port = free_port()
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    script = f"(python3 -c '{busy}' &) ; python3 -c '{busy}'; sleep 0.01; echo up; exec sleep 1000"
    run = usher("--", "sh", "-c", script, config=f'{TEN_UP}[metrics]\nlisten = "127.0.0.1:{port}"\n')
    run.wait_event("ready")

    def cpu():
        return values(get(port, "/metrics")[2])["usher_service_cpu_seconds_total"]
    until(lambda: cpu() >= 0.55)
    before = cpu()
    assert ask(run, "restart").returncode == 0
    assert cpu() >= before + 0.25
    run.stop()


def test_a_service_of_very_many_processes_is_measured_in_part_and_told(usher):
    port = free_port()
    script = ("import os, time\nfor _ in range(2500):\n    if os.fork() == 0:\n        time.sleep(1000)\n"
              "os.write(1, b'up\\n')\ntime.sleep(1000)")
    run = usher("--", "python3", "-c", script, config=f'{TEN_UP}[metrics]\nlisten = "127.0.0.1:{port}"\n')
    run.wait_event("ready")
    seen = values(get(port, "/metrics")[2])
    assert seen["usher_service_figures_complete"] == 0
    assert 100 < seen["usher_service_processes"] < 2500
    run.stop()
