import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def run():
    """run("check", file, env={...}) -> the finished process, with text."""

    def call(*args, env=None, cwd=None):
        environment = {"PATH": os.environ["PATH"], **(env or {})}
        return subprocess.run([os.environ["USHER"], *map(str, args)], env=environment, cwd=cwd,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                              check=False)

    return call


@pytest.fixture
def write(tmp_path):
    """write("name.toml", text) -> its path."""

    def put(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return put
