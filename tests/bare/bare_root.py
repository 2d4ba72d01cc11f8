"""A bare Debian as a folder, and commands run with it as their root.

All of this is for a process with a PID and a mount namespace of its own: what is mounted here, and
what is left running, goes with it.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

DEBIAN_LIMIT_S = 600
OLDEST_DEBIAN = "bookworm"
CHECKOUT = "root/usher"

# How the machine reaches a package mirror and npm's registry, and whether it is one of continuous
# integration: the only things it lends.
NPM_KEYS = "registry|proxy|https[_-]proxy|noproxy|cafile|ca|strict[_-]ssl"
LENT_VARIABLE = re.compile(rf"(https?|ftp|all|no)_proxy|npm_config_({NPM_KEYS})|NODE_EXTRA_CA_CERTS"
                           "|SSL_CERT_(FILE|DIR)|CI", re.IGNORECASE)
LENT_NPMRC = re.compile(rf"(//|@[^:=]+:registry|({NPM_KEYS})\s*=)")
LENT_APT = re.compile(r"(Acquire::(?:(?:https?|ftp|socks)::\S+|Check-Valid-Until|Check-Date|Retries)) "
                      r'"(.+)";')
OWN_CERTIFICATES = "usr/local/share/ca-certificates"


class Failed(Exception):
    """What was asked for could not be had; the text says why."""


def output_of(*argv: str, given: str | None = None) -> str:
    done = subprocess.run(argv, input=given, stdin=None if given else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=DEBIAN_LIMIT_S)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise Failed(f"{argv[0]} ended with {done.returncode}:\n{tail}")
    return done.stdout


# The root.


def make(root: Path, packages: list[str]) -> None:
    """A Debian like this machine's, from its mirrors, with apt and these packages beside what every
    Debian has."""
    sources = mirrors()
    if any("https:" in source for source in sources):
        packages = [*packages, "ca-certificates"]
    output_of("mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(packages)}",
              "--dpkgopt=force-unsafe-io",  # waits for no disk: nothing of it is to last
              *(f"--aptopt={name} \"{value}\"" for name, value in apt_options()),
              suite(), str(root), *sources)
    lend(root)
    if "ca-certificates" in packages:
        output_of("chroot", str(root), "update-ca-certificates")


def suite() -> str:
    """This machine's, or the one that USHER_BARE_SUITE names."""
    if named := os.environ.get("USHER_BARE_SUITE"):
        return named
    return own_suite()


def own_suite() -> str:
    release = Path("/etc/os-release").read_text()
    name = re.search(r"^VERSION_CODENAME=(\w+)$", release, re.MULTILINE)
    return name[1] if name and re.search("^ID=debian$", release, re.MULTILINE) else OLDEST_DEBIAN


def mirrors() -> list[str]:
    """As lines of sources.list; none, which means Debian's own, where apt knows of no other."""
    listed = output_of("apt-get", "indextargets", "--format",
                       "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
                       "Created-By: Packages", "Origin: Debian")
    lines = sorted({re.sub(rf"\b{own_suite()}\b", suite(), line) for line in listed.splitlines()})
    return lines if any(f" {suite()} " in line for line in lines) else []


def apt_options() -> list[tuple[str, str]]:
    matches = (LENT_APT.fullmatch(line) for line in output_of("apt-config", "dump").splitlines())
    return [(match[1], match[2]) for match in matches if match]


def lend(root: Path) -> None:
    for file in ("etc/resolv.conf", "etc/hosts"):
        (root / file).unlink(missing_ok=True)
        shutil.copy(Path("/", file), root / file)
    if Path("/", OWN_CERTIFICATES).is_dir():
        shutil.copytree(Path("/", OWN_CERTIFICATES), root / OWN_CERTIFICATES, dirs_exist_ok=True)
    npmrc = root / "root/.npmrc"
    npmrc.touch(mode=0o600)
    npmrc.write_text("".join(f"{line}\n" for line in npmrc_lines()))
    for file in lent_files():
        (root / file.relative_to("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, root / file.relative_to("/"))


def npmrc_lines() -> list[str]:
    npmrc = Path.home() / ".npmrc"
    lines = npmrc.read_text().splitlines() if npmrc.exists() else []
    return [line for line in lines if LENT_NPMRC.match(line)]


def lent_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if LENT_VARIABLE.fullmatch(name)}


def lent_files() -> Iterator[Path]:
    """Certificates outside the folder that a package of Debian's fills: that one is not lent, or
    nobody would notice if it was never installed."""
    values = [*lent_variables().values(), *(value for _, value in apt_options()),
              *(line.partition("=")[2].strip() for line in npmrc_lines())]
    for value in values:
        if value.startswith("/") and not value.startswith("/etc/ssl/certs") and Path(value).is_file():
            yield Path(value)


def clone(source: Path, root: Path) -> None:
    """The commit that is checked out, and what has been changed in its files since."""
    target = str(root / CHECKOUT)
    output_of("git", "clone", "--quiet", "--depth=1", source.as_uri(), target)
    if changes := output_of("git", "-C", str(source), "diff", "--binary", "HEAD"):
        output_of("git", "-C", target, "apply", "-", given=changes)


# In the root.


def run(root: Path, command: list[str], log: BinaryIO, limit_s: int) -> int:
    """The exit code of a command in the clone. It has the root to itself, with the file systems that
    every machine has, and a PID namespace in which bash reaps what it leaves behind."""
    namespace = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"]
    enter = [sys.executable, "-B", __file__, str(root), *command]
    with subprocess.Popen([*namespace, *enter], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                          start_new_session=True) as process:
        try:
            return process.wait(limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed(f"{' '.join(command)} was not done within {limit_s} s") from None


def enter(root: Path, command: list[str]) -> None:
    """Not by chroot: in one, the kernel refuses a new /proc."""
    mount_on(root)
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "."], check=True)
    # What was the root lies over the new one now, and nothing here has a umount yet.
    libc = ctypes.CDLL(None, use_errno=True)
    detach = 2
    if libc.umount2(b".", detach) != 0:
        raise Failed(f"cannot leave the old root: {os.strerror(ctypes.get_errno())}")
    os.chdir(Path("/", CHECKOUT))
    environment = lent_variables() | {
        "HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    os.execve("/bin/bash", ["bash", "-c", '"$@"; exit "$?"', "bash", *command], environment)


def mount_on(root: Path) -> None:
    mount(root, root, "--bind")
    mount("proc", root / "proc", "-t", "proc")
    mount("/sys", root / "sys", "--rbind")
    mount("tmpfs", root / "run", "-t", "tmpfs", "-o", "mode=755")
    devices = root / "dev"
    mount("tmpfs", devices, "-t", "tmpfs", "-o", "mode=755")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        (devices / name).touch()
        mount(f"/dev/{name}", devices / name, "--bind")
    for name in ("pts", "shm"):
        (devices / name).mkdir()
    mount("devpts", devices / "pts", "-t", "devpts", "-o", "newinstance,ptmxmode=666,mode=620,gid=5")
    mount("tmpfs", devices / "shm", "-t", "tmpfs", "-o", "mode=1777")
    for name, target in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"),
                         ("stdout", "fd/1"), ("stderr", "fd/2")):
        (devices / name).symlink_to(target)


def mount(what: str | Path, where: Path, *options: str) -> None:
    subprocess.run(["mount", *options, what, where], check=True)


if __name__ == "__main__":
    enter(Path(sys.argv[1]), sys.argv[2:])
