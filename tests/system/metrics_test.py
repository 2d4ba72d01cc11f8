"""Metrics and the answers to a kubelet's probes, read by a real Prometheus."""

import json
import os
import signal
import socket
import stat
import subprocess
import urllib.error
import urllib.request

import pytest

from harness import LIMIT, free_port, until


def get(port, path, accept="*/*"):
    """Status, content type and body."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def measured(usher):
    """measured(script, config) starts a service with metrics and returns it and the port."""
    def start(script, config=""):
        port = free_port()
        run = usher("--", "sh", "-c", script, config=f'[metrics]\nlisten = "127.0.0.1:{port}"\n{config}')
        until(lambda: listens(port))
        return run, port
    return start


def test_a_socket_may_be_read_by_everybody_and_goes_with_usher(usher, tmp_path):
    path = tmp_path / "metrics.sock"
    run = usher("--", "sleep", "1000", config=f'[metrics]\nlisten = "unix:{path}"\n')
    until(path.exists)
    until(lambda: stat.S_IMODE(path.stat().st_mode) == 0o666)
    assert run.stop() == 143
    assert not path.exists()


@pytest.fixture
def prometheus(tmp_path):
    """prometheus(port) scrapes that port; returns a function that asks it a query."""
    started = []

    def start(target):
        port = free_port()
        config = tmp_path / "prometheus.yml"
        config.write_text("global:\n  scrape_interval: 100ms\nscrape_configs:\n  - job_name: usher\n"
                          f"    static_configs:\n      - targets: ['127.0.0.1:{target}']\n")
        started.append(subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/data",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        until(lambda: listens(port))

        def query(text):
            status, _, body = get(port, "/api/v1/query?query=" + urllib.request.quote(text))
            return json.loads(body)["data"]["result"] if status == 200 else []
        return query

    yield start
    for one in started:
        one.terminate()
        one.wait()


def test_promtool_finds_nothing_to_complain_about(measured):
    check = '[[health]]\nname = "true"\nprobe = { type = "exec", command = ["true"] }\n'
    run, port = measured("exec sleep 1000", check)
    run.wait_event("check_passing")
    status, content_type, text = get(port, "/metrics")
    assert status == 200
    assert content_type.startswith("text/plain; version=0.0.4")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert 'usher_check_up{service="sh",check="true"} 1\n' in text
    run.stop()


def test_openmetrics_is_given_to_who_asks_for_it(measured):
    run, port = measured("exec sleep 1000")
    _, content_type, text = get(port, "/metrics", "application/openmetrics-text;version=1.0.0,*/*;q=0.1")
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")
    run.stop()


def test_a_real_prometheus_scrapes_it(measured, prometheus):
    run, port = measured("exec sleep 1000")
    query = prometheus(port)
    until(lambda: query('up{job="usher"} == 1'))
    until(lambda: query('usher_state{state="ready"} == 1'))
    assert query("usher_attempts_total")[0]["value"][1] == "1"
    run.stop()


def test_a_kubelet_is_told_what_it_acts_on(measured, tmp_path):
    config = '[readiness]\nprobe = { type = "stdout", pattern = "^up$" }\n[shutdown]\ntimeout = "2h"\ndelay = "1h"\n'
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    run, port = measured(f"read line < {gate}; echo up; exec sleep 1000", config)
    assert get(port, "/health/startup")[0] == 503
    assert get(port, "/health/ready")[0] == 503
    assert get(port, "/health/live")[0] == 200
    gate.write_text("go\n")
    run.wait_event("ready")
    assert [get(port, f"/health/{name}")[0] for name in ("startup", "ready", "live")] == [200] * 3
    run.send(signal.SIGTERM)
    run.wait_event("stopping")
    status, _, body = get(port, "/health/ready")
    assert (status, body) == (503, "stopping\n")
    assert get(port, "/health/live")[0] == 200
    assert run.stop() == 143


def test_a_start_that_is_not_ready_yet_has_no_time_to_ready(measured, tmp_path):
    # One for each: of a single one the writer may be there still when it is opened again.
    gate, end = tmp_path / "gate", tmp_path / "end"
    os.mkfifo(gate)
    os.mkfifo(end)
    config = ('[readiness]\nprobe = { type = "stdout", pattern = "^up$" }\n'
              '[restart]\npolicy = "always"\n[startup.backoff]\ninitial = "1ms"\n')
    run, port = measured(f"read line < {gate}; echo up; read line < {end}", config)
    name = "usher_ready_after_seconds{"
    assert name not in get(port, "/metrics")[2]
    gate.write_text("go\n")
    run.wait_event("ready")
    assert name in get(port, "/metrics")[2]
    end.write_text("end\n")
    run.wait_event("spawned", 2)
    assert name not in get(port, "/metrics")[2]
    gate.write_text("go\n")
    run.wait_event("ready", 2)
    value = next(line for line in get(port, "/metrics")[2].splitlines() if line.startswith(name))
    assert float(value.split()[-1]) > 0
    run.stop()


def test_a_port_that_is_taken_is_said_and_harms_nothing(usher):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        listen = f"127.0.0.1:{one.getsockname()[1]}"
        run = usher("--", "sh", "-c", "exec sleep 1000", config=f'[metrics]\nlisten = "{listen}"\n')
        assert run.wait_event("metrics_failed")["message"] == "it is in use"
        assert run.stop() == 143
