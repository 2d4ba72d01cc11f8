"""The termination message, where the service has written one itself."""

import json

import pytest


def sh(script):
    return ("--", "sh", "-c", script)


@pytest.mark.parametrize("treatment, kept", [("append", True), ("keep", True), ("replace", False)])
def test_leaves_what_the_service_has_said_itself(usher, tmp_path, treatment, kept):
    file = tmp_path / "termination"
    file.write_text("of an earlier life")
    run = usher(*sh(f"echo 'quota used up' > {file}; exit 3"),
                config=f'[report]\ntermination_file = "{file}"\ntermination_message = "{treatment}"\n')
    assert run.wait() == 3
    said, _, report = file.read_text().rpartition("\n")
    assert said == ("quota used up" if kept else "")
    assert (report == "") if treatment == "keep" else json.loads(report)["exit_code"] == 3


@pytest.mark.parametrize("length", [2000, 4000, 4095, 4096, 6000])
def test_goes_behind_the_services_message_as_far_as_there_is_room(usher, tmp_path, length):
    file = tmp_path / "termination"
    file.write_text("")
    own = "x" * length
    run = usher(*sh(f"printf %s {own} > {file}; exit 3"), config=f'[report]\ntermination_file = "{file}"\n')
    assert run.wait() == 3
    text = file.read_text()
    assert text.startswith(own)
    assert len(text) <= max(4096, length)
    assert (text != own) == (length == 2000)


def test_takes_the_place_of_its_own_of_an_earlier_life(usher, tmp_path):
    file = tmp_path / "termination"
    file.write_text("")
    config = f'[report]\ntermination_file = "{file}"\n'
    for code in (3, 4):  # the second service adds to what is there
        run = usher(*sh(f"echo quota {code} >> {file}; exit {code}"), config=config)
        assert run.wait() == code
    lines = file.read_text().splitlines()
    assert lines[:2] == ["quota 3", "quota 4"]
    assert [json.loads(line)["exit_code"] for line in lines[2:]] == [4]
    assert usher("--", "true", config=config).wait() == 0
    assert json.loads(file.read_text())["exit_code"] == 0
