"""`usher report` on reports that real lives left, in a terminal and in a real browser."""

import collections
import fcntl
import html.parser
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios

import pytest

from harness import LIMIT, USHER, Stream
from png import pixels

READY = '[readiness]\nprobe = { type = "stdout", pattern = "^up$" }\n'
CHROMIUM = shutil.which("chromium")
# `make test` installs it; it is too large for those who only want a fast run.
in_browser = pytest.mark.skipif(not CHROMIUM, reason="no chromium (scripts/packages browser)")


def report(*args, env=None, stdin=b"", cwd=None):
    done = subprocess.run([USHER, "report", *map(str, args)], input=stdin, capture_output=True, cwd=cwd,
                          env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(env or {})}, timeout=LIMIT)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def even(file):
    """Gives each phase of a report the same time: how long they lasted is up to the machine."""
    told = json.loads(file.read_text())
    for number, span in enumerate(told["timeline"]):
        span["at_ms"], span["ms"] = 100.0 * number, 100.0
    told["started_at"] = "2026-01-02T03:04:05.000Z"
    told["phases_ms"]["total"] = 100.0 * len(told["timeline"])
    file.write_text(json.dumps(told, separators=(",", ":")))  # as usher writes it


@pytest.fixture
def lives(usher, tmp_path):
    """The reports of a service that took two attempts, and of one that waited for it."""
    files = [tmp_path / "worker.json", tmp_path / "client.json"]
    gate, tried = tmp_path / "gate", tmp_path / "tried"
    client = usher("--", "sh", "-c", "sleep 0.2; exit 3",
                   config=f'[service]\nname = "client"\n[report]\nfile = "{files[1]}"\n[[dependency]]\nname = "gate"\n'
                          f'probe = {{ type = "file", path = "{gate}" }}\n')
    client.wait_event("waiting")
    worker = usher("--", "sh", "-c", f"test -e {tried} || {{ : >{tried}; exit 7; }}; : >{gate}; echo up; exec sleep 1000",
                   config=f'[service]\nname = "worker"\n[report]\nfile = "{files[0]}"\n'
                          '[startup]\nretries = 2\nbackoff = { initial = "100ms" }\n' + READY)
    worker.wait_event("ready")
    assert client.wait() == 3
    assert worker.stop() == 143
    for file in files:
        even(file)
    return files


def test_two_lives_are_shown_on_one_axis(lives):
    code, out, err = report(*lives)
    assert (code, err) == (0, "")
    # What takes no time on an idle machine (░ waiting for nothing, ▓ stopping) may be seen on a busy one.
    assert re.search(r"^worker +░*▒+▓*·+░*▒*█+▓* +143 stopped by SIGTERM$", out, re.M), out
    assert re.search(r"^client +░+▒*█+▓* +3 by itself$", out, re.M), out
    assert re.search(r"^ +attempts +2 starts: exit 7, SIGTERM$", out, re.M), out
    assert re.search(r"^ +waited for +gate \d", out, re.M), out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "\x1b" not in out


def test_a_log_on_stdin_will_do(usher):
    run = usher("--", "sh", "-c", "exit 4")
    assert run.wait() == 4
    code, out, err = report("-", stdin=b"hello\n" + run.err.bytes())
    assert (code, err) == (0, "")
    assert re.search(r"^sh +.*█.* 4 by itself$", out, re.M), out


def test_where_the_locale_has_no_utf8_all_is_ascii(lives):
    code, out, _ = report(*lives, env={"LC_ALL": "C"})
    assert code == 0
    assert out.isascii() and re.search(r"^client +\.+:*#+=* +3 by itself$", out, re.M), out


def test_a_bad_file_is_named_and_the_others_are_shown(lives, tmp_path):
    half = tmp_path / "half.json"
    half.write_text(lives[0].read_text()[:100])
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps({**json.loads(lives[0].read_text()), "format": 1000}))
    code, out, err = report(half, newer, tmp_path / "absent", tmp_path, lives[1])
    assert code == 1
    assert re.search(r"^client ", out, re.M) and "worker" not in out
    assert err.splitlines() == [
        f"usher: {half} has a report in it that is not complete, or no JSON",
        f"usher: {newer} was written by a newer usher: its format is 1000, and this usher knows 1",
        f"usher: {tmp_path}/absent cannot be read: No such file or directory",
        f"usher: {tmp_path} cannot be read: Is a directory"]


def test_input_without_end_is_not_read_to_its_end():
    code, out, err = report("/dev/zero")
    assert (code, out, err) == (1, "", "usher: /dev/zero is larger than 8 MiB\n")


@pytest.mark.parametrize("args, why", [
    ([], "name the files"), (["--colour"], "unknown option --colour"), (["a", "-o"], "-o needs a file")])
def test_a_bad_command_line_is_said(args, why):
    code, out, err = report(*args)
    assert (code, out) == (90, "") and why in err


def on_terminal(columns, *args, **env):
    """What is shown on a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    shown = Stream(ours)
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    subprocess.run([USHER, "report", *map(str, args)], stdout=theirs, timeout=LIMIT, check=True,
                   env={**environment, "LC_ALL": "C.UTF-8", "TERM": "xterm", **env})
    os.close(theirs)
    return shown.wait_end().decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours_and_its_whole_width(lives):
    shown = on_terminal(132, *lives)
    assert "\x1b[31m3 by itself\x1b[0m" in shown
    plain = re.sub(r"\x1b\[\d+m", "", shown)
    assert plain == on_terminal(132, *lives, NO_COLOR="1")
    axis = next(line for line in plain.splitlines() if "├" in line)
    outcome = len("143 stopped by SIGTERM")
    assert len(axis) == 132 - 2 - outcome


class Page(html.parser.HTMLParser):
    """The elements of a page, and the text within each section."""

    def __init__(self, text):
        super().__init__()
        self.count = collections.Counter()
        self.sections = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.count[tag] += 1
        self.sections += [""] if tag == "section" else []

    def handle_data(self, data):
        if self.sections:
            self.sections[-1] += data


def browse(page, tmp_path, *options):
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--force-color-profile=srgb", f"--user-data-dir={tmp_path}/profile", *options, f"file://{page}"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(tmp_path)},
        timeout=max(LIMIT, 120), check=True)
    return done.stdout.decode()


@in_browser
def test_a_browser_finds_a_section_for_each_life(lives, tmp_path):
    page = tmp_path / "page.html"
    assert report(f"--html={page}", *lives) == (0, "", "")
    found = Page(browse(page, tmp_path, "--dump-dom"))
    assert len(found.sections) == found.count["section"] == 2
    by_name = {text.split()[0]: text for text in found.sections}
    assert "exit 143 stopped by SIGTERM" in by_name["workerexit"]
    assert "2 starts: exit 7, SIGTERM" in by_name["workerexit"]
    assert "exit 3 by itself" in by_name["clientexit"]
    assert found.count["script"] == found.count["link"] == found.count["img"] == 0


@in_browser
def test_a_browser_takes_what_a_service_said_as_text(lives, tmp_path):
    evil = "</title></section><script>document.body.innerHTML=''</script><img src=x>"
    lives[0].write_text(json.dumps({**json.loads(lives[0].read_text()), "service": evil, "ready_value": evil}))
    page = tmp_path / "page.html"
    page.write_text(report("--html", *lives)[1])
    found = Page(browse(page, tmp_path, "--dump-dom"))
    assert found.count["script"] == found.count["img"] == 0
    assert sum(text.count(evil) for text in found.sections) >= 3


def colours_of_style(text, dark):
    """The variables of the page's style sheet, as colours."""
    part = text.split("@media")[1 if dark else 0]
    found = dict(re.findall(r"--(\w+):#([0-9a-f]+)", part))
    return {name: tuple(bytes.fromhex(value if len(value) == 6 else "".join(digit * 2 for digit in value)))
            for name, value in found.items()}


def contrast(one, other):
    """As the Web Content Accessibility Guidelines define it."""
    def light(colour):
        parts = [c / 255 for c in colour]
        return sum(share * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
                   for share, c in zip((0.2126, 0.7152, 0.0722), parts))
    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_can_be_read_by_those_who_see_little_contrast(lives, dark):
    colours = colours_of_style(report("--html", *lives)[1], dark)
    texts = [(text, ground) for text in ("ink", "soft", "good", "bad") for ground in ("page", "card")]
    texts += [("on", phase) for phase in ("starting", "ready", "unhealthy", "stopping")]
    for text, ground in texts:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for phase in ("waiting", "starting", "ready", "unhealthy", "backoff", "stopping"):
        assert contrast(colours[phase], colours["card"]) >= 3, phase


@in_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [500, 900])
def test_a_picture_of_the_page_shows_the_phases(lives, tmp_path, dark, width):
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    assert report("-o", page, *lives) == (0, "", "")
    browse(page, tmp_path, f"--screenshot={picture}", f"--window-size={width},700",
           f"--blink-settings=preferredColorScheme={0 if dark else 1}")
    shown = pixels(picture.read_bytes())
    colours = colours_of_style(page.read_text(), dark)
    counts = collections.Counter(pixel for row in shown for pixel in row)
    assert len(shown[0]) == width
    assert shown[2][2] == colours["page"]
    assert counts[colours["card"]] > width * 100
    for phase in ("waiting", "starting", "ready", "backoff"):
        assert counts[colours[phase]] > 50, phase
    assert counts[colours["ink"]] > 200  # text
