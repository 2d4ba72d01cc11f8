"""The termination message while the service lives: whoever kills all of the container at once, as the kernel
does with memory.oom.group, leaves one that can be read."""

import json
import random
import signal

import pytest

import harness
from harness import until

SIZE = 3072


def sh(script):
    return ("--", "sh", "-c", script)


def text_of(file):
    """Not one that is being copied while it is read."""
    while (text := file.read_text()) != file.read_text():
        pass
    return text


def message_of(file):
    """The whole of it, as a kubelet shows it."""
    text = text_of(file)
    assert "\0" not in text
    assert len(text) <= 4096
    return json.loads(text)


def killed(run, file):
    """What is left when usher, and with it its namespace, gets SIGKILL."""
    run.send(signal.SIGKILL)
    run.wait_exit()
    return message_of(file)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "termination"
    path.write_text("")
    return path


def config_with(file, more=""):
    return f'[report]\ntermination_file = "{file}"\n{more}'


READY = '[readiness]\nprobe = { type = "stdout", pattern = "^ready$" }\n'


def test_says_how_it_was_when_all_was_killed(usher, file):
    run = usher(*sh("echo ready; exec sleep 1000"), config=config_with(file, READY))
    run.wait_event("ready")
    until(lambda: '"state":"ready"' in file.read_text())
    message = killed(run, file)
    assert (message["event"], message["reason"], message["exit_code"]) == ("report", "without_a_word", 137)
    assert message["detail"].startswith("ended without a word")
    assert message["last_heard"]["state"] == "ready"
    assert message["ready"] and message["attempts"] == 1
    assert message["phases_ms"]["ready"] >= 0


def test_can_be_read_whenever_the_end_comes(usher, tmp_path):
    moments = random.Random(28)
    for i in range(30):
        file = tmp_path / str(i)
        file.write_text("")
        run = usher(*sh("echo ready; echo line; exit 3"), config=config_with(file, READY + """
[restart]
policy = "always"
max = 1000000
[startup]
backoff = { initial = "1ms", max = "1ms" }
"""))
        run.err.wait_for(lambda text, lines=moments.randrange(1, 40): text.count("\n") >= lines, "lines")
        message = killed(run, file)
        assert message["reason"] == "without_a_word"
        assert message["last_heard"]["state"] in ("waiting", "starting", "ready", "stopping", "backoff")


def test_is_there_in_the_middle_of_a_clean_end(usher, tmp_path):
    """Whoever looks sees a whole one at every moment, whichever it is."""
    file = tmp_path / "termination"
    file.write_text("")
    seen = set()
    for _ in range(10):
        run = usher(*sh("exit 3"), config=config_with(file))
        run.wait_event("spawned")
        while not run.has_ended():
            seen.add(message_of(file)["reason"])
        assert run.wait() == 3
        assert message_of(file)["reason"] == "exited"
    assert seen <= {"without_a_word", "exited"}


def test_gives_its_place_to_the_report(usher, file):
    run = usher(*sh("exit 3"), config=config_with(file))
    assert run.wait() == 3
    text = file.read_text()
    assert text.startswith('{"event":"report"') and text.endswith("}")
    message = json.loads(text)
    assert (message["reason"], message["exit_code"]) == ("exited", 3)
    assert "last_heard" not in message


def test_has_the_last_line_while_one_is_waited_for(usher, file):
    run = usher(*sh('while read line; do echo "$line"; done'), config=config_with(file, READY), stdin=-1)
    run.wait_event("spawned")
    for line in (b"loading the first half\n", b"loading the second half\n"):
        run.stdin.write(line)
        run.stdin.flush()
        until(lambda text=line.decode().strip(): f'"last_line":"{text}"' in file.read_text())
    message = killed(run, file)
    assert message["last_heard"]["last_line"] == "loading the second half"
    assert 'the last line is "loading the second half"' in message["detail"]


def test_has_the_check_that_has_failed_last(usher, file, tmp_path):
    lock = tmp_path / "lock"
    lock.write_text("")
    run = usher(*sh("exec sleep 1000"), config=config_with(file, f"""
[[health]]
name = "lock"
interval = "50ms"
start_period = "0s"
failure_threshold = 1000
probe = {{ type = "file", path = "{lock}" }}
"""))
    run.wait_event("check_passing")
    lock.unlink()
    until(lambda: '"check":"lock failed' in file.read_text())
    message = killed(run, file)
    assert message["last_heard"]["check"].startswith("lock failed: ")
    assert "check lock failed" in message["detail"]


def test_has_the_memory_as_it_was_looked_at(usher, file):
    run = usher("--resources.interval", "1s", *sh("exec sleep 1000"), config=config_with(file))
    run.wait_event("spawned")
    if "memory_bytes" not in message_of(file).get("last_heard", {}):
        until(lambda: message_of(file)["last_heard"]["state"] == "ready")
    before = message_of(file)
    if "memory_bytes" not in before["last_heard"]:
        pytest.skip("no memory group here")
    until(lambda: message_of(file)["ended_at"] != before["ended_at"])
    assert " MiB" in killed(run, file)["detail"]


@pytest.mark.parametrize("how", ["echo quota > {}", "echo quota >> {}", "echo quota | dd of={} conv=notrunc status=none"])
def test_leaves_the_word_to_the_service(usher, file, how):
    script = how.format(file)
    run = usher(*sh(f"echo ready; read line; {script}; echo done; read line; exit 3"),
                config=config_with(file, READY), stdin=-1)
    run.wait_event("ready")
    until(lambda: '"state":"ready"' in file.read_text())
    run.stdin.write(b"\n")
    run.stdin.flush()
    run.out.wait_text("done\n")
    run.send(signal.SIGUSR1)  # ends it, which is something to tell
    assert run.wait() != 0
    said, _, report = file.read_text().partition("\n")
    assert said == "quota"
    assert json.loads(report)["reason"] == "signaled"


@pytest.mark.parametrize("how, left", [(">", "quota\n"), (">>", None)])
def test_nothing_is_written_over_what_the_service_has_said(usher, file, how, left):
    run = usher(*sh(f"echo ready; read line; echo quota {how} {file}; echo done; exec sleep 1000"),
                config=config_with(file, READY), stdin=-1)
    run.wait_event("ready")
    until(lambda: '"state":"ready"' in file.read_text())
    record = file.read_text()
    run.stdin.write(b"\n")
    run.stdin.flush()
    run.out.wait_text("done\n")
    run.send(signal.SIGKILL)
    run.wait_exit()
    assert file.read_text() == (left or record + "quota\n")


@pytest.mark.parametrize("size", [4000, 6000])
def test_goes_away_where_the_services_message_needs_the_room(usher, file, size):
    own = "x" * size
    run = usher(*sh(f"printf %s {own} >> {file}; exit 3"), config=config_with(file))
    assert run.wait() == 3
    assert file.read_text() == own


@pytest.mark.parametrize("own", ["append", "keep", "replace"])
def test_what_others_have_left_in_the_file_stays_while_the_service_lives(usher, file, own):
    file.write_text("of somebody")
    run = usher(*sh("exec sleep 1000"), config=config_with(file, f'termination_message = "{own}"\n'))
    run.wait_event("spawned")
    run.send(signal.SIGKILL)
    run.wait_exit()
    assert file.read_text() == "of somebody"


def test_takes_the_place_of_the_report_of_an_earlier_life(usher, file):
    assert usher(*sh("exit 3"), config=config_with(file)).wait() == 3
    run = usher(*sh("exec sleep 1000"), config=config_with(file))
    run.wait_event("spawned")
    assert killed(run, file)["reason"] == "without_a_word"
    assert len(file.read_text()) == SIZE
    assert usher(*sh("exit 4"), config=config_with(file)).wait() == 4
    assert message_of(file)["exit_code"] == 4


def test_can_be_had_without(usher, file):
    run = usher(*sh("exec sleep 1000"), config=config_with(file, "record = false\n"))
    run.wait_event("spawned")
    assert file.read_text() == ""
    assert run.stop() == 143
    assert message_of(file)["reason"] == "stopped"


def test_goes_to_another_file_with_a_reload(usher, file, tmp_path):
    other = tmp_path / "other"
    other.write_text("")
    run = usher(*sh("exec sleep 1000"), config=config_with(file))
    run.wait_event("spawned")
    config = run.path("service.toml")
    with open(config, "w", encoding="utf-8") as text:
        text.write(config_with(other))
    from control_client import ask
    assert ask(run, "reload").returncode == 0
    assert file.read_text() == ""
    assert message_of(other)["reason"] == "without_a_word"
    assert run.stop() == 143
    assert message_of(other)["reason"] == "stopped"
    assert file.read_text() == ""


@pytest.mark.skipif(harness.SANITIZED, reason="a sanitizer's runtime makes calls of its own")
def test_costs_no_call_at_rest(usher, file):
    """The service works on and usher sleeps: nothing wakes it, and it writes nothing."""
    run = usher(*sh('while read line; do echo "$line"; done'), config=config_with(file), stdin=-1)
    run.wait_event("spawned")

    def wakeups():
        return harness.status(run.pid, "voluntary_ctxt_switches"), file.stat().st_mtime_ns

    def sleeps_through_work():
        before = wakeups()
        lines = run.out.text().count("\n")
        for n in range(1, 6):
            run.stdin.write(b"line\n" * 1000)
            run.stdin.flush()
            run.out.wait_text("line\n", lines + 1000 * n)
        return wakeups() == before
    until(lambda: '"state":"ready"' in file.read_text())
    until(sleeps_through_work)  # once the start is over


def test_a_file_that_cannot_be_written_to_is_no_harm(usher, tmp_path):
    for path in (tmp_path / "absent", tmp_path):
        run = usher(*sh("exit 3"), config=config_with(path))
        assert run.wait() == 3
        assert run.events("report_failed")
