"""Copies of programs as a container's first start finds them: their pages come from the disk.

Pages that are as they were written, or have long been there, may lie in larger pieces, which cost less to map and to
take away; and dirty ones would count as a process's own. What one candidate has, all have.
"""

import os
import re
import shutil
import subprocess


def fresh(binary, directory):
    """The command that runs a copy of it in a directory of its own, its shared libraries copied with it."""
    directory.mkdir()
    needed = libraries(binary)
    copies = [copy(path, directory) for path in (binary, *needed)]
    loader = [path for path in copies if path.name.startswith("ld-")]
    return [str(loader[0]), "--library-path", str(directory), str(copies[0])] if loader else [str(copies[0])]


def libraries(binary):
    """What ldd finds, the loader among it; nothing for a static program."""
    listed = subprocess.run(["ldd", binary], capture_output=True, text=True)
    return re.findall(r"(/\S+) \(0x", listed.stdout) if listed.returncode == 0 else []


def copy(path, directory):
    target = directory / os.path.basename(path)
    shutil.copy(path, target)
    with open(target, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return target
