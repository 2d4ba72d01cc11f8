"""Readiness by what the service prints, and what comes of attempts that never get there."""

import os
import signal
import subprocess
import time

import pytest

from harness import helper, until, with_time_enough

ID = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X"


def sh(script):
    return ("--", "sh", "-c", script)


def line(pattern, stream="stdout", more=""):
    return f"[readiness]\nprobe = {{ type = \"{stream}\", pattern = '{pattern}' }}\n{more}"


def multiaddr(stream="stdout", more=""):
    return f'[readiness]\nprobe = {{ type = "{stream}", match = "multiaddr"{more} }}\n'


def prints(start, text, config, stream=1):
    """A service that prints the bytes and goes on."""
    run = start("--", "bash", "-c", f'printf "%b" "$1" >&{stream}; exec sleep 1000', "bash", text,
                config=config)
    return run


def ready_value(run):
    value = run.wait_event("ready")["value"]
    assert run.stop() == 143
    assert run.report["ready"] is True
    assert len(run.events("ready")) == 1
    return value


def test_a_line_may_have_to_come_more_than_once(anywhere):
    config = line("^up (.)", more="").replace("'^up (.)'", "'^up (.)', count = 2, stream = 'both'")
    run = anywhere("--", "sh", "-c", "echo up 1; echo down; read wait; echo up 2 >&2; exec sleep 1000", config=config,
                   stdin=subprocess.PIPE)
    run.out.wait_text("down")
    assert not run.events("ready")
    run.stdin.write(b"\n")
    run.stdin.flush()
    assert ready_value(run) == "2"


class TestPatterns:
    @pytest.mark.parametrize("text, value", [
        ("listening on port 4001\\n", "port 4001"),
        ("noise\\nlistening on port 4001\\r\\n", "port 4001"),
        ("\\033[32mlistening\\033[0m on \\033[1mport 4001\\033[0m\\n", "port 4001"),
        ("\\000\\377\\376 port 7\\n", "port 7"),
        ("port 1\\nport 2\\nport 3\\n", "port 1"),
    ], ids=["plain", "crlf", "coloured", "binary", "twice"])
    def test_a_line_is_found(self, anywhere, text, value):
        assert value in ready_value(prints(anywhere, text, line("port [0-9]+")))

    def test_it_is_looked_for_on_the_stream_that_was_named(self, usher):
        run = usher(*sh("echo port 1; echo port 2 >&2; exec sleep 1000"), config=line("port [0-9]", "stderr"))
        assert "port 2" in ready_value(run)

    def test_a_line_may_come_in_any_number_of_writes(self, anywhere):
        script = "import sys,time\nfor c in 'port 40':\n sys.stdout.write(c); sys.stdout.flush()\n" \
                 "print(); sys.stdout.flush(); time.sleep(1000)"
        run = anywhere("--", "python3", "-c", script, config=line("^port 40$"))
        assert "port 40" in ready_value(run)

    def test_a_last_line_without_its_end_counts(self, usher):
        run = usher("--", "printf", "port 4", config=line("^port 4$"))
        assert run.wait() == 0
        assert run.report["ready"] is True

    def test_what_was_printed_before_a_quick_end_counts(self, anywhere):
        run = anywhere(*sh("echo ready; exit 3"), config=line("^ready$"))
        assert run.wait() == 3
        assert run.report["ready"] is True
        assert run.report["attempts"] == 1

    @pytest.mark.parametrize("left", ["", "sleep 1000 & "], ids=["closed", "held"])
    @pytest.mark.parametrize("before", [0, 200_000])
    def test_the_last_line_counts_however_soon_the_end_follows(self, usher, left, before):
        """The end waits for the tap, and is told by it; a process that still has the pipe is none to wait for."""
        config = line("^ready$", more='[exit]\nresult = "^ready$"\non_stop = "zero_if_result"\n')
        for _ in range(10):
            run = usher(*sh(f"{left}head -c {before} /dev/zero; echo; echo ready; exec false"), config=config)
            assert run.wait() == 1
            assert run.out.bytes() == bytes(before) + b"\nready\n"
            assert (run.report["ready"], run.report["attempts"]) == (True, 1)
            told = [e["event"] for e in run.events()]
            assert told.index("ready") < told.index("service_exited")

    def test_each_attempt_is_heard_to_its_end_though_its_pipe_is_held(self, usher, tmp_path):
        script = f"sleep 1000 & [ ! -e {tmp_path}/again ] || echo ready; touch {tmp_path}/again; exec true"
        config = line("^ready$", more='[startup]\nretries = 3\nbackoff = { initial = "1ms" }\n')
        run = usher(*sh(script), config=config)
        assert run.wait() == 0
        assert run.report["attempts"] == 2

    def test_a_line_beyond_64_kib_does_no_harm(self, usher):
        run = usher(*sh("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo ready; exec sleep 1000"),
                    config=line("^ready$"))
        assert ready_value(run) == "ready"

    def test_all_conditions_have_to_hold(self, usher):
        config = "[readiness]\nprobe = [{ type = \"stdout\", pattern = 'one' }, " \
                 "{ type = \"stderr\", pattern = 'two' }]\n"
        run = usher(*sh("echo one; read line; echo two >&2; exec sleep 1000"), config=config,
                    stdin=subprocess.PIPE)
        run.out.wait_text("one\n")
        assert not run.events("ready")
        run.stdin.write(b"\n")
        run.stdin.flush()
        run.wait_event("ready")
        assert run.stop() == 143


class TestMultiaddrs:
    @pytest.mark.parametrize("text, value", [
        (f"/ip4/172.18.0.3/tcp/41837/p2p/{ID}", None),
        (f"Server listening on: /ip4/10.16.0.3/udp/4001/quic-v1/p2p/{ID}",
         f"/ip4/10.16.0.3/udp/4001/quic-v1/p2p/{ID}"),
        ("2026/01/02 My multiaddr is:  [/ip4/127.0.0.1/tcp/4001 /ip4/172.18.0.3/tcp/4001]",
         "/ip4/172.18.0.3/tcp/4001"),
        (f"  '/ip4/172.18.0.3/tcp/39321/ws/p2p/{ID}',", f"/ip4/172.18.0.3/tcp/39321/ws/p2p/{ID}"),
        ('listening for incoming connections on: "/ip4/10.0.0.1/udp/9/quic-v1".',
         "/ip4/10.0.0.1/udp/9/quic-v1"),
        ("\\033[1m/dns4/node.example/tcp/443/wss\\033[0m", "/dns4/node.example/tcp/443/wss"),
        ("/ip6/fd00::3/tcp/4001", None),
    ], ids=["plain", "in a sentence", "go slice", "js array", "quoted", "coloured", "ip6"])
    @pytest.mark.parametrize("stream", ["stdout", "stderr"])
    def test_one_is_found_wherever_it_stands(self, usher, text, value, stream):
        run = prints(usher, text + "\\n", multiaddr(stream), {"stdout": 1, "stderr": 2}[stream])
        assert ready_value(run) == (value or text)

    @pytest.mark.parametrize("text", [
        "Will listen on: /ip4/0.0.0.0/tcp/0", "address=/ip4/10.0.0.1/tcp/0", "/ip4/0.0.0.0/tcp/4001",
        "/ip6/::/tcp/4001", "/ip4/127.0.0.1/tcp/4001", "/ip6/::1/udp/1/quic-v1", "/ip4/300.0.0.1/tcp/1",
        "GET /ip4/tcp/1", "/usr/lib/ip4/10.0.0.1",
    ])
    def test_one_that_nobody_could_dial_does_not_mean_ready(self, usher, text):
        run = prints(usher, text + "\\nover\\n", multiaddr())
        run.out.wait_text("over\n")
        assert run.stop() == 143
        assert run.report["ready"] is False

    def test_the_log_says_why_the_one_that_was_printed_does_not_count(self, usher):
        def attempt(limit):
            run = prints(usher, "/ip4/0.0.0.0/tcp/4001\\nserving\\n", multiaddr() + f'timeout = "{limit}"\n'
                         "[startup]\nretries = 1\n")
            assert run.wait() == 93
            return "serving\n" in run.out.text() and run.events("not_ready")[0]

        missing = with_time_enough(attempt)
        assert '"/ip4/0.0.0.0/tcp/4001" does not count' in missing["message"]
        assert "readiness.timeout" in missing["message"]
        assert missing["last_line"] == "serving"

    def test_loopback_counts_where_it_is_allowed(self, usher):
        run = prints(usher, "/ip4/127.0.0.1/tcp/4001\\n", multiaddr(more=", allow_loopback = true"))
        assert ready_value(run) == "/ip4/127.0.0.1/tcp/4001"


class TestSignalHandlers:
    CONFIG = '[readiness]\nrequire_signal_handlers = ["SIGTERM"]\n'

    def test_ready_means_that_they_are_there(self, anywhere):
        run = anywhere("--", "bash", "-c", "read line; trap 'exit 5' TERM; while :; do sleep 0.01; done",
                       config=self.CONFIG, stdin=subprocess.PIPE)
        assert not run.events("ready")
        run.stdin.write(b"\n")
        run.stdin.flush()
        run.wait_event("ready")
        assert run.stop() == 5

    def test_the_limit_names_what_was_missing(self, usher):
        run = usher("--", "sleep", "1000", config=self.CONFIG + 'timeout = "200ms"\n[startup]\nretries = 1\n')
        assert run.wait() == 93
        assert "require_signal_handlers" in run.events("not_ready")[0]["message"]


class TestAttempts:
    BACKOFF = '[startup]\nretries = 3\nbackoff = { initial = "10ms", max = "20ms" }\n'

    def test_a_service_that_comes_up_in_the_end_is_ready(self, anywhere, tmp_path):
        count = tmp_path / "count"
        script = f"echo x >> {count}; test $(wc -l < {count}) -lt 3 && exit 1; echo ready; exec sleep 1000"
        run = anywhere(*sh(script), config=line("ready", more=self.BACKOFF))
        run.wait_event("ready")
        assert run.stop() == 143
        assert run.report["attempts"] == 3

    def test_there_are_no_more_than_were_wanted(self, anywhere):
        run = anywhere(*sh("echo attempt; exit 1"), config=line("ready", more=self.BACKOFF))
        assert run.wait() == 1
        assert run.out.text() == "attempt\n" * 3
        assert run.report["attempts"] == 3
        assert len(run.events("backoff")) == 2

    def test_one_that_is_not_ready_in_time_is_stopped_before_the_next(self, anywhere):
        def attempt(limit):
            more = f'timeout = "{limit}"\n' + self.BACKOFF.replace("3", "2")
            run = anywhere(*sh(f"{helper('drainer')} 100 & wait"), config=line("ready", more=more))
            assert run.wait() == 93
            return run.out.text().count("up\n") == 2 and run

        run = with_time_enough(attempt)
        assert run.out.text() == "up\ndraining\ndrained\n" * 2

    def test_none_follows_a_stop(self, anywhere):
        run = anywhere(*sh("trap 'exit 1' TERM; echo up; while :; do sleep 0.01; done"),
                       config=line("ready", more=self.BACKOFF))
        run.out.wait_text("up\n")
        assert run.stop() == 1
        assert run.report["attempts"] == 1


    @pytest.mark.parametrize("code, more, attempts", [
        (78, "", 1), (2, "", 1), (2, "final_exit_codes = []\n", 2), (9, "final_exit_codes = [9]\n", 1)])
    def test_none_follows_an_end_that_says_it_is_final(self, usher, code, more, attempts):
        config = line("up", more=f'[startup]\nretries = 2\nbackoff = {{ initial = "10ms" }}\n{more}')
        run = usher(*sh(f"exit {code}"), config=config)
        assert run.wait() == code
        assert run.report["attempts"] == attempts


def test_when_one_condition_holds_the_others_are_asked_at_once(usher, tmp_path):
    flag, runs = tmp_path / "flag", tmp_path / "runs"
    config = f"""[readiness]
interval = "1h"
probe = [
  {{ type = "stdout", pattern = "up" }},
  {{ type = "exec", command = ["sh", "-c", "echo >> {runs}; test -e {flag}"] }},
]
"""

    def attempt(asked, pause):
        for old in (flag, runs, tmp_path / "gate"):
            old.unlink(missing_ok=True)
        os.mkfifo(tmp_path / "gate")
        run = usher(*sh(f"read go < {tmp_path}/gate; echo > {flag}; echo up; exec sleep 1000"), config=config)
        until(lambda: runs.exists() and len(runs.read_text()) >= asked)
        begin = time.monotonic()
        (tmp_path / "gate").write_text("go\n")
        run.wait_event("ready")
        quick = time.monotonic() - begin < pause / 2
        assert run.stop() == 143
        return quick

    # After so many runs the next one would come only after that pause.
    assert any(attempt(asked, pause) for asked, pause in ((6, 1.6), (8, 6.4), (10, 25.6)))


def test_a_start_that_takes_its_time_says_what_is_missing(usher, tmp_path):
    config = line("up", more=f"""[startup]
progress = "20ms"
[log]
health = "20ms"
[[dependency]]
name = "flag"
probe = {{ type = "file", path = "{tmp_path}/flag" }}
""")
    os.mkfifo(tmp_path / "gate")
    run = usher(*sh(f"read go < {tmp_path}/gate; echo up; exec sleep 1000"), config=config)
    told = run.wait_event("progress")
    assert told["state"] == "waiting" and told["missing"].startswith("flag: ")
    (tmp_path / "flag").touch()
    run.wait_event("spawned")
    until(lambda: run.events("progress")[-1]["state"] == "starting")
    assert "readiness.probe" in run.events("progress")[-1]["missing"]
    (tmp_path / "gate").write_text("go\n")
    told = run.wait_event("health", 3)
    assert (told["level"], told["health"], told["state"], told["reason"]) == ("info", "healthy", "ready", "ready")
    assert run.stop() == 143


def test_a_lifetime_that_ends_a_start_says_what_was_missing(usher):
    run = usher(*sh("exec sleep 1000"), config=line("up", more='[lifecycle]\ntimeout = "300ms"\n'))
    assert run.wait() == 96
    message = run.events("stopping")[0]["message"]
    assert "lifecycle.timeout is 300ms" in message and "readiness.probe" in message


class TestRestarts:
    CONFIG = '[startup]\nbackoff = { initial = "10ms", max = "10ms" }\n[restart]\nmax = 2\npolicy = '

    @pytest.mark.parametrize("policy, code, lives", [
        ("never", 3, 1), ("on-failure", 0, 1), ("on-failure", 3, 3), ("always", 0, 3)])
    def test_follow_the_policy_up_to_the_maximum(self, anywhere, policy, code, lives):
        run = anywhere(*sh(f"echo life; exit {code}"), config=self.CONFIG + f'"{policy}"\n')
        assert run.wait() == code
        assert run.out.text() == "life\n" * lives
        assert run.report["restarts"] == lives - 1

    def test_begin_anew_once_it_was_stable(self, usher):
        config = self.CONFIG + '"always"\nstable_after = "1ms"\n'
        run = usher(*sh("echo life; sleep 0.05"), config=config)
        run.out.wait_text("life\n", times=6)
        run.stop()
        assert run.report["restarts"] >= 5


def test_the_lifetime_counts_over_all_attempts(usher):
    def attempt(limit):
        config = line("ready", more='[startup]\nretries = 1000\nbackoff = { initial = "20ms", max = "20ms" }\n'
                                    f'[lifecycle]\ntimeout = "{limit}"\n')
        run = usher("--", "false", config=config)
        assert run.wait() == 96
        return run.report["attempts"] > 1

    with_time_enough(attempt)
