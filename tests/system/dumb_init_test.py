"""usher under the name dumb-init: its command line, environment, words and codes."""

import os
import re
import signal
import subprocess

import pytest

from harness import AS_PID_1, helper, status
from peers import (FORWARDED, OUTSIDE, answer, got, inherit, on_terminal, parent_of_an_orphan, peer,
                   send_each, sh, wait_until)

dumb_init = peer("dumb-init")

STOPS_OF_A_TERMINAL = [signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU]
# Those are turned into SIGSTOP, which nobody can print.
PRINTED = [n for n in FORWARDED if n not in STOPS_OF_A_TERMINAL]

modes = pytest.mark.parametrize("options, env", [
    ([], {}), (["-c"], {}), ([], {"DUMB_INIT_SETSID": "0"}), (["-v"], {}), ([], {"DUMB_INIT_DEBUG": "1"}),
], ids=["session", "c", "setsid=0", "v", "debug=1"])


@modes
@pytest.mark.parametrize("code", [0, 1, 2, 32, 64, 127, 254, 255])
def test_the_exit_code_comes_through(dumb_init, options, env, code):
    assert dumb_init(*options, *sh(f"exit {code}"), env=env).wait() == code


@modes
@pytest.mark.parametrize("name", ["TERM", "HUP", "QUIT", "KILL"])
def test_a_death_by_a_signal_is_128_and_its_number(dumb_init, options, env, name):
    assert dumb_init(*options, *sh(f"kill -{name} $$"), env=env).wait() == 128 + signal.Signals["SIG" + name]


@pytest.mark.parametrize("args", [
    [], ["-c"], ["-z"], ["--no-such"], ["-r"],
    *(["-r", spec, "true"] for spec in
      ["", "12", "12:", ":12", "a:b", "1:a", "0:1", "32:1", "1:32", "-1:1", "1:-1", "1,2"]),
])
def test_a_bad_command_line_is_1_and_starts_nothing(dumb_init, args):
    run = dumb_init(*args)
    assert run.wait() == 1
    assert run.err.text() != ""
    assert run.out.text() == ""


def test_what_cannot_be_executed_is_2_and_named(dumb_init):
    run = dumb_init("/doesnotexist")
    assert run.wait() == 2
    assert run.err.text() == "[dumb-init] /doesnotexist: No such file or directory\n"


@pytest.mark.parametrize("options, text", [
    (["-h"], "Usage: dumb-init"), (["--help"], "Usage: dumb-init"),
    (["-V"], "dumb-init v1.2.5"), (["--version"], "dumb-init v1.2.5"),
])
def test_help_and_version_go_to_stderr(dumb_init, options, text):
    run = dumb_init(*options)
    assert run.wait() == 0
    assert text in run.err.text()
    assert run.out.text() == ""


def test_a_script_without_a_first_line_is_run_by_the_shell(dumb_init, tmp_path):
    script = tmp_path / "script"
    script.write_text("echo hi\n")
    script.chmod(0o755)
    run = dumb_init(str(script))
    assert run.wait() == 0
    assert run.out.text() == "hi\n"


class TestSignals:
    @modes
    def test_each_is_forwarded_once(self, dumb_init, options, env):
        run = dumb_init(*options, helper("signal_log"), "9", env=env)
        send_each(run, PRINTED)
        run.send(signal.SIGKILL)
        run.wait()
        assert run.out.text() == got(PRINTED)

    @pytest.mark.parametrize("spec", [["-r", "{0}:10"], ["--rewrite", "{0}:10"], ["--rewrite={0}:10"]])
    def test_any_can_be_rewritten(self, dumb_init, spec):
        rewritten = [n for n in FORWARDED if n <= 31]
        specs = [word.format(n) for n in rewritten for word in spec]
        run = dumb_init("-c", *specs, helper("signal_log"), "9", inside=AS_PID_1)
        # Nobody can continue what stops itself, so a stop of its own must not be what is asked for.
        wanted = [n for n in rewritten if n not in STOPS_OF_A_TERMINAL]
        send_each(run, wanted)
        run.send(signal.SIGKILL)
        run.wait()
        assert run.out.text() == got([10] * len(wanted))

    def test_two_can_be_swapped(self, dumb_init):
        run = dumb_init("-r", "1:31", "-r", "31:1", helper("signal_log"), "9")
        send_each(run, [1, 31])
        assert run.out.text() == got([31, 1])

    def test_0_drops_one(self, dumb_init):
        run = dumb_init("-r", "1:0", "-r", "15:0", helper("signal_log"), "9")
        run.out.wait_text("up\n")
        run.send(signal.SIGHUP)
        run.send(signal.SIGTERM)
        run.send(signal.SIGUSR1)
        run.out.wait_text("got 10\n")
        assert run.out.text() == got([10])

    @pytest.mark.parametrize("signo", STOPS_OF_A_TERMINAL)
    def test_the_stops_of_a_terminal_stop_both_until_somebody_continues_them(self, dumb_init, signo):
        run = dumb_init(helper("signal_log"), **OUTSIDE)
        run.out.wait_text("up\n")
        service = child_of(run)
        run.send(signo)
        wait_until(lambda: status(service, "State")[0] == status(run.pid, "State")[0] == "T", run)
        run.send(signal.SIGCONT)
        run.out.wait_text("got 18\n")
        wait_until(lambda: status(run.pid, "State")[0] != "T", run)
        assert run.out.text() == got([18])
        run.send(signal.SIGTERM)
        assert run.wait() == 0

    @pytest.mark.parametrize("signo", STOPS_OF_A_TERMINAL)
    def test_what_is_rewritten_explicitly_is_sent_and_stops_us_all_the_same(self, dumb_init, signo):
        run = dumb_init("-r", f"{int(signo)}:10", helper("signal_log"), **OUTSIDE)
        run.out.wait_text("up\n")
        run.send(signo)
        run.out.wait_text("got 10\n")
        wait_until(lambda: status(run.pid, "State")[0] == "T", run)
        run.send(signal.SIGCONT)
        run.out.wait_text("got 18\n")
        run.send(signal.SIGTERM)
        assert run.wait() == 0

    @pytest.mark.parametrize("signo", STOPS_OF_A_TERMINAL)
    def test_a_single_child_gets_the_stops_of_a_terminal_as_they_are(self, dumb_init, signo):
        run = dumb_init("-c", helper("signal_log"), **OUTSIDE)
        run.out.wait_text("up\n")
        run.send(signo)
        run.out.wait_text(f"got {int(signo)}\n")
        wait_until(lambda: status(run.pid, "State")[0] == "T", run)
        run.send(signal.SIGCONT)
        run.send(signal.SIGTERM)
        assert run.wait() == 0

    def test_all_of_the_session_gets_them(self, dumb_init):
        run = dumb_init(*sh(f"{helper('signal_log')} 9 & {helper('signal_log')} 9 & wait; wait"))
        run.out.wait_text("up\n", times=2)
        run.send(signal.SIGUSR1)
        run.out.wait_text("got 10\n", times=2)

    def test_only_the_program_gets_them_in_single_child_mode(self, dumb_init):
        script = f"trap 'echo mine; kill -TERM $!' USR1; {helper('signal_log')} & wait; wait"
        run = dumb_init("-c", *sh(script))
        run.out.wait_text("up\n")
        run.send(signal.SIGUSR1)
        run.wait()
        assert run.out.text() == "up\nmine\ngot 15\n"


class TestWhatTheServiceLeaves:
    @pytest.mark.parametrize("where", [{}, OUTSIDE], ids=["pid1", "outside"])
    def test_in_its_session_is_told_to_end_when_the_service_has_gone(self, dumb_init, where):
        left = "trap 'echo told; exit' TERM; echo up; while :; do sleep 0.01; done"

        def attempt():
            run = dumb_init(*sh(f"(sh -c \"{left}\"; :) & read line; exit 3"), stdin=subprocess.PIPE, **where)
            run.out.wait_text("up\n")
            answer(run)
            assert run.wait() == 3
            return run.out.text() == "up\ntold\n"

        assert any(attempt() for _ in range(5))  # its two seconds may be too few on a busy machine

    def test_is_left_alone_in_single_child_mode_outside_pid_1(self, dumb_init):
        run = dumb_init("-c", *sh(f"{helper('signal_log')} 9 & read line; echo $!"),
                        stdin=subprocess.PIPE, **OUTSIDE)
        run.out.wait_text("up\n")
        answer(run)
        left = int(run.out.wait_match(r"(?m)^(\d+)$").group(1))
        assert run.wait_exit() == 0
        os.kill(left, signal.SIGUSR1)
        run.out.wait_text("got 10\n")
        os.kill(left, signal.SIGKILL)
        assert "got 15" not in run.out.text()


def test_orphans_go_to_the_next_reaper_outside_pid_1(dumb_init):
    parent, init = parent_of_an_orphan(dumb_init)
    assert parent != init


def test_the_service_leads_a_session_of_its_own(dumb_init):
    run = dumb_init(*sh("cut -d ' ' -f 6 /proc/$$/stat; echo $$"))
    assert run.wait() == 0
    session, pid = run.out.text().split()
    assert session == pid


def test_the_mask_and_what_is_ignored_reach_the_service_unchanged(dumb_init):
    (blocked, ignored), (blocked_before, ignored_before) = inherit(dumb_init)
    assert blocked == blocked_before
    assert ignored & ignored_before == ignored_before


def test_init_does_not_keep_the_directory_and_the_service_has_it(dumb_init, tmp_path):
    run = dumb_init(*sh("pwd; read line"), stdin=subprocess.PIPE, cwd=tmp_path)
    run.out.wait_text(f"{tmp_path}\n")
    wait_until(lambda: os.readlink(f"/proc/{run.pid}/cwd") == "/", run)


class TestOutput:
    def test_is_quiet_unless_asked(self, dumb_init):
        run = dumb_init("echo", "oh, hi")
        assert run.wait() == 0
        assert run.out.text() == "oh, hi\n"
        assert run.err.text() == ""

    @pytest.mark.parametrize("options, env", [(["-v"], {}), (["--verbose"], {}), ([], {"DUMB_INIT_DEBUG": "1"})])
    def test_tells_what_happens_where_asked(self, dumb_init, options, env):
        run = dumb_init(*options, "echo", "oh, hi", env=env)
        assert run.wait() == 0
        assert run.out.text() == "oh, hi\n"
        assert re.fullmatch(
            (r"\[dumb-init\] Running in debug mode\.\n" if env else "") +
            r"\[dumb-init\] Child spawned with PID [0-9]+\.\n"
            r"\[dumb-init\] setsid complete\.\n"
            r"\[dumb-init\] Received signal 17\.\n"
            r"\[dumb-init\] A child with PID [0-9]+ exited with exit status 0\.\n"
            r"\[dumb-init\] Forwarded signal 15 to children\.\n"
            r"\[dumb-init\] Child exited with status 0\. Goodbye\.\n", run.err.text())

    def test_tells_of_signals_and_what_became_of_them(self, dumb_init):
        run = dumb_init("-v", "-r", "1:0", "-r", "12:10", helper("signal_log"), "9")
        run.out.wait_text("up\n")
        run.send(signal.SIGHUP)
        run.err.wait_text("[dumb-init] Received signal 1.\n[dumb-init] Translating signal 1 to 0.\n"
                          "[dumb-init] Not forwarding signal 0 to children (ignored).\n")
        run.send(signal.SIGUSR2)
        run.err.wait_text("[dumb-init] Received signal 12.\n[dumb-init] Translating signal 12 to 10.\n"
                          "[dumb-init] Forwarded signal 10 to children.\n")


def child_of(run):
    with open(f"/proc/{run.pid}/task/{run.pid}/children") as children:
        return int(children.read().split()[0])


class TestTerminal:
    def test_a_shell_has_job_control(self, dumb_init):
        run = dumb_init.on_terminal("bash", "--norc", "-i")
        run.type(b"echo flags=$-\n")
        assert "m" in run.out.wait_match(r"flags=([a-zA-Z]+)\r").group(1)
        run.type(b"exit 7\n")
        assert run.wait() == 7
        assert "no job control" not in run.out.text()

    def test_ctrl_c_ends_the_service(self, dumb_init):
        run = dumb_init.on_terminal(*sh("echo up; exec sleep 1000"))
        run.out.wait_text("up")
        run.type(b"\x03")
        assert run.wait() == 130

    def test_the_signals_of_handing_over_the_terminal_are_not_forwarded_and_later_ones_are(self, dumb_init):
        run = dumb_init.on_terminal("-v", helper("signal_log"), "9")
        run.out.wait_text("up\r\n")
        run.out.wait_text("Ignoring tty hand-off signal 1.")
        run.out.wait_text("Ignoring tty hand-off signal 18.")
        run.send(signal.SIGHUP)
        run.out.wait_text("got 1\r\n")
        run.send(signal.SIGCONT)
        run.out.wait_text("got 18\r\n")
        assert run.out.text().count("got ") == 2

    def test_ctrl_z_suspends_it_under_a_shell_and_fg_resumes_it(self, dumb_init, usher):
        run = on_terminal(usher, "bash", "--norc", "-i")
        run.type(f"{dumb_init.path} {helper('signal_log')}\n".encode())
        run.out.wait_text("up\r\n")
        run.type(b"\x1a")
        run.out.wait_text("Stopped")
        run.type(b"fg\n")
        run.out.wait_text("got 18\r\n")
        run.type(b"\x1a")
        run.out.wait_text("Stopped", times=2)
        run.type(b"kill %1; fg; exit 5\n")
        run.out.wait_text("got 15\r\n")
        assert run.wait() == 5
