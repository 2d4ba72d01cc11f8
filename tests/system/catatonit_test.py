"""usher under the names catatonit and podman-init: their command line, words and codes."""

import os
import signal
import subprocess

import pytest

from harness import descendants, helper, status
from peers import FORWARDED, OUTSIDE, got, inherit, name_of, peer, send_each, sh, wait_until

catatonit = peer("catatonit")
podman_init = peer("podman-init")

where = pytest.mark.parametrize("where", [{}, OUTSIDE], ids=["pid1", "outside"])


@where
@pytest.mark.parametrize("code", [0, 1, 2, 127, 254, 255])
def test_the_exit_code_comes_through(catatonit, where, code):
    assert catatonit(*sh(f"exit {code}"), **where).wait() == code


@where
@pytest.mark.parametrize("name", ["TERM", "HUP", "KILL", "SEGV"])
def test_a_death_by_a_signal_is_128_and_its_number(catatonit, where, name):
    assert catatonit(*sh(f"kill -{name} $$"), **where).wait() == 128 + signal.Signals["SIG" + name]


@pytest.mark.parametrize("args, env, text", [
    ([], {}, "ERROR (catatonit:1): missing program name\nusage: catatonit"),
    (["-z"], {}, "usage: catatonit"),
    (["true"], {"CATATONIT_LOG": "1"}, "CATATONIT_LOG is reserved for future use"),
    (["zzz"], {}, "ERROR (catatonit:1): failed to exec pid1: No such file or directory\n"),
    (["/etc/passwd"], {}, "ERROR (catatonit:1): failed to exec pid1: Permission denied\n"),
])
def test_what_it_cannot_do_is_1_and_said(catatonit, args, env, text):
    run = catatonit(*args, env=env)
    assert run.wait() == 1
    assert text in run.err.text()
    assert run.out.text() == ""


def test_options_of_the_program_are_the_programs(catatonit):
    run = catatonit("echo", "-n", "a")
    assert run.wait() == 0
    assert run.out.text() == "a"


def test_help_and_version_and_license(catatonit):
    for options, text in [(["-V"], "tini version 0.2.1_catatonit"), (["--version"], "tini version "),
                          (["-L"], "MIT"), (["--license"], "MIT")]:
        run = catatonit(*options)
        assert run.wait() == 0
        assert run.out.text().startswith(text) or text in run.out.text()
    run = catatonit("-h")
    assert run.wait() == 0
    assert "usage: catatonit" in run.err.text()


def test_podmans_name_for_it_does(podman_init):
    run = podman_init("--", "sh", "-c", "exit 4")
    assert run.wait() == 4
    assert run.err.text() == ""


class TestSignals:
    @pytest.mark.parametrize("options", [[], ["-g"]])
    def test_each_is_forwarded_once(self, catatonit, options):
        run = catatonit(*options, "--", helper("signal_log"), "9")
        send_each(run, FORWARDED)
        run.send(signal.SIGKILL)
        run.wait()
        assert run.out.text() == got(FORWARDED)

    def test_the_group_gets_them_where_asked_for(self, catatonit):
        run = catatonit("-g", *sh(f"trap '' USR1; (trap - USR1; exec {helper('signal_log')} 9) & wait"))
        run.out.wait_text("up\n")
        run.send(signal.SIGUSR1)
        run.out.wait_text("got 10\n")


@where
def test_orphans_are_reaped_as_pid_1_and_as_a_subreaper(catatonit, where):
    run = catatonit(*sh("for i in $(seq 20); do sh -c 'sleep 0 & exec true'; done; echo up; exec sleep 1000"), **where)
    run.out.wait_text("up\n")
    wait_until(lambda: [name_of(p) for p in descendants(run.pid)] == ["sleep"], run)


def test_the_mask_and_what_is_ignored_reach_the_service_unchanged(catatonit):
    (blocked, ignored), (blocked_before, ignored_before) = inherit(catatonit)
    assert blocked == blocked_before
    assert ignored & ignored_before == ignored_before


def test_it_does_not_keep_the_directory_and_the_service_has_it(catatonit, tmp_path):
    run = catatonit(*sh("pwd; read line"), stdin=subprocess.PIPE, cwd=tmp_path)
    run.out.wait_text(f"{tmp_path}\n")
    wait_until(lambda: os.readlink(f"/proc/{run.pid}/cwd") == "/", run)


def wait_until_it_waits(run):
    """For signals: before, one could end it, or be lost on the shell that was there first."""
    wait_until(lambda: (status(run.pid, "Name"), status(run.pid, "State")[0]) == ("catatonit", "S"), run)


class TestPause:
    @where
    @pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT])
    def test_ends_with_0_on_the_signals_for_it_and_on_no_other(self, catatonit, where, signo):
        run = catatonit("-P", **where)
        wait_until_it_waits(run)
        for other in FORWARDED:
            if other not in (signal.SIGTERM, signal.SIGINT):
                run.send(other)
        wait_until(lambda: int(status(run.pid, "ShdPnd"), 16) == 0, run)
        assert run.stop(signo) == 0
        assert run.out.text() == run.err.text() == ""

    def test_reaps_what_comes_to_it(self, catatonit, usher):
        # The program before it leaves children to it, as a pod's containers do.
        run = usher("-c", f"for i in $(seq 20); do sh -c 'sleep 0 & exec true'; done; (sleep 1000 &); echo up; "
                          f"exec {catatonit.path} --pause", program=["sh"])
        run.out.wait_text("up\n")
        wait_until_it_waits(run)
        wait_until(lambda: [name_of(p) for p in descendants(run.pid)] == ["sleep"], run)
        assert run.stop() == 0
