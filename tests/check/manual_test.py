"""What scripts/manual writes from `usher help` and the reference: manual pages and completions, each
tried by the program that it is for."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
USHER = os.environ["USHER"]
LIMIT_S = 120


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manual")
    subprocess.run([ROOT / "scripts" / "manual", USHER, folder], check=True, timeout=LIMIT_S)
    return folder


def output_of(*argv: str | Path, **more) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=LIMIT_S,
                          stdin=subprocess.DEVNULL, **more).stdout


def commands() -> list[str]:
    text = output_of(USHER, "help")
    lines = [line.split()[1:] for line in text.splitlines() if line.startswith("  usher ")]
    return sorted({word for line in lines for i, word in enumerate(line)
                   if (i == 0 or line[i - 1] == "|") and word.isalpha()} | {"run"})


def needs(program: str) -> None:
    assert shutil.which(program), f"there is no {program}: scripts/packages test installs it"


@pytest.mark.parametrize("page", ["usher.1", "usher.toml.5"])
def test_the_pages_have_no_mistake_of_language(pages: Path, page: str) -> None:
    needs("man")
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(pages / page)], text=True,
                          capture_output=True, timeout=LIMIT_S, check=True,
                          env=os.environ | {"LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"})
    assert done.stderr == ""


def test_every_key_and_every_command_is_in_a_page(pages: Path) -> None:
    plain = {name: (pages / name).read_text().replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
             for name in ("usher.1", "usher.toml.5")}
    for name in commands():
        assert f" {name}" in plain["usher.1"] or f"[{name}]" in plain["usher.1"]
    reference = output_of(USHER, "schema", "--reference")
    keys = re.findall(r"^\| `([^`]+)` \|", reference, re.MULTILINE)
    assert len(keys) > 100
    for key in keys:
        assert f"\n{key}" in plain["usher.toml.5"], key
    assert "143" not in plain["usher.1"] and "137" in plain["usher.1"]


def bash(pages: Path, *words: str) -> list[str]:
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _usher; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return output_of("bash", "--norc", "-c", script, "bash", pages / "usher.bash", *words).split()


def test_bash_completes(pages: Path) -> None:
    assert bash(pages, "usher", "he") == ["health", "help"]
    assert sorted(bash(pages, "usher", "")) == commands()
    assert "--wait" in bash(pages, "usher", "health", "--")
    assert bash(pages, "usher", "--shutdown.time") == ["--shutdown.timeout"]
    assert bash(pages, "usher", "run", "--shutdown.time") == ["--shutdown.timeout"]
    assert "SIGTERM" in bash(pages, "usher", "signal", "SIGT")
    assert "bash" in bash(pages, "usher", "--", "bas")
    assert bash(pages, "usher", "status", "--shutdown.time") == []


def fish(pages: Path, line: str) -> list[str]:
    lines = output_of("fish", "--no-config", "-c", f"source {pages}/usher.fish; complete -C '{line}'",
                      env=os.environ | {"HOME": str(pages)})
    return [each.split("\t")[0] for each in lines.splitlines()]


def test_fish_completes(pages: Path) -> None:
    needs("fish")
    assert sorted(fish(pages, "usher he")) == ["health", "help"]
    assert sorted(fish(pages, "usher ")) == commands()
    assert "--wait" in fish(pages, "usher health --")
    assert fish(pages, "usher --shutdown.time") == ["--shutdown.timeout"]
    assert fish(pages, "usher status --shutdown.time") == []


class Zsh:
    """A zsh on a terminal, as completion wants one."""

    def __init__(self, pages: Path) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", HOME=str(pages), ZDOTDIR=str(pages), COLUMNS="200", LINES="400")
            os.execvp("zsh", ["zsh", "-f", "-i"])
        self.say(f"fpath=({pages} $fpath); autoload -U compinit; compinit -D -u; unsetopt zle_bracketed_paste; "
                 "LISTMAX=1000; PS1=''; PS2=''; print set''up\n")
        self.until("setup")

    def say(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def until(self, what: str) -> str:
        seen = ""
        while what not in seen:
            assert select.select([self.terminal], [], [], LIMIT_S)[0], f"no {what!r} in {seen!r}"
            seen += os.read(self.terminal, 4096).decode(errors="replace")
        return seen

    def end(self) -> None:
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def test_zsh_completes(pages: Path) -> None:
    needs("zsh")
    zsh = Zsh(pages)
    try:
        for typed, expected in (("usher heal\t", "usher health "), ("usher health --wai\t", "--wait"),
                                ("usher --shutdown.timeo\t", "--shutdown.timeout"), ("usher sche\t", "usher schema ")):
            zsh.say(typed)
            zsh.until(expected)
            zsh.say("\x15")  # takes the line back
    finally:
        zsh.end()
