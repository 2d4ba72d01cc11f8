"""Output: stdout belongs to the service, byte for byte, and waits for nobody but its reader."""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess

import pytest

import harness
from harness import Stream, descendants, helper, state, until, with_time_enough

PLAIN = None
READING = '[exit]\nresult = "never seen"\n'                    # looks at every line to the end
READ_ONCE = '[readiness]\nprobe = { type = "stdout", pattern = "^go$" }\n'  # and then moves pages
CONFIGS = pytest.mark.parametrize("config", [PLAIN, READING], ids=["inherited", "read"])
SIZE = 10_000_000


def sh(script):
    return ("--", "sh", "-c", script)


@pytest.fixture(scope="module")
def expected():
    """The digest of what tests/helper/out prints, seen without usher."""
    bare = subprocess.run([helper("out"), str(SIZE), "65536"], stdout=subprocess.PIPE, check=True)
    assert len(bare.stdout) == SIZE and len(set(bare.stdout)) == 256
    return hashlib.sha256(bare.stdout).hexdigest()


def digest(data):
    return hashlib.sha256(data).hexdigest()


class TestEveryByte:
    @pytest.mark.parametrize("each", [777, 4096, 65536, 1_000_000])
    @CONFIGS
    def test_through_a_pipe(self, anywhere, expected, config, each):
        run = anywhere("--", helper("out"), str(SIZE), str(each), config=config)
        assert run.wait() == 0
        assert digest(run.out.bytes()) == expected

    @pytest.mark.parametrize("each", [777, 65536])
    def test_after_the_last_line_that_had_to_be_read(self, anywhere, expected, each):
        run = anywhere(*sh(f"echo go; exec {helper('out')} {SIZE} {each}"), config=READ_ONCE)
        assert run.wait() == 0
        assert digest(run.out.bytes()[3:]) == expected

    @pytest.mark.parametrize("flags", [0, os.O_APPEND])
    @CONFIGS
    def test_into_a_file(self, usher, expected, tmp_path, config, flags):
        file = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT | flags)
        run = usher("--", helper("out"), str(SIZE), "65536", config=config, stdout=file)
        os.close(file)
        assert run.wait() == 0
        assert digest((tmp_path / "out").read_bytes()) == expected

    @CONFIGS
    def test_into_a_socket(self, usher, expected, config):
        ours, theirs = socket.socketpair()
        reader = Stream(ours.detach())
        run = usher("--", helper("out"), str(SIZE), "65536", config=config, stdout=theirs.fileno())
        theirs.close()
        assert run.wait() == 0
        assert digest(reader.wait_end()) == expected

    @CONFIGS
    def test_with_a_reader_that_takes_little_at_a_time(self, usher, config, expected):
        read, write = os.pipe()
        run = usher("--", helper("out"), "300000", "65536", config=config, stdout=write)
        os.close(write)
        got = b""
        while part := os.read(read, 1000):
            got += part
        os.close(read)
        assert run.wait() == 0
        bare = subprocess.run([helper("out"), "300000", "65536"], stdout=subprocess.PIPE, check=True)
        assert got == bare.stdout

    def test_through_a_descriptor_that_somebody_else_has_made_non_blocking(self, usher, expected):
        read, write = os.pipe()
        os.set_blocking(write, False)
        reader = Stream(read)
        run = usher("--", helper("out"), str(SIZE), "65536", config=READING, stdout=write)
        os.close(write)
        assert run.wait() == 0
        assert digest(reader.wait_end()) == expected

    @CONFIGS
    def test_of_a_last_line_without_its_end(self, anywhere, config):
        run = anywhere("--", "printf", "one\\ntwo", config=config)
        assert run.wait() == 0
        assert run.out.bytes() == b"one\ntwo"

    @CONFIGS
    def test_of_stderr_among_our_own_lines(self, usher, config):
        run = usher(*sh("printf 'lonely \\001\\377 bytes\\n' >&2"), config=config)
        assert run.wait() == 0
        assert b"lonely \x01\xff bytes\n" in run.err.bytes()

    @pytest.mark.skipif(not shutil.which("node"), reason="no node")
    @pytest.mark.parametrize("config", [READING, READ_ONCE], ids=["read", "not ready"])
    def test_of_a_node_program_that_exits_right_after_a_megabyte(self, usher, config):
        """Node writes to a pipe without waiting for it; what does not fit is lost at exit()."""
        script = 'process.stdout.write("go\\n" + "x".repeat(1 << 20).slice(64)); process.exit(0)'
        # As in a container: the reader of our output may be slower than this, but not by five seconds.
        for _ in range(5):
            read, write = os.pipe()
            run = usher("--", "node", "-e", script, config=config, stdout=write)
            os.close(write)
            run.wait_event("service_exited")
            got = Stream(read).wait_end()
            assert run.wait() == 0
            if not run.events("output_not_read"):
                break
        assert len(got) == 3 + (1 << 20) - 64


def test_nothing_of_ours_is_on_stdout_at_any_level(anywhere):
    run = anywhere("--", "echo", "mine", config=READING + '[log]\nlevel = "debug"\n')
    assert run.wait() == 0
    assert run.out.bytes() == b"mine\n"
    assert len(run.events()) > 5


@pytest.mark.parametrize("script", ["printf 12345", "printf 12345; sleep 1000 & exec true"],
                         ids=["ended", "held"])
def test_bytes_that_a_full_disk_does_not_take_are_counted(anywhere, script):
    with open("/dev/full", "w") as full:
        run = anywhere(*sh(script), config=READING, stdout=full)
        assert run.wait() == 0
    assert run.report["output_bytes_lost"] == 5


def test_a_reader_that_has_stopped_is_given_up_and_what_it_did_not_take_is_counted(usher):
    """It holds up the exit for five seconds in which nothing moves."""
    read, write = os.pipe()
    size = fcntl.fcntl(write, fcntl.F_GETPIPE_SZ) + 10_000
    run = usher(*sh(f"head -c {size} /dev/zero"), config=READING, stdout=write)
    os.close(write)
    assert run.wait() == 0
    assert "stopped reading" in run.events("output_not_read")[0]["message"]
    arrived = len(Stream(read).wait_end())
    assert 0 < arrived < size
    # A write of which a part has gone out is counted as a whole.
    assert size - arrived <= run.report["output_bytes_lost"] <= size


def test_the_service_inherits_the_descriptors_where_nothing_is_read(anywhere):
    read, write = os.pipe()
    name = os.readlink(f"/proc/self/fd/{write}")
    run = anywhere("--", "readlink", "/proc/self/fd/1", stdout=write)
    os.close(write)
    assert run.wait() == 0
    assert Stream(read).wait_end().decode().strip() == name


@pytest.mark.parametrize("stream, inherited", [("stdout", 2), ("stderr", 1)])
def test_the_stream_that_is_not_read_is_inherited_all_the_same(usher, stream, inherited):
    ends = {1: os.pipe(), 2: os.pipe()}
    names = {fd: os.readlink(f"/proc/self/fd/{write}") for fd, (_, write) in ends.items()}
    config = f'[readiness]\nprobe = {{ type = "{stream}", pattern = "^pipe" }}\n'
    run = usher(*sh("for fd in 1 2; do readlink /proc/$$/fd/$fd >&$fd; done"), config=config,
                stdout=ends[1][1], stderr=ends[2][1])
    for _, write in ends.values():
        os.close(write)
    texts = {fd: Stream(read) for fd, (read, _) in ends.items()}
    assert run.wait() == 0
    seen = {fd: text.wait_end().decode().splitlines() for fd, text in texts.items()}
    other = 3 - inherited
    assert names[inherited] in seen[inherited]
    assert names[other] not in seen[other]


class TestSlowReaders:
    def test_of_stdout_delay_no_signal_and_no_reaping(self, anywhere):
        read, write = os.pipe()
        script = f"trap 'echo got >&2' USR1; {helper('out')} 5000000 65536 & while :; do wait; done"
        run = anywhere("--", "bash", "-c", script, config=READING, stdout=write)
        os.close(write)
        until(lambda: any(state(pid) == "S" for pid in descendants(run.pid)[1:]))
        run.send(signal.SIGUSR1)
        run.err.wait_text("got\n")
        run.send(signal.SIGTERM)
        run.wait_event("service_exited")
        os.close(read)
        assert run.wait() == 143

    def test_of_stdout_that_has_stopped_holds_up_the_end_for_a_bounded_time(self, usher):
        read, write = os.pipe()
        run = usher(*sh(f"{helper('out')} 600000 65536; exit 4"), config=READING, stdout=write)
        os.close(write)
        assert run.wait() == 4
        assert run.events("output_not_read")
        os.close(read)

    def test_of_stderr_delay_nothing(self, anywhere):
        """A full pipe at stderr: start, signals, stop and exit all go on, and lines are counted."""
        read, write = os.pipe()
        os.set_blocking(write, False)
        try:
            while os.write(write, b"." * 4096):
                pass
        except BlockingIOError:
            os.set_blocking(write, True)
        run = anywhere("--", helper("signal_log"), stderr=write, config='[log]\nlevel = "debug"\n',
                       env={"LIFECYCLE_TIMEOUT": "1000s"})
        run.out.wait_text("up\n")
        for _ in range(1000):
            run.send(signal.SIGRTMIN)
        run.out.wait_text(f"got {int(signal.SIGRTMIN)}\n", times=1000)
        assert run.stop() == 0
        os.close(write)
        os.close(read)

    def test_of_stderr_get_the_lines_that_were_kept_and_how_many_were_dropped(self, anywhere):
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        run = anywhere("--", helper("signal_log"), stderr=write, config='[log]\nlevel = "debug"\n')
        os.close(write)
        run.out.wait_text("up\n")
        for _ in range(1000):
            run.send(signal.SIGRTMIN)
        run.out.wait_text(f"got {int(signal.SIGRTMIN)}\n", times=1000)
        run.err = Stream(read)
        run.wait_event("log_dropped")
        assert run.stop() == 0
        assert run.report["log_lines_dropped"] >= run.events("log_dropped")[-1]["lines"] > 0

    @CONFIGS
    def test_that_go_away_give_the_service_its_sigpipe(self, anywhere, config):
        read, write = os.pipe()
        run = anywhere("--", helper("out"), "100000000", "65536", config=config, stdout=write)
        os.close(write)
        os.read(read, 1000)
        os.close(read)
        assert run.wait() == 128 + signal.SIGPIPE

    def test_of_stderr_that_go_away_change_nothing(self, anywhere):
        read, write = os.pipe()
        os.close(read)
        run = anywhere("--", helper("signal_log"), stderr=write, config='[log]\nlevel = "debug"\n')
        os.close(write)
        run.out.wait_text("up\n")
        assert run.stop() == 0


class TestOtherHolders:
    """Who still holds the service's output must not hold us up."""

    def test_a_grandchild_with_the_pipe_is_drained_and_not_waited_for_beyond_the_limit(self, anywhere):
        def attempt(limit):
            run = anywhere(*sh(f"{helper('ignore')} daemon; exit 6"), config=READING, env={"SHUTDOWN_TIMEOUT": limit})
            assert run.wait() == 6
            return run.out.text()

        assert with_time_enough(attempt) == "up\n"

    def test_a_process_that_is_not_ours_may_keep_the_pipe(self, anywhere):
        run = anywhere(*sh("echo up; read line; exit 6"), config=READING, stdin=subprocess.PIPE)
        run.out.wait_text("up\n")
        service, = descendants(run.pid)
        held = os.open(f"/proc/{service}/fd/1", os.O_WRONLY)
        run.stdin.close()
        assert run.wait() == 6
        os.close(held)

    def test_not_in_the_next_attempt_either(self, usher):
        config = '[readiness]\nprobe = { type = "stdout", pattern = "^ready$" }\n' \
                 '[startup]\nretries = 2\nbackoff = { initial = "10ms" }\n'
        run = usher(*sh("echo up; read line || { echo ready; exit 0; }; exit 1"), config=config,
                    stdin=subprocess.PIPE)
        run.out.wait_text("up\n")
        service, = descendants(run.pid)
        held = os.open(f"/proc/{service}/fd/1", os.O_WRONLY)
        run.stdin.write(b"\n")
        run.stdin.close()
        assert run.wait() == 0
        os.close(held)
        assert run.out.text() == "up\nup\nready\n"


class TestLog:
    def test_goes_to_a_file_where_it_should(self, anywhere, tmp_path):
        run = anywhere("--", "true", config=f'[log]\nfile = "{tmp_path}/log"\n')
        assert run.wait() == 0
        assert run.err.text() == ""
        told = [e["event"] for e in harness.events_of((tmp_path / "log").read_text())]
        assert told[0] == "spawned" and told[-2:] == ["service_exited", "report"]

    def test_goes_to_an_inherited_descriptor_that_the_service_has_as_well(self, anywhere):
        read, write = os.pipe()
        run = anywhere(*sh("exit 0"), config=f'[log]\nfile = "{write}"\n', pass_fds=[write])
        os.close(write)
        assert run.wait() == 0
        assert run.err.text() == ""
        assert harness.events_of(Stream(read).wait_end().decode())[-1]["event"] == "report"

    def test_says_so_where_its_file_cannot_be_opened_and_uses_stderr(self, usher):
        run = usher("--", "true", config='[log]\nfile = "/no/such/dir/log"\n')
        assert run.wait() == 0
        assert "/no/such/dir/log" in run.events("log_file")[0]["message"]

    def test_has_fields_and_a_prefix(self, usher):
        run = usher("--", "true", env={"TEST_ID": "42"}, config='''
[log]
prefix = "usher: "
fields = { test_id = "${TEST_ID:-none}" }
''')
        assert run.wait() == 0
        first = run.err.text().splitlines()[0]
        assert first.startswith('usher: {"ts":"')
        assert '"test_id":"42"' in first

    def test_is_text_where_that_is_wanted(self, usher):
        run = usher("--", "true", config='[log]\nformat = "text"\n')
        assert run.wait() == 0
        assert run.err.text().splitlines()[0].split()[1:3] == ["info", "spawned"]

    def test_is_silent_where_that_is_wanted(self, anywhere):
        run = anywhere("--", "sh", "-c", "exit 3", config='[log]\nlevel = "off"\n')
        assert run.wait() == 3
        assert run.err.text() == ""
