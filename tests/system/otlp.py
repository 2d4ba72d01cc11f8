"""Traces in Protocol Buffers, made into what the protocol's JSON would be: by the field numbers of
opentelemetry/proto/trace/v1/trace.proto and what that includes."""


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    """Number and value of each field of a message, by their order."""
    at, found = 0, []
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 1:
            value, at = int.from_bytes(data[at:at + 8], "little"), at + 8
        else:
            assert tag & 7 == 2
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
            assert len(value) == size
        found.append((tag >> 3, value))
    return found


def attribute(data):
    (one, key), (two, value) = fields(data)
    ((kind, content),) = fields(value)
    assert (one, two) == (1, 2)
    value = {1: lambda: {"stringValue": content.decode()}, 3: lambda: {"intValue": str(content)}}[kind]()
    return {"key": key.decode(), "value": value}


def event(data):
    parts = dict(fields(data))
    return {"timeUnixNano": str(parts[1]), "name": parts[2].decode()}


def link(data):
    parts = dict(fields(data))
    return {"traceId": parts[1].hex(), "spanId": parts[2].hex()}


def status(data):
    parts = dict(fields(data))
    return {"code": parts[3], "message": parts[2].decode()}


def span(data):
    made = {"attributes": [], "events": [], "status": {}}
    lists = {9: ("attributes", attribute), 11: ("events", event), 13: ("links", link)}
    single = {1: ("traceId", bytes.hex), 2: ("spanId", bytes.hex), 3: ("traceState", bytes.decode),
              4: ("parentSpanId", bytes.hex), 5: ("name", bytes.decode), 6: ("kind", int),
              7: ("startTimeUnixNano", str), 8: ("endTimeUnixNano", str), 15: ("status", status)}
    for number, value in fields(data):
        if number in lists:
            name, read = lists[number]
            made.setdefault(name, []).append(read(value))
        else:
            name, read = single[number]
            made[name] = read(value)
    return made


def scope_spans(data):
    parts = fields(data)
    scope = dict(fields(dict(parts)[1]))
    return {"scope": {"name": scope[1].decode(), "version": scope[2].decode()},
            "spans": [span(value) for number, value in parts if number == 2]}


def resource_spans(data):
    parts = fields(data)
    return {"resource": {"attributes": [attribute(value) for _, value in fields(dict(parts)[1])]},
            "scopeSpans": [scope_spans(value) for number, value in parts if number == 2]}


def document(body):
    return {"resourceSpans": [resource_spans(value) for _, value in fields(body)]}
