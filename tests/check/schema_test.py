"""The JSON Schema and the reference page, which come from the table of keys."""

import json
import re
import tomllib

import jsonschema
import pytest

from check_test import FULL, shipped
from conftest import ROOT


@pytest.fixture
def schema(run):
    result = run("schema")
    assert result.returncode == 0
    return json.loads(result.stdout)


def test_the_schema_that_lies_beside_the_configurations_is_this_one(run):
    assert (ROOT / "configs" / "usher.schema.json").read_text() == run("schema").stdout, (
        "write it anew: usher schema > configs/usher.schema.json")


@pytest.mark.parametrize("file", sorted((ROOT / "configs").glob("*.toml")), ids=lambda file: file.name)
def test_every_configuration_that_we_ship_names_the_schema(file):
    assert file.read_text().startswith("#:schema usher.schema.json\n")


@pytest.fixture
def accepts(schema):
    validator = jsonschema.Draft202012Validator(schema)
    return lambda text: validator.is_valid(tomllib.loads(text))


def test_the_schema_is_one(schema):
    jsonschema.Draft202012Validator.check_schema(schema)


def test_editors_see_a_table_that_is_none(schema):
    """taplo passes over unevaluatedProperties; at the top all is said by what it knows."""
    assert "unevaluatedProperties" not in json.dumps(schema)
    assert schema["additionalProperties"] is False
    assert "service" in schema["properties"] and "extends" in schema["properties"]


@pytest.mark.parametrize("file", shipped(), ids=lambda file: file.name)
def test_what_we_ship_passes(schema, file):
    jsonschema.Draft202012Validator(schema).validate(tomllib.loads(file.read_text()))


GOOD = [
    FULL,
    'extends = ["a.toml", "b.toml"]',
    '[profile.ci.shutdown]\ntimeout = 5',
    '[[profile.ci.health]]\nname = "a"\nprobe = { max_memory = "1GiB" }',
    '[shutdown]\ntimeout = "1m30s"\nsequence = ["TERM", 5, "INT"]',
    '[startup]\nretries = "${RETRIES:-3}"\nbackoff.factor = 1.5',
    '[hooks]\npre_start = ["a"]\npost_stop = [["a"], { command = ["b"], timeout = "1s" }]',
    '[service]\nlimits = { nofile = 5, core = "unlimited" }\numask = "0022"',
    '[[readiness.probe]]\ntype = "http"\nurl = "http://a"\nstatus = [200, "300-399"]',
]
BAD = [
    "[sevrice]",
    "[shutdown]\ntimeuot = 5",
    "[shutdown]\ntimeout = -1",
    '[shutdown]\ntimeout = "5x"',
    '[shutdown]\ntimeout = ""',
    '[shutdown]\nscope = "all"',
    "[startup]\nretries = 0",
    '[startup]\nretries = "3"',
    '[service]\ncommand = "node"',
    "[service]\ncommand = []",
    '[service]\nworkdir = "app"',
    "[service]\nlimits = { nofiel = 5 }",
    '[exit]\nremap = { "x" = 0 }',
    '[readiness]\nprobe = { type = "tcp", max_memory = 5 }',
    '[readiness]\nprobe = { type = "tpc" }',
    '[[health]]\nprobe = { type = "process" }',
    '[profile.ci.shutdown]\ntimeuot = 5',
    "profile = 5",
]


@pytest.mark.parametrize("text", GOOD)
def test_good_files_pass_as_they_do_with_check(accepts, text):
    assert accepts(text)


@pytest.mark.parametrize("text", BAD)
def test_bad_files_fail_as_they_do_with_check(accepts, run, write, text):
    assert not accepts(text)
    assert run("check", write("a.toml", text)).returncode == 91


def test_every_default_passes(schema):
    validator = jsonschema.Draft202012Validator

    def walk(node):
        if isinstance(node, dict):
            if "default" in node and "description" in node:
                validator({**node, "$defs": schema["$defs"]}).validate(node["default"])
            for child in node.values():
                walk(child)

    walk(schema)


@pytest.mark.parametrize("name, option, source", [
    ("configuration.md", "--reference", "table of keys"),
    ("log-events.md", "--log-events", "table in `init/base/log_event.h`"),
])
def test_a_reference_page_is_current(run, name, option, source):
    page = (ROOT / "docs" / name).read_text()
    mark = f"change the {source} instead. -->\n"
    written = page[page.index(mark) + len(mark):]
    assert written == run("schema", option).stdout, (
        f"the end of docs/{name} is not what `usher schema {option}` prints")


def test_the_table_of_alerts_is_current(run):
    assert run("schema", "--alerts").stdout in (ROOT / "docs/alerts.md").read_text()


def test_the_rules_for_kubernetes_are_those_of_the_exit_codes(run):
    text = run("schema", "--restart-rules").stdout
    assert f"```yaml\n{text}```" in (ROOT / "docs/containers.md").read_text()
    codes = {action: [int(code) for code in re.findall(r"- (\d+) ", rule)] for action, rule in
             re.findall(r"- action: (\w+)\n(.*?)(?=- action|---|\Z)", text, re.S)}
    assert codes == {"Restart": [92, 93, 97], "FailJob": [90, 91], "Count": [92, 93, 97], "Ignore": []}
    assert all(f"| {code} |" in (ROOT / "README.md").read_text() for code in (90, 91, 92, 93, 97))


def test_the_events_of_the_log_are_in_order_and_all_have_a_meaning(run):
    rows = [line.strip("|").split("|") for line in run("schema", "--log-events").stdout.splitlines()[3:]]
    names = [row[0].strip(" `") for row in rows]
    assert len(names) > 40 and names == sorted(set(names))
    assert all(row[1].strip() and row[3].strip().endswith(".") for row in rows)


def test_a_bad_command_line_is_90(run):
    assert run("schema", "--refrence").returncode == 90
    assert run("schema", "--reference", "x").returncode == 90
