"""usher under the names tini and docker-init: their command line, environment, words and codes."""

import os
import shutil
import signal
import subprocess

import pytest

from harness import USHER, descendants, helper, status
from peers import (FORWARDED, OUTSIDE, answer, got, inherit, parent_of_an_orphan, peer, send_each, sh,
                   wait_until)

WARNING = "Tini is not running as PID 1 and isn't registered as a child subreaper."

tini = peer("tini")


def test_every_exit_code_comes_through(tini):
    runs = [tini(*sh(f"exit {code}")) for code in range(256)]
    assert [run.wait() for run in runs] == list(range(256))


def test_every_exit_code_can_be_made_0_and_only_that_one_is(tini):
    runs = [tini("-e", str(code), *sh(f"exit {code}")) for code in range(256)]
    assert [run.wait() for run in runs] == [0] * 256
    assert tini("-e", "3", "-e4", *sh("exit 5")).wait() == 5
    assert tini("-e", "3", "-e4", *sh("exit 4")).wait() == 0


@pytest.mark.parametrize("name", ["TERM", "USR1", "USR2", "SEGV", "ABRT"])
def test_a_death_by_a_signal_is_128_and_its_number_and_can_be_made_0(tini, name):
    code = 128 + signal.Signals["SIG" + name]
    assert tini(*sh(f"kill -{name} $$")).wait() == code
    assert tini("-e", str(code), *sh(f"kill -{name} $$")).wait() == 0


@pytest.mark.parametrize("args, text", [
    (["-z"], "invalid option"),
    ([], "Usage: tini"),
    (["-s"], "Usage: tini"),
    (["-p"], "requires an argument"),
    (["-p", "SIGFOO", "true"], "Not a valid option for -p: SIGFOO"),
    (["-e", "256", "true"], "Not a valid option for -e: 256"),
    (["-e", "-1", "true"], "Not a valid option for -e: -1"),
    (["-e", "x", "true"], "Not a valid option for -e: x"),
    (["--version", "true"], "Usage: tini"),
])
def test_a_bad_command_line_is_1_and_starts_nothing(tini, args, text):
    run = tini(*args)
    assert run.wait() == 1
    assert text in run.err.text()
    assert run.out.text() == ""


@pytest.mark.parametrize("program, code, why", [
    ("zzzz", 127, "No such file or directory"),
    ("--", 127, "No such file or directory"),
    ("", 127, "No such file or directory"),
    ("/etc/passwd", 126, "Permission denied"),
    ("/", 126, "Permission denied"),
    ("/etc/passwd/x", 127, "Not a directory"),
])
def test_what_cannot_be_executed_is_said_with_its_name(tini, program, code, why):
    run = tini("--", program)
    assert run.wait() == code
    assert f"[FATAL tini (1)] exec {program} failed: {why}\n" in run.err.text()


def test_any_other_reason_is_126_too(tini, tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    run = tini("--", str(loop))
    assert run.wait() == 126
    assert run.err.text() == f"[FATAL tini (1)] exec {loop} failed: Too many levels of symbolic links\n"


def test_the_code_for_it_can_be_made_0_like_any_other(tini):
    assert tini("-e", "127", "--", "zzzz").wait() == 0
    assert tini("-e", "126", "--", "/etc/passwd").wait() == 0
    assert tini("-e", "126", "--", "zzzz").wait() == 127


def test_help_and_license_go_to_stdout(tini):
    for option, text in [("-h", "Usage: tini"), ("-l", "MIT")]:
        run = tini(option)
        assert run.wait() == 0
        assert text in run.out.text()


def test_the_version_line_is_what_docker_info_reads(tini):
    run = tini("--version")
    assert run.wait() == 0
    version, _, commit = run.out.text().strip().partition(" - ")  # as dockerd takes it apart
    assert version.startswith("tini version 0.19.0")
    assert len(commit.split(".")) == 2 and commit.startswith("git.")


@pytest.mark.parametrize("args, printed", [
    (["--", "echo", "--", "a"], "-- a\n"),
    (["echo", "--", "a"], "a\n"),        # "PROGRAM -- ARGS", as tini's usage says
    (["echo", "-n", "a"], "a"),          # options of the program's own
    (["-sg", "--", "echo", "-s"], "-s\n"),
])
def test_words_go_to_whom_they_are_for(tini, args, printed):
    run = tini(*args)
    assert run.wait() == 0
    assert run.out.text() == printed


@pytest.mark.parametrize("name", ["-h", "-s", "-x", "--version", "tini"])
def test_a_program_may_have_any_name(tini, tmp_path, name):
    program = tmp_path / "programs" / name
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 42\n")
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    assert tini("--", name, env={"PATH": path}).wait() == 42


def test_a_script_without_a_first_line_is_run_by_the_shell_with_its_arguments(tini, tmp_path):
    script = tmp_path / "script"
    script.write_text('echo "$1 of $0"\n')
    script.chmod(0o755)
    run = tini("--", str(script), "argument")
    assert run.wait() == 0
    assert run.out.text() == f"argument of {script}\n"


class TestSignals:
    @pytest.mark.parametrize("options", [[], ["-g"]])
    def test_each_is_forwarded_once(self, tini, options):
        run = tini(*options, "--", helper("signal_log"), "9")
        send_each(run, FORWARDED)
        run.send(signal.SIGKILL)
        run.wait()
        assert run.out.text() == got(FORWARDED)

    def test_a_service_that_ignores_sigterm_is_not_killed_for_it(self, tini):
        run = tini("--", helper("signal_log"), "9")
        run.out.wait_text("up\n")
        run.send(signal.SIGTERM)
        run.out.wait_text("got 15\n")
        run.send(signal.SIGTERM)
        run.out.wait_text("got 15\n", times=2)

    @pytest.mark.parametrize("args, env", [(["-g"], {}), ([], {"TINI_KILL_PROCESS_GROUP": ""})])
    def test_the_group_gets_them_where_asked_for(self, tini, args, env):
        script = f"trap '' USR1; (trap - USR1; exec {helper('signal_log')} 9) & wait"
        run = tini(*args, *sh(script), env=env)
        run.out.wait_text("up\n")
        run.send(signal.SIGUSR1)
        run.out.wait_text("got 10\n")

    def test_the_program_alone_gets_them_otherwise(self, tini):
        script = f"trap 'echo mine; kill -TERM $!' USR1; {helper('signal_log')} & wait; wait"
        run = tini(*sh(script))
        run.out.wait_text("up\n")
        run.send(signal.SIGUSR1)
        run.wait()
        assert run.out.text() == "up\nmine\ngot 15\n"

    def test_the_parents_death_is_told_by_the_signal_of_the_p_option(self, tini, usher):
        script = f"exec 3<&0; {tini.path} -s -p SIGTERM -- {helper('signal_log')} & read line <&3"
        run = usher("-c", script, program=["sh"], stdin=subprocess.PIPE, **OUTSIDE)
        run.out.wait_text("up\n")
        answer(run)
        run.out.wait_text("got 15\n")


def test_the_mask_and_what_is_ignored_reach_the_service_unchanged(tini):
    (blocked, ignored), (blocked_before, ignored_before) = inherit(tini, "-s")
    assert blocked == blocked_before
    assert ignored & ignored_before == ignored_before


# exec: a dash that ends by itself may have reaped the child before, and leaves none.
ORPHANS = "for i in $(seq 20); do sh -c 'sleep 0 & exec true'; done; "


class TestReaping:
    @pytest.mark.parametrize("args, options", [([], {}), (["-s"], OUTSIDE)])
    def test_orphans_are_reaped_and_told_of(self, tini, args, options):
        run = tini(*args, "-w", *sh(ORPHANS + "read line"), stdin=subprocess.PIPE, **options)
        run.err.wait_text("Reaped zombie process with pid=", times=20)
        zombies = [p for p in descendants(run.pid) if status(p, "State").startswith("Z")]
        assert zombies == []
        answer(run)
        assert run.wait() == 0

    def test_they_are_not_told_of_without_w(self, tini):
        run = tini(*sh(ORPHANS + "exit 0"))
        assert run.wait() == 0
        assert run.err.text() == ""

    @pytest.mark.parametrize("args, env, warned", [
        ([], {}, True),
        (["-s"], {}, False),
        ([], {"TINI_SUBREAPER": ""}, False),
        ([], {"TINI_VERBOSITY": "0"}, False),
    ])
    def test_where_it_cannot_be_done_the_warning_says_so(self, tini, args, env, warned):
        run = tini(*args, *sh("exit 0"), env=env, **OUTSIDE)
        assert run.wait() == 0
        assert (WARNING in run.err.text()) is warned
        assert ("use the -s option" in run.err.text()) is warned

    @pytest.mark.parametrize("options, env, ours", [
        ([], {}, False), (["-s"], {}, True), ([], {"TINI_SUBREAPER": ""}, True)])
    def test_orphans_come_to_a_subreaper_only(self, tini, options, env, ours):
        parent, init = parent_of_an_orphan(lambda *args, **more: tini(*args, env=env, **more), *options)
        assert (parent == init) is ours

    def test_as_pid_1_there_is_nothing_to_warn_of(self, tini):
        run = tini(*sh("exit 0"))
        assert run.wait() == 0
        assert run.err.text() == ""


class TestWhatTheServiceLeaves:
    def test_gets_its_time_to_end_as_pid_1(self, tini):
        left = "trap 'echo done; exit' TERM; echo up; while :; do sleep 0.01; done"

        def attempt():
            run = tini(*sh(f"( {left} ) & read line; exit 3"), stdin=subprocess.PIPE)
            run.out.wait_text("up\n")
            answer(run)
            assert run.wait() == 3
            return run.out.text() == "up\ndone\n"

        assert any(attempt() for _ in range(5))  # its two seconds may be too few on a busy machine

    def test_holds_up_the_end_for_a_short_while_only(self, tini):
        run = tini(*sh("(trap '' TERM; echo up; exec sleep 1000) & exit 3"))
        assert run.wait() == 3

    def test_goes_on_where_we_are_not_pid_1(self, tini):
        run = tini("-s", *sh(f"{helper('signal_log')} 9 & read line; echo $!"),
                   stdin=subprocess.PIPE, **OUTSIDE)
        run.out.wait_text("up\n")
        answer(run)
        left = int(run.out.wait_match(r"(?m)^(\d+)$").group(1))
        assert run.wait_exit() == 0
        assert status(left, "State")[0] in "SR"
        os.kill(left, signal.SIGKILL)


class TestOutput:
    def test_more_is_said_on_stderr_and_nothing_on_stdout(self, tini):
        run = tini("-vvv", *sh("exit 7"))
        assert run.wait() == 7
        assert run.out.text() == ""
        lines = run.err.text().splitlines()
        assert lines[0].startswith("[INFO  tini (1)] Spawned child process 'sh' with pid '")
        assert "[DEBUG tini (1)] Received SIGCHLD" in lines
        assert lines[-1] == "[INFO  tini (1)] Main child exited normally (with status '7')"

    def test_how_it_died_is_said_in_words(self, tini):
        run = tini("-v", *sh("kill -TERM $$"))
        assert run.wait() == 143
        assert "Main child exited with signal (with signal 'Terminated')" in run.err.text()

    def test_ushers_own_environment_changes_nothing(self, tini, tmp_path):
        wrong = {"USHER_CONFIG": "/no/such", "LIFECYCLE_TIMEOUT": "1ms", "USHER_LOG_LEVEL": "debug"}
        run = tini(*sh("sleep 0.1; exit 5"), env=wrong)
        assert run.wait() == 5
        assert run.err.text() == ""

    def test_the_directory_that_it_was_started_in_is_not_kept(self, tini, tmp_path):
        run = tini(*sh("pwd; read line"), stdin=subprocess.PIPE, cwd=tmp_path)
        run.out.wait_text(f"{tmp_path}\n")
        wait_until(lambda: os.readlink(f"/proc/{run.pid}/cwd") == "/", run)


@pytest.mark.parametrize("name", ["tini", "tini-static", "docker-init"])
@pytest.mark.parametrize("make", [os.symlink, os.link, shutil.copy], ids=["symlink", "link", "copy"])
def test_a_link_or_a_copy_under_each_name_does(usher, tmp_path, name, make):
    binary = tmp_path / "usher"
    shutil.copy(USHER, binary)
    make(binary, tmp_path / name)
    run = usher("-e", "3", *sh("exit 3"), program=[str(tmp_path / name)])
    assert run.wait() == 0


class TestTerminal:
    def test_ctrl_c_ends_the_service(self, tini):
        run = tini.on_terminal(*sh("echo up; exec sleep 1000"))
        run.out.wait_text("up")
        run.type(b"\x03")
        assert run.wait() == 130

    def test_a_shell_has_job_control(self, tini):
        run = tini.on_terminal("--", "bash", "--norc", "-i")
        run.type(b"echo flags=$-\n")
        flags = run.out.wait_match(r"flags=([a-zA-Z]+)\r").group(1)
        assert "m" in flags
        run.type(b"exit 7\n")
        assert run.wait() == 7
        assert "no job control" not in run.out.text()
