"""images/monitoring: what Prometheus, its rules and the dashboard ask for is what usher tells."""

import json
import pathlib
import re
import subprocess
import urllib.parse

import pytest

from harness import AS_PID_1, until
from metrics_test import free_port, get, listens

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORING = ROOT / "images/monitoring"
DASHBOARD = json.loads((MONITORING / "grafana/dashboards/usher.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]

# A container of its own control group, version 2, with a limit on everything.
GROUP = {
    "memory.current": "50331648\n", "memory.max": "104857600\n", "memory.peak": "62914560\n",
    "memory.stat": "anon 41943040\ninactive_file 4194304\n",
    "memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n",
    "memory.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    "cpu.max": "50000 100000\n", "cpu.stat": "usage_usec 1000000\nnr_throttled 2\nthrottled_usec 300000\n",
    "cpu.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    "pids.current": "3\n", "pids.max": "128\n",
}
IN_GROUP = [*AS_PID_1, "sh", "-c",
            'mount --bind "$0/cgroup" /proc/$$/cgroup && mount --bind "$0/mountinfo" /proc/$$/mountinfo && exec "$@"']


def promtool(*args):
    done = subprocess.run(["promtool", *map(str, args)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def watched(usher, tmp_path):
    """A service in that group, with everything configured that is measured. Returns its port."""
    group = tmp_path / "group"
    group.mkdir()
    for name, text in GROUP.items():
        (group / name).write_text(text)
    (tmp_path / "cgroup").write_text("0::/\n")
    (tmp_path / "mountinfo").write_text(f"30 1 0:26 / {group} rw shared:4 - cgroup2 cgroup2 rw\n")
    port = free_port()
    config = f"""
        [service]
        name = "echo"
        [metrics]
        listen = "127.0.0.1:{port}"
        [readiness]
        probe = {{ type = "stdout", pattern = "^up$" }}
        [readiness.publish.redis]
        url = "redis://127.0.0.1:{free_port()}"
        key = "address"
        [[health]]
        name = "well"
        probe = {{ type = "exec", command = ["true"] }}
        interval = "100ms"
        timeout = "1h"
    """
    run = usher("--", "sh", "-c", "echo up; exec sleep 1000", config=config, inside=[*IN_GROUP, str(tmp_path)])
    run.wait_event("ready")
    run.wait_event("check_passing")
    return port


@pytest.fixture
def told(watched):
    """The names of all samples of a real usher."""
    _, _, text = get(watched, "/metrics")
    return set(re.findall(r"^(\w+)[{ ]", text, re.M))


def test_promtool_finds_nothing_wrong_with_the_configuration():
    code, said = promtool("check", "config", "--lint=all", "--lint-fatal", MONITORING / "prometheus.yml")
    assert code == 0, said


def test_each_alert_is_seen_when_it_should_be():
    code, said = promtool("test", "rules", MONITORING / "alerts_test.yml")
    assert code == 0, said
    alerts = set(re.findall(r"- alert: (\w+)", (MONITORING / "alerts.yml").read_text()))
    seen = re.findall(r"alertname: (\w+)\n +eval_time: \w+\n +exp_alerts:", (MONITORING / "alerts_test.yml").read_text())
    assert alerts == set(seen)


@pytest.mark.parametrize("file", [
    "images/monitoring/alerts.yml", "images/monitoring/alerts_test.yml",
    "images/monitoring/grafana/dashboards/usher.json", "images/kubernetes/scaling.yaml"])
def test_every_metric_that_is_asked_for_is_told(told, file):
    asked = set(re.findall(r"\busher_[a-z_]+\b", (ROOT / file).read_text()))
    assert asked and asked <= told, asked - told


def test_a_real_prometheus_finds_an_answer_to_every_panel(watched, tmp_path):
    text = (MONITORING / "prometheus.yml").read_text()
    text, changed = re.subn(r"    dns_sd_configs:\n(      .*\n)+", f"    static_configs: [{{targets: ['127.0.0.1:{watched}']}}]\n", text)
    assert changed == 1
    (tmp_path / "prometheus.yml").write_text(re.sub(r"_interval: \w+", "_interval: 100ms", text))
    (tmp_path / "alerts.yml").write_text((MONITORING / "alerts.yml").read_text())
    port = free_port()
    server = subprocess.Popen(
        ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
         f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(path):
        status, _, body = get(port, "/api/v1/" + path)
        return json.loads(body)["data"] if status == 200 else None

    def answer(expr):
        for name, value in (("$__rate_interval", "1m"), ("$__range", "30m"), ("$service", "echo")):
            expr = expr.replace(name, value)
        data = ask("query?query=" + urllib.parse.quote(expr))
        assert data is not None, expr
        return data["result"]

    try:
        until(lambda: listens(port))
        until(lambda: ask("targets") and answer('usher_state{state="ready"} == 1'))
        for expr in QUERIES:
            until(lambda: answer(expr))

        def rules():
            return [rule for group in ask("rules")["groups"] for rule in group["rules"]]

        until(lambda: all(rule["health"] == "ok" for rule in rules()))
        assert len(rules()) == (tmp_path / "alerts.yml").read_text().count("- alert:")
        # What the test has reason for: nobody answers where readiness.publish looks for Redis, of
        # which usher itself tells after a while.
        def seen():
            return {rule["name"] for rule in rules() if rule["state"] != "inactive"}

        until(lambda: "UsherRedisUnreachable" in seen())
        # A busy machine is one at which nobody has been reached.
        assert seen() <= {"UsherRedisUnreachable", "UsherAlert", "UsherGone"}
    finally:
        server.terminate()
        server.wait()


def test_the_panels_of_the_dashboard_stand_beside_each_other():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells


def test_every_panel_says_what_it_shows_and_follows_the_variables():
    for panel in PANELS:
        assert panel["title"] and panel["description"].endswith("."), panel["id"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"
            assert 'service=~"$service"' in target["expr"] or "ALERTS" in target["expr"], target["expr"]


def test_grafana_is_given_what_the_dashboard_asks_for():
    source = (MONITORING / "grafana/provisioning/datasources/prometheus.yml").read_text()
    provider = (MONITORING / "grafana/provisioning/dashboards/usher.yml").read_text()
    compose = (ROOT / "images/compose.yaml").read_text()
    assert "url: http://prometheus:9090" in source
    [folder] = re.findall(r"path: (\S+)}", provider)
    assert f"./monitoring/grafana/dashboards:{folder}:ro" in compose
    assert "./monitoring/grafana/provisioning:/etc/grafana/provisioning:ro" in compose
