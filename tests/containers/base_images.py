"""Base images under the names that Dockerfiles use, for where no registry can be reached.

Debian itself is made by mmdebstrap; the others are built on it from Debian's packages, so that
they share its layer. An image that the engine has under that name is left as it is, unless it is an
older one of these. They stand in for the real ones: enough of them to build and run what is here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LABEL = "usher.stand-in"
DEBIAN = "debian:12-slim"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
LIMIT_S = 600
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What a slim image leaves out, too.
SLIM = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*",
        "/usr/share/lintian/*"]

# As in the real one: packages start no service, are unpacked without waiting for the disk, and
# nothing is kept of what apt fetched.
HOOKS = [r"""printf '#!/bin/sh\nexit 101\n' >"$1"/usr/sbin/policy-rc.d""",
         r"""chmod 755 "$1"/usr/sbin/policy-rc.d""",
         r"""echo force-unsafe-io >"$1"/etc/dpkg/dpkg.cfg.d/docker-apt-speedup""",
         r"""printf 'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n' """
         r""">"$1"/etc/apt/apt.conf.d/docker-clean""",
         r"""rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin"""]

APT = ("RUN apt-get update && apt-get install -y --no-install-recommends {} "
       "&& rm -rf /var/lib/apt/lists/*\n")

NODE_FROM_DEBIAN = APT.format("nodejs npm")
# The package links its manual pages, which a slim image has no folder for.
JAVA_FROM_DEBIAN = "RUN mkdir -p /usr/share/man/man1\n" + APT.format("default-jre-headless")
NODE_FROM_HERE = "COPY node /usr/bin/node\nCOPY npm /usr/lib/node_modules/npm\n"
RECIPES = {
    "node:20-slim": """
        {node}
        RUN ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/bin/npm
        RUN useradd --uid 1000 --user-group --create-home --shell /bin/bash node
        COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
        ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
        CMD ["node"]
        """,
    "python:3.12-slim": APT.format("python3") + """
        RUN ln -s python3 /usr/bin/python
        ENV LANG=C.UTF-8
        CMD ["python3"]
        """,
    "nginx:1": APT.format("nginx-light") + """
        RUN ln -sf /dev/stdout /var/log/nginx/access.log \
         && ln -sf /dev/stderr /var/log/nginx/error.log
        STOPSIGNAL SIGQUIT
        CMD ["nginx", "-g", "daemon off;"]
        """,
    # The real one's entry point drops from root and sets the database up at the first start.
    "postgres:15": r"""
        RUN mkdir /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
        """ + APT.format("postgresql") + r"""
        ENV PGDATA=/var/lib/postgresql/data PATH=/usr/lib/postgresql/15/bin:$PATH LANG=C.UTF-8
        RUN printf '%s\n' '#!/bin/sh' 'set -e' \
         '[ "$(id -u)" != 0 ] || exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"' \
         '[ -s "$PGDATA/PG_VERSION" ] || initdb --auth=trust >&2' \
         'exec "$@" -c unix_socket_directories=/tmp' >/usr/local/bin/docker-entrypoint.sh \
         && chmod 755 /usr/local/bin/docker-entrypoint.sh
        STOPSIGNAL SIGINT
        ENTRYPOINT ["docker-entrypoint.sh"]
        CMD ["postgres"]
        """,
    "php:8.2-fpm": APT.format("php8.2-fpm") + r"""
        RUN ln -s /usr/sbin/php-fpm8.2 /usr/local/sbin/php-fpm \
         && ln -s /etc/php/8.2/fpm/pool.d /usr/local/etc/php-fpm.d \
         && sed -i 's|^error_log = .*|error_log = /proc/self/fd/2|' /etc/php/8.2/fpm/php-fpm.conf \
         && printf '[global]\ndaemonize = no\n[www]\nlisten = 9000\n' >/usr/local/etc/php-fpm.d/zz-docker.conf
        WORKDIR /var/www/html
        STOPSIGNAL SIGQUIT
        CMD ["php-fpm"]
        """,
    "eclipse-temurin:21-jre": JAVA_FROM_DEBIAN,
    # Debian's runtime has the compiler's modules, too; only the commands are missing.
    "eclipse-temurin:21": JAVA_FROM_DEBIAN + r"""
        RUN for tool in compiler/com.sun.tools.javac:javac jartool/sun.tools.jar:jar; do \
         printf '#!/bin/sh\nexec java -m jdk.%s.Main "$@"\n' "${tool%:*}" >"/usr/local/bin/${tool#*:}"; done \
         && chmod 755 /usr/local/bin/javac /usr/local/bin/jar
        """,
}
NAMES = [DEBIAN, *RECIPES]


class Failed(Exception):
    """An image could not be made; the text says why."""


def say(text: str) -> None:
    print(f"engine: {text}", file=sys.stderr, flush=True)


def run(*argv: str, check: bool = True, **options: object) -> str:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=LIMIT_S,
                          **options)  # type: ignore[call-overload]
    if check and done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise Failed(f"{argv[0]} {argv[1]} ended with {done.returncode}:\n{tail}")
    return done.stdout.strip()


def docker(*argv: str, check: bool = True) -> str:
    return run("docker", *argv, check=check)


def present(name: str, recipe: str) -> bool:
    """Whether the engine has it: somebody's own, or one made here from this recipe."""
    labels = docker("image", "inspect", name, "--format", '{{json .Config.Labels}}', check=False)
    if not labels:
        return False
    made = re.search(rf'"{LABEL}":"(\w+)"', labels)
    return made is None or made[1] == recipe


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


SLIM_DIGEST = digest(*SLIM, *HOOKS, SEARCH_PATH)


def provide(name: str, cache: Path) -> None:
    if name == DEBIAN:
        provide_debian(cache)
        return
    provide_debian(cache)
    text = "\n".join(line.strip() for line in RECIPES[name].splitlines() if line.strip())
    node = usable_node()
    text = text.replace("{node}", NODE_FROM_HERE if node else NODE_FROM_DEBIAN)
    recipe = digest(text, str(node), SLIM_DIGEST)
    if present(name, recipe):
        return
    say(f"building a stand-in for {name}")
    with tempfile.TemporaryDirectory() as context:
        folder = Path(context)
        (folder / "Dockerfile").write_text(f"FROM {DEBIAN}\n{text}\nLABEL {LABEL}={recipe}\n")
        if CERTIFICATES.exists():
            shutil.copy(CERTIFICATES, folder / "ca-certificates.crt")
        else:
            (folder / "ca-certificates.crt").touch()
        if name.startswith("node:") and node:
            shutil.copy(node, folder / "node")
            shutil.copytree("/usr/lib/node_modules/npm", folder / "npm", symlinks=True)
        docker("build", "--quiet", "--network", "host", "--tag", name, context)


def usable_node() -> Path | None:
    """This machine's own Node where it is a newer one than Debian's and brings its npm."""
    node = Path("/usr/bin/node")
    if not os.access(node, os.X_OK) or not Path("/usr/lib/node_modules/npm/bin").is_dir():
        return None
    major = re.match(r"v(\d+)", run(str(node), "--version"))
    return node.resolve() if major and int(major[1]) >= 20 else None


def provide_debian(cache: Path) -> None:
    if present(DEBIAN, SLIM_DIGEST):
        return
    changes = [f"LABEL {LABEL}={SLIM_DIGEST}", f"ENV PATH={SEARCH_PATH}", 'CMD ["bash"]']
    docker("import", *(f"--change={change}" for change in changes), str(debian_tar(cache)), DEBIAN)


def debian_tar(cache: Path) -> Path:
    """The root of a Debian with what every Debian has, and nothing else."""
    tar = cache / f"debian-{SLIM_DIGEST}.tar"
    if not tar.exists():
        say("making a Debian root with mmdebstrap")
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = cache / "unfinished.tar"
        run("mmdebstrap", "--quiet", "--variant=minbase",
            *(f"--dpkgopt=path-exclude={path}" for path in SLIM),
            *(f"--customize-hook={hook}" for hook in HOOKS), "bookworm", str(unfinished))
        for old in cache.glob("debian-*.tar"):
            old.unlink()
        unfinished.rename(tar)
    return tar
