"""Exit codes: the service's own, and those of usher (the table of the README)."""

import json
import os
import pathlib
import resource
import signal
import subprocess

import pytest

from harness import SANITIZED, helper, with_time_enough

READY = '[readiness]\nprobe = { type = "stdout", pattern = "^ready$" }\n'
ONE_ATTEMPT = READY + "[startup]\nretries = 1\n"


def sh(script):
    return ("--", "sh", "-c", script)


@pytest.mark.parametrize("code", [0, 1, 2, 32, 64, 90, 97, 99, 126, 127, 128, 137, 254, 255])
def test_the_exit_code_of_the_service_is_ushers(anywhere, code):
    run = anywhere(*sh(f"exit {code}"))
    assert run.wait() == code
    assert run.report["reason"] == "exited"
    assert run.report["service_code"] == code


def test_every_exit_code_comes_through(usher):
    runs = [usher(*sh(f"exit {code}")) for code in range(256)]
    assert [run.wait() for run in runs] == list(range(256))


@pytest.mark.parametrize("name", ["TERM", "HUP", "QUIT", "INT", "KILL", "SEGV", "ABRT", "USR1", "PIPE"])
def test_a_death_by_a_signal_is_128_and_its_number(anywhere, name):
    run = anywhere(*sh(f"kill -{name} $$"))
    assert run.wait() == 128 + signal.Signals[f"SIG{name}"]
    assert run.report["reason"] == "signaled"
    assert run.report["signal"] == f"SIG{name}"


def test_a_death_by_a_real_time_signal_is_128_and_its_number(usher):
    run = usher(helper("raise"), "64")
    assert run.wait() == 128 + 64
    assert run.report["signal"] in ("SIGRTMAX", "SIGRTMIN+30")


def test_an_end_of_143_that_nobody_asked_for_stays_143(usher):
    run = usher(*sh("kill -TERM $$"), config='[exit]\non_stop = "zero_if_ready"\n')
    assert run.wait() == 143


@pytest.mark.parametrize("args, text", [
    (["--no-such-option"], "unknown option --no-such-option"),
    (["-c"], "option -c needs a value"),
    (["--shutdown.timeout"], "option --shutdown.timeout needs a value"),
])
def test_a_bad_command_line_is_90(anywhere, args, text):
    run = anywhere(*args)
    assert run.wait() == 90
    assert text in run.err.text()
    assert run.out.text() == ""


@pytest.mark.parametrize("config, text", [
    ("[shutdown]\ntimeot = 3\n", "service.toml:2:1: shutdown.timeot: "),
    ('[shutdown]\ntimeout = "-3s"\n', "service.toml:2:11: shutdown.timeout: "),
    ("[shutdown\n", "service.toml:1:"),
])
def test_a_wrong_configuration_is_91_and_nothing_is_started(anywhere, config, text):
    run = anywhere(*sh("echo started"), config=config)
    assert run.wait() == 91
    assert text in run.err.text()
    assert run.out.text() == ""
    assert run.report["reason"] == "config"
    assert run.report["exit_code"] == 91
    assert run.report["attempts"] == 0


def test_what_is_right_of_a_wrong_configuration_says_where_the_report_goes(usher, tmp_path):
    file, message = tmp_path / "report.json", tmp_path / "termination-log"
    message.write_text("")
    run = usher(*sh("echo started"), config='[service]\nname = "echo"\nnam = "echo"\n'
                f'[report]\nfile = "{file}"\ntermination_file = "{message}"\n[log]\nprefix = "usher: "\n')
    assert run.wait() == 91
    report = json.loads(file.read_text())
    assert (report["service"], report["reason"]) == ("echo", "config")
    assert run.err.text().splitlines()[-1].startswith('usher: {"ts":')
    assert message.read_text() == ""  # Kubernetes shows the mistakes instead, from the log


def test_a_variable_that_means_nothing_is_a_line_of_the_log(usher):
    run = usher("--", "true", env={"USHER_SHUTDWN_TIMEOUT": "3s"})
    assert run.wait() == 0
    assert run.events("config")[0]["message"].endswith("did you mean USHER_SHUTDOWN_TIMEOUT?")
    assert all(line.startswith('{"ts":') for line in run.err.text().splitlines())


@pytest.mark.parametrize("args, env", [((), {}), (("--",), {}), (("run",), {}), (("--log.level", "warn"), {}),
                                       ((), {"SHUTDOWN_TIMEOUT": "5"})])
def test_neither_a_command_nor_a_configuration_is_a_bad_command_line(anywhere, args, env):
    run = anywhere(*args, env=env)
    assert run.wait() == 90
    assert "no command to run" in run.err.text()
    assert len(run.err.text().splitlines()) == 1


@pytest.mark.parametrize("args, config, env", [
    ((), "[log]\nlevel = \"warn\"\n", {}), (("--shutdown.timeout", "soon"), None, {}),
    ((), None, {"SHUTDOWN_TIMEOUT": "soon"}), (("--service.command", "7"), None, {})])
def test_a_configuration_without_a_command_or_with_more_than_that_wrong_is_91(usher, args, config, env):
    run = usher(*args, config=config, env=env)
    assert run.wait() == 91


def test_never_ready_is_93_and_the_log_names_the_setting_and_the_last_line(anywhere):
    def attempt(limit):
        run = anywhere(*sh("echo almost; exec sleep 1000"), config=ONE_ATTEMPT,
                       env={"USHER_READINESS_TIMEOUT": limit})
        assert run.wait() == 93
        return run.out.text() == "almost\n" and run

    run = with_time_enough(attempt)
    assert run.report["reason"] == "not_ready"
    line = run.events("not_ready")[0]
    assert "readiness.timeout" in line["message"]
    assert line["last_line"] == "almost"


def test_an_end_with_0_before_ready_is_94(anywhere):
    run = anywhere(*sh("exit 0"), config=ONE_ATTEMPT)
    assert run.wait() == 94
    assert run.report["reason"] == "ended_before_ready"


def test_a_job_that_ends_with_0_before_ready_is_0(usher):
    run = usher(*sh("exit 0"), config=ONE_ATTEMPT + '[service]\ntype = "job"\n')
    assert run.wait() == 0
    assert run.report["ready"] is True


def test_a_failed_last_attempt_keeps_its_own_code(usher):
    run = usher(*sh("exit 7"), config=ONE_ATTEMPT)
    assert run.wait() == 7
    assert run.report["reason"] == "ended_before_ready"


def test_a_life_beyond_its_limit_is_96(anywhere):
    run = anywhere(*sh("exec sleep 1000"), env={"LIFECYCLE_TIMEOUT": "200ms"})
    assert run.wait() == 96
    assert run.report["reason"] == "lifetime"
    assert run.report["signal"] == "SIGTERM"


def test_a_failed_pre_start_hook_is_98_and_nothing_is_started(anywhere):
    run = anywhere(*sh("echo started"), config='[hooks]\npre_start = [["false"]]\n')
    assert run.wait() == 98
    assert run.report["reason"] == "hook_failed"
    assert run.out.text() == ""


def test_too_few_processes_is_97(usher):
    limit = ["prlimit", "--nproc=1", "setpriv", "--reuid=4711", "--clear-groups"]
    run = usher(*sh("exit 0"), program=[*limit, os.environ["USHER"]],
                env={"ASAN_OPTIONS": "detect_leaks=0"})  # that would need a process of its own
    assert run.wait() == 97
    assert run.report["reason"] == "system"
    assert "cannot start a process" in run.events("spawn_failed")[0]["message"]


def test_too_few_descriptors_is_97_and_nothing_stays_behind(anywhere):
    run = anywhere("--", "sleep", "1000", program=["prlimit", "--nofile=9", os.environ["USHER"]])
    assert run.wait() == 97  # stderr has come to its end: the service is gone
    assert run.report["reason"] == "system"
    assert run.report["exit_code"] == 97
    assert "too few descriptors" in run.events("system")[0]["message"]


@pytest.mark.skipif(SANITIZED, reason="the sanitizers need more memory than is left")
def test_no_memory_left_is_99_as_pid_1_too(anywhere, tmp_path):
    """What nobody catches would be abort() otherwise, which PID 1 does not survive as 134."""
    file = tmp_path / "large.env"
    file.write_text("A=1\n")
    run = anywhere(*sh("echo up; read line"), stdin=subprocess.PIPE, config=f'''
[service]
environment_files = ["{file}"]
[restart]
policy = "always"
[startup.backoff]
initial = "1ms"
''')
    run.out.wait_text("up\n")
    file.write_text(f"A={'x' * 900_000}\n")
    resource.prlimit(run.pid, resource.RLIMIT_AS, (1, 1))
    run.stdin.close()
    assert run.wait() == 99
    assert run.out.text() == "up\n"


class TestWhatCannotBeExecuted:
    @pytest.fixture
    def file(self, tmp_path):
        def write(content, mode=0o755):
            path = tmp_path / "program"
            path.write_bytes(content)
            path.chmod(mode)
            return str(path)
        return write

    def fails(self, run, code, hint):
        assert run.wait() == code
        assert run.report["reason"] == "exec_failed"
        assert hint in run.events("spawn_failed")[0]["message"]
        assert not run.events("draining")  # nothing has been started that could be left

    def test_a_missing_program_is_127(self, anywhere):
        self.fails(anywhere("--", "/no/such/program"), 127, "No such file or directory")

    def test_a_program_missing_in_path_is_127(self, anywhere):
        self.fails(anywhere("--", "no-such-program"), 127, "in no directory of PATH")

    def test_a_command_line_in_one_word_is_127_and_what_is_wrong_is_said(self, anywhere):
        self.fails(anywhere("--", "sleep 1"), 127, "an argument is a word of its own")

    def test_a_file_without_execute_permission_is_126(self, usher, file):
        self.fails(usher("--", file(b"#!/bin/sh\n", 0o644)), 126, "no execute permission")

    def test_a_directory_is_126(self, usher, tmp_path):
        self.fails(usher("--", str(tmp_path)), 126, "is a directory")

    def test_a_script_without_a_first_line_is_126(self, usher, file):
        self.fails(usher("--", file(b"echo hi\n")), 126, "#!/bin/sh")

    def test_an_empty_file_is_126(self, usher, file):
        self.fails(usher("--", file(b"")), 126, "is empty")

    def test_a_script_without_its_interpreter_is_126_and_it_is_named(self, usher, file):
        self.fails(usher("--", file(b"#!/no/such/sh\n")), 126, "/no/such/sh, is not in this image")

    def test_a_script_with_dos_line_ends_is_126_and_told_so(self, usher, file):
        self.fails(usher("--", file(b"#!/bin/sh\r\necho hi\r\n")), 126, "CR LF")

    def test_a_program_without_its_loader_is_126_and_it_is_named(self, usher, file):
        true = pathlib.Path("/bin/true").resolve().read_bytes()
        loader = b"/lib64/ld-linux-x86-64.so.2"
        if loader not in true:
            pytest.skip("another architecture")
        foreign = true.replace(loader, b"/lib/ld-musl-none.so.1".ljust(len(loader), b"\0"))
        self.fails(usher("--", file(foreign)), 126, "Alpine")

    def test_a_workdir_that_is_not_there_is_126(self, usher):
        run = usher(*sh("exit 0"), config='[service]\nworkdir = "/no/such/dir"\n')
        self.fails(run, 126, "service.workdir")

    def test_a_failed_start_is_not_tried_again(self, usher):
        run = usher("--", "/no/such/program", config=READY)
        self.fails(run, 127, "No such file or directory")
        assert run.report["attempts"] == 1


class TestStops:
    def test_a_stop_while_no_service_runs_is_128_and_the_signal(self, anywhere):
        run = anywhere(*sh("echo started"), config='[hooks]\npre_start = [["sleep", "1000"]]\n'
                                                   '[log]\nlevel = "debug"\n')
        run.wait_event("hook_started")
        assert run.stop(signal.SIGINT) == 130
        assert run.report["reason"] == "stopped_before_start"
        assert run.out.text() == ""

    def test_a_kill_at_the_limit_is_137_and_the_report_says_so(self, anywhere):
        run = anywhere(*sh("trap '' TERM; echo up; while :; do sleep 1000; done"),
                       env={"SHUTDOWN_TIMEOUT": "200ms"})
        run.out.wait_text("up")
        assert run.stop() == 137
        assert run.report["reason"] == "killed"
        assert run.report["killed"] is True

    @pytest.mark.parametrize("on_stop, code", [("passthrough", 143), ("zero_if_ready", 0)])
    def test_on_stop_says_what_an_asked_for_stop_means(self, usher, on_stop, code):
        run = usher(*sh("echo up; exec sleep 1000"), config=f'[exit]\non_stop = "{on_stop}"\n')
        run.out.wait_text("up")
        assert run.stop() == code
        assert run.report["reason"] == "stopped"
        assert run.report["signal"] == "SIGTERM"

    def test_zero_if_ready_is_not_for_one_that_was_never_ready(self, usher):
        run = usher(*sh("echo up; exec sleep 1000"),
                    config=READY + '[exit]\non_stop = "zero_if_ready"\n')
        run.out.wait_text("up")
        assert run.stop() == 143

    @pytest.mark.parametrize("printed, code", [("result: 7", 0), ("nothing", 143)])
    def test_zero_if_result_wants_the_result_before_the_stop(self, usher, printed, code):
        config = '[exit]\non_stop = "zero_if_result"\nresult = "^result: [0-9]+$"\n'
        run = usher(*sh(f"echo '{printed}'; echo up; exec sleep 1000"), config=config)
        run.out.wait_text("up")
        assert run.stop() == code

    def test_zero_if_result_means_nothing_after_a_kill(self, usher):
        config = '[exit]\non_stop = "zero_if_result"\nresult = "^result$"\n[shutdown]\ntimeout = "200ms"\n'
        run = usher(*sh("trap '' TERM; echo result; echo up; while :; do sleep 1000; done"), config=config)
        run.out.wait_text("up")
        assert run.stop() == 137


@pytest.mark.parametrize("code, seen", [(143, 0), (3, 3), (5, 6)])
def test_remap_changes_the_listed_codes_and_no_other(usher, code, seen):
    run = usher(*sh(f"exit {code}"), config='[exit]\nremap = { "143" = 0, "5" = 6 }\n')
    assert run.wait() == seen
    assert run.report["service_code"] == code
    assert run.report["exit_code"] == seen


def test_remap_knows_a_death_by_a_signal_by_the_number_of_a_shell(usher):
    run = usher(*sh("kill -TERM $$"), config='[exit]\nremap = { "143" = 0 }\n')
    assert run.wait() == 0


class TestReport:
    def test_is_written_whole_beside_nothing(self, usher, tmp_path):
        file = tmp_path / "report.json"
        run = usher(*sh("exit 4"), config=f'[report]\nfile = "{file}"\n')
        assert run.wait() == 4
        report = json.loads(file.read_text())
        assert report == {key: value for key, value in run.report.items() if key not in ("ts", "level")}
        assert os.listdir(tmp_path) == ["report.json"]

    @pytest.mark.parametrize("closed", [False, True], ids=["mounted", "in a read-only directory"])
    def test_goes_into_a_file_that_cannot_be_replaced(self, usher, tmp_path, closed):
        outside, folder = tmp_path / "report.json", tmp_path / "run"
        outside.write_text("old, and longer than a report" + 2000 * ".")
        folder.mkdir()
        (folder / "report.json").touch()
        mounts = f"mount --bind {outside} {folder}/report.json && "
        if closed:
            mounts = f"mount --bind -o ro {folder} {folder} && {mounts}"
        inside = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL", "sh", "-c",
                  mounts + 'exec "$@"', "sh"]
        run = usher(*sh("exit 4"), config=f'[report]\nfile = "{folder}/report.json"\n', inside=inside)
        assert run.wait() == 4
        assert json.loads(outside.read_text())["exit_code"] == 4
        assert not run.events("report_failed")

    def test_goes_to_the_termination_message_within_4_kib(self, usher, tmp_path):
        file = tmp_path / "termination"
        file.write_text("old and longer " * 1000)
        inode = file.stat().st_ino
        value = "x" * 8000
        run = usher(*sh(f"echo ready {value}; exit 0"),
                    config=f'[report]\ntermination_file = "{file}"\n'
                           '[readiness]\nprobe = { type = "stdout", pattern = "^ready .*" }\n')
        assert run.wait() == 0
        assert file.stat().st_ino == inode
        assert file.stat().st_size <= 4096
        assert json.loads(file.read_text())["exit_code"] == 0

    def test_that_cannot_be_written_changes_no_exit_code(self, usher):
        run = usher(*sh("exit 4"), config='[report]\nfile = "/no/such/dir/report.json"\n')
        assert run.wait() == 4
        assert "No such file" in run.events("report_failed")[0]["message"]

    def test_counts_attempts_and_times(self, usher):
        run = usher(*sh("exit 1"), config=READY + '[startup]\nretries = 2\nbackoff = { initial = "20ms" }\n')
        assert run.wait() == 1
        report = run.report
        assert report["attempts"] == 2
        assert report["phases_ms"]["backoff"] >= 15
        assert report["peak"]["memory_bytes"] > 0
        starts = [one for one in report["timeline"] if one.get("state", one["phase"]) == "starting"]
        assert [one["service_code"] for one in starts] == [1, 1]
        assert starts[1]["at_ms"] >= starts[0]["at_ms"] + starts[0]["ms"] + 15

    def test_tells_what_was_waited_for_and_how_long(self, usher, tmp_path):
        there, absent = tmp_path / "there", tmp_path / "absent"
        there.write_text("")
        run = usher(*sh("exit 0"), config="".join(
            f'[[dependency]]\nname = "{path.name}"\nprobe = {{ type = "file", path = "{path}" }}\n'
            f'timeout = "{limit}"\n' for path, limit in ((there, "1h"), (absent, "300ms"))))
        assert run.wait() == 92
        found, missing = run.report["dependencies"]
        assert (found["name"], found["satisfied"]) == ("there", True)
        assert (missing["name"], missing["satisfied"]) == ("absent", False)
        assert missing["after_ms"] >= 300 and found["after_ms"] > 0
        assert missing["last_seen"]
        [wait] = [one for one in run.report["timeline"] if one["phase"] == "waiting"]
        assert wait["at_ms"] == 0 and wait["ms"] >= 300
