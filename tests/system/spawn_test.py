"""What the service is started with: descriptors, user, directory, limits, environment."""

import fcntl
import os
import resource
import signal
import socket
import subprocess
import tempfile

import pytest

import harness
from control_client import ask
from harness import descendants, descriptors, helper, until

NOBODY = 65534
TAPPED = '[exit]\nresult = "x"\n'
LIST_FDS = "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd')))"


def python(script):
    return ("--", "python3", "-c", script)


def sh(script):
    return ("--", "sh", "-c", script)


class TestDescriptors:
    @pytest.mark.parametrize("config", [None, TAPPED, '[hooks]\npre_start = [["true"]]\n'],
                             ids=["plain", "tapped", "hook"])
    def test_the_service_has_the_standard_ones_and_no_more(self, anywhere, config):
        run = anywhere(*python(LIST_FDS), config=config)
        assert run.wait() == 0
        assert run.out.text() == "[0, 1, 2, 3]\n"  # 3 is the listing itself

    @pytest.mark.parametrize("lowest", [3, 50, 300])
    def test_those_passed_to_us_reach_the_service_and_are_not_held_by_us(self, anywhere, lowest):
        ours, theirs = socket.socketpair()
        with ours, tempfile.TemporaryFile() as another:
            passed = fcntl.fcntl(theirs, fcntl.F_DUPFD, lowest)
            theirs.close()
            given = {descriptors(os.getpid())[fd] for fd in (passed, another.fileno())}
            run = anywhere("--", helper("signal_log"), pass_fds=[passed, another.fileno()])
            run.out.wait_text("up\n")
            service, = descendants(run.pid)
            assert given <= set(descriptors(service).values())
            until(lambda: not given & set(descriptors(run.pid).values()))
            os.close(passed)
            assert run.stop() == 0
            assert ours.recv(1) == b""

    def test_usher_keeps_what_another_attempt_needs(self, anywhere, tmp_path):
        config = '[readiness]\nprobe = { type = "stdout", pattern = "^ready$" }\n' \
                 '[startup.backoff]\ninitial = "10ms"\n'
        read, write = os.pipe()
        script = f"echo attempt >&{write}; test -e $0 && exec echo ready; touch $0; exit 1"
        run = anywhere("--", "bash", "-c", script, str(tmp_path / "again"), config=config,
                       pass_fds=[write])
        os.close(write)
        assert run.wait() == 0
        assert harness.Stream(read).wait_end() == b"attempt\nattempt\n"

    @staticmethod
    def started_with_one(usher, **options):
        """The number of a descriptor that was passed on, and a service that says whether it has it."""
        with open("/dev/null", encoding="ascii") as passed:
            number = passed.fileno()
            run = usher(*sh(f"test -e /proc/self/fd/{number} && echo has it; exec sleep 1000"),
                        pass_fds=[number], **options)
        run.out.wait_text("has it\n")
        return number, run

    def test_a_restart_without_those_passed_to_us_is_refused(self, usher):
        number, run = self.started_with_one(usher)
        until(lambda: descriptors(run.pid).get(number) != "/dev/null")  # the number may be another's by now
        refused = ask(run, "restart")
        assert refused.returncode == 1
        assert "cannot restart sh: usher has closed what it was given for it" in refused.stderr
        assert '(1 open)' in refused.stderr and 'restart.policy "on-failure"' in refused.stderr
        assert run.stop() == 143
        assert run.report["attempts"] == 1

    def test_a_restart_finds_them_where_one_was_to_be_expected(self, usher):
        _, run = self.started_with_one(usher, config='[restart]\npolicy = "on-failure"\n')
        assert ask(run, "restart").returncode == 0
        run.out.wait_text("has it\n", times=2)
        assert run.stop() == 143

    def test_a_check_that_restarts_keeps_them_as_well(self, usher, tmp_path):
        # Fails once each time the file is made, so the second life is not ended before it speaks.
        config = f'''[[health]]
name = "file"
probe = {{ type = "exec", command = ["sh", "-c", "! rm {tmp_path}/fail 2>/dev/null"] }}
interval = "20ms"
failure_threshold = 1
on_failure = "restart"
[startup.backoff]
initial = "10ms"
'''
        _, run = self.started_with_one(usher, config=config)
        (tmp_path / "fail").touch()
        run.out.wait_text("has it\n", times=2)
        assert run.stop() == 143

    @pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
    @pytest.mark.parametrize("config", [None, TAPPED], ids=["plain", "tapped"])
    def test_closed_standard_descriptors_stay_closed_and_get_nothing_of_ours(self, anywhere, closed,
                                                                             config, tmp_path):
        seen = tmp_path / "seen"
        command = f"ls -l /proc/$$/fd > {seen}; exit 0"
        shut = " ".join(f"{fd}>&-" for fd in closed)
        run = anywhere("--", "bash", "-c", command, config=config,
                       program=["bash", "-c", f'exec "$@" {shut}', "bash", harness.USHER])
        assert run.wait() == 0
        listed = seen.read_text()
        for fd in closed:
            if fd != 1 or config is None:  # its output is read, so it has one
                assert f" {fd} ->" not in listed
        assert "anon_inode" not in listed and "socket" not in listed

    def test_an_endless_stdin_is_the_services(self, anywhere):
        run = anywhere("--", "cat", stdin=subprocess.PIPE)
        run.stdin.write(b"hello\n")
        run.stdin.flush()
        run.out.wait_text("hello\n")
        run.stdin.close()
        assert run.wait() == 0

    def test_none_is_left_over_after_many_attempts(self, anywhere):
        config = TAPPED + '[restart]\npolicy = "always"\nmax = 1000000\n' \
                          '[startup.backoff]\ninitial = "1ms"\nmax = "1ms"\n'
        run = anywhere(*sh("echo line"), config=config)
        run.out.wait_text("line\n", times=5)
        os.kill(run.pid, signal.SIGSTOP)
        first = len(descriptors(run.pid))
        os.kill(run.pid, signal.SIGCONT)
        run.out.wait_text("line\n", times=105)
        os.kill(run.pid, signal.SIGSTOP)
        last = len(descriptors(run.pid))
        threads = len(os.listdir(f"/proc/{run.pid}/task"))
        os.kill(run.pid, signal.SIGCONT)
        run.send(signal.SIGTERM)
        run.wait()
        # The stop may fall between two lives, when some are not open.
        assert last <= first + 6
        assert threads <= 3


class TestUser:
    def as_user(self, start, user, *command, config="", **options):
        return start("--", *command, config=f'[service]\nuser = "{user}"\n' + config, **options)

    def ids(self, run):
        lines = run.out.text().splitlines()
        return {line.split(":")[0]: line.split(":")[1].split() for line in lines}

    def test_the_ids_and_groups_are_those_of_the_image(self, anywhere):
        run = self.as_user(anywhere, "nobody", "cat", "/proc/self/status")
        assert run.wait() == 0
        ids = self.ids(run)
        assert ids["Uid"] == [str(NOBODY)] * 4
        assert ids["Gid"] == [str(NOBODY)] * 4
        assert ids["Groups"] == [str(NOBODY)]
        assert ids["CapEff"] == ["0000000000000000"]

    def test_a_number_and_a_group_can_be_given(self, usher):
        run = self.as_user(usher, "4711:4712", "cat", "/proc/self/status")
        assert run.wait() == 0
        assert self.ids(run)["Uid"] == ["4711"] * 4
        assert self.ids(run)["Gid"] == ["4712"] * 4
        assert self.ids(run)["Groups"] == ["4712"]

    def test_home_and_name_follow_the_user(self, usher):
        run = self.as_user(usher, "nobody", "sh", "-c", "echo $HOME $USER $LOGNAME")
        assert run.wait() == 0
        assert run.out.text() == "/nonexistent nobody nobody\n"

    def test_the_directory_that_usher_was_started_in_needs_no_rights(self, usher, tmp_path):
        """A probe makes usher leave it; what is inherited is there all the same."""
        closed = tmp_path / "closed"
        inside = closed / "inside"
        inside.mkdir(parents=True)
        inside.chmod(0o755)
        closed.chmod(0o700)
        probe = '[readiness]\nprobe = { type = "exec", command = ["true"] }\n'
        run = self.as_user(usher, "nobody", "sh", "-c", "readlink /proc/self/cwd; exec sleep 1000",
                           config=probe, cwd=inside)
        run.out.wait_text(f"{inside}\n")

    @pytest.mark.parametrize("user", ["4711", "4711:4712"])
    def test_a_number_without_an_entry_has_a_home_and_a_name(self, usher, user):
        say = "echo $HOME $USER $LOGNAME"
        run = self.as_user(usher, user, "sh", "-c", f"{say}; exec sleep 1000", config=f"""
[readiness]
probe = {{ type = "exec", command = ["sh", "-c", "{say} >&2; test $HOME = / && test $USER = 4711"] }}
interval = "10ms"
[hooks]
pre_start = ["sh", "-c", "echo hook; {say}"]
""", env={"HOME": "/root", "USER": "root", "LOGNAME": "root"})
        run.wait_event("ready")
        assert run.stop() == 143
        assert run.out.text() == "/ 4711 4711\n"
        assert "hook\n/ 4711 4711\n" in run.err.text()

    def test_an_unknown_user_is_a_configuration_error(self, anywhere):
        run = self.as_user(anywhere, "nobody-such", "echo", "started")
        assert run.wait() == 91
        assert "nobody-such" in run.err.text()
        assert run.out.text() == ""

    def test_a_group_that_cannot_be_had_is_an_error_and_no_surprise(self, usher):
        """Without the capability, as in a rootless container."""
        run = self.as_user(usher, "4711:4712", "echo", "started",
                           program=["setpriv", "--bounding-set=-setgid", "--inh-caps=-setgid",
                                    harness.USHER])
        assert run.wait() == 126
        assert "groups of service.user" in run.events("spawn_failed")[0]["message"]
        assert run.out.text() == ""

    def test_three_capabilities_are_enough(self, usher):
        """As docs/containers.md says."""
        run = self.as_user(usher, "nobody", "sh", "-c", "echo up; exec sleep 1000",
                           program=["setpriv", "--bounding-set=-all,+setuid,+setgid,+kill",
                                    "--inh-caps=-all", harness.USHER])
        run.out.wait_text("up")
        assert run.stop() == 143
        assert run.report["signals_forwarded"] == 1

    def test_usher_itself_may_be_that_user_already(self, usher):
        run = self.as_user(usher, "4711:4711", "id", "-u", env={"ASAN_OPTIONS": "detect_leaks=0"},
                           program=["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups",
                                    harness.USHER])
        assert run.wait() == 0
        assert run.out.text() == "4711\n"

    def test_the_service_cannot_reach_a_directory_that_only_root_can(self, usher, tmp_path):
        tmp_path.chmod(0o700)
        run = self.as_user(usher, "nobody", "true", config=f'workdir = "{tmp_path}"\n')
        assert run.wait() == 126
        assert "service.workdir" in run.events("spawn_failed")[0]["message"]

    @pytest.mark.parametrize("config", ["", TAPPED], ids=["plain", "tapped"])
    def test_another_user_can_open_dev_stdout_and_dev_stderr(self, usher, config):
        run = self.as_user(usher, "nobody", "sh", "-c",
                           "echo one > /dev/stdout && echo two > /dev/stderr", config=config)
        assert run.wait() == 0
        assert run.out.text() == "one\n"
        assert "two\n" in run.err.text()


class TestSurroundings:
    def test_the_directory_is_the_services_and_usher_holds_none(self, anywhere, tmp_path):
        run = anywhere(*sh("pwd; exec " + helper("signal_log")), cwd=tmp_path)
        run.out.wait_text("up\n")
        assert run.out.text().startswith(f"{tmp_path}\n")
        until(lambda: os.readlink(f"/proc/{run.pid}/cwd") == "/")
        assert run.stop() == 0

    def test_a_later_attempt_begins_where_the_first_did(self, usher, tmp_path):
        config = '[readiness]\nprobe = { type = "stdout", pattern = "x" }\n' \
                 '[startup]\nretries = 2\nbackoff = { initial = "10ms" }\n'
        run = usher(*sh("pwd; exit 1"), config=config, cwd=tmp_path)
        assert run.wait() == 1
        assert run.out.text() == f"{tmp_path}\n" * 2

    def test_workdir_changes_it(self, usher, tmp_path):
        run = usher("--", "pwd", config=f'[service]\nworkdir = "{tmp_path}"\n')
        assert run.wait() == 0
        assert run.out.text() == f"{tmp_path}\n"

    @pytest.mark.parametrize("config, mask", [("", "0022"), ('[service]\numask = "0077"\n', "0077")])
    def test_umask(self, usher, config, mask):
        run = usher(*sh("umask"), config=config, preexec=lambda: os.umask(0o022))
        assert run.wait() == 0
        assert run.out.text() == f"{mask}\n"

    @pytest.mark.parametrize("config, seen", [("", "0"), ("[service]\nno_new_privs = true\n", "1")])
    def test_no_new_privs(self, usher, config, seen):
        run = usher("--", "grep", "NoNewPrivs", "/proc/self/status", config=config)
        assert run.wait() == 0
        assert run.out.text().split() == ["NoNewPrivs:", seen]

    def test_limits_are_the_services_and_not_ours(self, usher):
        run = usher(*sh("ulimit -n; ulimit -c; exec " + helper("signal_log")),
                    config='[service]\nlimits = { nofile = 777, core = "0" }\n')
        run.out.wait_text("up\n")
        assert run.out.text().startswith("777\n0\n")
        assert resource.prlimit(run.pid, resource.RLIMIT_NOFILE)[0] != 777
        assert run.stop() == 0

    def test_a_limit_above_the_hard_one_is_an_error_that_names_the_setting(self, usher):
        run = usher("--", "echo", "started", config="[service]\nlimits = { nofile = 5000 }\n",
                    env={"ASAN_OPTIONS": "detect_leaks=0"},
                    program=["prlimit", "--nofile=1000:1000", "setpriv", "--reuid=4711",
                             "--clear-groups", harness.USHER])
        assert run.wait() == 126
        assert "service.limits" in run.events("spawn_failed")[0]["message"]
        assert run.out.text() == ""

    def test_socket_activation_is_the_services(self, usher):
        run = usher(*sh("test $LISTEN_PID = $$ && echo mine"),
                    program=["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=0 exec "$@"', "sh", harness.USHER])
        assert run.wait() == 0
        assert run.out.text() == "mine\n"

    def test_the_service_leads_a_process_group_of_its_own(self, anywhere):
        run = anywhere(*sh("ps -o pid=,pgid= -p $$"))
        assert run.wait() == 0
        pid, group = run.out.text().split()
        assert pid == group


class TestEnvironment:
    def test_is_what_usher_was_given(self, anywhere):
        run = anywhere("--", "env", env={"GREETING": "hello = world", "EMPTY": ""})
        assert run.wait() == 0
        assert "GREETING=hello = world\n" in run.out.text()
        assert "EMPTY=\n" in run.out.text()

    def test_files_win_over_it_and_the_table_over_them(self, usher, tmp_path):
        file = tmp_path / "echo.env"
        file.write_text("# a comment\nA=file\nB='quoted # not a comment'\nexport C=exported\n")
        run = usher(*sh('echo "$A|$B|$C|$D"'), env={"A": "given", "D": "given"},
                    config=f'[service]\nenvironment_files = ["{file}"]\nenvironment = {{ D = "table" }}\n')
        assert run.wait() == 0
        assert run.out.text() == "file|quoted # not a comment|exported|table\n"

    def test_a_file_may_be_written_by_the_pre_start_hook(self, usher, tmp_path):
        file = tmp_path / "echo.env"
        run = usher(*sh('echo "$A"'), config=f'''
[service]
environment_files = ["{file}"]
[hooks]
pre_start = [["sh", "-c", "echo A=hook > {file}"]]
''')
        assert run.wait() == 0
        assert run.out.text() == "hook\n"

    @pytest.mark.parametrize("content", [None, "no assignment\n"])
    def test_a_file_that_is_wrong_after_the_hooks_is_a_configuration_error(self, usher, tmp_path, content):
        file = tmp_path / "echo.env"
        if content:
            file.write_text(content)
        run = usher("--", "echo", "started", config=f'''
[service]
environment_files = ["{file}"]
[hooks]
pre_start = [["true"]]
''')
        assert run.wait() == 91
        assert str(file) in run.err.text()
        assert run.out.text() == ""

    def test_a_missing_file_is_a_configuration_error(self, anywhere):
        run = anywhere("--", "echo", "started",
                       config='[service]\nenvironment_files = ["/no/such/file"]\n')
        assert run.wait() == 91
        assert "/no/such/file" in run.err.text()
        assert run.out.text() == ""

    def test_path_of_the_service_is_where_its_program_is_looked_for(self, usher, tmp_path):
        program = tmp_path / "own-program"
        program.write_text("#!/bin/sh\necho found\n")
        program.chmod(0o755)
        run = usher("--", "own-program", config=f'[service]\nenvironment = {{ PATH = "{tmp_path}:/bin" }}\n')
        assert run.wait() == 0
        assert run.out.text() == "found\n"


def test_usher_at_rest_is_one_thread_with_few_descriptors(anywhere):
    run = anywhere("--", helper("signal_log"))
    run.out.wait_text("up\n")
    assert len(os.listdir(f"/proc/{run.pid}/task")) == 1
    until(lambda: len(descriptors(run.pid)) <= 13)  # one of them hears of kills for want of memory
    assert run.stop() == 0


def test_our_standard_descriptors_are_not_made_non_blocking(anywhere):
    read, write = os.pipe()
    run = anywhere("--", "sh", "-c", "echo x", config=TAPPED, stdout=write, stderr=write)
    assert run.wait() == 0
    assert fcntl.fcntl(write, fcntl.F_GETFL) & os.O_NONBLOCK == 0
    os.close(write)
    os.close(read)
