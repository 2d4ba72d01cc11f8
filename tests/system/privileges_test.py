"""What the service may gain and keep, what usher itself does without, and what each configuration needs."""

import os
import pathlib
import shutil
import tempfile

import pytest

import harness
from control_client import ask
from harness import helper, status

SHOW = ("--", "cat", "/proc/self/status")
CHOWN, KILL, NET_BIND_SERVICE, SYS_ADMIN, SYS_RESOURCE = (1 << bit for bit in (0, 5, 10, 21, 24))
TAPPED = '[exit]\nresult = "x"\n'


def only(*names):
    """usher, in a container with no others."""
    bounds = "".join(f",+{name}" for name in names)
    return ["setpriv", f"--bounding-set=-all{bounds}", "--inh-caps=-all", harness.USHER]


def shown(run, key):
    rows = dict(line.split(":\t") for line in run.out.text().splitlines() if ":\t" in line)
    return rows[key]


def sets(run):
    return {name: int(shown(run, f"Cap{name}"), 16) for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")}


@pytest.fixture
def place():
    """Where every user may execute what a test puts there, and that nobody else can change."""
    with tempfile.TemporaryDirectory(prefix="usher-privileges-") as directory:
        os.chmod(directory, 0o755)
        shutil.copy("/bin/cat", directory)
        yield pathlib.Path(directory)


class TestNoNewPrivileges:
    def seen(self, usher, place, config, program=None):
        run = usher("--", program or str(place / "cat"), "/proc/self/status", config=config,
                    program=["/usr/bin/env", f"PATH={place}", harness.USHER])
        assert run.wait() == 0
        return shown(run, "NoNewPrivs")

    @pytest.mark.parametrize("config, wanted", [
        ("", "0"), ('user = "root"', "0"), ('user = "nobody"', "1"), ('user = "4711:4712"', "1"),
        ('user = "nobody"\nno_new_privs = false', "0"), ("no_new_privs = true", "1"),
        ('user = "root"\nno_new_privs = true', "1"),
    ])
    def test_they_are_the_default_of_another_user(self, usher, place, config, wanted):
        assert self.seen(usher, place, f"[service]\n{config}\n") == wanted

    @pytest.mark.parametrize("mode", [0o4755, 0o2755])
    def test_a_program_that_has_some_keeps_them(self, usher, place, mode):
        (place / "cat").chmod(mode)
        assert self.seen(usher, place, '[service]\nuser = "nobody"\n', program="cat") == "0"

    def test_so_does_one_with_capabilities(self, usher, place):
        kept = NET_BIND_SERVICE.to_bytes(4, "little")
        value = b"\x01\x00\x00\x02" + kept + bytes(12)  # permitted and effective, of format 2
        try:
            os.setxattr(place / "cat", "security.capability", value)
        except OSError:
            pytest.skip("no file of this system has capabilities")
        assert self.seen(usher, place, '[service]\nuser = "nobody"\n') == "0"

    @pytest.mark.parametrize("name, mode, wanted", [("sudo", 0o4755, "0"), ("doas", 0o4755, "0"),
                                                    ("sudo", 0o755, "1"), ("su", 0o4755, "1")])
    def test_who_has_sudo_may_use_it(self, usher, place, name, mode, wanted):
        shutil.copy("/bin/true", place / name)
        (place / name).chmod(mode)
        assert self.seen(usher, place, '[service]\nuser = "nobody"\n') == wanted

    def test_hooks_and_probes_have_none_either(self, usher, place):
        show = f'["{place}/cat", "/proc/self/status"]'
        run = usher("--", str(place / "cat"),
                    program=["/usr/bin/env", f"PATH={place}", harness.USHER],
                    config=f'[service]\nuser = "nobody"\n[hooks]\npre_start = {show}\n')
        assert run.wait() == 0
        assert "NoNewPrivs:\t1\n" in run.err.text()


class TestOfTheService:
    @pytest.mark.parametrize("user", ["", "nobody"])
    @pytest.mark.parametrize("names, kept", [('"NET_BIND_SERVICE"', NET_BIND_SERVICE), ("", 0),
                                             ('"cap_kill", "CHOWN"', KILL | CHOWN)])
    def test_it_keeps_those_and_no_others(self, anywhere, user, names, kept):
        run = anywhere(*SHOW, config=f'[service]\nuser = "{user}"\ncapabilities = [{names}]\n')
        assert run.wait() == 0
        found = sets(run)
        assert found["Prm"] == found["Eff"] == found["Bnd"] == kept
        assert found["Amb"] == (kept if user else 0)

    @pytest.mark.parametrize("config", ["", "[service]\nno_new_privs = true\n"])
    def test_root_has_all_that_the_container_has(self, anywhere, config):
        run = anywhere(*SHOW, config=config)
        assert run.wait() == 0
        here = {name: int(status("self", f"Cap{name}"), 16) for name in ("Prm", "Eff", "Bnd")}
        found = sets(run)
        assert {name: found[name] for name in here} == here

    def test_one_that_the_container_lacks_is_an_error_that_names_the_key(self, usher):
        run = usher(*SHOW, config='[service]\nuser = "nobody"\ncapabilities = ["CHOWN"]\n',
                    program=only("setuid", "setgid", "kill", "setpcap"))
        assert run.wait() == 126
        assert "service.capabilities" in run.events("spawn_failed")[0]["message"]

    def test_without_setpcap_it_is_enough_that_nothing_can_be_gained(self, usher):
        config = '[service]\nuser = "nobody"\nno_new_privs = true\ncapabilities = ["NET_BIND_SERVICE"]\n'
        run = usher(*SHOW, config=config, program=only("setuid", "setgid", "kill", "net_bind_service"))
        assert run.wait() == 0
        assert sets(run)["Eff"] == NET_BIND_SERVICE

    def test_without_either_it_is_refused(self, usher):
        run = usher(*SHOW, config="[service]\ncapabilities = []\n", program=only("kill"))
        assert run.wait() == 126
        assert "SETPCAP" in run.events("spawn_failed")[0]["message"]


class TestOfUsher:
    def test_it_uses_what_the_configuration_needs(self, anywhere):
        run = anywhere("--", helper("signal_log"))
        run.out.wait_text("up\n")
        used = int(status(run.pid, "CapEff"), 16)
        assert used & KILL
        assert not used & (SYS_ADMIN | CHOWN)
        assert run.stop() == 0

    def test_another_configuration_may_use_others(self, usher):
        run = usher("--", "sh", "-c", "id -u; exec sleep 1000", config="[service]\n")
        run.out.wait_text("0\n")
        pathlib.Path(run.path("service.toml")).write_text('[service]\nuser = "nobody"\n', encoding="utf-8")
        assert ask(run, "reload").returncode == 0
        assert ask(run, "restart").returncode == 0
        run.out.wait_text("65534\n")
        assert run.stop() == 143


class TestWhatIsNeeded:
    """As docs/containers.md says: each is enough, and without it there is an error."""

    def test_a_service_as_usher_s_own_user_needs_none(self, usher):
        run = usher("--", helper("signal_log"), program=only(), config=TAPPED)
        run.out.wait_text("up\n")
        assert run.stop() == 0

    @pytest.mark.parametrize("names, code", [(["sys_resource"], 0), ([], 126)])
    def test_a_limit_above_the_hard_one(self, usher, names, code):
        if not int(status("self", "CapBnd"), 16) & SYS_RESOURCE:
            pytest.skip("nobody here has SYS_RESOURCE")
        run = usher("--", "true", config="[service]\nlimits = { nofile = 5000 }\n",
                    program=["prlimit", "--nofile=1000:1000", *only(*names)])
        assert run.wait() == code

    @pytest.mark.parametrize("names, written", [(["dac_override"], True), ([], False)])
    def test_a_file_in_a_directory_that_only_another_user_may_enter(self, usher, tmp_path, names, written):
        own = tmp_path / "own"
        own.mkdir()
        os.chown(own, 65534, 65534)
        own.chmod(0o700)
        run = usher("--", "true", config=f'[report]\nfile = "{own}/report"\n', program=only(*names))
        assert run.wait() == 0
        assert (own / "report").exists() == written

    @pytest.mark.parametrize("names, code", [(["chown"], 0), ([], 1)])
    def test_dev_stdout_by_name_as_another_user(self, usher, names, code):
        run = usher("--", "sh", "-c", "echo one > /dev/stdout || exit 1", config='[service]\nuser = "nobody"\n',
                    program=only("setuid", "setgid", "kill", *names))
        assert run.wait() == code
