"""What scripts/release packs, and of what it is made; the packing itself stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOMEPAGE = "https://github.com/usher-init/usher"
SUMMARY = "PID 1 of a container that knows when its service is ready"
DESCRIPTION = """\
usher is PID 1 of a container with one service. It waits for what the service
needs, starts it, knows when it is ready and whether it is healthy, forwards
signals, reaps orphans, stops everything within a limit, and ends with an exit
code and a report that say what happened.
"""


@dataclass(frozen=True)
class Architecture:
    debian: str
    oci: str          # GOARCH, and its variant after a slash
    node: str         # process.arch
    python: str       # of a wheel's platform tag


ARCHITECTURES = {a.debian: a for a in (
    Architecture("amd64", "amd64", "x64", "x86_64"),
    Architecture("arm64", "arm64/v8", "arm64", "aarch64"),
    Architecture("armhf", "arm/v7", "arm", "armv7l"),
    Architecture("i386", "386", "ia32", "i686"),
    Architecture("ppc64el", "ppc64le", "ppc64", "ppc64le"),
    Architecture("s390x", "s390x", "s390x", "s390x"),
    Architecture("riscv64", "riscv64", "riscv64", "riscv64"),
)}


@dataclass(frozen=True)
class Library:
    """`name` as cmake/dependencies.cmake has it, the packages it may come from, its licence by SPDX."""
    name: str
    packages: tuple[str, ...]
    licence: str


LIBRARIES = (
    Library("libuv", ("libuv1-dev",), "MIT"),
    Library("cares", ("libc-ares-dev",), "MIT"),
    Library("nghttp2", ("libnghttp2-dev",), "MIT"),
    Library("libyaml", ("libyaml-dev",), "MIT"),
    Library("hiredis", ("libhiredis-dev",), "BSD-3-Clause"),
    Library("http", ("libllhttp-dev", "libhttp-parser-dev"), "MIT"),
    Library("mbedtls", ("libmbedtls-dev",), "Apache-2.0"),
    Library("tomlplusplus", ("libtomlplusplus-dev",), "MIT"),
    Library("nlohmann_json", ("nlohmann-json3-dev",), "MIT"),
    Library("fmt", ("libfmt-dev",), "MIT"),
    Library("spdlog", ("libspdlog-dev",), "MIT"),
    Library("libc", ("libc6-dev",), "LGPL-2.1-or-later"),
    Library("libstdc++", ("libstdc++-14-dev", "libstdc++-12-dev"), "GPL-3.0-or-later WITH GCC-exception-3.1"),
)
OF_THE_COMPILER = ("libc", "libstdc++")


def output_of(*argv: str | Path, **more) -> str:
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, **more).stdout


def found_by_cmake() -> set[str]:
    text = "".join((ROOT / "cmake" / name).read_text() for name in ("dependencies.cmake", "mbedtls.cmake"))
    return set(re.findall(r"^\s*(?:usher_(?:library|headers)\(|add_library\(usher_)(\w+) ", text, re.MULTILINE))


def linked() -> list[tuple[Library, str, str]]:
    """Each library that is in the binary, with the package that it came from and its version."""
    asked = found_by_cmake()
    known = {library.name for library in LIBRARIES}
    if unknown := asked - known:
        raise SystemExit(f"release: scripts/release_support.py has no licence for {', '.join(sorted(unknown))}")
    found = []
    for library in LIBRARIES:
        if library.name not in asked and library.name not in OF_THE_COMPILER:
            continue
        source = ROOT / "build" / library.name / "source" / "version"
        if source.exists():  # fetched and compiled here; see scripts/mbedtls
            found.append((library, library.packages[0], source.read_text().strip()))
            continue
        for package in library.packages:
            done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package], text=True,
                                  capture_output=True, check=False)
            if done.stdout.startswith("installed "):
                found.append((library, package, done.stdout.split()[1]))
                break
        else:
            raise SystemExit(f"release: no package of {library.name} is installed: run scripts/packages build")
    return found


def version() -> str:
    return re.search(r"^project\(usher VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def epoch() -> int:
    """The time that everything in the release bears: that of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or output_of("git", "-C", ROOT, "log", "-1", "--format=%ct"))


def put(text: str | bytes | Path, where: Path, mode: int = 0o644) -> None:
    """A file with this content, or this file's; folders as they are needed."""
    where.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(text, Path):
        shutil.copyfile(text, where)
    else:
        where.write_bytes(text.encode() if isinstance(text, str) else text)
    where.chmod(mode)


def settle(folder: Path, when: int) -> None:
    """One mode for all folders, and one time for all that is in there."""
    for path in [folder, *sorted(folder.rglob("*"))]:
        if path.is_dir():
            path.chmod(0o755)
        os.utime(path, (when, when), follow_symlinks=False)


def tar(folder: Path, target: Path, when: int) -> None:
    """The same bytes for the same content, whoever packs it, whenever and wherever."""
    names = sorted(path.name for path in folder.iterdir())
    subprocess.run(["tar", "--create", "--file", target, "--directory", folder, "--sort=name", "--format=gnu",
                    f"--mtime=@{when}", "--owner=0", "--group=0", "--numeric-owner", *names],
                   check=True, env=os.environ | {"LC_ALL": "C"})
