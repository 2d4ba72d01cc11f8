"""docs/migrate.md: what stands on the right of its tables is taken by usher as it stands there."""

import re
import shlex

import pytest

from conftest import ROOT

PAGE = (ROOT / "docs" / "migrate.md").read_text()
ROWS = [(section.splitlines()[0], *row) for section in PAGE.split("\n## ")[1:]
        for row in re.findall(r"^\| (.*?) \| (.*) \|$", section, re.M) if not row[0].startswith(("you wrote", "---"))]
SPANS = [(f"{tool}: {left}", span) for tool, left, right in ROWS if not right.startswith("(")
         for span in re.findall(r"`([^`]+)`", right)]
COMMANDS = [(left, span) for left, span in SPANS if span.startswith("usher")]
SETTINGS = [(left, span) for left, span in SPANS if not span.startswith("usher")]


def test_every_tool_has_its_table():
    tools = {tool for tool, _, _ in ROWS}
    assert len(tools) >= 10 and len(COMMANDS) > 15 and len(SETTINGS) > 45


@pytest.mark.parametrize("left, setting", SETTINGS, ids=[left for left, _ in SETTINGS])
def test_a_setting_is_taken(run, write, left, setting):
    done = run("check", write("service.toml", setting + "\n"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("left, line", COMMANDS, ids=[left for left, _ in COMMANDS])
def test_a_command_is_taken(run, write, tmp_path, left, line):
    words = [{"app": "true"}.get(word, word) for word in shlex.split(line)[1:]]
    if words[0] == "wait":
        # Names of nobody: that they are not there is all that can be wrong.
        done = run(*[re.sub(r"//(db|api|cache):", "//127.0.0.1:", word) for word in words], "--timeout", "1ms")
        assert done.returncode == 92, done.stderr
    elif "true" in words:
        assert run(*words).returncode == 0
    elif words[0] == "-c":
        assert run("-c", write("service.toml", 'service.command = ["true"]\n')).returncode == 0
    else:
        done = run(*words, env={"USHER_CONTROL_SOCKET": f"{tmp_path}/none"})
        assert done.returncode not in (0, 90, 91) and "no command is named" not in done.stderr, done.stderr
