"""The release as packages of the languages that its first users have: npm's and Python's."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zipfile
from datetime import datetime, timezone
from pathlib import Path

from release_support import (ARCHITECTURES, DESCRIPTION, HOMEPAGE, ROOT, SUMMARY, Architecture, put, settle, tar)

NAME = "usher-init"


# npm: one package with the command, and one for each architecture with the binary, of which npm takes the
# one that fits (`os`, `cpu`). No script runs at the installation.

LAUNCHER = """\
#!/usr/bin/env node
'use strict';
// Runs the binary of this machine's architecture. As PID 1 of a container name the binary itself,
// which `usher-init --path` prints: then no node stands between.
const { spawnSync } = require('node:child_process');

const name = `usher-init-linux-${process.arch}`;
let binary;
try {
  binary = require.resolve(`${name}/usher`);
} catch {
  console.error(`usher-init: the package ${name} is not installed; usher is for Linux on: @CPUS@`);
  process.exit(97);
}
if (process.argv[2] === '--path') {
  console.log(binary);
} else {
  const done = spawnSync(binary, process.argv.slice(2), { stdio: 'inherit' });
  if (done.error) {
    console.error(`usher-init: ${done.error.message}`);
    process.exit(97);
  }
  if (done.signal) process.kill(process.pid, done.signal);
  process.exit(done.status);
}
"""


def npm_pack(release, folder: Path, name: str) -> None:
    """What `npm pack` makes: everything below package/."""
    settle(folder, release.epoch)
    plain = release.work / f"{name}.npm.tar"
    tar(folder, plain, release.epoch)
    put(gzip.compress(plain.read_bytes(), mtime=0), release.out / f"{name}-{release.version}.tgz")


def npm_manifest(release, name: str, more: dict) -> str:
    return json.dumps({"name": name, "version": release.version, "description": SUMMARY, "license": "MIT",
                       "homepage": HOMEPAGE, "repository": {"type": "git", "url": f"git+{HOMEPAGE}.git"}} | more,
                      indent=2) + "\n"


def npm_binary(release, arch: Architecture, binary: Path) -> None:
    name = f"{NAME}-linux-{arch.node}"
    folder = release.work / "npm" / name
    put(binary, folder / "package" / "usher", 0o755)
    put(npm_manifest(release, name, {"os": ["linux"], "cpu": [arch.node], "files": ["usher", "licences"]}),
        folder / "package" / "package.json")
    release.licences(folder / "package" / "licences")
    npm_pack(release, folder, name)


def npm(release) -> None:
    folder = release.work / "npm" / NAME
    cpus = [ARCHITECTURES[arch].node for arch in release.binaries]
    put(LAUNCHER.replace("@CPUS@", ", ".join(cpus)), folder / "package" / "usher-init.js", 0o755)
    put(npm_manifest(release, NAME, {
        "bin": {NAME: "usher-init.js"}, "files": ["usher-init.js"], "engines": {"node": ">=16"},
        "optionalDependencies": {f"{NAME}-linux-{cpu}": release.version for cpu in cpus}}),
        folder / "package" / "package.json")
    put(ROOT / "README.md", folder / "package" / "README.md")
    put(ROOT / "LICENSE", folder / "package" / "LICENSE")
    npm_pack(release, folder, NAME)


# Python: a wheel for each architecture, which puts `usher` on the PATH. The binary is static, so it runs on
# any libc: both tags are true.


def wheel(release, arch: Architecture, binary: Path) -> None:
    base = f"usher_init-{release.version}"
    tags = [f"py3-none-{libc}_{arch.python}" for libc in ("manylinux2014", "musllinux_1_1")]
    joined = ".".join(tag.removeprefix("py3-none-") for tag in tags)
    info = f"{base}.dist-info"
    files: dict[str, tuple[bytes, int]] = {
        f"{base}.data/scripts/usher": (binary.read_bytes(), 0o755),
        f"{info}/METADATA": ((f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {release.version}\nSummary: {SUMMARY}\n"
                              f"Home-page: {HOMEPAGE}\nLicense: MIT\nLicense-File: usher.txt\n\n"
                              f"{DESCRIPTION}").encode(), 0o644),
        f"{info}/WHEEL": (("Wheel-Version: 1.0\nGenerator: scripts/release\nRoot-Is-Purelib: false\n"
                           + "".join(f"Tag: {tag}\n" for tag in tags)).encode(), 0o644),
    }
    licences = release.work / "wheel" / arch.debian
    release.licences(licences)
    for file in sorted(licences.iterdir()):
        files[f"{info}/licences/{file.name}"] = (file.read_bytes(), 0o644)
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, (data, _) in files.items())
    files[f"{info}/RECORD"] = (f"{record}{info}/RECORD,,\n".encode(), 0o644)
    write_zip(release, release.out / f"{base}-py3-none-{joined}.whl", files)


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def write_zip(release, target: Path, files: dict[str, tuple[bytes, int]]) -> None:
    when = datetime.fromtimestamp(release.epoch, timezone.utc).timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (data, mode) in files.items():
            entry = zipfile.ZipInfo(name, when)
            entry.create_system = 3  # Unix, or the mode is not looked at
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, data)
