"""What a service that is not root leaves where root's usher opens, writes, removes or binds."""

import os
import pathlib
import pwd
import shutil
import socket
import tempfile

import pytest

from harness import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user than the service")


@pytest.fixture
def place():
    """A directory with one of the service's, and a file that only root may write."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="usher-planted-"))
    directory.chmod(0o755)
    theirs = directory / "theirs"
    theirs.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(theirs, nobody.pw_uid, nobody.pw_gid)
    (directory / "root").write_text("root only\n")
    (directory / "root").chmod(0o600)
    (directory / "rootdir").mkdir()
    (directory / "rootdir" / "x").write_text("root only\n")
    yield directory
    shutil.rmtree(directory)


def untouched(place):
    return ((place / "root").read_text() == (place / "rootdir" / "x").read_text() == "root only\n"
            and os.listdir(place / "rootdir") == ["x"])


# What stands at theirs/x, made before usher starts. A hard link needs nobody's rights here, since a
# kernel with fs.protected_hardlinks keeps the service itself from making it.
def symlink(place):
    (place / "theirs" / "x").symlink_to(place / "root")
    return "theirs/x"


def hard_link(place):
    os.link(place / "root", place / "theirs" / "x")
    return "theirs/x"


def fifo(place):
    os.mkfifo(place / "theirs" / "x", 0o666)
    return "theirs/x"


def swapped_directory(place):
    (place / "theirs" / "way").symlink_to(place / "rootdir")
    return "theirs/way/x"


def dangling_link(place):
    (place / "theirs" / "x").symlink_to(place / "rootdir" / "new")
    return "theirs/x"


PLANTS = [symlink, hard_link, fifo, swapped_directory, dangling_link]


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("key", ["report.file", "report.termination_file", "log.file"])
def test_nothing_is_written_through_what_the_service_left(usher, place, plant, key):
    path = place / plant(place)
    before = os.lstat(path).st_ino
    run = usher("--service.user", "nobody", f"--{key}", str(path), "--", "true")
    assert run.wait() == 0
    assert untouched(place)
    if key == "report.file" and plant == hard_link:
        assert os.lstat(path).st_ino != before  # a new file took its name
        return
    told = [e for e in run.events() if e["event"] in ("report_failed", "log_file")]
    assert str(path) in (told[0].get("file") or told[0]["message"])


def test_a_link_made_while_the_service_runs_is_no_better(usher, place):
    path = place / "theirs" / "x"
    run = usher("--service.user", "nobody", "--report.termination_file", str(path), "--report.file",
                str(path) + ".json", "--", "sh", "-c",
                f"ln -s {place}/root {path}; ln -s {place}/root {path}.json")
    assert run.wait() == 0
    assert len(run.events("report_failed")) == 2
    assert untouched(place)


def test_without_the_right_to_write_everywhere(usher, place):
    path = symlink(place)
    run = usher("--service.user", "nobody", "--report.file", str(place / path), "--", "true",
                program=["setpriv", "--bounding-set", "-all,+setuid,+setgid,+kill", "--inh-caps",
                         "-all", os.environ["USHER"]])
    assert run.wait() == 0
    assert run.events("report_failed")
    assert untouched(place)


@pytest.mark.parametrize("plant", [symlink, hard_link, fifo, swapped_directory])
def test_nothing_is_read_through_what_the_service_left(usher, place, plant):
    path = plant(place)
    (place / "root").write_text("ROOTS=secret\n")
    (place / "rootdir" / "x").write_text("ROOTS=secret\n")
    run = usher("--service.user", "nobody", "--service.environment_files", str(place / path), "--", "env")
    assert run.wait() == 91
    assert "secret" not in run.out.text() + run.err.text()


def test_nothing_is_removed_behind_a_directory_that_was_swapped(usher, place):
    path = place / swapped_directory(place)
    run = usher("--service.user", "nobody", "--shutdown.cleanup.files", str(path), "--", "true")
    assert run.wait() == 0
    assert run.events("cleanup_failed")
    assert untouched(place)


def test_of_a_link_itself_is_removed(usher, place):
    path = place / symlink(place)
    run = usher("--service.user", "nobody", "--shutdown.cleanup.files", str(path), "--", "true")
    assert run.wait() == 0
    assert untouched(place) and not path.is_symlink()


@pytest.mark.parametrize("key", ["control.socket", "metrics.listen"])
@pytest.mark.parametrize("plant", [symlink, dangling_link, swapped_directory])
def test_no_socket_is_made_or_changed_elsewhere(usher, place, key, plant):
    path = place / plant(place)
    (place / "rootdir" / "x").unlink()
    run = usher("--service.user", "nobody", f"--{key}", f"{'unix:' if key[0] == 'm' else ''}{path}", "--",
                "sh", "-c", "echo up; exec sleep 1000")
    run.wait_event("no_control" if key[0] == "c" else "metrics_failed")
    assert os.listdir(place / "rootdir") == []
    assert (place / "root").stat().st_mode & 0o777 == 0o600
    run.stop()


def test_a_probe_connects_to_no_socket_that_a_link_leads_to(usher, place):
    with socket.socket(socket.AF_UNIX) as roots:
        roots.bind(str(place / "rootdir" / "socket"))
        roots.listen(1)
        (place / "theirs" / "x").symlink_to(place / "rootdir" / "socket")
        run = usher("--", "sleep", "1000", config=f"""
[service]
user = "nobody"
[readiness]
probe = {{ type = "unix", path = "{place}/theirs/x" }}
interval = "10ms"
timeout = "300ms"
[startup]
retries = 1
""")
        assert run.wait() == 93
        roots.settimeout(0)
        with pytest.raises(BlockingIOError):
            roots.accept()


def test_links_of_roots_are_followed(usher, place):
    (place / "var").symlink_to("rootdir")
    run = usher("--service.user", "nobody", "--log.file", str(place / "var" / "log"), "--report.file",
                str(place / "var" / "r.json"), "--control.socket", str(place / "var" / "s"), "--", "sh",
                "-c", "echo up; exec sleep 1000")
    until((place / "rootdir" / "s").is_socket)
    run.stop()
    assert "spawned" in (place / "rootdir" / "log").read_text()
    assert "stopped" in (place / "rootdir" / "r.json").read_text()
    assert not (place / "rootdir" / "s").exists()


def test_a_socket_that_its_owner_has_left_is_replaced(usher, place):
    path = place / "rootdir" / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    run = usher("--metrics.listen", f"unix:{path}", "--", "sleep", "1000")

    def listens():
        with socket.socket(socket.AF_UNIX) as one:
            return one.connect_ex(str(path)) == 0
    until(listens)
    run.stop()
    assert not path.exists()
