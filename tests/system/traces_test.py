"""The trace of a life, read by a collector that takes nothing but what the protocol says."""

import json
import re
import signal
import threading

import pytest

import otlp
from harness import AS_PID_1
from http_sink import Sink

MEMBERS = {"traceId", "spanId", "parentSpanId", "traceState", "name", "kind", "startTimeUnixNano", "links",
           "endTimeUnixNano", "attributes", "events", "status"}
PARENT = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


def number(text):
    assert isinstance(text, str) and re.fullmatch(r"0|[1-9][0-9]*", text), text
    return int(text)


def attributes(listed):
    found = {}
    for one in listed:
        assert set(one) == {"key", "value"} and one["key"] not in found
        ((kind, value),) = one["value"].items()
        found[one["key"]] = {"stringValue": str, "intValue": int}[kind](value)
        assert isinstance(value, str)
    return found


def unique(pairs):
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


class Trace:
    """All spans that a sink has got, by their names; checks each of them."""

    def __init__(self, sink):
        self.spans = []
        for path, headers, body in sink.requests:
            assert path == "/v1/traces"
            if headers["Content-Type"] == "application/x-protobuf":
                document = otlp.document(body)
            else:
                assert headers["Content-Type"] == "application/json"
                document = json.loads(body.decode(), object_pairs_hook=unique)
            assert set(document) == {"resourceSpans"}
            for resource in document["resourceSpans"]:
                assert set(resource) == {"resource", "scopeSpans"}
                self.resource = attributes(resource["resource"]["attributes"])
                for scope in resource["scopeSpans"]:
                    assert scope["scope"]["name"] == "usher"
                    assert scope["spans"]
                    for span in scope["spans"]:
                        self.spans.append(self._read(span))
        self._check_whole()

    @staticmethod
    def _read(span):
        assert set(span) <= MEMBERS
        for key, digits in (("traceId", 32), ("spanId", 16), ("parentSpanId", 16)):
            if key in span:
                assert re.fullmatch(f"[0-9a-f]{{{digits}}}", span[key]) and set(span[key]) != {"0"}
        assert span["kind"] == 1
        span["begin"], span["end"] = number(span["startTimeUnixNano"]), number(span["endTimeUnixNano"])
        assert 0 < span["begin"] <= span["end"]
        for event in span["events"]:
            assert span["begin"] <= number(event["timeUnixNano"]) <= span["end"]
        span["attributes"] = attributes(span["attributes"])
        assert span["status"] == {} or (span["status"]["code"] == 2 and span["status"]["message"])
        span["failed"] = span["status"].get("message", "")
        return span

    def _check_whole(self):
        ids = {span["spanId"]: span for span in self.spans}
        assert len(ids) == len(self.spans)
        assert len({span["traceId"] for span in self.spans}) == 1
        for span in self.spans:
            if span["name"] == "life":
                continue
            above = ids[span["parentSpanId"]]
            assert above["begin"] <= span["begin"] and span["end"] <= above["end"], (span, above)

    def __getitem__(self, name):
        (found,) = [span for span in self.spans if span["name"] == name]
        return found

    @property
    def names(self):
        return sorted(span["name"] for span in self.spans)

    def tree(self, name):
        """The names above one, up to the root."""
        span, names = self[name], []
        ids = {one["spanId"]: one for one in self.spans}
        while span := ids.get(span.get("parentSpanId")):
            names.append(span["name"])
        return names


@pytest.fixture
def collector():
    one = Sink()
    yield one
    one.end()


def traced(collector, last_words="1h", **more):
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_TIMEOUT": "600000",
            "USHER_SHUTDOWN_LAST_WORDS": last_words, **more}


@pytest.mark.parametrize("inside", [AS_PID_1, []], ids=["pid1", "subreaper"])
def test_a_life_is_one_trace(usher, collector, inside):
    config = """
[service]
name = "echo"
[[dependency]]
name = "file"
probe = { type = "exec", command = ["true"] }
[readiness]
probe = { type = "stdout", pattern = "^up " }
"""
    run = usher("--", "sh", "-c", 'echo "up $TRACEPARENT"; exec sleep 1000', config=config, inside=inside,
                env=traced(collector, OTEL_RESOURCE_ATTRIBUTES="deployment.environment=ci%201"))
    run.wait_event("ready")
    assert run.stop() == 143
    trace = Trace(collector)
    assert trace.names == ["attempt", "dependency file", "life", "start", "stop", "wait"]
    assert trace.resource["service.name"] == "echo"
    assert trace.resource["deployment.environment"] == "ci 1"
    assert "parentSpanId" not in trace["life"]
    for name in ("start", "stop"):
        assert trace.tree(name) == ["attempt", "life"]
    assert trace.tree("dependency file") == ["wait", "life"]
    attempt = trace["attempt"]
    assert run.out.text() == f"up 00-{attempt['traceId']}-{attempt['spanId']}-01\n"
    assert attempt["attributes"]["usher.exit.signal"] == "SIGTERM"
    assert trace["stop"]["attributes"] == {"usher.stop.cause": "signal", "usher.stop.signal": "SIGTERM"}
    assert trace["life"]["attributes"] == {
        "usher.reason": "stopped", "usher.exit_code": 143, "usher.attempts": 1, "usher.restarts": 0}
    assert not any(span["failed"] for span in trace.spans)
    assert run.wait_event("tracing")["trace_id"] == attempt["traceId"]


def test_a_trace_hangs_below_the_one_that_was_given(usher, collector):
    parent = f"00-{PARENT[0]}-{PARENT[1]}-01"
    run = usher("--", "sh", "-c", "echo $TRACEPARENT $TRACESTATE",
                env=traced(collector, TRACEPARENT=parent, TRACESTATE="vendor=1", OTEL_SERVICE_NAME="own"))
    assert run.wait() == 0
    trace = Trace(collector)
    assert trace["life"]["traceId"] == PARENT[0]
    assert trace["life"]["parentSpanId"] == PARENT[1]
    assert {span["traceState"] for span in trace.spans} == {"vendor=1"}
    assert trace.resource["service.name"] == "own"
    assert run.out.text() == f"00-{PARENT[0]}-{trace['attempt']['spanId']}-01 vendor=1\n"


@pytest.mark.parametrize("protocol, kind", [("http/protobuf", "application/x-protobuf"),
                                            ("http/json", "application/json")])
def test_both_encodings_say_the_same(usher, collector, protocol, kind):
    run = usher("--", "sh", "-c", "exit 7", config='[service]\nname = "echo"\n',
                env=traced(collector, OTEL_EXPORTER_OTLP_PROTOCOL=protocol, TRACESTATE="vendor=1",
                           TRACEPARENT=f"00-{PARENT[0]}-{PARENT[1]}-01"))
    assert run.wait() == 7
    assert {headers["Content-Type"] for _, headers, _ in collector.requests} == {kind}
    trace = Trace(collector)
    assert trace.names == ["attempt", "drain", "life", "start"]
    assert trace.resource["service.name"] == "echo"
    assert trace["life"]["traceId"] == PARENT[0] and trace["life"]["parentSpanId"] == PARENT[1]
    assert trace["life"]["traceState"] == "vendor=1"
    assert trace["life"]["failed"] == "exited 7"
    assert trace["attempt"]["attributes"]["process.exit.code"] == 7
    assert [event["name"] for event in trace["drain"]["events"]] == ["draining"]


def test_what_a_collector_rejects_is_counted(usher, collector):
    collector.body = b"\x0a\x08\x08\x03\x12\x04full"
    run = usher("--", "true", env=traced(collector, OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"))
    assert run.wait() == 0
    assert "not taken 3 spans: full" in run.wait_event("trace_failed")["message"]


def test_attempts_that_fail_say_why(usher, collector):
    config = """
[readiness]
probe = { type = "stdout", pattern = "never" }
[startup]
retries = 2
backoff = { initial = "1ms" }
"""
    run = usher("--", "sh", "-c", "exit 3", config=config, env=traced(collector))
    assert run.wait() == 3
    trace = Trace(collector)
    assert trace.names == ["attempt", "attempt", "backoff", "drain", "drain", "life", "start", "start"]
    assert [s["failed"] for s in trace.spans if s["name"] == "start"] == ["ended before it was ready"] * 2
    assert [s["attributes"]["usher.attempt"] for s in trace.spans if s["name"] == "attempt"] == [1, 2]
    assert [s["attributes"]["process.exit.code"] for s in trace.spans if s["name"] == "attempt"] == [3, 3]
    assert trace["life"]["failed"] == "ended_before_ready 3"


def test_an_outage_is_a_span_with_its_reason(usher, collector, tmp_path):
    sick = tmp_path / "sick"
    config = f"""
[[health]]
name = "file"
probe = {{ type = "exec", command = ["test", "!", "-e", "{sick}"] }}
interval = "20ms"
timeout = "1h"
failure_threshold = 1
on_failure = "alert"
level = "ready"
"""
    run = usher("--", "sleep", "1000", config=config, env=traced(collector))
    run.wait_event("check_passing")
    sick.touch()
    run.wait_event("check_failing")
    sick.unlink()
    run.wait_event("check_passing", times=2)
    run.stop()
    trace = Trace(collector)
    assert trace["unhealthy"]["failed"].startswith("file: ")
    assert trace.tree("unhealthy") == ["attempt", "life"]


def test_a_command_that_is_not_there_is_a_trace_too(usher, collector):
    run = usher("--", "/nonexistent", env=traced(collector))
    assert run.wait() == 127
    trace = Trace(collector)
    assert trace["start"]["failed"] == "could not be started"
    assert trace["life"]["failed"] == "exec_failed 127"


def test_headers_are_sent_and_not_told(usher, collector):
    run = usher("--", "true", env=traced(collector, OTEL_EXPORTER_OTLP_HEADERS="api-key=s3cret%3D,x=y"),
                config='[log]\nlevel = "debug"\n')
    assert run.wait() == 0
    assert collector.requests
    for _, headers, _ in collector.requests:
        assert headers["api-key"] == "s3cret=" and headers["x"] == "y"
    assert "s3cret" not in run.err.text()


@pytest.mark.parametrize("more", [
    {"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}, {"USHER_TRACES_ENABLED": "false"},
    {"TRACEPARENT": f"00-{PARENT[0]}-{PARENT[1]}-00"}])
def test_traces_can_be_switched_off(usher, collector, more):
    run = usher("--", "sh", "-c", 'echo "[$TRACEPARENT]"', env=traced(collector, **more))
    assert run.wait() == 0
    assert not collector.requests
    assert run.out.text() == f"[{more.get('TRACEPARENT', '')}]\n"


def test_a_protocol_that_usher_does_not_speak_is_said(usher, collector):
    run = usher("--", "true", env=traced(collector, OTEL_EXPORTER_OTLP_PROTOCOL="grpc"))
    assert run.wait() == 0
    assert "OTEL_EXPORTER_OTLP_PROTOCOL is grpc" in run.wait_event("tracing")["message"]
    assert not collector.requests
    run = usher("--", "true", config=f'[traces]\nendpoint = "{collector.url}"\n',
                env=traced(collector, OTEL_EXPORTER_OTLP_PROTOCOL="grpc"))
    assert run.wait() == 0
    assert Trace(collector)["life"]["failed"] == ""


def rubbish(connection):
    connection.sendall(b"\xff\x00 no HTTP at all\r\n\r\n")


def hang_up(connection):
    connection.close()


@pytest.mark.parametrize("answer", [500, 400, 302, rubbish, hang_up])
def test_a_bad_collector_costs_a_count_and_a_line(usher, collector, answer):
    sink = Sink()
    collector.answer = answer
    run = usher("--", "sh", "-c", "exit 9", env=traced(collector),
                config=f'[report]\nfile = ""\n[metrics]\npush = "{sink.url}"\n')
    assert run.wait() == 9
    sink.end()
    assert len(collector.requests) == len(run.events("trace_failed")) == 1
    assert run.report["exit_code"] == 9


def test_an_absent_collector_costs_a_line(usher):
    run = usher("--", "sh", "-c", "exit 9", env={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})
    assert run.wait() == 9
    assert "Connection refused" in run.wait_event("trace_failed")["message"]


def test_a_slow_collector_is_left_when_the_time_is_over_or_a_stop_comes(usher, collector):
    done = threading.Event()
    collector.answer = lambda connection: done.wait()
    run = usher("--", "sh", "-c", "exit 9", env=traced(collector, last_words="50ms"))
    assert run.wait() == 9
    assert len(run.events("trace_failed")) == 1
    before = len(collector.requests)  # it may have been too slow for the first
    run = usher("--", "sh", "-c", "exit 9", env=traced(collector))
    collector.wait_requests(before + 1)
    run.send(signal.SIGTERM)
    assert run.wait() == 9
    done.set()
    assert run.wait_event("trace_failed")["message"] == "given up on SIGTERM"
    assert run.report["exit_code"] == 9


def test_what_was_sent_and_dropped_is_counted(usher, collector):
    def counts(run_env):
        sink = Sink()
        run = usher("--", "true", env=run_env, config=f'[shutdown]\nlast_words = "1h"\n[metrics]\npush = "{sink.url}"\n')
        assert run.wait() == 0
        ((_, _, body),) = sink.requests
        sink.end()
        return re.findall(r"^usher_trace_spans_(\w+)_total", body.decode(), re.M)
    assert counts(traced(collector)) == ["sent", "dropped"]
    assert counts({}) == []


def in_one_run(redis, name, more=""):
    return f'[service]\nname = "{name}"\n[coordination]\nredis = "{redis.url}"\nnamespace = "run"\n{more}'


def over_at_once(usher, config):
    """A life that is, and its trace; again where the server did not answer within the limit of an attempt."""
    for _ in range(5):
        sink = Sink()
        run = usher("--", "true", config=config, env=traced(sink))
        assert run.wait() == 0
        sink.end()
        if "message" not in run.wait_event("tracing"):
            return run, Trace(sink)
    raise AssertionError("Redis is too slow")


def test_instances_of_one_namespace_are_one_trace(usher, collector, redis):
    redis.start()
    first = usher("--", "sh", "-c", "echo up; exec sleep 1000", config=in_one_run(redis, "first"), env=traced(collector))
    first.wait_event("registered")
    job, trace_of_job = over_at_once(usher, in_one_run(redis, "job"))
    waits = '[[dependency]]\nname = "key"\nprobe = { type = "redis", url = "%s", key = "go" }\n' % redis.url
    late = usher("--", "sh", "-c", "echo $TRACEPARENT", config=in_one_run(redis, "late", waits), env=traced(collector))
    told = late.wait_event("tracing")["trace_id"]  # while it waits
    redis("set", "go", "1")
    assert late.wait() == 0
    assert first.stop() == 143
    trace = Trace(collector)  # sees that it is one
    assert trace.names.count("life") == 2
    assert trace.spans[0]["traceId"] == trace_of_job["life"]["traceId"] == told == first.wait_event("tracing")["trace_id"]
    assert late.out.text().startswith(f"00-{told}-")
    attempt = trace_of_job["attempt"]
    (link,) = attempt["links"]  # to where a process of it that traced would have done so
    assert link["spanId"] == attempt["spanId"] and link["traceId"] != told
    assert {run.report["trace_id"] for run in (first, job, late)} == {told}


def test_a_trace_from_outside_is_that_of_the_others_too(usher, collector, redis):
    redis.start()
    parent = f"00-{PARENT[0]}-{PARENT[1]}-01"
    told = usher("--", "sleep", "1000", config=in_one_run(redis, "told"), env=traced(collector, TRACEPARENT=parent))
    told.wait_event("registered")
    _, other = over_at_once(usher, in_one_run(redis, "other"))
    assert told.stop() == 143
    for life in (Trace(collector)["life"], other["life"]):
        assert (life["traceId"], life["parentSpanId"]) == PARENT


def test_without_a_server_a_life_is_a_trace_of_its_own(usher, collector, redis):
    run = usher("--", "sh", "-c", "echo $TRACEPARENT", config=in_one_run(redis, "alone"), env=traced(collector))
    assert run.wait() == 0
    assert Trace(collector)["life"]["traceId"] == run.report["trace_id"] == run.out.text()[3:35]
    assert "not shared" in run.wait_event("tracing")["message"]


def test_each_life_can_be_a_trace_of_its_own(usher, collector, redis):
    redis.start()
    for name in ("one", "two"):
        run = usher("--", "true", config=in_one_run(redis, name, "[traces]\nshared = false\n"), env=traced(collector))
        assert run.wait() == 0
    assert redis("exists", "run:trace") == "0"
