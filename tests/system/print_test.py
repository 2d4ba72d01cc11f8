"""What becomes of a command whose words do not get out."""

import os
import subprocess

import pytest

from control_client import inside, make_ready
from harness import LIMIT, USHER, check_sanitizers

NO_ROOM = "usher: cannot write to stdout: No space left on device\n"
REPORT = '{"event":"report","format":1,"started_at":"2026-11-25T02:26:56.964Z","reason":"exited","exit_code":0,' \
         '"phases_ms":{"total":0.5},"timeline":[{"phase":"waiting","at_ms":0.0,"ms":0.5}]}\n'


def end_of(argv, stdout, **options):
    """The exit code and stderr of a command with such a stdout."""
    done = subprocess.run(argv, stdout=stdout, stderr=subprocess.PIPE, timeout=LIMIT, check=False,
                          **{"text": True, **options})
    check_sanitizers(done.stderr)
    return done.returncode, done.stderr


@pytest.fixture(params=["full disk", "no reader"])
def nowhere(request):
    """A stdout that takes nothing, and what is said of that."""
    if request.param == "full disk":
        full = os.open("/dev/full", os.O_WRONLY)
        yield full, NO_ROOM
        os.close(full)
    else:
        read, write = os.pipe()
        os.close(read)
        yield write, ""
        os.close(write)


@pytest.mark.parametrize("words", [
    ["help"], ["--help"], ["help", "wait"], ["check", "--help"], ["run", "--help"], ["version"], ["--version"],
    ["schema"], ["schema", "--reference"], ["check", "/dev/null"], ["check", "--print", "/dev/null"],
    ["report", "-"], ["report", "--html", "-"],
], ids=" ".join)
def test_a_result_that_cannot_be_printed_is_a_failure(nowhere, words):
    stdout, why = nowhere
    environment = {name: value for name, value in os.environ.items() if not name.startswith("USHER_")}
    assert end_of([USHER, *words], stdout, input=REPORT, env=environment) == (1, why)
    assert end_of([USHER, *words], subprocess.DEVNULL, input=REPORT, env=environment) == (0, "")


def test_what_else_was_wrong_keeps_its_code_and_is_said_as_well(nowhere, tmp_path):
    stdout, why = nowhere
    bad = tmp_path / "bad.toml"
    bad.write_text('[log]\nlevel = "loud"\n')
    code, said = end_of([USHER, "check", "/dev/null", str(bad)], stdout)
    assert code == 91
    assert "log.level" in said
    assert said.endswith(why)


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["status", "--watch"], ["metrics"]],
                         ids=" ".join)
def test_so_is_one_of_a_running_usher(nowhere, ready, words):
    stdout, why = nowhere
    asked = inside(ready, *words)
    assert end_of(asked.pop("args"), stdout, **asked) == (1, why)


@pytest.mark.parametrize("words, code", [
    (["health"], 0), (["health", "--json"], 0), (["health", "no such check"], 1), (["signal", "WINCH"], 0),
    (["restart"], 0), (["stop"], 0)], ids=lambda words: " ".join(words) if isinstance(words, list) else "")
def test_where_the_exit_code_is_the_answer_it_stays_what_it_is(nowhere, ready, words, code):
    if words == ["restart"]:
        make_ready(ready)  # the next attempt is ready at once
    stdout, _ = nowhere
    asked = inside(ready, *words)
    assert end_of(asked.pop("args"), stdout, **asked)[0] == code


def test_a_message_that_nobody_reads_changes_nothing():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([USHER, "wait", "tcp://127.0.0.1:1", "--timeout", "10ms"], stdout=write, stderr=write,
                          timeout=LIMIT, check=False)
    os.close(write)
    assert done.returncode == 92
