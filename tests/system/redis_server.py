"""A real redis-server for tests."""

import subprocess

from harness import until


class Redis:
    """A real redis-server on a socket of its own."""

    def __init__(self, directory):
        self.socket = str(directory / "redis.sock")
        self.url = f"unix://{self.socket}"
        self.process = None

    def start(self, *more):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", *more],
            stdout=subprocess.DEVNULL, cwd="/")
        until(lambda: self("ping") == "PONG" or self("ping").startswith("NOAUTH"))

    def __call__(self, *command):
        done = subprocess.run(["redis-cli", "-s", self.socket, *command], text=True, capture_output=True)
        return done.stdout.strip()

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
