"""The same command line for usher under a peer's name and for the peer itself: the same exit code,
the same output of the service, and the same signals through it."""

import shutil
import signal

import pytest

from harness import helper
from peers import OUTSIDE, Peer, sh

COMMAND_LINES = {
    "tini": [
        ([], {}), (["-z"], {}), (["--", "--", "true"], {}), (["zzzz"], {}), (["/etc/passwd"], {}), (["/"], {}),
        (["-p", "SIGFOO", "true"], {}), (["-e", "300", "true"], {}), (["-h"], {}), (["--version"], {}),
        (["-sgw", *sh("echo a; exit 3")], {}), (["-e143", *sh("kill -TERM $$")], {}),
        (["-e", "3", "-e", "4", *sh("exit 4")], {}), (["echo", "--", "-n", "a"], {}),
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


@pytest.mark.parametrize("name, signals", [
    ("tini", ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "WINCH", "CONT", "ALRM", "RTMIN"]),
    ("dumb-init", ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "WINCH", "CONT", "ALRM"]),
    ("catatonit", ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "WINCH", "CONT", "ALRM", "RTMIN"]),
])
def test_signals_arrive_as_with_the_peer(usher, tmp_path, name, signals):
    printed = []
    for run in [real(usher, name), Peer(usher, tmp_path, name)]:
        one = run("--", helper("signal_log"), "9")
        one.out.wait_text("up\n")
        for number, signo in enumerate(signals, 1):
            one.send(signal.Signals["SIG" + signo])
            one.out.wait_text("got ", times=number)
        printed.append(one.out.text())
    assert printed[0] == printed[1]
