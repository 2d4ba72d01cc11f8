"""Hooks: before the start, once ready, before the stop and after it, each within its limit."""

import re

import pytest

from harness import helper, milliseconds, state, with_time_enough


def sh(script):
    return ("--", "sh", "-c", script)


def hooks(**points):
    return "[hooks]\n" + "".join(f"{point} = {commands}\n" for point, commands in points.items())


def test_run_in_their_places_and_print_to_stderr(anywhere, tmp_path):
    told = tmp_path / "told"
    config = hooks(**{point: f'[["sh", "-c", "echo {point} >> {told}; echo heard {point}"]]'
                      for point in ("pre_start", "post_ready", "pre_stop", "post_stop")})
    run = anywhere(*sh(f"echo service >> {told}; echo up; exec sleep 1000"), config=config)
    run.err.wait_text("heard post_ready\n")
    run.out.wait_text("up\n")
    assert run.stop() == 143
    lines = told.read_text().split()
    # post_ready and the service itself run side by side.
    assert sorted(lines[1:3]) == ["post_ready", "service"]
    assert lines[:1] + lines[3:] == ["pre_start", "pre_stop", "post_stop"]
    assert run.out.text() == "up\n"
    assert run.err.text().count("heard") == 4


def test_of_one_point_run_one_after_the_other_and_the_first_failure_ends_the_row(usher, tmp_path):
    told = tmp_path / "told"
    config = hooks(pre_start=f'[["sh", "-c", "echo 1 >> {told}"], ["sh", "-c", "echo 2 >> {told}; exit 4"], '
                             f'["sh", "-c", "echo 3 >> {told}"]]')
    run = usher("--", "true", config=config)
    assert run.wait() == 98
    assert told.read_text() == "1\n2\n"
    assert run.events("hook_failed")[0]["code"] == 4


def test_that_take_too_long_are_killed_with_all_they_started(anywhere):
    def attempt(limit):
        hook = 'sleep 1000 & echo up $! >&2; wait'
        run = anywhere("--", "true", config=hooks(
            pre_start=f'[{{ command = ["sh", "-c", "{hook}"], timeout = "{limit}" }}]'))
        assert run.wait() == 98
        assert limit in run.events("hook_failed")[0]["message"]
        return (said := re.search(r"up (\d+)\n", run.err.text())) and (run, int(said.group(1)))

    run, started = with_time_enough(attempt)
    assert run.is_pid_1 or state(started) == ""  # of PID 1's namespace nothing is left anyway


def cut(run):
    """What the log and the report say of hooks that were cut."""
    logged = [(event["hook"], event["command"]) for event in run.events("hook_failed") if "killed" in event["message"]]
    assert logged == [(hook["hook"], hook["command"]) for hook in run.report["cut_hooks"]]
    return logged


@pytest.mark.parametrize("rows", ['[["sleep", "1000"]]', '[["true"], ["sleep", "1000"], ["sleep", "1001"]]',
                                  '[["sh", "-c", "trap : TERM; sleep 1000 & while :; do wait; done"]]'])
def test_that_hang_before_the_stop_leave_the_service_its_signal_and_its_time(anywhere, rows):
    def attempt(limit):
        config = hooks(pre_stop=rows) + f'[shutdown]\ntimeout = "{limit}"\n'
        run = anywhere("--", helper("signal_log"), config=config)
        run.out.wait_text("up\n")
        code = run.stop()
        assert code in (0, 137)
        assert [point for point, _ in cut(run)] == ["pre_stop"]
        return code == 0 and run

    run = with_time_enough(attempt)
    assert "got 15\n" in run.out.text()
    assert "its share of what was left of shutdown.timeout" in run.events("hook_failed")[0]["message"]


def test_that_have_been_given_more_than_half_of_the_stop_have_it(usher):
    def attempt(limit):
        whole = milliseconds(limit)
        config = hooks(pre_stop=f'{{ command = ["sleep", "{0.6 * whole / 1000}"], timeout = "{int(0.8 * whole)}ms" }}')
        run = usher("--", helper("signal_log"), config=config + f'[shutdown]\ntimeout = "{limit}"\n')
        run.out.wait_text("up\n")
        return run.stop() == 0 and not run.events("hook_failed")

    with_time_enough(attempt)


def test_that_hang_after_the_stop_end_within_what_is_left_of_it(anywhere):
    config = hooks(post_stop='[["sleep", "1000"]]') + '[shutdown]\ntimeout = "300ms"\nlast_words = "200ms"\n'
    run = anywhere("--", helper("signal_log"), config=config)
    run.out.wait_text("up\n")
    assert run.stop() in (0, 137)
    assert cut(run) == [("post_stop", "sleep")]
    assert run.report["cut_hooks"][0]["after_ms"] < 30_000  # what hooks.timeout would have allowed


def test_that_hang_after_an_end_of_its_own_have_the_time_of_a_stop_once_one_is_asked_for(anywhere):
    config = hooks(post_stop='[["sh", "-c", "echo hangs; sleep 1000"]]') + '[shutdown]\ntimeout = "300ms"\n'
    run = anywhere("--", "true", config=config)
    run.err.wait_text("hangs\n")
    assert run.stop() == 0
    assert cut(run) == [("post_stop", "sh")]


def test_of_a_stop_that_fail_change_nothing(usher):
    config = hooks(pre_stop='[["false"]]', post_stop='[["false"]]')
    run = usher("--", helper("signal_log"), config=config)
    run.out.wait_text("up\n")
    assert run.stop() == 0
    assert len(run.events("hook_failed")) == 2


def test_that_cannot_be_executed_say_why(usher):
    run = usher("--", "true", config=hooks(pre_start='[["/no/such/hook"]]'))
    assert run.wait() == 98
    assert "/no/such/hook" in run.events("hook_failed")[0]["message"]
    assert run.report["orphans_reaped"] == 0  # what could not execute it was a child of ours


def test_that_cannot_be_executed_are_no_orphans(usher):
    run = usher(*sh("read line; exit 3"), config=hooks(post_ready='[["/no/such/hook"]]'))
    assert run.wait() == 3
    assert run.report["orphans_reaped"] == 0


def test_after_the_stop_know_how_it_ended(usher):
    config = hooks(post_stop='[["sh", "-c", "echo ended $USHER_EXIT_CODE $USHER_REASON"]]')
    run = usher(*sh("exit 6"), config=config)
    assert run.wait() == 6
    assert "ended 6 exited\n" in run.err.text()


def test_once_ready_know_the_value(usher):
    config = hooks(post_ready='[["sh", "-c", "echo value $USHER_READY_VALUE"]]') + \
        "[readiness]\nprobe = { type = \"stdout\", pattern = 'port [0-9]+' }\n"
    run = usher(*sh("echo port 7; exec sleep 1000"), config=config)
    run.err.wait_text("value port 7\n")
    assert run.stop() == 143


@pytest.mark.parametrize("when", ["end", "stop"])
def test_cleanup_removes_the_files_that_are_left(usher, tmp_path, when):
    left = tmp_path / "socket"
    left.write_text("")
    run = usher(*sh("echo up; " + ("exit 0" if when == "end" else "exec sleep 1000")),
                config=f'[shutdown]\ncleanup = {{ files = ["{left}", "{tmp_path}/absent"] }}\n')
    run.out.wait_text("up\n")
    if when == "stop":
        run.stop()
    else:
        run.wait()
    assert not left.exists()
    assert not run.events("cleanup_failed")
