"""Terminals: job control, Ctrl-C and Ctrl-Z as without usher, also when the output is read."""

import fcntl
import os
import pty
import signal
import struct
import termios

import pytest

import harness
from harness import Stream, descendants, helper, state, status, until

PLAIN = None
READ = '[exit]\nresult = "^never$"\n'
BOTH = pytest.mark.parametrize("config", [PLAIN, READ], ids=["inherited", "read"])


class Terminal:
    """usher, and the service, on a terminal at which we type."""

    def __init__(self, start, *command, config, size=(24, 80), inside=harness.ON_TERMINAL):
        master, slave = pty.openpty()
        self.resize(master, *size)
        self.modes = termios.tcgetattr(slave)
        self.usher = start("--", *command, config=config, inside=inside, stdin=slave, stdout=slave,
                           stderr=slave)
        self.slave = slave
        self.keyboard = os.dup(master)
        self.screen = Stream(master)

    def resize(self, fd, rows, columns):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.keyboard, text.encode())

    def wait(self):
        code = self.usher.wait_exit()
        self.usher_modes = termios.tcgetattr(self.slave)
        os.close(self.slave)
        self.screen.wait_end()
        os.close(self.keyboard)
        return code


@BOTH
def test_a_shell_has_job_control_and_nothing_to_complain_about(usher, config):
    terminal = Terminal(usher, "bash", "--norc", "-i", config=config)
    terminal.type("echo flags=$-\n")
    terminal.screen.wait_match(r"flags=\w*m")
    terminal.type("sleep 1000 & jobs\n")
    terminal.screen.wait_text("Running")
    terminal.type("kill %1; exit 7\n")
    assert terminal.wait() == 7
    for complaint in ("no job control", "cannot set terminal process group", "Inappropriate ioctl"):
        assert complaint not in terminal.screen.text()


@BOTH
def test_ctrl_c_interrupts_the_service_and_nobody_else(usher, config):
    terminal = Terminal(usher, "sh", "-c", "echo up; exec sleep 1000", config=config)
    terminal.screen.wait_text("up")
    terminal.type("\x03")
    assert terminal.wait() == 130
    assert "info stopping" not in terminal.screen.text()  # the terminal has told the service itself


@BOTH
def test_ctrl_c_interrupts_the_foreground_job_of_a_shell(usher, config):
    terminal = Terminal(usher, "bash", "--norc", "-i", config=config)
    # exec: a dash that is about to fork loses an interrupt, with and without usher.
    terminal.type("sh -c 'echo st\"\"arted; exec sleep 1000'\n")
    terminal.screen.wait_text("started")
    terminal.type("\x03")
    terminal.screen.wait_match(r"\^C[\s\S]*# ")  # the prompt is back
    terminal.type("echo code=$?.\n")
    terminal.screen.wait_text("code=130.")
    terminal.type("exit 0\n")
    assert terminal.wait() == 0


@BOTH
def test_ctrl_z_and_fg_work_in_a_shell(usher, config):
    terminal = Terminal(usher, "bash", "--norc", "-i", config=config)
    terminal.type("sh -c 'echo st\"\"arted; read line; echo li\"\"ne=$line'\n")
    terminal.screen.wait_text("started")
    terminal.type("\x1a")
    terminal.screen.wait_text("Stopped")
    terminal.type("fg\n")
    terminal.type("hello\n")
    terminal.screen.wait_text("line=hello")
    terminal.type("exit 0\n")
    assert terminal.wait() == 0


def test_ctrl_z_does_not_stop_a_service_that_nobody_could_continue(usher):
    terminal = Terminal(usher, "sh", "-c", "echo up; exec sleep 1000", config=PLAIN)
    terminal.screen.wait_text("up")
    service, = descendants(terminal.usher.pid)
    terminal.type("\x1a")
    terminal.usher.send(signal.SIGUSR1)  # in order behind it: ends the sleep
    assert terminal.wait() == 128 + signal.SIGUSR1
    assert state(service) == ""


def test_a_service_that_somebody_has_stopped_takes_its_sigterm(usher):
    terminal = Terminal(usher, helper("signal_log"), config='[shutdown]\ntimeout = "1000s"\n')
    terminal.screen.wait_text("up")
    service, = descendants(terminal.usher.pid)
    os.kill(service, signal.SIGSTOP)
    until(lambda: state(service) == "T")
    until(lambda: int(status(terminal.usher.pid, "ShdPnd"), 16) == 0)  # usher has heard of it
    terminal.usher.send(signal.SIGTERM)
    assert terminal.wait() == 0


@BOTH
def test_the_next_life_has_the_terminal_as_the_first_had(usher, config):
    more = '[restart]\npolicy = "always"\n[startup.backoff]\ninitial = "1ms"\n'
    script = "echo up; read line; echo li\"\"ne=$line; test $line = one || exec sleep 1000"
    terminal = Terminal(usher, "sh", "-c", script, config=(config or "") + more)
    for life, text in enumerate(("one", "two"), 1):
        terminal.screen.wait_text("up\r\n", times=life)  # what is typed between two lives is for nobody
        terminal.type(f"{text}\n")
        terminal.screen.wait_text(f"line={text}")
    terminal.usher.send(signal.SIGTERM)
    assert terminal.wait() == 143


@BOTH
def test_the_service_sees_a_terminal_of_the_right_size(usher, config):
    terminal = Terminal(usher, "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && stty size; tty",
                        config=config, size=(33, 111))
    assert terminal.wait() == 0
    assert "33 111" in terminal.screen.text()
    assert "not a tty" not in terminal.screen.text()


@BOTH
def test_a_change_of_size_reaches_the_service(usher, config):
    script = "trap 'stty size' WINCH; echo up; while :; do sleep 0.01; done"
    terminal = Terminal(usher, "bash", "-c", script, config=config)
    terminal.screen.wait_text("up")
    terminal.resize(terminal.keyboard, 44, 99)
    terminal.screen.wait_text("44 99")
    terminal.usher.send(signal.SIGTERM)
    assert terminal.wait() == 143


def test_our_terminal_is_left_as_it_was(usher):
    terminal = Terminal(usher, "sh", "-c", "echo up; exec sleep 1000", config=READ)
    terminal.screen.wait_text("up")
    terminal.usher.send(signal.SIGTERM)
    assert terminal.wait() == 143
    assert terminal.usher_modes == terminal.modes


def test_what_is_typed_is_echoed_once_where_the_output_is_read(usher):
    terminal = Terminal(usher, "sh", "-c", "echo up; exec cat", config=READ)
    terminal.screen.wait_text("up")  # before that our own terminal is still the one that echoes
    terminal.type("hello\n")
    terminal.screen.wait_text("hello", times=2)  # the echo, and cat
    terminal.type("\x04")
    terminal.wait()
    assert terminal.screen.text().count("hello") == 2


def test_the_log_is_text_on_a_terminal_and_stands_in_lines(usher):
    terminal = Terminal(usher, "sh", "-c", "echo up; exec sleep 1000", config=READ)
    terminal.screen.wait_text("up")
    terminal.usher.send(signal.SIGTERM)
    terminal.wait()
    for line in terminal.screen.text().split("\n")[:-1]:
        assert line.endswith("\r")
    assert " info spawned service=sh" in terminal.screen.text()


def test_the_end_of_the_terminal_is_the_end_of_the_service(usher):
    terminal = Terminal(usher, "sh", "-c", "echo up; exec sleep 1000", config=PLAIN)
    terminal.screen.wait_text("up")
    os.close(terminal.slave)
    terminal.usher.send(signal.SIGHUP)
    assert terminal.usher.wait_exit() == 129
    os.close(terminal.keyboard)


class TestUnderAShell:
    """Outside PID 1: a shell starts usher in the foreground or in the background."""

    def shell(self, usher):
        return Terminal(usher, "--norc", "-i", config=None, inside=["setsid", "--ctty", "bash", "-c",
                        'shift 2; exec bash --norc -i', "bash"])

    def test_ctrl_z_stops_usher_with_its_service_and_fg_continues_both(self, usher):
        terminal = self.shell(usher)
        terminal.type(f"{harness.USHER} -- sh -c 'echo st\"\"arted; read line; echo li\"\"ne=$line'\n")
        terminal.screen.wait_text("started")
        terminal.type("\x1a")
        terminal.screen.wait_text("Stopped")
        terminal.type("fg\n")
        terminal.type("hello\n")
        terminal.screen.wait_text("line=hello")
        terminal.type("exit 0\n")
        assert terminal.wait() == 0

    def test_in_the_background_it_does_not_take_the_terminal(self, usher):
        terminal = self.shell(usher)
        terminal.type(f"{harness.USHER} -- sh -c 'echo st\"\"arted; exec sleep 1000' &\n")
        terminal.screen.wait_text("started")
        terminal.type("echo st\"\"ill=mine\n")
        terminal.screen.wait_text("still=mine")
        terminal.type("kill -TERM %1; wait %1; echo co\"\"de=$?.\n")
        terminal.screen.wait_text("code=143.")
        terminal.type("exit 0\n")
        assert terminal.wait() == 0

    def test_a_stop_that_the_terminal_did_not_send_is_the_services_alone(self, usher):
        terminal = self.shell(usher)
        terminal.type("sh -c 'echo us\"\"her=$$.; exec "
                      f"{harness.USHER} --shutdown.timeout=1000s -- {helper('signal_log')}'\n")
        terminal.screen.wait_text("up\r\n")
        pid = int(terminal.screen.wait_match(r"usher=(\d+)").group(1))
        service, = descendants(pid)
        os.kill(service, signal.SIGSTOP)
        until(lambda: state(service) == "T")
        until(lambda: int(status(pid, "ShdPnd"), 16) == 0)  # usher has heard of it
        os.kill(pid, signal.SIGTERM)
        terminal.screen.wait_text("got 15")
        terminal.type("echo co\"\"de=$?.; exit 0\n")
        terminal.screen.wait_text("code=0.")
        assert terminal.wait() == 0


@pytest.mark.parametrize("env, colour", [({"TERM": "xterm"}, "\x1b[31m"), ({"TERM": "dumb"}, ""),
                                         ({"TERM": "xterm", "NO_COLOR": "1"}, "")], ids=["colours", "dumb", "unwanted"])
def test_what_is_wrong_has_a_colour_where_a_terminal_shows_it(usher, env, colour):
    def start(*args, **options):
        return usher(*args, env=env, **options)
    terminal = Terminal(start, "/no/such/program", config=PLAIN)
    assert terminal.wait() == 127
    plain = "\x1b[0m" if colour else ""
    assert f"Z {colour}error{plain} spawn_failed " in terminal.screen.text()


def test_without_devpts_a_pipe_will_do(usher):
    bare = [*harness.ON_TERMINAL, "sh", "-c", "mount -t tmpfs none /dev && mknod /dev/null c 1 3 && exec \"$@\"", "sh"]
    terminal = Terminal(usher, "sh", "-c", "test -t 0; echo stdin $?; test -t 1; echo stdout $?; exit 5", config=READ,
                        inside=bare)
    assert terminal.wait() == 5
    said = terminal.screen.text().replace("\r", "")
    assert "stdin 0\n" in said and "stdout 1\n" in said
