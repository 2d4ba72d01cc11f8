"""What the command line says about itself."""

import os
import subprocess

import pytest

from harness import USHER

COMMANDS = ["run", "health", "status", "metrics", "stop", "restart", "reload", "signal", "wait", "check",
            "report", "schema", "version", "help"]


def ask(*args):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("USHER_")}
    environment["USHER_CONTROL_SOCKET"] = "/nowhere/usher.sock"
    return subprocess.run([USHER, *args], env=environment, capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_names_every_command_and_exit_code(word):
    said = ask(word)
    assert (said.returncode, said.stderr) == (0, "")
    for command in COMMANDS:
        assert f"usher {command}" in said.stdout or f"| {command}" in said.stdout or command == "run"
    for code in [*range(90, 100), 126, 127, 137]:
        assert str(code) in said.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_explained_by_itself(command):
    said = ask("help", command)
    assert (said.returncode, said.stderr) == (0, "")
    assert command in said.stdout
    assert len(said.stdout) < len(ask("help").stdout)
    if command not in ("help", "version"):
        assert ask(command, "--help").stdout == ask(command, "-h").stdout == said.stdout


def test_help_after_other_arguments_of_a_command_is_help_still():
    assert ask("wait", "tcp://127.0.0.1:1", "--help").stdout == ask("help", "wait").stdout
    assert ask("--shutdown.timeout", "5s", "--help").stdout == ask("help", "run").stdout


def test_help_that_another_program_is_asked_for_is_that_programs():
    assert ask("--log.level=off", "echo", "--", "--help").stdout == "-- --help\n"
    assert ask("--log.level=off", "--", "sh", "-c", "echo $1", "sh", "--help").stdout == "--help\n"


@pytest.mark.parametrize("args", [["help"], ["--", "--help"]])
def test_a_check_may_be_called_help(args):
    said = ask("health", *args)
    assert said.returncode == 1
    assert "no usher listens" in said.stdout


def test_a_misspelt_command_is_not_explained_but_guessed():
    said = ask("help", "helth")
    assert said.returncode == 90
    assert said.stderr == 'usher: no command is named "helth"; did you mean health?; see "usher help"\n'
