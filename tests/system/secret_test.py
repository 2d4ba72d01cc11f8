"""No part of a secret is printed, by no command, where it is understood and where it is not."""

import os
import subprocess

import pytest

from control_client import ask
from harness import LIMIT, USHER

# Each has its secret in two parts, Zk9tLq and 7vRwXy, and what may stand between them.
SECRET = ("Zk9tLq", "7vRwXy")
URLS = [f"{scheme}://{rest}" for scheme in ("redis", "rediss", "http", "https", "grpc", "tcp", "amqp", "postgres", "nonsense")
        for rest in ("usr:Zk9tLq@7vRwXy@127.0.0.1:1", "usr:Zk9tLq/7vRwXy@127.0.0.1:1", "usr:Zk9tLq#7vRwXy@127.0.0.1:1/",
                     "usr:Zk9tLq?7vRwXy@127.0.0.1:1/0", ":Zk9tLq@127.0.0.1:x7vRwXy", "usr:Zk9tLq 7vRwXy@h", "Zk9tLq7vRwXy@",
                     "usr:12/7vRwXy@h", "127.0.0.1:99999/?token=Zk9tLq&key=7vRwXy", ":Zk9tLq7vRwXy", "Zk9tLq%zz7vRwXy@127.0.0.1:1",
                     'usr:12"Zk9tLq@h', "[::1/7vRwXy@h")]
ODD = ["Zk9tLq7vRwXy@host:1", "redis:Zk9tLq@7vRwXy", "usr:Zk9tLq@7vRwXy:1", "//:Zk9tLq@7vRwXy", "unix:Zk9tLq@x?7vRwXy"]


def said(*args, config=None, env=None, tmp_path=None):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("USHER_")}
    environment.update(env or {})
    if config is not None:
        path = tmp_path / "service.toml"
        path.write_text(config)
        args = [*args, str(path)]
    done = subprocess.run([USHER, *args], env=environment, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
    return done.stdout


def leaks(text):
    return [part for part in SECRET if part in text]


@pytest.mark.parametrize("url", URLS + ODD)
def test_wait_for_a_url_that_is_none(url):
    text = said("wait", url, "--timeout", "1ms")
    assert text and not leaks(text), text


def quoted(text):
    return "'" + text + "'"


KEYS = {
    "coordination.redis": '[coordination]\nnamespace = "n"\nredis = {}\n',
    "alerts.webhook": "[alerts]\nwebhook = {}\n",
    "metrics.push": "[metrics]\npush = {}\n",
    "metrics.listen": "[metrics]\nlisten = {}\n",
    "a probe": '[readiness]\nprobe = {{ type = "redis", url = {} }}\n',
    "an http probe": '[readiness]\nprobe = {{ type = "http", url = {} }}\n',
    "an address": '[readiness]\nprobe = {{ type = "tcp", address = {} }}\n',
}


@pytest.mark.parametrize("key", KEYS)
def test_check_of_a_url_that_is_none(key, tmp_path):
    for url in URLS + ODD:
        text = said("check", "--print", config=KEYS[key].format(quoted(url)), tmp_path=tmp_path)
        assert text and not leaks(text), text


@pytest.mark.parametrize("setting", ["coordination.redis", "alerts.webhook", "metrics.push", "metrics.listen"])
def test_a_start_with_a_url_that_is_none(setting):
    variable = "USHER_" + setting.upper().replace(".", "_")
    for url in URLS[:6] + ODD:
        assert not leaks(said("--", "true", env={variable: url}))
        assert not leaks(said(f"--{setting}", url, "--", "true"))


def test_good_urls_are_shown_without_their_secrets(tmp_path):
    text = said("check", "--print", config="""
[[health]]
name = "h"
probe = { type = "http", url = "http://127.0.0.1:1/x?token=Zk9tLq&key=7vRwXy" }
[[health]]
name = "r"
probe = { type = "redis", url = "redis://usr:Zk9tLq@127.0.0.1:1/2" }
[alerts]
webhook = "http://relay:8080/hook/Zk9tLq?token=7vRwXy"
webhook_headers = { X-Relay = "Zk9tLq" }
[service]
command = ["server", "--password=Zk9tLq", "--token", "7vRwXy", "http://u:Zk9tLq@h/"]
environment = { JWT = "Zk9tLq", PGPASS = "7vRwXy", CONNECTION = "Server=x;Password=Zk9tLq;", PORT = 80 }
""", tmp_path=tmp_path)
    assert not leaks(text), text
    for shown in ("http://127.0.0.1:1/x?***", "redis://usr:***@127.0.0.1:1/2", "http://relay:8080/***", "environment.PORT = 80"):
        assert shown in text, text


def test_environment_files_are_not_quoted(tmp_path):
    for line in ("Zk9tLq7vRwXy", "Zk9tLq+7vRwXy==", 'A="Zk9tLq" 7vRwXy', "A='7vRwXy"):
        (tmp_path / "env").write_text(line + "\n")
        text = said("--service.environment_files", str(tmp_path / "env"), "--", "true")
        assert "env:1" in text and not leaks(text), text


def test_what_the_service_inherits(usher):
    run = usher("--", "env", env={"USHER_COORDINATION_REDIS": "redis://:Zk9tLq@127.0.0.1:1", "USHER_COORDINATION_NAMESPACE": "n",
                                  "USHER_ALERTS_WEBHOOK": "http://127.0.0.1:1/7vRwXy", "USHER_LOG_LEVEL": "warn"})
    assert run.wait() == 0
    assert not leaks(run.out.text()) and not leaks(run.err.text())
    assert "USHER_LOG_LEVEL=warn" in run.out.text()


def test_a_webhook_that_is_not_there_is_named_without_its_path(usher):
    run = usher("--", "sleep", "1000", config="""
[alerts]
webhook = "http://127.0.0.1:1/Zk9tLq?7vRwXy"
[readiness]
probe = { type = "file", path = "/no/such/file" }
timeout = "10ms"
[startup]
retries = 1
""")
    assert run.wait() == 93
    assert run.wait_event("alert_not_delivered")
    assert not leaks(run.err.text())


FILE_SECRET = "Zk9tLq/7vRwXy@x"


def test_a_file_of_a_secret_is_used_and_never_shown(usher, redis, tmp_path):
    redis.start("--requirepass", FILE_SECRET)
    secret = tmp_path / "redis"
    secret.write_text(FILE_SECRET + "\n")
    run = usher("--", "sh", "-c", 'echo "$SAYS"; echo "$SAYS" >&2; exec sleep 1000', config=f"""
[service]
environment = {{ SAYS = "it is ${{file:{secret}}}" }}
[[dependency]]
name = "redis"
probe = {{ type = "redis", url = "{redis.url}", password = "${{file:{secret}}}" }}
[readiness]
probe = {{ type = "stdout", pattern = "it is (.*)" }}
[coordination]
redis = "{redis.url}"
namespace = "n"
[log]
level = "debug"
""", env={"USHER_COORDINATION_PASSWORD_FILE": str(secret)})
    run.wait_event("ready")
    run.wait_event("registered")
    run.out.wait_text(f"it is {FILE_SECRET}\n")
    shown = ask(run, "status", "--json").stdout + ask(run, "status").stdout
    assert "it is ***" in shown or "***" in shown
    assert not leaks(shown), shown
    assert run.stop() == 143
    ours = [line for line in run.err.text().splitlines() if line != f"it is {FILE_SECRET}"]
    assert not leaks("\n".join(ours)), ours


@pytest.mark.parametrize("content", [None, "a\0b", "x" * 65537])
def test_a_file_of_a_secret_that_is_no_good_ends_the_start(usher, tmp_path, content):
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_text(content)
    run = usher("--", "true", config=f'log.prefix = "${{file:{secret}}}"\n')
    assert run.wait() == 91
    assert ":1:14: log.prefix: " in run.err.text()
    text = said("check", config=f'log.prefix = "${{file:{secret}}}"\n', tmp_path=tmp_path)
    assert ("warning: " in text and "ok" in text) == (content is None), text


def test_a_variable_that_is_marked_as_a_secret_is_never_shown(usher):
    run = usher("--", "sh", "-c", 'echo "code $CODE"; exec sleep 1000', config="""
[service]
secrets = ["CODE"]
[readiness]
probe = { type = "stdout", pattern = "code (.*)" }
""", env={"CODE": "Zk9tLq7vRwXy"})
    assert run.wait_event("ready")["value"] == "***"
    assert run.stop() == 143
    assert not leaks(run.err.text())
