"""Coordination through a real Redis server: dependencies, publishing, health, the registry."""

import json
import os
import pathlib
import signal
import socket
import subprocess

import pytest

import control_client
from harness import LIMIT, USHER, until

ADDRESS = "/ip4/172.18.0.9/tcp/4001"
PRINTS = ("--", "sh", "-c", f"echo listening on {ADDRESS}; exec sleep 1000")


def dependency(redis, more=""):
    return f'[[dependency]]\nname = "redis"\nprobe = {{ type = "redis", url = "{redis.url}"{more} }}\n'


def published(redis, more=""):
    return ('[readiness]\nprobe = { type = "stdout", match = "multiaddr" }\n'
            f'[readiness.publish.redis]\nurl = "{redis.url}"\nkey = "address"\n{more}')


def test_the_service_waits_for_a_server_that_starts_later(usher, redis):
    run = usher("--", "echo", "up", config=dependency(redis))
    run.wait_event("waiting")
    redis.start()
    assert run.wait() == 0
    assert run.out.text() == "up\n"


def test_a_server_that_the_service_waits_for_is_not_missed_by_who_announces_it(usher, redis):
    config = (dependency(redis) + published(redis, "remove_on_stop = true\n") +
              f'[coordination]\nredis = "{redis.url}"\nnamespace = "run-7"\n[log]\nlevel = "debug"\n')
    run = usher(*PRINTS, config=config)
    for event in ("waiting", "publish_failed", "register_failed"):
        run.wait_event(event)
    redis.start()
    run.wait_event("published")
    run.wait_event("registered")
    assert [e for e in run.events() if e["level"] in ("warn", "error")] == []
    assert run.stop() == 143


def test_a_password_that_is_missing_is_a_mistake_and_is_said(usher, redis):
    redis.start("--requirepass", "secret")
    run = usher("--", "echo", "up", config=dependency(redis))
    assert run.wait() == 91
    assert "password" in run.events("dependency_failed")[0]["message"].lower()


ODD_PASSWORD = "a/b@c%41#d?e:f"


@pytest.mark.parametrize("user", ["", "app"])
def test_a_password_stands_beside_the_url_as_it_is(usher, redis, user):
    redis.start("--requirepass", ODD_PASSWORD, "--user", "app", "on", ">" + ODD_PASSWORD, "~*", "&*", "+@all")
    login = f'user = "{user}"\n' * bool(user) + 'password = "${REDIS_PASSWORD}"\n'
    config = (dependency(redis, ", " + login.strip().replace("\n", ", ")) + published(redis, login) +
              f'[coordination]\nredis = "{redis.url}"\nnamespace = "n"\n{login}'
              '[shutdown.cleanup]\nredis_keys = ["left"]\n')
    run = usher(*PRINTS, config=config, env={"REDIS_PASSWORD": ODD_PASSWORD})
    run.wait_event("published")
    run.wait_event("registered")
    command = ("--no-auth-warning", "-a", ODD_PASSWORD)
    assert redis(*command, "get", "address") == ADDRESS
    redis(*command, "set", "left", "1")
    assert run.stop() == 143
    assert redis(*command, "exists", "left") == "0"
    assert ODD_PASSWORD not in run.err.text()


@pytest.mark.parametrize("command", [("set", "address", ADDRESS), ("rpush", "address", ADDRESS, "later")])
def test_a_key_becomes_a_variable_and_stays_where_it_is(usher, redis, command):
    redis.start()
    config = dependency(redis, ', key = "address"') + 'export = "LISTENER"\n'
    run = usher("--", "sh", "-c", "echo $LISTENER", config=config)
    run.wait_event("waiting")
    redis(*command)
    assert run.wait() == 0
    assert run.out.text() == ADDRESS + "\n"
    assert redis("exists", "address") == "1"


def test_what_readiness_found_is_published_in_place_of_an_old_value(usher, redis):
    redis.start()
    redis("rpush", "address", "stale", "staler")
    run = usher(*PRINTS, config=published(redis, 'command = "rpush"\nttl = "1h"\nclear_at_start = true\n'))
    run.wait_event("published")
    assert redis("lrange", "address", "0", "-1") == ADDRESS
    assert 3500 < int(redis("ttl", "address")) <= 3600
    assert run.stop() == 143
    assert redis("exists", "address") == "1"


def with_a_quick_server(redis, attempt):
    """Tries again, with an empty server, where that was too slow: at the end it has two seconds.
    `attempt` returns the usher that has cleaned up."""
    for _ in range(5):
        redis("flushall")
        if not attempt().events("cleanup_failed"):
            return
    raise AssertionError("Redis is too slow")


def test_an_address_that_a_dialer_has_taken_is_no_fault(usher, redis):
    redis.start()
    check = ('[[health]]\nname = "published"\nprobe = { type = "published" }\ninterval = "50ms"\n'
             'start_period = "1h"\non_failure = "alert"\n[log]\nlevel = "debug"\n')
    run = usher(*PRINTS, config=published(redis, 'command = "rpush"\n') + check)
    run.wait_event("published")
    assert control_client.ask(run, "health", "--wait").returncode == 0
    assert redis("blpop", "address", "1") == f"address\n{ADDRESS}"
    seen = len(run.events("check"))
    until(lambda: len(run.events("check")) > seen + 25)  # longer than until the next look at the key
    assert control_client.ask(run, "health").returncode == 0
    redis.end()
    run.wait_event("check_failing")
    assert "nobody can tell" in run.events("check_failing")[0]["reason"]


def test_a_check_of_what_is_published_waits_for_the_first_answer(usher, redis):
    redis.start()
    check = '[[health]]\nname = "published"\nprobe = { type = "published" }\ntimeout = "1h"\n'
    run = usher(*PRINTS, config=published(redis) + check)
    run.wait_event("check_passing")
    assert run.stop() == 143
    assert run.report["checks"]["published"]["failed"] == 0


def test_what_was_published_goes_with_the_service_where_that_is_wanted(usher, redis):
    redis.start()

    def attempt():
        run = usher(*PRINTS, config=published(redis, "remove_on_stop = true\n"))
        run.wait_event("published")
        assert redis("get", "address") == ADDRESS
        assert run.stop() == 143
        return run

    with_a_quick_server(redis, attempt)
    assert redis("exists", "address") == "0"


@pytest.mark.parametrize("command, value", [("set", ("get", "address")), ("rpush", ("lrange", "address", "0", "-1"))])
def test_a_rolling_update_leaves_the_address_of_the_new_one(usher, redis, command, value):
    redis.start()
    config = published(redis, f'command = "{command}"\nremove_on_stop = true\n')
    address = ADDRESS.replace("4001", "4002")

    def attempt():
        old = usher(*PRINTS, config=config)
        old.wait_event("published")
        new = usher("--", "sh", "-c", f"echo {address}; exec sleep 1000", config=config)
        new.wait_event("published")
        assert old.stop() == 143
        assert redis(*value) == address
        assert new.stop() == 143
        return new

    with_a_quick_server(redis, attempt)
    assert redis("exists", "address") == "0"


def failures_in_row(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(LIMIT)
        client.connect(path)
        client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        text = client.makefile().read()
    line = next(line for line in text.splitlines() if line.startswith("usher_redis_failures_in_row{"))
    assert 'use="publish"' in line
    return int(line.split()[-1])


def test_a_server_that_is_away_is_told_once_it_is_back(usher, redis, tmp_path):
    metrics = str(tmp_path / "metrics.sock")
    run = usher(*PRINTS, config=published(redis) + f'[metrics]\nlisten = "unix:{metrics}"\n')
    run.wait_event("ready")
    run.wait_event("publish_failed")
    assert failures_in_row(metrics) >= 1
    redis.start()
    run.wait_event("published")
    assert failures_in_row(metrics) == 0
    assert redis("get", "address") == ADDRESS
    assert run.stop() == 143


@pytest.mark.parametrize("command, value", [("set", ("get", "address")), ("rpush", ("lrange", "address", "0", "-1"))])
def test_a_server_that_was_restarted_has_the_address_again(usher, redis, command, value):
    redis.start()
    run = usher(*PRINTS, config=published(redis, f'command = "{command}"\nttl = "1h"\n'))
    run.wait_event("published")
    redis.end()
    redis.start()
    until(lambda: redis(*value) == ADDRESS)
    assert 3500 < int(redis("ttl", "address")) <= 3600
    assert len(run.events("spawned")) == 1
    assert run.stop() == 143


def test_a_dead_server_does_not_hold_up_the_end(usher, redis):
    run = usher(*PRINTS, config=published(redis, "remove_on_stop = true\n"))
    run.wait_event("publish_failed")
    assert run.stop() == 143
    assert run.report["reason"] == "stopped"


def test_a_check_fails_when_the_server_dies(usher, redis):
    redis.start()
    config = (f'[[health]]\nname = "redis"\nprobe = {{ type = "redis", url = "{redis.url}" }}\n'
              'interval = "20ms"\ntimeout = "1h"\nfailure_threshold = 2\n')
    run = usher("--", "sleep", "1000", config=config)
    run.wait_event("check_passing")
    redis.end()
    assert run.wait() == 95
    assert run.report["checks"]["redis"]["failed"] >= 2


def test_the_registry_shows_the_service_while_it_is_there(usher, redis):
    redis.start()
    config = f'[service]\nname = "echo"\n[coordination]\nredis = "{redis.url}"\nnamespace = "run-7"\nttl = "1h"\n'

    def attempt():
        run = usher("--", "sleep", "1000", config=config)
        until(lambda: redis("scard", "run-7:services") == "1")
        key = "run-7:service:" + redis("smembers", "run-7:services")
        until(lambda: redis("hget", key, "state") == "ready")
        assert redis("hget", key, "health") == "healthy"
        assert 0 < int(redis("ttl", key)) <= 3600
        assert run.stop(signal.SIGINT) == 130
        return run

    with_a_quick_server(redis, attempt)
    key = "run-7:service:" + redis("smembers", "run-7:services")
    assert redis("hmget", key, "state", "health", "exit_code") == "exited\nstopped\n130"
    assert 0 < int(redis("ttl", key)) <= 3600


def test_the_registry_shows_the_value_of_this_start_and_why_there_is_none_yet(usher, redis, tmp_path):
    redis.start()
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    script = f"exec 3<> {gate}; read address <&3; echo at $address; read end <&3"
    run = usher("--", "sh", "-c", script, config=f"""
[readiness]
probe = {{ type = "stdout", pattern = "^at (.*)$" }}
[restart]
policy = "always"
[startup.backoff]
initial = "1ms"
[coordination]
redis = "{redis.url}"
namespace = "run-7"
ttl = "1h"
""")
    until(lambda: redis("scard", "run-7:services") == "1")
    key = "run-7:service:" + redis("smembers", "run-7:services")
    for nth in ("1", "2"):
        until(lambda: redis("hmget", key, "state", "attempt", "value") == f"starting\n{nth}")
        assert redis("hget", key, "reason") == "no line of its output has matched readiness.probe"
        gate.write_text(f"addr-{nth}\n")
        until(lambda: redis("hget", key, "state") == "ready")
        assert redis("hmget", key, "value", "reason") == f"addr-{nth}"
        gate.write_text("end\n")
    run.wait_event("spawned", 3)
    run.stop()


def registered(redis, name):
    return (f'[service]\nname = "{name}"\ncommand = ["sleep", "1000"]\n'
            f'[coordination]\nredis = "{redis.url}"\nnamespace = "run-7"\nttl = "1h"\n'
            '[shutdown.cleanup]\nredis_keys = ["left"]\n')


def ask(run, *words):
    """A command of usher's own, with the configuration of a running one."""
    return subprocess.run([USHER, *words], capture_output=True, text=True, timeout=LIMIT, check=False,
                          env={**os.environ, "USHER_CONFIG": run.path("service.toml")})


def test_all_services_of_a_namespace_can_be_seen_from_each(usher, redis):
    redis.start()

    def attempt():
        nonlocal first
        first, second = (usher(config=registered(redis, name)) for name in ("first", "second"))
        until(lambda: ask(first, "health", "system").stdout == "2 services are healthy\n")
        assert ask(second, "health", "system", "--wait=60s").returncode == 0
        rows = ask(first, "status", "--all").stdout.splitlines()[1:]
        assert [row.split()[:3] for row in rows] == [["first", "ready", "healthy"], ["second", "ready", "healthy"]]
        redis("set", "left", "over")
        assert second.stop() == 143
        if second.events("cleanup_failed"):
            assert first.stop() == 143
            return second
        assert redis("exists", "left") == "0"
        shown = json.loads(ask(first, "status", "--all", "--json").stdout)
        assert [(one["service"], one["state"]) for one in shown] == [("first", "ready"), ("second", "exited")]
        assert (shown[1]["ended"], shown[1]["exit_code"]) == ("stopped", 143)
        assert ask(first, "health", "system").stdout == "1 service is healthy, 1 has ended\n"
        assert first.stop() == 143
        return first

    first = None
    with_a_quick_server(redis, attempt)
    redis("flushall")
    nobody = ask(first, "health", "system")
    assert (nobody.returncode, nobody.stdout) == (1, "no service is registered\n")


def test_a_service_that_is_missing_or_has_crashed_is_named(usher, redis):
    redis.start()
    expects = 'expects = ["first", "second"]\n'
    first = usher(config=registered(redis, "first").replace('ttl = "1h"\n', 'ttl = "1h"\n' + expects))
    first.wait_event("registered")
    until(lambda: ask(first, "health", "system").stdout == "second is missing\n")
    second = usher("--", "sh", "-c", "exit 7", config=registered(redis, "second"))
    assert second.wait() == 7
    crashed = ask(first, "health", "system", "--json")
    assert crashed.returncode == 1
    assert json.loads(crashed.stdout)["reason"].endswith("has failed: exited, exit code 7")
    assert json.loads(crashed.stdout)["reason"].startswith("second on ")
    again = usher(config=registered(redis, "second"))
    until(lambda: ask(first, "health", "system").stdout == "2 services are healthy\n")
    again.close()


def test_usher_is_asked_where_the_registry_is_when_no_file_says_so(usher, redis):
    redis.start()
    run = usher(config=registered(redis, "first"))
    run.wait_event("registered")

    def inside(*words, env=None):
        return subprocess.run(["nsenter", "-t", str(run.pid), "-p", "-m", USHER, *words], capture_output=True,
                              text=True, timeout=LIMIT, check=False, env={"PATH": os.environ["PATH"], **(env or {})})

    until(lambda: inside("health", "system").stdout == "1 service is healthy\n")
    assert " ready " in inside("status", "--all").stdout
    # What it was told by its command line counts there, whatever a file says.
    other = pathlib.Path(run.path("other.toml"))
    other.write_text(registered(redis, "first").replace("run-7", "run-8"))
    assert inside("health", "system", env={"USHER_CONFIG": str(other)}).stdout == "1 service is healthy\n"
    assert run.stop() == 143


def test_a_service_that_waits_or_a_server_that_is_away_makes_the_system_unhealthy(usher, redis):
    redis.start()
    run = usher(config=registered(redis, "late") + """
[[dependency]]
name = "file"
probe = { type = "file", path = "/nonexistent/ready" }
""")
    run.wait_event("registered")
    health = ask(run, "health", "system", "--json")
    assert health.returncode == 1
    assert " is waiting" in json.loads(health.stdout)["reason"]
    redis.end()
    health = ask(run, "health", "system")
    assert health.returncode == 1
    assert redis.socket in health.stdout


def test_a_server_that_does_not_answer_holds_up_the_end_for_a_moment_only(usher, redis):
    redis.start()
    run = usher(config=registered(redis, "service"))
    run.wait_event("registered")
    redis.process.send_signal(signal.SIGSTOP)
    assert run.stop() == 143
    assert run.events("cleanup_failed")
    assert run.report["exit_code"] == 143


def test_a_wrong_password_is_never_shown(usher, redis):
    redis.start("--requirepass", "secret")
    redis.url = redis.url.replace("unix://", "unix://:hunter2@")
    run = usher("--", "true", config=dependency(redis) + 'timeout = "1h"\n')
    assert run.wait() == 91
    assert "does not accept" in run.events("dependency_failed")[0]["message"]
    assert "hunter2" not in run.err.text()
