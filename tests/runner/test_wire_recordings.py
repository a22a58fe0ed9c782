"""Every applied type sends what Google's provider really sends (corpus/provider: recorded with the real engine)."""

import json
from collections import Counter

import pytest

from tests.corpus import CORPUS, present
from vigil_runner.wire import APPLIED, Request

RECORDED = present(CORPUS / "provider")
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
PLAIN = "not-a-secret"
"""What every secret of the recorded program was."""

EXCHANGES = [json.loads(line) for line in (RECORDED / "exchanges.jsonl").read_text().splitlines()]


def plain(value):
    if isinstance(value, dict):
        return PLAIN if SECRET.items() <= value.items() else {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def resources(file: str) -> dict[tuple[str, str], dict]:
    return {(each["type"], each["name"]): plain(each) for each in json.loads((RECORDED / file).read_text())}


CREATED, CHANGED = resources("resources-1-created.json"), resources("resources-2-changed.json")
CASES = pytest.mark.parametrize("key", sorted(CREATED), ids=lambda key: f"{key[0].rpartition(':')[2]}-{key[1]}")


def canonical(body) -> str:
    """Labels of a metric are a set: their order is aside."""
    if isinstance(body, dict) and "metricDescriptor" in body:
        labels = body["metricDescriptor"].get("labels")
        if labels:
            ordered = sorted(labels, key=lambda label: label["key"])
            body = {**body, "metricDescriptor": {**body["metricDescriptor"], "labels": ordered}}
    return json.dumps(body, sort_keys=True)


def line(method, path, query, body) -> str:
    return f"{method} {path}?{json.dumps(query, sort_keys=True)} {canonical(body)}"


def sent(request: Request) -> str:
    return line(request.method, request.path, dict(request.query), request.body)


def recorded(step: str) -> list[dict]:
    return [each for each in EXCHANGES if each["step"] == step]


def play(exchange, step: str) -> tuple[list[Request], dict]:
    """Run an exchange against the recording of a step: each request must have been recorded, and gets its answer."""
    requests: list[Request] = []
    answer = None
    try:
        while True:
            request = exchange.send(answer) if requests else next(exchange)
            requests.append(request)
            matches = [
                row
                for row in recorded(step)
                if line(row["method"], row["path"], row["query"], row["body"]) == sent(request)
            ]
            near = [
                line(row["method"], row["path"], row["query"], row["body"])
                for row in recorded(step)
                if row["path"] == request.path and row["method"] == request.method
            ]
            assert matches, f"never sent by the provider:\n  {sent(request)}\nsent to this path:\n  " + "\n  ".join(
                near
            )
            answer = {} if matches[0]["status"] == 404 else matches[0]["response"]
            if request.operation:
                answer = answer["response"]
    except StopIteration as stop:
        return requests, stop.value


def made(key) -> tuple:
    resource = CREATED[key]
    wire = APPLIED[key[0]]
    inputs = wire.check(resource["inputs"], urn="urn:pulumi:s::p::t::n", project=None)
    return wire, inputs, resource


@CASES
def test_create_sends_the_recorded_requests(key):
    wire, inputs, resource = made(key)

    requests, response = play(wire.create(inputs), "create")

    assert requests[-1].writes
    assert wire.identify(inputs, response) == resource["id"]


@CASES
def test_outputs_are_those_of_the_provider(key):
    wire, inputs, resource = made(key)
    _, response = play(wire.create(inputs), "create")
    outputs = wire.outputs(inputs, response)

    for name, value in resource["outputs"].items():
        if name in resource["inputs"] and name not in ("conditions", "dashboardJson", "name", "folder", "bucket"):
            continue
        ours = outputs.get(name)
        if name == "conditions":
            assert [each["name"] for each in ours] == [each["name"] for each in value]
        elif name not in ("id", "deletionPolicy") and value not in (None, "", [], {}, 0, False):
            assert ours == value, name


@CASES
def test_read_asks_what_the_provider_asks(key):
    wire, inputs, resource = made(key)

    _, response = play(
        wire.read(resource["id"], inputs),
        "noop" if wire.type != "gcp:logging/logViewIamMember:LogViewIamMember" else "create",
    )

    assert response is not None or wire.serial


@CASES
def test_the_same_inputs_again_change_nothing(key):
    wire, inputs, resource = made(key)

    assert wire.replaces(inputs, inputs) == ()
    assert wire.update(inputs, inputs, resource["id"], resource["outputs"]) is None


@CASES
def test_a_change_sends_the_recorded_update(key):
    wire, inputs, resource = made(key)
    new = wire.check(CHANGED[key]["inputs"], urn="urn:pulumi:s::p::t::n", project=None)

    exchange = wire.update(inputs, new, resource["id"], resource["outputs"])

    if inputs == new:
        assert exchange is None
    else:
        assert wire.replaces(inputs, new) == ()
        assert play(exchange, "change")[0]


@CASES
def test_destroy_sends_the_recorded_delete(key):
    wire, inputs, resource = made(key)

    if wire.serial:
        with_member = {
            "bindings": [{"members": [inputs["member"]], "role": inputs["role"]}],
            "etag": "BwXhqDVlXxU=",
            "version": 3,
        }
        exchange = wire.delete(resource["id"], inputs)
        assert next(exchange).path.endswith(":getIamPolicy")
        assert sent(exchange.send(with_member)) in {
            line(row["method"], row["path"], row["query"], row["body"]) for row in recorded("destroy")
        }
    else:
        requests, _ = play_delete(wire.delete(resource["id"], inputs))
        assert [each.method for each in requests] == ["DELETE"]


def play_delete(exchange):
    request = next(exchange)
    lines = {line(row["method"], row["path"], row["query"], row["body"]) for row in recorded("destroy")}
    assert sent(request) in lines
    return [request], None


@pytest.mark.parametrize("step", ["create", "change", "destroy"])
def test_together_they_send_every_write_of_the_recording_once(step):
    ours: Counter[str] = Counter()
    for key, resource in CREATED.items():
        wire, inputs, _ = made(key)
        if step == "create":
            requests, _ = play(wire.create(inputs), step)
        elif step == "change":
            new = wire.check(CHANGED[key]["inputs"], urn="urn:pulumi:s::p::t::n", project=None)
            exchange = wire.update(inputs, new, resource["id"], resource["outputs"])
            requests = play(exchange, step)[0] if exchange else []
        else:
            exchange = wire.delete(resource["id"], inputs)
            requests = [next(exchange)]
            if wire.serial:
                requests = [
                    exchange.send(
                        {
                            "bindings": [{"members": [inputs["member"]], "role": inputs["role"]}],
                            "etag": "BwXhqDVlXxU=",
                            "version": 3,
                        }
                    )
                ]
        ours.update(sent(each) for each in requests if each.writes)

    theirs = Counter(
        line(row["method"], row["path"], row["query"], row["body"])
        for row in recorded(step)
        if row["method"] != "GET" and not row["path"].endswith(":getIamPolicy")
    )
    assert ours == theirs


def test_every_type_of_the_recording_is_applied():
    assert {type_ for type_, _ in CREATED} == set(APPLIED)
