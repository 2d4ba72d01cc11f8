"""What the engines are run in: roots made of Debian's packages, and a virtual machine with cgroup v2.

All of it is under build/engines, made once; `make clean` takes it away.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STATE = ROOT / "build" / "engines"
sys.path.insert(0, str(ROOT / "tests/bare"))
import bare_root  # noqa: E402

LIMIT_S = 900
SID_PACKAGES = ("docker.io,docker-cli,docker-compose,docker-buildx,containerd,runc,crun,podman,netavark,aardvark-dns,catatonit,"
                "iproute2,iptables,procps,python3,busybox-static,util-linux,ca-certificates")


class NoRoot(Exception):
    """It cannot be made here; the text says why."""


def do(*argv: str | Path, **options: object) -> str:
    done = subprocess.run([str(part) for part in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", timeout=LIMIT_S, check=False, **options)
    if done.returncode != 0:
        raise NoRoot(f"{argv[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-800:]}")
    return done.stdout


@contextlib.contextmanager
def complete(target: Path) -> Iterator[Path]:
    """A folder beside `target` to make it in: it gets its name when it is whole."""
    STATE.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=STATE))
    try:
        yield folder
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sid() -> Path:
    """Debian's newest engines; older snapshots of that suite are taken, too."""
    root = STATE / "sid"
    if not root.exists():
        with complete(root) as folder:
            options = [f'--aptopt={name} "{value}"' for name, value in bare_root.apt_options()]
            do("mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", '--aptopt=Acquire::Check-Valid-Until "false"',
               '--aptopt=APT::Install-Recommends "false"', *options, f"--include={SID_PACKAGES}", "sid", folder)
            folder.chmod(0o755)
    return root


def version_in(root: Path, *argv: str) -> str:
    return re.search(r"[0-9]+\.[0-9.]+", do("chroot", root, *argv))[0].rstrip(".")


def package_version(root: Path, name: str) -> str:
    """Podman itself says nothing where there is no /proc."""
    return re.match(r"[0-9.]+", do("chroot", root, "dpkg-query", "-W", "-f", "${Version}", name))[0]


def inside(root: Path, client: str) -> list[str]:
    """The command that tries a client's engine in a root of its own: no process, mount or network outlives it."""
    return ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--",
            str(HERE / "inside"), str(root), str(ROOT / "build"), str(HERE), client]


def busybox() -> str:
    found = "/bin/busybox"
    if not Path(found).exists():
        raise NoRoot("there is no busybox-static")
    return found


def package(name: str) -> Path:
    """What one of Debian's packages holds, without installing it."""
    folder = STATE / name
    if not folder.exists():
        with complete(folder) as made:
            do("apt-get", "download", name, cwd=made)
            for archive in made.glob("*.deb"):
                do("dpkg-deb", "-x", archive, made)
                archive.unlink()
    return folder


RUNSC_VERSION = STATE / "runsc.version"


def runsc() -> Path:
    binary = package("runsc") / "usr/bin/runsc"
    if not RUNSC_VERSION.exists():
        RUNSC_VERSION.write_text(re.search(r"^Version: ([0-9.~]+)", do("apt-cache", "show", "runsc"), re.M)[1])
    return binary


# The virtual machine.


def cgroup2_vm(usher: Path) -> tuple[str, list[dict[str, object]]]:
    """The kernel's version, and what vm-init says from inside. Without KVM it is emulated, and slow."""
    if not shutil.which("qemu-system-x86_64"):
        raise NoRoot("there is no qemu-system-x86_64")
    image = re.search(r"^Depends: .*?(linux-image-\S+-cloud-amd64)\b", do("apt-cache", "show", "linux-image-cloud-amd64"), re.M)
    if not image:
        raise NoRoot("there is no linux-image-cloud-amd64")
    kernel = next((package(image[1]) / "boot").glob("vmlinuz-*"))
    with tempfile.TemporaryDirectory(dir=STATE) as made:
        tree = Path(made, "tree")
        for folder in ("bin", "proc", "sys", "dev", "tmp", "run"):
            (tree / folder).mkdir(parents=True)
        shutil.copy(usher, tree / "bin/usher")
        shutil.copy(busybox(), tree / "bin/busybox")
        shutil.copy(HERE / "vm-init", tree / "init")
        # busybox knows no cgroup namespace.
        for file in ["/usr/bin/unshare", *re.findall(r"(/\S+) \(", do("ldd", "/usr/bin/unshare"))]:
            (tree / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, tree / file[1:])
        initrd = Path(made, "initrd.gz")
        do("sh", "-c", f"cd {tree} && find . | /bin/busybox cpio -o -H newc 2>/dev/null | gzip -1 >{initrd}")
        console = do("timeout", "600", "qemu-system-x86_64", "-M", "q35", "-cpu", "max", "-smp", "1", "-m", "700", "-nographic",
                     "-no-reboot", "-kernel", kernel, "-initrd", initrd, "-append",
                     "console=ttyS0 quiet panic=1 cgroup_no_v1=all psi=1")
    # The firmware leaves its own on the first line.
    rows = [json.loads(line) for line in re.findall(r'\{"check".*\}', console)]
    if not rows:
        raise NoRoot(f"the machine said nothing:\n{console[-1500:]}")
    return re.sub(r"^vmlinuz-|-cloud-amd64$", "", kernel.name), rows
