"""The one-page images of images/examples, as far as that can be seen without an engine."""

import json
import re

import pytest

from conftest import ROOT

# The signal that each image is stopped with, by its own STOPSIGNAL or by that of its base, and the
# one that the service gets for it.
SIGNALS = {"python": ("SIGTERM", "SIGINT"), "nginx": ("SIGQUIT", "SIGQUIT"),
           "postgres": ("SIGINT", "SIGINT"), "java": ("SIGTERM", "SIGTERM"),
           "gunicorn": ("SIGTERM", "SIGTERM"), "php-fpm": ("SIGQUIT", "SIGQUIT"),
           "mariadb": ("SIGTERM", "SIGTERM"), "rabbitmq": ("SIGTERM", "SIGTERM"), "web": ("SIGTERM", "SIGTERM")}
FILES = sorted((ROOT / "images/examples").glob("*.Dockerfile"))


def test_every_example_is_known():
    assert {file.stem for file in FILES} == SIGNALS.keys()


@pytest.mark.parametrize("name", SIGNALS)
def test_an_example_starts_usher_and_asks_it(name):
    text = (ROOT / f"images/examples/{name}.Dockerfile").read_text()
    lines = dict(line.split(maxsplit=1) for line in text.splitlines() if line and line[0] != "#")
    assert "COPY --from=usher /usher /usher\n" in text
    assert json.loads(lines["ENTRYPOINT"]) == ["/usher", "--"]
    assert json.loads(lines["CMD"])
    assert json.loads(lines["HEALTHCHECK"].partition("CMD ")[2]) == ["/usher", "health", "--wait=50s", "--hold=50s"]
    # The last stop signal, as the engine reads it.
    assert lines.get("STOPSIGNAL", SIGNALS[name][0]) == SIGNALS[name][0]


@pytest.mark.parametrize("name", SIGNALS)
def test_its_configuration_has_the_right_stop_signal(run, name):
    result = run("check", "--print", ROOT / f"configs/{name}.toml")
    assert result.returncode == 0, result.stderr
    asked, wanted = SIGNALS[name]
    rules = dict(re.findall(r'^rewrite\.(SIG\w+) = "(SIG\w+)"', result.stdout, re.M))
    assert rules.get(asked, asked) == wanted
