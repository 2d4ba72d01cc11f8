"""The push of metrics at exit, to a real Pushgateway and to servers that behave badly."""

import json
import signal
import socket
import subprocess
import threading
import urllib.request

import pytest

from control_client import ask
from harness import AS_PID_1, LIMIT, free_port, until
from http_sink import Sink


def config(url, more="", last_words="1h"):
    return f'[service]\nname = "nightly"\n[shutdown]\nlast_words = "{last_words}"\n[metrics]\npush = "{url}"\n{more}'


@pytest.fixture
def gateway():
    """The address of a real one; get(path) asks its API."""
    port = free_port()
    process = subprocess.Popen(["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}",
                                "--persistence.file="],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    class Gateway:
        url = f"http://127.0.0.1:{port}"

        @staticmethod
        def ready():
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", port)) == 0

        def groups(self):
            with urllib.request.urlopen(self.url + "/api/v1/metrics", timeout=LIMIT) as answer:
                return json.load(answer)["data"]

        def text(self):
            with urllib.request.urlopen(self.url + "/metrics", timeout=LIMIT) as answer:
                return answer.read().decode()

    until(Gateway.ready)
    yield Gateway()
    process.terminate()
    process.wait()


@pytest.fixture
def sink():
    one = Sink()
    yield one
    one.end()


@pytest.mark.parametrize("inside", [AS_PID_1, []], ids=["pid1", "subreaper"])
def test_a_job_leaves_its_figures_at_a_pushgateway(usher, gateway, inside):
    labels = 'push_labels = { instance = "a/b", env = "ci test", empty = "" }\n'
    run = usher("--", "sh", "-c", "exit 3", config=config(gateway.url, labels), inside=inside)
    assert run.wait() == 3
    (group,) = gateway.groups()
    assert group["labels"] == {"job": "nightly", "instance": "a/b", "env": "ci test", "empty": ""}
    text = gateway.text()
    (line,) = [l for l in text.splitlines() if l.startswith("usher_exit_code{")]
    assert 'service="nightly"' in line and 'reason="exited"' in line and line.endswith(" 3")
    assert "usher_end_time_seconds{" in text and "usher_attempts_total{" in text
    assert run.report["exit_code"] == 3
    assert not run.events("push_failed")


def test_a_push_replaces_its_own_figures_and_leaves_those_of_others(usher, gateway):
    request = urllib.request.Request(gateway.url + "/metrics/job/nightly", b"rows_done 7\n", method="PUT")
    urllib.request.urlopen(request, timeout=LIMIT).close()
    for code in (3, 0):
        assert usher("--", "sh", "-c", f"exit {code}", config=config(gateway.url)).wait() == code
    text = gateway.text()
    assert 'rows_done{instance="",job="nightly"} 7' in text
    assert [l.split()[-1] for l in text.splitlines() if l.startswith("usher_exit_code{")] == ["0"]


def test_a_command_that_is_not_there_is_pushed_too(usher, gateway):
    run = usher("--", "/nonexistent", config=config(gateway.url))
    assert run.wait() == 127
    assert 'reason="exec_failed"' in gateway.text()


def test_a_push_has_the_headers_that_were_asked_for(usher, sink):
    more = 'push_headers = { Authorization = "Basic c2VjcmV0" }\n'
    run = usher("--", "true", config=config(sink.url + "/behind?key=1", more))
    assert run.wait() == 0
    ((path, headers, body),) = sink.requests
    assert path == "/behind/metrics/job/nightly?key=1"
    assert headers["Authorization"] == "Basic c2VjcmV0"
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"# EOF" not in body
    assert "c2VjcmV0" not in run.err.text()


def test_a_refusal_is_said_before_the_report_and_changes_nothing(usher, sink):
    sink.answer, sink.body = 400, b"pushed metrics are invalid\n"
    run = usher("--", "sh", "-c", "exit 4", config=config(sink.url))
    assert run.wait() == 4
    (failed,) = run.events("push_failed")
    assert failed["message"].endswith("answered 400 Bad Request: pushed metrics are invalid")
    assert failed["setting"] == "metrics.push"
    assert run.report["exit_code"] == 4


@pytest.mark.parametrize("where", ["127.0.0.1:1", "no-such-host.invalid:9091"])
def test_an_absent_gateway_costs_a_line(usher, where):
    run = usher("--", "sh", "-c", "exit 5", config=config(f"http://{where}"))
    assert run.wait() == 5
    assert "cannot " in run.wait_event("push_failed")["message"]
    assert run.report["exit_code"] == 5


def test_a_silent_gateway_is_waited_for_no_longer_than_said(usher, sink):
    done = threading.Event()
    sink.answer = lambda connection: done.wait()
    run = usher("--", "true", config=config(sink.url, last_words="50ms"))
    assert run.wait() == 0
    done.set()
    assert run.wait_event("push_failed")["message"].endswith("no whole response within 50ms")


def test_a_stop_ends_the_wait_and_the_report_file_is_there_before(usher, sink, tmp_path):
    done = threading.Event()
    sink.answer = lambda connection: done.wait()
    report = tmp_path / "report.json"
    more = f'[report]\nfile = "{report}"\n'
    run = usher("--", "sh", "-c", "exit 6", config=config(sink.url, more))
    sink.wait_requests(1)
    assert json.loads(report.read_text())["exit_code"] == 6
    assert not run.events("report")
    run.send(signal.SIGUSR1)  # asks for nothing
    run.send(signal.SIGTERM)
    assert run.wait() == 6
    done.set()
    assert run.wait_event("push_failed")["message"] == "given up on SIGTERM"
    assert run.report["exit_code"] == 6


@pytest.mark.parametrize("command, by", [(["stop"], "usher stop"), (["signal", "TERM"], "SIGTERM")])
def test_a_command_to_stop_ends_the_wait_as_a_signal_does(usher, sink, command, by):
    done = threading.Event()
    sink.answer = lambda connection: done.wait()
    run = usher("--", "sh", "-c", "exit 6", config=config(sink.url))
    sink.wait_requests(1)
    assert ask(run, "signal", "USR1").returncode == 1  # asks for nothing
    answer = ask(run, *command)
    assert (answer.returncode, answer.stdout) == (0, "exited, exit code 6\n")
    assert run.wait() == 6
    done.set()
    assert run.wait_event("push_failed")["message"] == f"given up on {by}"
    assert run.report["exit_code"] == 6


def test_without_a_push_nothing_is_waited_for(usher, sink):
    run = usher("--", "true", config='[shutdown]\nlast_words = "1h"\n')
    assert run.wait() == 0
    assert not sink.requests
