"""The same command line for usher under a peer's name and for the peer itself: the same exit code,
the same output of the service, and the same signals through it."""

import os
import re
import shutil
import signal
import socket

import pytest

from harness import USHER, descendants, descriptors, helper
from peers import FORWARDED, OUTSIDE, Peer, on_terminal, send_each, sh, wait_until

COMMAND_LINES = {
    "tini": [
        ([], {}), (["-z"], {}), (["--", "--", "true"], {}), (["zzzz"], {}), (["/etc/passwd"], {}), (["/"], {}),
        (["-p", "SIGFOO", "true"], {}), (["-e", "300", "true"], {}), (["-h"], {}), (["--version"], {}),
        (["-sgw", *sh("echo a; exit 3")], {}), (["-e143", *sh("kill -TERM $$")], {}),
        (["-e", "3", "-e", "4", *sh("exit 4")], {}), (["echo", "--", "-n", "a"], {}),
        (["-e", "127", "zzzz"], {}), (["-e", "126", "/etc/passwd"], {}),
        (["-g", *sh("exit 9")], {"TINI_VERBOSITY": "0"}), (["-s", *sh("kill -USR1 $PPID; exec sleep 1000")], {}),
    ],
    "dumb-init": [
        ([], {}), (["-z"], {}), (["zzz"], {}), (["/etc/passwd"], {}), (["-r", "a:b", "true"], {}), (["-V"], {}),
        (["sh", "-c", "echo a; exit 3"], {}), (["-c", "sh", "-c", "kill -TERM $$"], {}),
        (["-r", "10:0", "-r", "12:15", *sh("kill -USR1 $PPID; kill -USR2 $PPID; exec sleep 1000")], {}),
        (["echo", "-c"], {}), (["--rewrite=10:9", *sh("kill -USR1 $PPID; exec sleep 1000")], {}),
        (["true"], {"DUMB_INIT_SETSID": "0"}),
    ],
    "catatonit": [
        ([], {}), (["-z"], {}), (["zzz"], {}), (["/etc/passwd"], {}), (["true"], {"CATATONIT_LOG": "1"}),
        (sh("echo a; exit 5"), {}), (["-g", *sh("kill -USR1 $PPID; exec sleep 1000")], {}), (["-V"], {}),
    ],
}
SPEAKS_OF_ITSELF = {"-h", "-V", "--version"}


def real(usher, name):
    path = shutil.which(name)
    assert path, f"{name} is not installed; scripts/packages test installs it"
    return lambda *args, **options: usher(*args, program=[path], **options)


@pytest.mark.parametrize("where", [{}, OUTSIDE], ids=["pid1", "outside"])
@pytest.mark.parametrize("name, args, env", [
    pytest.param(name, args, env, id=" ".join([name, *args, *env]))
    for name, lines in COMMAND_LINES.items() for args, env in lines])
def test_a_command_line_does_what_it_does_with_the_peer(usher, tmp_path, name, args, env, where):
    theirs = real(usher, name)(*args, env=env, **where)
    ours = Peer(usher, tmp_path, name)(*args, env=env, **where)
    assert ours.wait() == theirs.wait()
    if not SPEAKS_OF_ITSELF & set(args):
        assert ours.out.text() == theirs.out.text()
    assert bool(ours.err.text()) == bool(theirs.err.text())


# What a terminal sends, and what a fault raises, the peers do not all pass on; see docs/drop-in.md.
FAULTS = {getattr(signal, "SIG" + name) for name in ("ILL", "TRAP", "ABRT", "BUS", "FPE", "SEGV", "SYS")}
TERMINAL = {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
NOT_THEIRS = {"tini": FAULTS | {signal.SIGTTIN, signal.SIGTTOU}, "dumb-init": TERMINAL,
              "catatonit": FAULTS | TERMINAL}


@pytest.mark.parametrize("name", NOT_THEIRS)
def test_signals_arrive_as_with_the_peer(usher, tmp_path, name):
    signals = [signo for signo in FORWARDED if signo not in NOT_THEIRS[name]]
    printed = []
    for run in [real(usher, name), Peer(usher, tmp_path, name)]:
        one = run("--", helper("signal_log"), "9")
        send_each(one, signals)
        printed.append(one.out.text())
    assert printed[0] == printed[1]


TELLING = [
    ("tini", ["-vv", *sh("exit 3")], {}),
    ("tini", ["-vv", *sh("kill -TERM $$")], {}),
    ("tini", ["-vv", "-g", *sh("kill -USR1 $PPID; exec sleep 1000")], {}),
    ("tini", sh("exit 3"), {"TINI_VERBOSITY": "3"}),
    ("dumb-init", ["-v", "true"], {}),
    ("dumb-init", ["-cv", *sh("exit 3")], {}),
    ("dumb-init", ["--verbose", *sh("kill -KILL $$")], {}),
    ("dumb-init", ["-v", "-r", "15:0", "true"], {}),
    ("dumb-init", ["-v", "-r", "15:2", "-r", "10:0", "-r", "12:15",
                   *sh("kill -USR1 $PPID; kill -USR2 $PPID; exec sleep 1000")], {}),
    ("dumb-init", ["true"], {"DUMB_INIT_DEBUG": "1"}),
    ("dumb-init", ["-v", "true"], {"DUMB_INIT_SETSID": "0"}),
    ("dumb-init", ["true"], {"DUMB_INIT_SETSID": "0", "DUMB_INIT_DEBUG": "1"}),
]


@pytest.mark.parametrize("name, args, env", TELLING, ids=[" ".join([n, *a, *e]) for n, a, e in TELLING])
def test_what_it_tells_of_its_work_are_the_peers_words(usher, tmp_path, name, args, env):
    def words(run):
        """Without the numbers, and what only the peer says: tini prints to stdout, and in no order."""
        run.wait()
        lines = re.sub(r"(PID |pid '|\()[0-9]+", r"\1", run.out.text() + run.err.text()).splitlines()
        return sorted(line for line in lines if "tcsetpgrp" not in line and "controlling tty" not in line)

    theirs, ours = real(usher, name)(*args, env=env), Peer(usher, tmp_path, name)(*args, env=env)
    assert words(ours) == words(theirs)


@pytest.mark.parametrize("name", COMMAND_LINES)
class TestUnderEachName:
    def test_the_program_has_the_environment_that_it_has_with_the_peer(self, usher, tmp_path, name):
        given = {"NOTIFY_SOCKET": "/run/n", "LISTEN_FDS": "1", "LISTEN_PID": "777", "USHER_LOG_LEVEL": "debug",
                 "TRACEPARENT": "00-" + "1" * 32 + "-" + "2" * 16 + "-01",
                 "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
        seen = []
        for run in [real(usher, name), Peer(usher, tmp_path, name)]:
            one = run("--", "env", "-0", env=given)
            assert one.wait() == 0
            seen.append(sorted(one.out.text().split("\0")))
        assert seen[0] == seen[1]

    def test_socket_activation_is_the_programs(self, usher, tmp_path, name):
        peer = Peer(usher, tmp_path, name)
        run = usher("-c", f"LISTEN_PID=$$ exec {peer.path} -- sh -c 'test $LISTEN_PID = $$ && echo mine'",
                    program=["sh"])
        assert run.wait() == 0
        assert run.out.text() == "mine\n"

    def test_descriptors_are_the_programs_and_not_held(self, usher, tmp_path, name):
        read, write = os.pipe()
        pipe = os.readlink(f"/proc/self/fd/{write}")
        run = Peer(usher, tmp_path, name)("--", "sh", "-c", "echo up; exec sleep 1000", pass_fds=[write])
        run.out.wait_text("up\n")
        program, = descendants(run.pid)
        assert pipe in descriptors(program).values()
        wait_until(lambda: pipe not in descriptors(run.pid).values(), run)
        os.close(read)
        os.close(write)

    def test_no_trace_is_sent_for_the_programs_sake(self, usher, tmp_path, name):
        with socket.create_server(("127.0.0.1", 0)) as collector:
            collector.setblocking(False)
            endpoint = f"http://127.0.0.1:{collector.getsockname()[1]}"
            run = Peer(usher, tmp_path, name)("true", env={"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint})
            assert run.wait() == 0
            with pytest.raises(BlockingIOError):
                collector.accept()

    def test_nobody_can_ask_for_its_status(self, usher, tmp_path, name):
        run = Peer(usher, tmp_path, name)(USHER, "status")
        assert run.wait() == 1
        assert "no usher listens" in run.err.text()

    def test_the_termination_message_is_the_programs(self, usher, tmp_path, name):
        path = Peer(usher, tmp_path, name).path
        assert message_left_by(usher, path, "--", "sh", "-c", "echo mine > /dev/termination-log") == "mine\n"

    def test_a_shell_on_a_terminal_has_job_control(self, usher, tmp_path, name):
        run = Peer(usher, tmp_path, name).on_terminal("--", "bash", "--norc", "-i")
        run.type(b"echo flags=$-\n")
        assert "m" in run.out.wait_match(r"flags=([a-zA-Z]+)\r").group(1)
        run.type(b"exit 7\n")
        assert run.wait() == 7
        assert "no job control" not in run.out.text()

    def test_ctrl_c_ends_the_program(self, usher, tmp_path, name):
        run = Peer(usher, tmp_path, name).on_terminal(*sh("echo up; exec sleep 1000"))
        run.out.wait_text("up")
        run.type(b"\x03")
        assert run.wait() == 130


# Takes each SIGCONT as it comes, and is in no shell's fork when the terminal stops it.
COUNTS_RESUMPTIONS = """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCONT])
print("started", flush=True)
while signal.sigwait([signal.SIGCONT]):
    print("resumed", flush=True)
"""


@pytest.mark.parametrize("name", ["tini", "catatonit"])
def test_ctrl_z_suspends_it_under_a_shell_and_fg_resumes_it(usher, tmp_path, name):
    program = tmp_path / "program.py"
    program.write_text(COUNTS_RESUMPTIONS)
    run = on_terminal(usher, "bash", "--norc", "-i")
    run.type(f"{Peer(usher, tmp_path, name).path} -- python3 {program}\n".encode())
    run.out.wait_text("started")
    for times in range(1, 11):
        run.type(b"\x1a")
        run.out.wait_text("Stopped", times=times)
        run.type(b"fg\n")
        run.out.wait_text("resumed", times=times)
    run.type(b"\x03")
    run.out.wait_match(r"\^C[\s\S]*# ")  # the prompt is back
    run.type(b"echo code=$?.; exit 0\n")
    run.out.wait_text("code=130.")
    assert run.wait() == 0
    assert run.out.text().count("resumed") == 10, "a second SIGCONT could undo the next Ctrl-Z"


def message_left_by(usher, *command):
    """What is in the file that Kubernetes reads, after a run with a /dev of its own."""
    script = "mount -t tmpfs none /dev && : > /dev/termination-log && \"$@\" && cat /dev/termination-log"
    run = usher(program=["unshare", "--mount", "sh", "-c", script, "sh", *command], inside=[])
    assert run.wait() == 0
    return run.out.text()


def test_usher_itself_leaves_its_report_as_the_termination_message(usher):
    assert '"reason":"exited"' in message_left_by(usher, USHER, "--", "true")
