"""What `usher check --compose` finds in a Compose file, and where."""

import pytest

from conftest import ROOT


@pytest.fixture
def findings(run, tmp_path):
    """findings(compose, *args, **{"a.toml": "..."}) -> (exit code, messages)."""

    def check(compose, *args, env=None, **files):
        (tmp_path / "compose.yaml").write_text(compose)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = run("check", *args, "--compose", "compose.yaml", env=env, cwd=tmp_path)
        return result.returncode, result.stderr.splitlines()

    return check


GOOD = """\
x-common: &common
  stop_grace_period: 40s
  healthcheck: {test: [CMD, /usher, health]}
services:
  redis:
    <<: *common
  server:
    <<: *common
    depends_on: {redis: {condition: service_healthy}}
"""


def test_what_fits_is_ok(run, findings, tmp_path):
    assert findings(GOOD) == (0, [])
    assert run("check", "--compose", "compose.yaml", cwd=tmp_path).stdout == "compose.yaml: ok\n"


def test_the_engine_has_to_be_more_patient_than_usher(findings):
    code, found = findings(GOOD.replace("40s", "8s"))
    assert code == 91
    assert found == [
        f"compose.yaml:2:22: services.{name}.stop_grace_period: shutdown.timeout is 8s, so the engine may "
        "kill first; give it more than that" for name in ("redis", "server")]
    assert findings(GOOD.replace("40s", "1m30s"))[0] == 0
    assert findings(GOOD.replace("40s", "soon"))[1][0].endswith('expected a duration such as "40s", got "soon"')
    without = GOOD.replace("  stop_grace_period: 40s\n", "")
    assert findings(without) == (0, [])  # the default ends before the engine's own
    code, found = findings(without.replace("  redis:\n", "  redis:\n    environment: {SHUTDOWN_TIMEOUT: 12}\n"))
    assert code == 91
    assert found[0] == (
        "compose.yaml:4:3: services.redis: shutdown.timeout is 12s, and without a stop_grace_period the "
        "engine kills after 10s; set one above it")


def test_what_is_said_at_the_end_takes_time_too(findings):
    compose = ("services:\n  a:\n    entrypoint: [/usher, --]\n    stop_grace_period: 9s\n"
               "    healthcheck: {test: [CMD, /usher, health]}\n")
    silent = "[shutdown]\nlast_words = '5s'\n"
    assert findings(compose, "a.toml", **{"a.toml": silent}) == (0, [])
    code, found = findings(compose, "a.toml", **{"a.toml": silent + "[alerts]\nwebhook = 'http://a/'\n"})
    assert code == 91
    assert found == [
        "compose.yaml:4:24: services.a.stop_grace_period: shutdown.timeout is 8s, shutdown.last_words 5s on top of "
        "it, so the engine may kill first; give it more than that"]


def test_the_limit_is_that_of_the_services_own_configuration(findings):
    compose = GOOD.replace("40s", "8s").replace("  redis:\n", "  redis:\n    environment: {SHUTDOWN_TIMEOUT: 7}\n")
    code, found = findings(compose)
    assert code == 91
    assert [line.split(": ")[1] for line in found] == ["services.server.stop_grace_period"]
    # By the name of the service in the file, by the name of the file, and by what is mounted.
    assert findings(compose, "a.toml", **{"a.toml": '[service]\nname = "server"\n[shutdown]\ntimeout = 7\n'}) == (0, [])
    assert findings(compose, "server.toml", **{"server.toml": "[shutdown]\ntimeout = 7\n"}) == (0, [])
    for volume in ("./own.toml:/etc/usher/service.toml:ro",
                   "{type: bind, source: ./own.toml, target: /etc/usher/service.toml}"):
        mounted = compose.replace("  server:\n", f"  server:\n    volumes: [{volume}]\n")
        assert findings(mounted, **{"own.toml": "[shutdown]\ntimeout = 7\n"}) == (0, [])


def test_the_configuration_of_an_image_is_found_by_its_dockerfile(findings):
    compose = "services:\n  web:\n    build: {context: ., dockerfile: web/Dockerfile}\n"
    dockerfile = ("FROM scratch AS one\nHEALTHCHECK NONE\nFROM scratch\n# a comment\n"
                  "COPY --from=usher /usher /usher\nCOPY conf/base.toml \\\n  conf/web.toml /etc/usher/\n"
                  "ENV A=b USHER_CONFIG=/etc/usher/web.toml\nHEALTHCHECK CMD [\"/usher\", \"health\"]\n"
                  "ENTRYPOINT [\"/usher\"]\n")
    files = {"web/Dockerfile": dockerfile, "conf/web.toml": "[shutdown]\ntimeout = 9\n"}
    assert findings(compose, **files) == (0, [])
    files["conf/web.toml"] = "[shutdown]\ntimeout = 11\n"
    assert "shutdown.timeout is 11s" in findings(compose, **files)[1][0]
    files["web/Dockerfile"] = dockerfile.replace("HEALTHCHECK CMD", "#")
    assert "services.web.healthcheck: is missing" in findings(compose, **files)[1][1]
    # A service that has nothing to do with usher is its own business.
    files["web/Dockerfile"] = "FROM scratch\nENTRYPOINT [\"/web\"]\n"
    assert findings(compose, **files) == (0, [])


def test_mistakes_of_the_configuration_are_said_as_always(findings):
    code, found = findings(GOOD, "server.toml", **{"server.toml": "[shutdown]\ntimeuot = 9\n"})
    assert code == 91
    assert found == ["server.toml:2:1: shutdown.timeuot: unknown key; did you mean shutdown.timeout?"]


def test_the_configuration_sees_the_variables_of_the_compose_file(findings):
    compose = GOOD.replace("  server:\n", "  server:\n    environment: [LIMIT=20s, HERE, 'D=$$x']\n")
    config = {"server.toml": '[shutdown]\ntimeout = "${LIMIT}"\n[log]\nprefix = "${HERE}${D:?}"\n'}
    assert findings(compose, "server.toml", env={"HERE": "x", "LIMIT": "50s"}, **config) == (0, [])


def test_a_file_that_no_service_uses_is_a_warning(findings):
    code, found = findings(GOOD, "other.toml", **{"other.toml": ""})
    assert (code, found) == (0, ["usher: warning: no service of the Compose file is that of other.toml"])


def test_an_init_below_an_init(findings):
    code, found = findings(GOOD.replace("  redis:\n", "  redis:\n    init: true\n"))
    assert code == 91
    assert found == ["compose.yaml:6:11: services.redis.init: usher is an init itself; leave this out, or it "
                     "runs below another one"]
    assert findings(GOOD.replace("  redis:\n", "  redis:\n    init: false\n"))[0] == 0


@pytest.mark.parametrize("check", ["{disable: true}", "{test: [NONE]}"])
def test_a_health_check_that_is_switched_off(findings, check):
    compose = f"services:\n  a:\n    entrypoint: [/usher, --]\n    stop_grace_period: 1m\n    healthcheck: {check}\n"
    code, found = findings(compose)
    assert code == 91
    assert found[0].startswith("compose.yaml:5:18: services.a.healthcheck: is switched off, so the engine")


def test_a_health_check_that_is_missing(findings):
    compose = "services:\n  a:\n    entrypoint: [/usher, --]\n    stop_grace_period: 1m\n"
    code, found = findings(compose)
    assert code == 91
    assert found[0].startswith("compose.yaml:2:3: services.a.healthcheck: is missing here, and no Dockerfile")
    # A job has its exit code.
    assert findings(compose, "a.toml", **{"a.toml": '[service]\ntype = "job"\n'}) == (0, [])


def test_who_is_expected_in_the_registry_has_to_be_a_service(findings):
    registry = "[coordination]\nredis = 'redis://redis'\nnamespace = 'a'\n"
    expecting = registry + "expects = ['redis', 'server']\n"
    files = {"redis.toml": registry, "server.toml": expecting}
    assert findings(GOOD, *files, **files) == (0, [])
    files["server.toml"] = expecting.replace("'redis', ", "'reddis', ")
    files["redis.toml"] = expecting
    code, found = findings(GOOD, *files, **files)
    assert code == 91
    assert found == ["compose.yaml:7:3: services.server.coordination.expects: \"reddis\" is none of the Compose "
                     "file's services, or has no coordination.redis"]
    files = {"redis.toml": "[service]\nname = 'redis'\n", "server.toml": expecting}
    assert findings(GOOD, *files, **files)[0] == 91


@pytest.mark.parametrize("depends_on, column", [("[redis]", 18), ("{redis: {condition: service_started}}", 18)])
def test_a_dependency_that_nothing_waits_for(findings, depends_on, column):
    compose = GOOD.replace("{redis: {condition: service_healthy}}", depends_on)
    code, found = findings(compose)
    assert code == 91
    assert found == [f"compose.yaml:9:{column}: services.server.depends_on.redis: is only started first, not "
                     "waited for; add condition: service_healthy, or a [[dependency]] of usher's"]
    waits = '[[dependency]]\nname = "redis"\nprobe = { type = "redis", url = "redis://redis" }\n'
    assert findings(compose, "server.toml", **{"server.toml": waits}) == (0, [])


@pytest.mark.parametrize("probe", [
    'type = "redis", url = "redis://:secret@cache:1"', 'type = "tcp", address = "cache:1"',
    'type = "http", url = "http://cache:1/x"', 'type = "grpc", address = "cache:1"'])
def test_a_dependency_that_nothing_starts(findings, probe):
    compose = ("services:\n  redis: {image: redis, hostname: cache}\n  middle: {image: x, depends_on: [redis]}\n"
               "  server:\n    stop_grace_period: 1m\n    healthcheck: {test: [CMD, /usher, health]}\n")
    config = {"server.toml": f'[[dependency]]\nname = "store"\nprobe = {{ {probe} }}\n'}
    code, found = findings(compose, "server.toml", **config)
    assert code == 91
    assert found[0] == ('compose.yaml:4:3: services.server.depends_on: lacks "redis", which usher waits for as '
                        'dependency "store"; nothing starts it together with this service')
    # A stack of Swarm's has no order: all are started.
    assert findings(compose.replace(", depends_on: [redis]", ""), "server.toml", **config) == (0, [])
    # Over two steps it is started, too.
    assert findings(compose + "    depends_on: {middle: {condition: service_completed_successfully}}\n",
                    "server.toml", **config) == (0, [])
    # Over a link, as older files have it, too.
    assert findings(compose + "    links: [middle]\n", "server.toml", **config) == (0, [])


def test_waiting_for_the_health_of_a_service_without(findings):
    compose = GOOD + "  other:\n    image: x\n    depends_on: {bare: {condition: service_healthy}, gone: {}}\n"
    compose += "  bare:\n    image: x\n    healthcheck: {disable: true}\n"
    assert findings(compose)[1] == [
        'compose.yaml:12:18: services.other.depends_on.bare: waits for health, but "bare" has no health check',
        'compose.yaml:12:54: services.other.depends_on: there is no service "gone"']


def test_later_files_lie_over_earlier_ones(run, tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text("services:\n  redis:\n    stop_grace_period: 5s\n")
    result = run("check", "--compose", "a.yaml", "--compose", "b.yaml", cwd=tmp_path)
    assert result.returncode == 91
    assert result.stderr.startswith("b.yaml:3:24: services.redis.stop_grace_period: ")
    assert run("check", "--compose", "b.yaml", "--compose", "a.yaml", cwd=tmp_path).returncode == 0


def test_variables_have_their_values(findings):
    compose = GOOD.replace("40s", "${GRACE:-5s}")
    assert findings(compose)[0] == 91
    assert findings(compose, env={"GRACE": "50s"})[0] == 0
    assert findings(GOOD.replace("40s", "${GRACE:?has to be given}"))[0] == 0  # not known here: no judgement


@pytest.mark.parametrize("text, message", [
    ("", "compose.yaml:1:1: services: expected the services of a Compose file"),
    ("[1, 2]", "compose.yaml:1:1: services: expected the services of a Compose file"),
    ("services: [a]", "compose.yaml:1:1: services: expected the services of a Compose file"),
    ("a: [b\nc: d", "compose.yaml:2:"),
    ("a: \"\xff", "compose.yaml:1:"),
    ("a: &a [*a]\nservices: {a: &b {<<: *b, depends_on: *b, environment: [*b]}}", ""),
    ("services: {? [x] : y, a: , b: [c], c: {depends_on: x, environment: 5, volumes: [[]], build: []}}", ""),
    ("services: " + "{a: " * 400, "compose.yaml:"),
    ("services: " + "{a: " * 100_000, "compose.yaml: is nested too deep"),
    ("services: " + "- " * 5000 + "a", "compose.yaml"),
], ids=range(10))
def test_rubbish_does_no_harm(findings, text, message):
    code, found = findings(text)
    assert code in (0, 91)
    assert "\n".join(found).startswith(message)


def test_maps_that_merge_each_other_without_end_have_an_end(findings):
    layers = "".join(f"x{i}: &x{i} {{<<: [{', '.join([f'*x{i - 1}'] * 9)}], k{i}: 1}}\n" for i in range(1, 20))
    assert findings("x0: &x0 {k: 1}\n" + layers + "services: {a: {<<: *x19}}\n") == (0, [])


OURS = "    entrypoint: [/usher, --]\n    stop_grace_period: 1m\n"
CHECK = "    healthcheck: {test: [CMD, /usher, health]}\n"


def test_a_service_has_what_it_extends(findings):
    """In the same file, in another one with its own folder, and over several steps."""
    base = ("services:\n  root: {init: yes, stop_grace_period: 5s, env_file: ./root.env}\n"
            "  middle:\n    extends: root\n    healthcheck: {test: [CMD, /usher, health]}\n")
    compose = ("services:\n  a:\n    extends: {service: b}\n    stop_grace_period: 1m\n"
               "  b:\n    extends: {file: sub/base.yaml, service: middle}\n    entrypoint: [/usher, --]\n")
    code, found = findings(compose, **{"sub/base.yaml": base, "sub/root.env": "SHUTDOWN_TIMEOUT=6s\n"})
    assert code == 91
    assert found == [
        "sub/base.yaml:2:16: services.a.init: usher is an init itself; leave this out, or it runs below another one",
        "sub/base.yaml:2:16: services.b.init: usher is an init itself; leave this out, or it runs below another one",
        "sub/base.yaml:2:40: services.b.stop_grace_period: shutdown.timeout is 6s, so the engine may kill first; "
        "give it more than that"]


@pytest.mark.parametrize("extends, message", [
    ("gone", 'there is no service "gone"'), ("{service: gone, file: o.yaml}", 'there is no service "gone" in o.yaml'),
    ("a", "more than 16 services extend each other")])
def test_what_cannot_be_extended(findings, extends, message):
    code, found = findings(f"services:\n  a: {{extends: {extends}}}\n", **{"o.yaml": "services: {b: {}}\n"})
    assert code == 91
    assert found[0] == f"compose.yaml:2:16: services.a.extends: {message}"
    assert findings("services:\n  a: {extends: {service: x, file: no.yaml}}\n") == (
        91, ["no.yaml: cannot read: No such file or directory"])


def test_included_files_are_projects_of_their_own(findings):
    compose = ("include:\n  - one/compose.yaml\n  - path: [two.yaml, two.more.yaml]\n    env_file: two.env\n"
               "services:\n  a:\n    depends_on: {one: {condition: service_healthy}}\n")
    service = "services:\n  {}:\n    entrypoint: [/usher, --]\n    stop_grace_period: ${GRACE}\n" + CHECK
    files = {"one/compose.yaml": service.replace("{}", "one", 1), "one/.env": "GRACE=50s\n", "two.env": "GRACE=51s\n",
             "two.yaml": service.replace("{}", "two", 1), "two.more.yaml": "networks: {x: }\n"}
    assert findings(compose, **files) == (0, [])
    files["two.env"] = "GRACE=5s\n"
    assert findings(compose, **files)[1][0].startswith("two.yaml:4:24: services.two.stop_grace_period: ")
    assert findings(compose, env={"GRACE": "52s"}, **files) == (0, [])
    files["one/compose.yaml"] = "include: [../compose.yaml]\n"
    assert any("a file includes itself" in line for line in findings(compose, **files)[1])


def test_a_dependency_that_need_not_be_there(findings):
    compose = GOOD.replace("{condition: service_healthy}", "{condition: service_healthy, required: REQUIRED}")
    compose = compose.replace("{redis:", "{gone:")
    for word in "false", "no", "'off'", "'${UNSET:-False}'":
        assert findings(compose.replace("REQUIRED", word)) == (0, [])
    assert findings(compose.replace("REQUIRED", "yes"))[1] == [
        'compose.yaml:9:18: services.server.depends_on: there is no service "gone"']


@pytest.mark.parametrize("over, found", [
    ("stop_grace_period: null", ["compose.yaml:5:3: services.redis: shutdown.timeout is 12s, and without"]),
    ("stop_grace_period: ~", ["compose.yaml:5:3: services.redis: shutdown.timeout is 12s, and without"]),
    ("stop_grace_period: !reset 1h", ["compose.yaml:5:3: services.redis: shutdown.timeout is 12s, and without"]),
    ("init: null, healthcheck: , depends_on: null, env_file: , environment: null, volumes: ", []),
    ("healthcheck: !reset {}", ["compose.yaml:5:3: services.redis.healthcheck: is missing"]),
    ("depends_on: !override {}", [])])
def test_nothing_takes_away_what_was_there(run, tmp_path, over, found):
    (tmp_path / "compose.yaml").write_text(GOOD.replace(
        "  redis:\n", "  redis:\n    entrypoint: [/usher, --]\n    environment: {SHUTDOWN_TIMEOUT: 12}\n"))
    (tmp_path / "over.yaml").write_text(f"services: {{redis: {{{over}}}}}\n")
    result = run("check", "--compose", "compose.yaml", "--compose", "over.yaml", cwd=tmp_path)
    lines = [line for line in result.stderr.splitlines() if "services.server" not in line]
    assert len(lines) == len(found)
    assert all(line.startswith(start) for line, start in zip(lines, found))


@pytest.mark.parametrize("text, value", [
    ("$GRACE", "50s"), ("${GRACE}", "50s"), ("${NO-50s}", "50s"), ("${EMPTY:-50s}", "50s"), ("${EMPTY-50s}", ""),
    ("${GRACE:+50s}", "50s"), ("${GRACE+50s}", "50s"), ("${EMPTY:+5s}50s", "50s"), ("${NO:-${GRACE}}", "50s"),
    ("${NO:-$GRACE}", "50s"), ("$${GRACE}", "${GRACE}"), ("${GRACE:?needed}", "50s"), ("5${NO}0s", "50s"),
    ("${LATE}", "50s")])
def test_variables_are_those_of_compose(findings, text, value):
    compose = f"services:\n  a:\n    entrypoint: [/usher, --]\n    stop_grace_period: '{text}'\n" + CHECK
    files = {".env": "# a comment\nexport GRACE='50s' # another\nEMPTY=\nLATE=${GRACE}\n"}
    code, found = findings(compose, **files)
    if value == "50s":
        assert (code, found) == (0, [])
    else:
        assert found == ["compose.yaml:4:24: services.a.stop_grace_period: expected a duration such as \"40s\", got "
                         f'"{value}"']


@pytest.mark.parametrize("text", ["${NO:?needed}", "${NO?needed}", "${GRACE", "$", "${a b}", "$5"])
def test_what_the_engine_refuses_or_nobody_knows_is_not_judged(findings, text):
    compose = f"services:\n  a:\n    entrypoint: [/usher, --]\n    stop_grace_period: '{text}'\n" + CHECK
    assert findings(compose) == (0, [])


@pytest.mark.parametrize("grace, enough", [
    ("31s", True), ("0.6m", True), ("1h", True), ("1d", True), ("1w", True), ("31000ms", True), ("31000000us", True),
    ("31000000000ns", True), ("8s500ms", True), ("8s", False), ("500ms", False), ("0", False), ("31", None),
    ("1 m", None), ("-1m", None), ("1m x", None), (".6m", True)])
def test_durations_are_those_of_compose(findings, grace, enough):
    compose = f"services:\n  a:\n    entrypoint: [/usher, --]\n    stop_grace_period: {grace}\n" + CHECK
    code, found = findings(compose)
    assert code == (0 if enough else 91)
    assert bool(found) == (not enough)
    assert ("expected a duration" in "".join(found)) == (enough is None)


@pytest.mark.parametrize("word, on", [("yes", 1), ("On", 1), ("'true'", 1), ("y", 1), ("no", 0), ("off", 0), ("maybe", None)])
def test_booleans_are_those_of_compose(findings, word, on):
    found = findings("services:\n  a:\n" + OURS + CHECK + f"    init: {word}\n")[1]
    assert len(found) == (on != 0)
    assert on is not None or "expected true or false" in found[0]


@pytest.mark.parametrize("command", [
    "entrypoint: /usher -c /c.toml --", "entrypoint: [/usher, run, --config=/c.toml, --]",
    "command: ['/usher', '-c/c.toml', web]", "command: sh -c 'exec /usher -c /c.toml -- web'",
    "entrypoint: [/usher]\n    command: --shutdown.timeout=9s -- web", "command: /usher --shutdown.timeout 9s web",
    "environment: {USHER_CONFIG: /c.toml}", "env_file: [a.env]", "env_file: [{path: a.env}]"])
def test_the_options_of_usher_are_understood(findings, command):
    compose = f"services:\n  a:\n    {command}\n    volumes: ['./c.toml:/c.toml']\n" + CHECK
    files = {"c.toml": "[shutdown]\ntimeout = '9s'\n", "a.env": "USHER_CONFIG=/c.toml\n"}
    assert findings(compose, **files) == (0, [])
    if "9s" not in command:
        files["c.toml"] = "[shutdown]\ntimeout = '11s'\n"
        assert "shutdown.timeout is 11s" in "".join(findings(compose, **files)[1])


def test_options_that_usher_would_refuse(findings):
    compose = "services:\n  a:\n    command: /usher --shutdown.timout=9s web\n    stop_grace_period: 1m\n" + CHECK
    assert findings(compose)[1] == ["compose.yaml:2:3: services.a: shutdown.timout: unknown key; did you mean "
                                    "shutdown.timeout?"]
    assert "unknown option --frobnicate" in findings(compose.replace("shutdown.timout=9s", "frobnicate"))[1][0]


def test_a_config_of_the_compose_file_is_a_mount(findings):
    compose = ("configs: {web: {file: ./c.toml}}\nservices:\n  a:\n    entrypoint: [/usher, --]\n"
               "    configs: [{source: web, target: /etc/usher/service.toml}]\n" + CHECK)
    assert findings(compose, **{"c.toml": "[shutdown]\ntimeout = '9s'\n"}) == (0, [])


@pytest.mark.parametrize("check, key", [
    ("test: [CMD, /usher, health, --wait=50s], timeout: 50s", "timeout"),
    ("test: [CMD, /usher, health, --wait=50s]", "timeout"),
    ("test: /usher health --wait 40s --hold=5s, timeout: 10s", "timeout"),
    ("test: [CMD-SHELL, /usher health --hold=50s || exit 1]", "timeout"),
    ("test: [CMD, /usher, health], interval: 100ms, start_period: 60s", "start_period"),
    ("test: [CMD, /usher, health, --wait], timeout: 5", "timeout"),
    ("test: [CMD, /usher, health, --wait], timeout: 5s", None),
    ("test: [CMD, /usher, health, --wait=50s], timeout: 51s", None),
    ("test: [CMD, /usher, health], interval: 100ms, start_period: 60s, start_interval: 100ms", None),
    ("test: [CMD, /usher, health], interval: 30s, start_period: 60s", None)])
def test_the_times_of_a_health_check(findings, check, key):
    code, found = findings("services:\n  a:\n" + OURS + f"    healthcheck: {{{check}}}\n")
    assert code == (91 if key else 0)
    assert [line.split(": ")[1] for line in found] == ([f"services.a.healthcheck.{key}"] if key else [])


def test_the_image_has_its_part_in_a_health_check(findings):
    compose = "services:\n  a:\n    build: .\n    stop_grace_period: 1m\n    healthcheck: {interval: 1s}\n"
    line = "HEALTHCHECK --interval=9s --start-period=60s --timeout=9s CMD [\"/usher\", \"health\", \"--wait=10s\"]\n"
    files = {"Dockerfile": "FROM scratch\n" + line + "ENTRYPOINT [\"/usher\"]\n"}
    code, found = findings(compose, **files)
    assert [line.split(": ")[1] for line in found] == [
        "services.a.healthcheck.timeout", "services.a.healthcheck.start_period"]
    files["Dockerfile"] = files["Dockerfile"].replace("--start-period=60s --timeout=9s", "")
    assert findings(compose, **files) == (0, [])


def test_a_health_check_that_asks_another_is_a_warning(findings):
    code, found = findings("services:\n  a:\n" + OURS + "    healthcheck: {test: curl -f http://localhost}\n")
    assert code == 0
    assert len(found) == 1
    assert found[0].startswith("compose.yaml:5:18: services.a.healthcheck: warning: does not ask usher")


@pytest.mark.parametrize("signal, said", [
    ("SIGUSR1", "no stop"), ("SIGRTMIN+3", "no stop"), ("3", "no stop"), ("WINCH", "window size"),
    ("SIGHOP", "expected a signal"), ("SIGTERM", ""), ("INT", ""), ("15", ""), ("${UNKNOWN:?x}", "")])
def test_the_stop_signal_has_to_mean_a_stop(findings, signal, said):
    code, found = findings("services:\n  a:\n" + OURS + CHECK + f"    stop_signal: {signal}\n")
    assert code == (91 if said else 0)
    assert said in "".join(found)
    # The image's own, said there or known of the one that it is built on.
    files = {"Dockerfile": f"FROM scratch\nSTOPSIGNAL {signal}\n"}
    found = findings("services:\n  a:\n    build: .\n" + OURS + CHECK, **files)[1]
    assert said in "".join(found)
    assert all(line.startswith("compose.yaml:2:3: services.a.stop_signal: ") for line in found)


@pytest.mark.parametrize("image, signal", [
    ("nginx:1.27", "SIGQUIT"), ("docker.io/library/httpd", "SIGWINCH"), ("php:8-fpm", "SIGQUIT"), ("php:8-cli", ""),
    ("haproxy:lts", "SIGUSR1"), ("postgres@sha256:00", ""), ("alpine", "")])
def test_what_images_are_known_to_be_stopped_with(findings, image, signal):
    compose = "services:\n  a:\n    build: {context: ., target: last}\n" + OURS + CHECK
    files = {"Dockerfile": f"FROM {image} AS base\nRUN <<EOF\nSTOPSIGNAL SIGHUP\nEOF\nFROM base AS last\nFROM x\n"}
    found = findings(compose, **files)[1]
    assert len(found) == bool(signal)
    assert signal in "".join(found)
    config = "[shutdown]\nsignals = ['SIGTERM', 'SIGQUIT', 'SIGUSR1']\n"
    if signal != "SIGWINCH":
        assert findings(compose, "a.toml", **{"a.toml": config.replace("'SIGUSR1'", "'SIGUSR1', 'SIGINT'")}, **files) == (0, [])


def test_a_key_twice_is_said_with_both_places(findings):
    compose = "services:\n  a: {image: x}\n  b:\n    image: x\n    image: y\n  a: {init: true}\n"
    assert findings(compose) == (91, [
        'compose.yaml:5:5: "image" is there twice in one map, first in line 4; the engine takes one of each',
        'compose.yaml:6:3: "a" is there twice in one map, first in line 2; the engine takes one of each'])
    merges = "x: &x {init: true}\ny: &y {init: false}\nservices:\n  a:\n    <<: *x\n    <<: *y\n"
    assert "write << : [*one, *other]" in findings(merges)[1][0]
    assert findings(merges.replace("    <<: *x\n    <<: *y\n", "    <<: [*x, *y]\n")) == (0, [])


def test_an_environment_file_that_is_not_here_is_a_warning(findings):
    compose = "services:\n  a:\n    env_file: [gone.env, {path: gone.env, required: false}]\n" + OURS + CHECK
    code, found = findings(compose)
    assert code == 0
    assert found == ['compose.yaml:3:16: services.a.env_file: warning: cannot read "gone.env": No such file or directory']


def test_a_file_that_cannot_be_read(run, tmp_path):
    result = run("check", "--compose", "no.yaml", cwd=tmp_path)
    assert result.returncode == 91
    assert result.stderr == "no.yaml: cannot read: No such file or directory\n"


def test_what_does_not_go_with_a_compose_file(run):
    for args in (["--print"], ["--profile", "ci"]):
        assert run("check", *args, "--compose", "a.yaml").returncode == 90


OWN = ROOT / "images"


@pytest.mark.parametrize("names", [
    ["compose.yaml"], ["swarm.yaml"],
    *(["compose.yaml", f"compose.{kind}.yaml"] for kind in ("development", "test", "production"))],
    ids=lambda names: names[-1])
def test_our_own_stacks_fit_their_configurations(run, names):
    args = [arg for name in names for arg in ("--compose", OWN / name)]
    result = run("check", *args)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("ok\n")


def test_no_stack_of_our_own_is_left_out():
    assert sorted(file.name for file in OWN.glob("compose*.yaml")) == [
        "compose.development.yaml", "compose.production.yaml", "compose.test.yaml", "compose.yaml"]


def test_an_override_is_read_together_with_its_profile(run, tmp_path):
    # That of development has 5 s, that of production 30 s and a delay.
    text = (OWN / "compose.development.yaml").read_text()
    wrong = tmp_path / "compose.wrong.yaml"
    wrong.write_text(text.replace("USHER_PROFILE: development", "USHER_PROFILE: production"))
    assert wrong.read_text() != text
    result = run("check", "--compose", OWN / "compose.yaml", "--compose", wrong)
    assert result.returncode == 91
    assert result.stderr.count("stop_grace_period: shutdown.timeout is 30s") == 3
