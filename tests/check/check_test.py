"""What `usher check` says of a file, and with which exit code."""

import os
import pathlib
import re
import signal
import subprocess
import time
import tomllib

import pytest

from conftest import ROOT


def state(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def test_it_can_be_interrupted(write):
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(theirs, b"x" * 4096)
    os.set_blocking(theirs, True)
    check = subprocess.Popen([os.environ["USHER"], "check", "--print", write("a.toml", "")], stdout=theirs)
    while state(check.pid) != "S":  # until it writes into the pipe that is full
        time.sleep(0.002)
    check.send_signal(signal.SIGTERM)
    assert check.wait(300) == -signal.SIGTERM
    os.close(ours)
    os.close(theirs)


def test_a_good_file_is_ok(run, write):
    result = run("check", write("a.toml", '[service]\ncommand = ["true"]\n'))
    assert result.returncode == 0
    assert result.stdout.endswith("a.toml: ok\n")
    assert result.stderr == ""


@pytest.mark.parametrize("option", ["-c <(cat {})", "<(cat {})", "--config=<(cat {}) --print"])
def test_a_pipe_is_read_as_a_file_is(write, option):
    good = write("good.toml", '[service]\ncommand = ["true"]\n')
    bad = write("bad.toml", "[shutdown]\ntimeout = -1\n")
    for file, code in (good, 0), (bad, 91):
        result = subprocess.run(["bash", "-c", f"$USHER check {option.format(file)}"], capture_output=True,
                                text=True, check=False, timeout=120)
        assert result.returncode == code
        assert (":2:11: shutdown.timeout: " in result.stderr) == bool(code)
        assert bool(result.stdout) == (code == 0)


def test_a_pipe_that_run_would_find_or_a_template_would_be_is_refused(run, write, tmp_path):
    """And nobody waits for its writer."""
    os.mkfifo(tmp_path / "fifo")
    extends = write("extends.toml", 'extends = "fifo"\n')
    for result in (run("check", env={"USHER_CONFIG": str(tmp_path / "fifo")}), run("check", extends),
                   run("run", "-c", tmp_path / "fifo", "--", "true")):
        assert result.returncode == 91
        assert "is a FIFO, not a regular file" in result.stderr


def test_every_mistake_of_every_file_is_said(run, write):
    one = write("one.toml", "[shutdown]\ntimeout = -1\nscope = 1\n")
    two = write("two.toml", "[sevrice]\n")
    good = write("good.toml", "")
    result = run("check", one, good, two)
    assert result.returncode == 91
    assert result.stdout == f"{good}: ok\n"
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [
        f"{one}:2:11", f"{one}:3:9", f"{two}:1:2"]
    assert "did you mean service?" in result.stderr


def test_the_default_file_is_the_one_that_run_takes(run, write):
    file = write("a.toml", "[log]\nlevel = 5\n")
    assert run("check", env={"USHER_CONFIG": str(file)}).stderr.startswith(f"{file}:2:9: log.level: ")
    if not pathlib.Path("/etc/usher/service.toml").exists():
        result = run("check")
        assert result.returncode == 0
        assert "no configuration file" in result.stderr
        assert run("check", env={"SHUTDOWN_TIMEOUT": "soon"}).returncode == 91


@pytest.mark.parametrize("args", [["--prin"], ["--profile"], ["-x"], ["a.toml", "--profil", "ci"]])
def test_a_bad_command_line_is_90(run, args):
    result = run("check", *args)
    assert result.returncode == 90
    assert result.stdout == ""


def test_profiles_are_named_in_any_way(run, write):
    file = write("a.toml", "[profile.ci.shutdown]\ntimeout = 7\n")
    for args in (["--profile", "ci"], ["--profile=ci"], ["-p", "ci"]):
        assert 'timeout = "7s"  # profile ci' in run("check", "--print", *args, file).stdout
    result = run("check", file, "--profile", "no")
    assert result.returncode == 91
    assert 'no profile "no"; known: ci' in result.stderr


def test_what_is_missing_here_is_only_a_warning(run, write):
    file = write("a.toml", '[service]\ncommand = ["no-such-program"]\nworkdir = "/no/such"\n'
                           'user = "nobody-of-this-name"\nenvironment_files = ["/no/such/file"]\n')
    result = run("check", file)
    assert result.returncode == 0
    for key in ("command", "workdir", "user", "environment_files"):
        assert f"{file}: warning: service.{key}: " in result.stderr


def test_what_is_seldom_meant_is_only_a_warning(run, write):
    file = write("a.toml", """
[service]
command = ["sh", "-c", "true", "--daemonize"]
[[health]]
name = "line"
probe = { type = "stdout", pattern = "up" }
[[health]]
name = "goes-on"
probe = { type = "stdout", max_silence = "60s" }
""")
    result = run("check", file)
    assert result.returncode == 0
    warnings = result.stderr.splitlines()
    assert len(warnings) == 2
    assert warnings[0].startswith(f'{file}: warning: service.command: "--daemonize" sends it into the background')
    assert warnings[1].startswith(f'{file}: warning: health "line": a line that was seen once stays seen')


FULL = """
extends = "base.toml"
[service]
command = ["sh", "-c", "echo $$HOME ${GREETING:-hello}"]
environment = { "A.B" = 1, TOKEN = "hidden1", B = "x" }
umask = "0027"
[[dependency]]
name = "redis"
probe = { type = "redis", url = "redis://:hidden2@redis:6379/1", key = "k" }
export = "K"
[readiness]
probe = [{ type = "stdout", pattern = '\\$\\{x|y$' }, { type = "notify" }]
publish.redis = { url = "redis://redis", key = "k" }
[[health]]
name = "web"
probe = { type = "http", url = "http://a", headers = { Authorization = "hidden3" } }
[exit]
remap = { 143 = 0 }
"""


def test_what_is_printed_is_the_same_configuration(run, write):
    write("base.toml", '[[health]]\nname = "process"\nprobe = { type = "process" }\n')
    first = run("check", "--print", write("a.toml", FULL), env={"HEALTH_CHECK_INTERVAL": "9"})
    assert first.returncode == 0, first.stderr
    assert "hidden" not in first.stdout
    assert 'interval = "9s"  # environment HEALTH_CHECK_INTERVAL' in first.stdout
    again = run("check", "--print", write("b.toml", first.stdout))
    assert again.returncode == 0, again.stderr

    def settings(text):
        return [line.split("  # ")[0] for line in text.splitlines()]

    assert settings(again.stdout) == settings(first.stdout)


def shipped():
    files = [*(ROOT / "configs").glob("*.toml"), *ROOT.glob("examples/*.toml"),
             *ROOT.glob("images/**/*.toml")]
    return [file for file in files if "node_modules" not in file.parts]


def profiles(file):
    settings = tomllib.loads(file.read_text())
    extends = settings.get("extends", [])
    names = set(settings.get("profile", {}))
    for base in [extends] if isinstance(extends, str) else extends:
        names |= profiles(file.parent / re.sub(r"\$\{.*:-(\w+)\}+", r"\1", base))  # IS_DIALER, ROLE
    return names


@pytest.mark.parametrize("file", shipped(), ids=lambda file: file.name)
def test_all_that_we_ship_is_right(run, file):
    for args in ([], *(["--profile", name] for name in profiles(file))):
        result = run("check", file, *args)
        assert result.returncode == 0, result.stderr
        assert "is not a setting" not in result.stderr


def test_the_interop_suite_has_its_files_and_profiles():
    names = {"base", "redis", "js-echo-server", "py-test-harness"}
    for name in names:
        assert profiles(ROOT / "configs" / f"{name}.toml") == {"development", "ci", "production"}


def test_the_interop_suite_is_configured_by_its_variables(run):
    suite = {"REDIS_ADDR": "elsewhere:1", "TEST_ID": "t7", "SHUTDOWN_TIMEOUT": "12"}
    text = run("check", "--print", ROOT / "configs" / "js-echo-server.toml", env=suite).stdout
    assert text.count("redis://elsewhere:1") == 3
    assert 'fields.test_id = "t7"' in text
    assert 'timeout = "12s"  # environment SHUTDOWN_TIMEOUT' in text


def test_the_suites_of_libp2p_are_configured_by_their_variables(run):
    listener = ROOT / "configs" / "libp2p-listener.toml"
    dialer = ROOT / "configs" / "libp2p-dialer.toml"
    new = {"REDIS_ADDR": "r:1", "TEST_KEY": "0a1b2c3d", "TEST_TIMEOUT_SECS": "90"}
    old = {"redis_addr": "r:1", "test_timeout_seconds": "90"}
    for file in (listener, dialer):
        for args, env, key in (([], new, "0a1b2c3d_listener_multiaddr"),
                               (["-p", "test-plans"], old, "listenerAddr")):
            text = run("check", "--print", file, *args, env=env).stdout
            assert f'key = "{key}"' in text
            assert text.count('r:1"') == (2 if file == listener else 1)
            # What is waited for, and then the life, end before the suite's own limit does.
            assert text.count('"63s"') == (2 if file == listener else 1)
            assert text.count('"81s"') == 1


def test_a_relative_command_begins_in_the_workdir(run, write, tmp_path):
    (tmp_path / "app").mkdir()
    program = tmp_path / "app" / "run.sh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for command in "./run.sh", "../app/run.sh":
        file = write("a.toml", f'[service]\ncommand = ["{command}"]\nworkdir = "{tmp_path}/app"\n')
        assert run("check", file, cwd="/").stderr == ""
    file = write("a.toml", f'[service]\ncommand = ["./gone.sh"]\nworkdir = "{tmp_path}/app"\n')
    assert 'cannot find "./gone.sh" here' in run("check", file, cwd="/").stderr
    # One without a slash is looked for in the PATH that the service will have.
    file = write("a.toml", f'[service]\ncommand = ["run.sh"]\nenvironment = {{ PATH = "{tmp_path}/app" }}\n')
    assert run("check", file, cwd="/").stderr == ""


def test_environment_files_are_read(run, write):
    good = write("good.env", 'A="x\ny" # comment\nexport B=1\n')
    bad = write("bad.env", "A=1\nB C=2\n")
    file = write("a.toml", f'[service]\ncommand = ["true"]\nenvironment_files = ["{good}", "{bad}"]\n')
    result = run("check", file)
    assert result.returncode == 91
    assert result.stderr.startswith(f"{bad}:2: ")
    assert "is no name of a variable" in result.stderr
    file = write("a.toml", f'[service]\ncommand = ["true"]\nenvironment_files = ["{good}", "/gone.env"]\n')
    result = run("check", file)
    assert result.returncode == 0
    assert 'cannot read "/gone.env" here' in result.stderr


def test_a_command_that_is_misspelt(run):
    result = run("chek")
    assert result.returncode == 90
    assert "did you mean `usher check`?" in result.stderr
