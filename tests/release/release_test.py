"""What scripts/release packs, looked at with the tools of those who will take it. Run by `make release`,
which has packed USHER_RELEASE from USHER_BINARIES ("amd64=build/usher ...")."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RELEASE = Path(os.environ["USHER_RELEASE"])
BINARIES = dict(pair.split("=") for pair in os.environ["USHER_BINARIES"].split())
OWN = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
LIMIT_S = 600


def run(*argv: str | Path, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S,
                          **({"check": True} | more))


def only(pattern: str) -> Path:
    found = list(RELEASE.glob(pattern))
    assert len(found) == 1, f"{pattern}: {found}"
    return found[0]


def version() -> str:
    return run(ROOT / BINARIES[OWN], "version").stdout.split()[1]


def files_below(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.rglob("*")) if file.is_file()}


def test_packed_again_elsewhere_at_another_time_it_is_the_same(tmp_path: Path) -> None:
    again = tmp_path / "a folder" / "again"
    epoch = run("git", "-C", ROOT, "log", "-1", "--format=%ct").stdout.strip()
    changed = os.environ | {"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kathmandu", "SOURCE_DATE_EPOCH": epoch, "USER": "x",
                            "HOME": str(tmp_path)}
    names = [f"{arch}={ROOT / binary}" for arch, binary in BINARIES.items()]
    faketime = ["faketime", "-f", "+400d"] if shutil.which("faketime") else []
    run("sh", "-c", 'umask 077; exec "$@"', "sh", *faketime, ROOT / "scripts" / "release", "--out", again, *names,
        env=changed, cwd=tmp_path)
    assert files_below(again) == {name: sum_ for name, sum_ in files_below(RELEASE).items() if "SHA256SUMS.sig" != name}


def test_the_checksums_are_those_of_the_files() -> None:
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=RELEASE)
    named = {line.split("  ")[1] for line in (RELEASE / "SHA256SUMS").read_text().splitlines()}
    assert named == {file.name for file in RELEASE.iterdir() if file.is_file() and "SHA256SUMS" not in file.name}


def test_nothing_is_signed_without_a_key(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    shutil.copy(RELEASE / "SHA256SUMS", out)
    for key in ("", str(tmp_path / "none")):
        done = run(ROOT / "scripts" / "release", "--out", out, "--sign", key, check=False)
        assert done.returncode != 0 and "no signature without a key" in done.stderr
        assert not (out / "SHA256SUMS.sig").exists()
    no_key = tmp_path / "text"
    no_key.write_text("none")
    assert run(ROOT / "scripts" / "release", "--out", out, "--sign", no_key, check=False).returncode != 0
    assert not (out / "SHA256SUMS.sig").exists()


def test_a_signature_is_verified_with_the_public_key(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    shutil.copy(RELEASE / "SHA256SUMS", out)
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "key.pem")
    run("openssl", "pkey", "-in", tmp_path / "key.pem", "-pubout", "-out", tmp_path / "public.pem")
    run(ROOT / "scripts" / "release", "--out", out, "--sign", tmp_path / "key.pem")
    verify = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", tmp_path / "public.pem", "-sigfile",
              out / "SHA256SUMS.sig", "-in", out / "SHA256SUMS"]
    run(*verify)
    with (out / "SHA256SUMS").open("a") as sums:
        sums.write("0  another\n")
    assert run(*verify, check=False).returncode != 0


@pytest.mark.parametrize("arch", BINARIES)
def test_the_debian_package_is_clean_and_complete(arch: str, tmp_path: Path) -> None:
    package = only(f"usher_*_{arch}.deb")
    done = run("lintian", "--allow-root", "--no-cfg", "--fail-on", "error,warning", package, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    run("dpkg-deb", "--extract", package, tmp_path)
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"usr/bin/usher", "usr/share/man/man1/usher.1.gz", "usr/share/man/man5/usher.toml.5.gz",
            "usr/share/bash-completion/completions/usher", "usr/share/zsh/vendor-completions/_usher",
            "usr/share/fish/vendor_completions.d/usher.fish"} <= there
    # tini's and dumb-init's alternatives are theirs.
    assert not [name for name in there if "tini" in name or "dumb" in name or "sbin" in name]
    assert (tmp_path / "usr/bin/usher").read_bytes() == (ROOT / BINARIES[arch]).read_bytes()


@pytest.mark.parametrize("arch", BINARIES)
def test_the_archive_has_one_folder_with_all_that_belongs_to_it(arch: str) -> None:
    with tarfile.open(only(f"usher-*-linux-{arch}.tar.gz")) as archive:
        names = {member.name for member in archive}
        top = f"usher-{version()}-linux-{arch}"
        assert {name.split("/")[0] for name in names} == {top}
        for name in ("bin/usher", "share/man/man1/usher.1", "CHANGELOG.md", "LICENSE", "licences/libuv.txt",
                     "licences/libc.txt"):
            assert f"{top}/{name}" in names
        assert {(m.uid, m.gid, m.uname) for m in archive} == {(0, 0, "")}


def test_the_image_is_one_index_with_usher_alone(tmp_path: Path) -> None:
    layout = only("usher-*-oci")
    raw = json.loads(run("skopeo", "inspect", "--raw", f"oci:{layout}:{version()}").stdout)
    assert raw["mediaType"] == "application/vnd.oci.image.index.v1+json"
    assert len(raw["manifests"]) == len(BINARIES)
    for entry in raw["manifests"]:
        assert entry["annotations"]["org.opencontainers.image.version"] == version()
        machine = entry["platform"]["architecture"]
        seen = json.loads(run("skopeo", f"--override-arch={machine}", "--override-os=linux", "inspect",
                              f"oci:{layout}:{version()}").stdout)
        assert seen["Labels"]["org.opencontainers.image.licenses"] == "MIT"
        assert len(seen["Layers"]) == 1
        blob = layout / "blobs" / seen["Layers"][0].replace(":", "/")
        with tarfile.open(blob) as layer:
            assert [member.name for member in layer] == ["usher"]


def test_the_bill_names_what_cmake_links() -> None:
    bill = json.loads(only("*.spdx.json").read_text())
    named = {package["name"]: package for package in bill["packages"]}
    assert {"usher", "libuv", "cares", "hiredis", "nghttp2", "libyaml", "tomlplusplus", "libc"} <= set(named)
    assert all(package["versionInfo"] and package["licenseDeclared"] for package in named.values())
    assert len(bill["relationships"]) == len(named)


def test_npm_installs_it_from_the_files(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    node = run("node", "-p", "process.arch").stdout.strip()
    packages = [only("usher-init-[0-9]*.tgz"), only(f"usher-init-linux-{node}-*.tgz")]
    run("npm", "install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--cache", tmp_path / "cache",
        *packages, cwd=tmp_path)
    good = run("npx", "--offline", "usher-init", "check", ROOT / "configs" / "redis.toml", cwd=tmp_path)
    assert good.returncode == 0
    assert run("npx", "--offline", "usher-init", "--none", cwd=tmp_path, check=False).returncode == 90
    binary = run("npx", "--offline", "usher-init", "--path", cwd=tmp_path).stdout.strip()
    assert run(binary, "version").stdout == f"usher {version()}\n"


def test_pip_installs_it_from_the_file(tmp_path: Path) -> None:
    machine = os.uname().machine
    run("python3", "-m", "pip", "install", "--no-index", "--no-warn-script-location", "--root-user-action=ignore",
        "--prefix", tmp_path, only(f"usher_init-*{machine}.whl"),
        env=os.environ | {"PIP_BREAK_SYSTEM_PACKAGES": "1"})
    installed = next(tmp_path.glob("**/bin/usher"))
    assert run(installed, "version").stdout == f"usher {version()}\n"
