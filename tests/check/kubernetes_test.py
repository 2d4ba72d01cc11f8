"""What `usher check --kubernetes` finds in the files of a cluster, and where."""

import pytest

from conftest import ROOT

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 40
      containers:
        - name: server
          command: [/usher, --, node, server.js]
          terminationMessagePolicy: FallbackToLogsOnError
          resources:
            requests: {memory: 128Mi}
            limits: {cpu: "1", memory: 128Mi}
          startupProbe:
            exec: {command: [/usher, health, --wait=50s]}
            timeoutSeconds: 60
            periodSeconds: 1
          livenessProbe:
            exec: {command: [/usher, health, --level=alive]}
"""
OWNER = "Deployment web: server."


@pytest.fixture
def findings(run, tmp_path):
    """findings(text, *args, **{"a.toml": "..."}) -> (exit code, messages)."""

    def check(text, *args, **files):
        (tmp_path / "pod.yaml").write_text(text)
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        result = run("check", *args, "--kubernetes", "pod.yaml", cwd=tmp_path)
        return result.returncode, result.stderr.splitlines()

    return check


@pytest.fixture
def one(findings):
    """The only finding, without its place."""

    def check(text, *args, code=91, **files):
        status, found = findings(text, *args, **files)
        assert (status, len(found)) == (code, 1), found
        assert found[0].startswith("pod.yaml:"), found
        return found[0].split(": ", 1)[1]

    return check


def changed(old, new):
    assert old in POD
    return POD.replace(old, new)


def with_config(text):
    return {"server.toml": text}


def test_what_fits_is_ok(run, findings, tmp_path):
    assert findings(POD) == (0, [])
    assert run("check", "--kubernetes", "pod.yaml", cwd=tmp_path).stdout == "pod.yaml: ok\n"


@pytest.mark.parametrize("configs", [(), ("redis", "js-echo-server", "py-test-harness")])
def test_the_files_that_are_shipped_are_ok(run, configs):
    files = sorted((ROOT / "images/kubernetes").glob("*.yaml"))
    result = run("check", *(ROOT / f"configs/{name}.toml" for name in configs), "--kubernetes", *files)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == len(files)


@pytest.mark.parametrize("kind, template", [
    ("Pod", "spec: {{{0}}}"),
    ("StatefulSet", "spec: {{template: {{spec: {{{0}}}}}}}"),
    ("Job", "spec: {{template: {{spec: {{{0}}}}}}}"),
    ("CronJob", "spec: {{jobTemplate: {{spec: {{template: {{spec: {{{0}}}}}}}}}}}"),
])
def test_all_that_makes_pods_is_looked_at(one, kind, template):
    pod = ("terminationGracePeriodSeconds: 5, containers: [{name: server, command: [/usher, --, x], "
           "terminationMessagePolicy: FallbackToLogsOnError}]")
    text = f"kind: ConfigMap\n---\nkind: {kind}\nmetadata: {{name: web}}\n{template.format(pod)}\n"
    assert one(text).startswith(f"{kind} web: server.terminationGracePeriodSeconds: ")


def test_the_place_is_that_in_the_file_whatever_stands_before(findings):
    text = "kind: Service\n---\n# a comment\n---\n" + changed("Seconds: 40", "Seconds: 20")
    assert findings(text)[1][0].startswith("pod.yaml:11:38: ")
    listed = "kind: List\nitems:\n- " + changed("Seconds: 40", "Seconds: 20").replace("\n", "\n  ")
    assert findings(listed)[1][0].startswith("pod.yaml:9:40: ")


def test_the_kubelet_has_to_be_more_patient_than_usher(findings, one):
    key = OWNER + "terminationGracePeriodSeconds: "
    assert one(changed("Seconds: 40", "Seconds: 25")) == (
        key + "shutdown.timeout is 25s, so the kubelet may kill first; give it more than 25s")
    without = changed("      terminationGracePeriodSeconds: 40\n", "")
    assert findings(without) == (0, [])
    patient = changed("[/usher, --,", "[/usher, --shutdown.timeout, 35s, --,").replace(
        "      terminationGracePeriodSeconds: 40\n", "")
    assert one(patient) == (key + "shutdown.timeout is 35s, and without this the kubelet kills after 30s, so the "
                            "kubelet may kill first; give it more than 35s")
    spoken = with_config("[alerts]\nwebhook = 'http://a/'\n[shutdown]\ntimeout = 38\nlast_words = 5\n")
    assert one(POD, "server.toml", **spoken) == (
        key + "shutdown.timeout is 38s, shutdown.last_words 5s on top of it, so the kubelet may kill first; give it "
        "more than 43s")


@pytest.mark.parametrize("hook", ["sleep: {seconds: 20}", "exec: {command: [sleep, '20']}",
                                  "exec: {command: [/bin/sh, -c, sleep 20]}"])
def test_a_hook_of_the_kubelet_takes_of_the_same_time(one, hook):
    text = changed("          resources:", f"          lifecycle: {{preStop: {{{hook}}}}}\n          resources:")
    assert "and the preStop hook takes 20s first, so the kubelet may kill first; give it more than 45s" in one(text)


def test_a_probe_may_be_less_patient_by_itself(one):
    text = changed("          livenessProbe:", "          livenessProbe:\n            terminationGracePeriodSeconds: 10")
    assert one(text).startswith(OWNER + "livenessProbe.terminationGracePeriodSeconds: shutdown.timeout is 25s, so ")


def test_a_signal_has_to_mean_a_stop(findings, one):
    def stop(name):
        return changed("          resources:", f"          lifecycle: {{stopSignal: {name}}}\n          resources:")
    assert findings(stop("SIGTERM")) == (0, [])
    assert one(stop("SIGQUIT")).startswith(OWNER + 'lifecycle.stopSignal: "SIGQUIT" is no stop to usher')
    assert findings(stop("SIGQUIT"), "server.toml",
                    **with_config('[shutdown]\nsignals = ["SIGTERM", "SIGQUIT"]\n')) == (0, [])


def test_a_question_that_takes_its_time_needs_it(one):
    assert one(changed("timeoutSeconds: 60", "timeoutSeconds: 50")) == (
        OWNER + "startupProbe.timeoutSeconds: is 50s, and usher health may take 50s (--wait, --hold): the kubelet "
        "gives up first, and counts that as a failure")
    assert "startupProbe.timeoutSeconds: is by default 1s, and" in one(changed("            timeoutSeconds: 60\n", ""))


def test_liveness_is_not_readiness(findings, one):
    assert one(changed(", --level=alive", "")).startswith(
        OWNER + "livenessProbe: usher health asks whether it is ready, so the kubelet kills the service while")
    def http(path):
        return changed("exec: {command: [/usher, health, --level=alive]}", f"httpGet: {{path: {path}, port: 9464}}")
    assert findings(http("/health/live")) == (0, [])
    assert findings(http("/own")) == (0, [])
    assert one(http("/health/ready")).startswith(OWNER + "livenessProbe.httpGet.path: asks whether it is ready")


def test_a_probe_has_to_reach_its_answer(findings, one):
    text = changed("exec: {command: [/usher, health, --level=alive]}", "httpGet: {path: /health/live, port: 9464}")
    assert one(text, "server.toml", **with_config('[metrics]\nlisten = "127.0.0.1:9464"\n')).startswith(
        OWNER + "livenessProbe.httpGet: the kubelet asks at the pod's address, and metrics.listen is 127.0.0.1:9464")
    assert findings(text, "server.toml", **with_config('[metrics]\nlisten = "0.0.0.0:9464"\n')) == (0, [])


def test_the_kubelets_patience_with_a_start(findings, one):
    ready = '[readiness]\nprobe = { type = "stdout", pattern = "up" }\ntimeout = "%s"\n'
    assert findings(POD, "server.toml", **with_config(ready % "150s")) == (0, [])
    assert one(POD, "server.toml", code=0, **with_config(ready % "151s")) == (
        OWNER + "startupProbe.failureThreshold: warning: the kubelet gives up 150s after the start, and "
        "readiness.timeout is 151s")


def test_the_message_is_where_the_kubelet_looks(findings, one):
    path = "          terminationMessagePath: /run/message\n          resources:"
    assert one(changed("          resources:", path)) == (
        OWNER + "terminationMessagePath: the kubelet reads /run/message, and usher writes /dev/termination-log; "
        "report.termination_file says where")
    file = with_config('[report]\ntermination_file = "/run/message"\n')
    assert findings(changed("          resources:", path), "server.toml", **file) == (0, [])
    assert "the kubelet reads /dev/termination-log, and usher writes /run/message" in one(POD, "server.toml", **file)
    assert one(changed("FallbackToLogsOnError", "File"), code=0).startswith(
        OWNER + "terminationMessagePolicy: warning: where the configuration is wrong")


def test_an_alert_needs_its_limit_and_time_to_be_read(findings, one):
    alert = with_config('[resources]\ninterval = "5s"\n[alerts]\nmemory = 0.9\ncpu = 0.9\n')
    assert findings(POD, "server.toml", **alert) == (0, [])
    assert one(changed('{cpu: "1", memory: 128Mi}', "{memory: 128Mi}"), "server.toml", **alert) == (
        OWNER + "resources.limits.cpu: alerts.cpu is a share of this limit, and there is none: that alert never comes")
    assert one(changed('{cpu: "1", memory: 128Mi}', '{cpu: "1"}'), "server.toml", **alert).startswith(
        OWNER + "resources.limits.memory: alerts.memory is a share of this limit")
    assert one(changed("limits: {cpu: \"1\", memory: 128Mi}", "limits: {cpu: \"1\", memory: 256Mi}"), "server.toml",
               code=0, **alert).startswith(
        OWNER + "resources.requests.memory: warning: is below the 230 MiB from which on there is an alert")


def test_who_does_not_use_usher_is_left_alone(findings):
    other = "kind: Pod\nmetadata: {name: a}\nspec: {terminationGracePeriodSeconds: 1, containers: [{name: a}]}\n"
    assert findings(other) == (0, [])
    assert findings("[]\n") == (0, [])
    assert findings("") == (0, [])
    code, found = findings(other, "server.toml", **with_config(""))
    assert (code, found) == (0, ["usher: warning: no container is that of server.toml"])


def test_a_command_line_that_usher_refuses_is_told(findings):
    code, found = findings(changed("[/usher, --,", "[/usher, --shutdown.timeot, 5s, --,"))
    assert code == 91
    assert any("shutdown.timeot" in line for line in found)


@pytest.mark.parametrize("number", ["9223372036854775807", "-1", "soon", "[]", "{}", ""])
def test_any_number_is_taken(findings, number):
    text = changed("Seconds: 40", f"Seconds: {number}").replace("periodSeconds: 1", f"periodSeconds: {number}")
    assert findings(text, "server.toml", **with_config('[readiness]\nprobe = { type = "notify" }\n'))[0] in (0, 91)


@pytest.mark.parametrize("text, wanted", [("a: [\n", "pod.yaml:2:"), ("a: 1\na: 2\n", "pod.yaml:2:1: ")])
def test_what_is_no_yaml_has_a_place(findings, text, wanted):
    code, found = findings(text)
    assert code == 91 and found[0].startswith(wanted)


def test_several_files_and_configurations_in_any_order(run, tmp_path):
    (tmp_path / "a.yaml").write_text(POD)
    (tmp_path / "b.yml").write_text(POD)
    (tmp_path / "server.toml").write_text("")
    result = run("check", "--kubernetes", "a.yaml", "b.yml", "server.toml", cwd=tmp_path)
    assert (result.stdout, result.stderr) == ("a.yaml: ok\nb.yml: ok\n", "")
    assert run("check", "--kubernetes", "absent.yaml", cwd=tmp_path).returncode == 91
    assert run("check", "--kubernetes", "a.yaml", "--print", cwd=tmp_path).returncode == 90


def test_a_patience_beyond_all_numbers_is_one(findings):
    startup = "            periodSeconds: 1000000000\n            failureThreshold: 10000000\n"
    text = changed("            periodSeconds: 1\n", startup)
    assert findings(text, "server.toml", **{"server.toml": "[readiness]\nprobe = {type = 'tcp', address = 'a:1'}\n"}) == (0, [])


def test_documents_are_parted_by_lines_with_comments_too(findings):
    text = "--- # the first\nkind: Service\nmetadata: {name: web}\n---\t# another\n" + changed(": 40", ": 1")
    status, found = findings(text)
    assert status == 91 and "terminationGracePeriodSeconds" in found[0], found
