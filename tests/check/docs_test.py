"""What the pages show is true: their configurations are right, their commands and files are there."""

import json
import re

import pytest

from conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TOML = [(page.name, text) for page in PAGES
        for text in re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.S | re.M)]
# Texts whose whole does not stand on the page.
BASES = {"base.toml": "", "usher.schema.json": "{}"}


def exit_codes_of_troubleshooting():
    section = (ROOT / "docs/troubleshooting.md").read_text().partition("## Exit codes")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| (\d+)", section, re.M))


def named(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page, text", TOML, ids=[f"{page} {text.splitlines()[0]}" for page, text in TOML])
def test_a_configuration_that_is_shown_is_right(run, write, page, text):
    for name, content in BASES.items():
        write(name, content)
    checked = run("check", write("service.toml", text), env={"ALERT_TOKEN": "secret", "HOSTNAME": "host"})
    assert checked.returncode == 0, f"{page}: {checked.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_refers_to_is_there(page):
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), f"{named(page)}: {target}"


def headings(page):
    """As the pages are shown: in lower case, without punctuation, blanks as dashes."""
    found = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_sections_that_a_page_refers_to_are_there(page):
    for target, section in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
        assert section in headings(page.parent / target if target else page), f"{named(page)}: #{section}"


def test_the_readme_lists_every_page_and_every_exit_code(run):
    text = (ROOT / "README.md").read_text()
    for page in PAGES[1:]:
        assert f"({named(page)})" in text
    rows = re.findall(r"^\| ([\d, ]+) \|", text, re.M)
    codes = {code for row in rows for code in row.split(", ")}
    assert codes == {*map(str, range(90, 100)), "126", "127", "137"}


def test_every_exit_code_and_only_known_events_are_in_troubleshooting():
    assert {*map(str, range(90, 100)), "126", "127", "137", "139", "143"} <= exit_codes_of_troubleshooting()
    events = (ROOT / "tests/check/golden/log_events.txt").read_text().split()
    messages = (ROOT / "docs/troubleshooting.md").read_text().partition("## Messages")[2]
    for row in re.findall(r"^\| (`.*?) \|", messages, re.M):
        for name in re.findall(r"`([a-z_]+)`", row.partition(" at level")[0]):
            assert name in events


def test_every_table_is_among_what_a_reload_changes(run):
    section = (ROOT / "docs/control.md").read_text().partition("What a reload changes")[2].partition("\n## ")[0]
    tables = json.loads(run("schema").stdout)["$defs"]["settings"]["properties"]
    assert len(tables) > 10
    for table in tables:
        assert f"`{table}" in section, table


def test_the_readme_lists_every_command(run):
    commands = re.findall(r"^  usher (?:\[run\] )?([a-z| ]+)", run("help").stdout, re.M)
    section = (ROOT / "README.md").read_text().partition("## Commands")[2].partition("\n## ")[0]
    for command in re.findall(r"[a-z]+", " ".join(commands)):
        assert re.search(rf"\b{command}\b", section), command


def test_the_health_check_is_one_line_everywhere():
    """No start period: with it Docker 25 asks for the first time after 5 s, and --wait covers the start."""
    files = [*PAGES, *(ROOT / "images").rglob("*Dockerfile")]
    lines = {re.sub(r" --retries=3", "", line) for file in files
             for line in re.findall(r"^HEALTHCHECK .*", file.read_text(), re.M)}
    assert lines == {'HEALTHCHECK --interval=100ms --timeout=60s CMD '
                     '["/usher", "health", "--wait=50s", "--hold=50s"]'}


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/DESIGN.md", "docs/building.md", "docs/compatibility.md"])
def test_the_files_that_a_page_names_are_there(page):
    named_files = re.findall(r"`((?:init|probes|tests|docs|scripts|cmake)/[a-z0-9_./-]+\.[a-z]+)`", (ROOT / page).read_text())
    gone = [name for name in named_files if not (ROOT / name).exists()]
    assert not gone, f"{page} names {gone}"
