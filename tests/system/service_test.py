"""Services that people run, and what each needs at its end."""

import pathlib
import shutil
import signal
import textwrap
import urllib.request

import pytest

from harness import LIMIT, SANITIZED, USHER, descendants, free_port, state, until
from peers import name_of

NODE_SERVER = """
const server = require("http").createServer((_, answer) => answer.end("hello\\n"));
server.listen(0, "127.0.0.1", () => console.log("port " + server.address().port));
"""
READY = "[readiness]\nprobe = { type = \"stdout\", pattern = 'port [0-9]+' }\n"


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"no {', '.join(missing)}")


@needs("node")
class TestNode:
    def test_without_a_handler_ends_with_143(self, anywhere):
        run = anywhere("--", "node", "-e", NODE_SERVER, config=READY)
        run.wait_event("ready")
        assert run.stop() == 143

    def test_with_a_handler_ends_as_it_says(self, anywhere):
        script = NODE_SERVER + 'process.on("SIGTERM", () => server.close(() => process.exit(0)));'
        run = anywhere("--", "node", "-e", script, config=READY)
        run.wait_event("ready")
        assert run.stop() == 0

    def test_serves_while_it_is_ready(self, anywhere):
        run = anywhere("--", "node", "-e", NODE_SERVER, config=READY)
        port = run.wait_event("ready")["value"].split()[-1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=LIMIT) as answer:
            assert answer.read() == b"hello\n"
        run.stop()


@needs("node", "npm")
def test_a_node_under_npm_run_drains_though_npm_does_not_wait_for_it(anywhere, tmp_path):
    (tmp_path / "package.json").write_text('{"name":"x","version":"1.0.0","scripts":{"serve":"node main.js"}}')
    (tmp_path / "main.js").write_text(textwrap.dedent("""
        setInterval(() => {}, 1000);
        process.on("SIGTERM", () => {
          console.log("draining");
          setTimeout(() => { console.log("drained"); process.exit(0); }, 1500);
        });
        console.log("port 1");
    """))
    run = anywhere("--", "npm", "run", "serve", config=READY, cwd=tmp_path,
                   env={"npm_config_cache": str(tmp_path / "cache"), "npm_config_update_notifier": "false"})
    run.wait_event("ready")
    run.stop()
    assert run.out.text().count("draining") == 1
    assert "drained" in run.out.text()
    assert not run.events("killing")


class TestPython:
    LOOP = "import time\nprint('port 1', flush=True)\nwhile True: time.sleep(0.05)"

    def test_is_killed_by_sigterm(self, anywhere):
        run = anywhere("--", "python3", "-c", self.LOOP, config=READY)
        run.wait_event("ready")
        assert run.stop() == 143

    def test_is_interrupted_and_flushes_where_sigterm_is_rewritten(self, anywhere):
        script = "import time, atexit\natexit.register(print, 'last words')\n" \
                 "print('port 1', flush=True)\nprint('kept')\nwhile True: time.sleep(0.05)"
        run = anywhere("--", "python3", "-c", script,
                       config=READY + '[shutdown]\nrewrite = { SIGTERM = "SIGINT" }\n')
        run.wait_event("ready")
        assert run.stop() == 130
        assert "kept\nlast words\n" in run.out.text()


@needs("redis-server")
def test_redis_ends_with_0(anywhere, tmp_path):
    config = "[readiness]\nprobe = { type = \"stdout\", pattern = '[Rr]eady to accept connections' }\n"
    run = anywhere("--", "redis-server", "--port", "0", "--unixsocket", str(tmp_path / "socket"),
                   "--dir", str(tmp_path), config=config)
    run.wait_event("ready")
    assert run.stop() == 0
    assert "bye bye" in run.out.text()


@needs("nginx")
class TestNginx:
    @pytest.fixture
    def server(self, tmp_path):
        root = tmp_path / "root"
        root.mkdir()
        tmp_path.chmod(0o755)
        with open(root / "big", "wb") as big:
            big.truncate(20_000_000)
        port = free_port()
        (tmp_path / "nginx.conf").write_text(f"""
            daemon off; pid {tmp_path}/pid; error_log stderr notice; worker_processes 1; user root;
            events {{ worker_connections 64; }}
            http {{ access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p;
                    fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
                    server {{ listen 127.0.0.1:{port}; root {root}; }} }}
        """)
        return port, ["nginx", "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]

    def test_finishes_a_download_when_sigterm_is_rewritten_to_sigquit(self, anywhere, server):
        port, command = server
        run = anywhere("--", *command, config='[shutdown]\nrewrite = { SIGTERM = "SIGQUIT" }\n'
                       "[readiness]\nprobe = { type = \"stderr\", pattern = 'start worker process ' }\n")
        run.wait_event("ready")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/big", timeout=LIMIT) as download:
            first = download.read(100_000)
            run.send(signal.SIGTERM)
            run.wait_event("stopping")
            run.err.wait_text("gracefully shutting down")
            rest = download.read()
        assert len(first) + len(rest) == 20_000_000
        assert run.wait() == 0

    def test_workers_are_the_masters_and_go_with_it(self, anywhere, server):
        _, command = server
        run = anywhere("--", *command,
                       config="[readiness]\nprobe = { type = \"stderr\", pattern = 'start worker process ' }\n")
        run.wait_event("ready")
        mine = descendants(run.pid)
        assert len(mine) >= 2
        assert run.stop() == 0
        assert all(state(pid) == "" for pid in mine)


class TestShells:
    def test_the_child_of_sh_c_is_stopped_as_well(self, anywhere):
        run = anywhere("--", "sh", "-c", "echo port 1; sleep 1000; true", config=READY)
        run.wait_event("ready")
        until(lambda: len(descendants(run.pid)) == 2)
        mine = descendants(run.pid)
        assert run.stop() == 143
        assert all(state(pid) == "" for pid in mine)
        assert not run.events("killing")

    def test_a_trap_in_bash_that_waits_for_its_command_is_helped_by_the_group(self, anywhere):
        """bash runs a trap only when the command in its foreground has ended."""
        run = anywhere("--", "bash", "-c", "trap 'echo trapped; exit 0' TERM; echo port 1; sleep 1000; true",
                       config=READY + '[shutdown]\nscope = "group"\n')
        run.wait_event("ready")
        # Not while it is still a copy of bash, with the traps of bash.
        until(lambda: "sleep" in [name_of(pid) for pid in descendants(run.pid)])
        assert run.stop() == 0
        assert "trapped\n" in run.out.text()


@needs("valgrind")
def test_no_memory_and_no_descriptor_is_left_after_a_whole_life(usher, tmp_path):
    """Through hooks, a tap, attempts, a restart and a stop; see also what the sanitizers say."""
    if SANITIZED:
        pytest.skip("valgrind and the sanitizers exclude each other; LeakSanitizer looks at each test")
    if b".debug_info" not in pathlib.Path(USHER).read_bytes():
        pytest.skip("only a build that gives everything back can be looked at")
    log = tmp_path / "valgrind"
    count = tmp_path / "count"
    script = f"echo x >> {count}; case $(wc -l < {count}) in 1) exit 1;; 2) echo port 1; exit 0;; esac; " \
             "echo port 2; exec sleep 1000"
    run = usher("--", "sh", "-c", script, program=[
        "valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=all", "--track-fds=yes",
        "--child-silent-after-fork=yes", f"--log-file={log}", USHER], config=READY + """
[startup.backoff]
initial = "10ms"
max = "10ms"
[restart]
policy = "always"
[hooks]
pre_start = [["true"]]
post_ready = [["true"]]
pre_stop = [["true"]]
post_stop = [["true"]]
[lifecycle]
timeout = "1000s"
[log]
level = "debug"
""")
    run.wait_event("ready", times=2)
    assert run.stop() == 143
    assert run.report["attempts"] == 3
    text = log.read_text()
    assert "definitely lost" not in text and "still reachable" not in text, text
    assert "Invalid" not in text and "uninitialised" not in text, text
    descriptors = [line for line in text.splitlines() if "Open file descriptor" in line]
    assert all(" 0:" in line or " 1:" in line or " 2:" in line or str(log) in line
               for line in descriptors), text
