"""What the real Google provider sent, replayed in order: create, no-op, change, destroy (corpus/provider)."""

import json
import re

import pytest

from vigil_emulator.resources.channels import SECRETS

SENT_BUT_NOT_KEPT = {"name", "etag"}
"""What a request holds and the server answers in its own way."""


@pytest.fixture(scope="module")
def exchanges(corpus):
    return [json.loads(line) for line in (corpus / "provider" / "exchanges.jsonl").read_text().splitlines()]


@pytest.fixture
def replayed(api, exchanges):
    """`(exchange, path, status, answer)` of each, with recorded ids and etags replaced by those that the server gave."""
    ours = {}
    done = []
    for exchange in exchanges:
        path, body = exchange["path"], json.dumps(exchange["body"])
        for recorded, assigned in ours.items():
            path, body = path.replace(recorded, assigned), body.replace(recorded, assigned)
        status, answer = api.send(exchange["method"], path, json.loads(body), query=exchange["query"])
        learn(exchange["response"], answer, ours)
        done.append((exchange | {"body": json.loads(body)}, path, status, answer))
    return done


def test_every_status_is_the_recorded_one(replayed):
    assert len(replayed) == 224
    different = [
        f"{exchange['step']}: {exchange['method']} {path} gave {status} {answer}"
        for exchange, path, status, answer in replayed
        if status != exchange["status"]
    ]
    assert different == []


def test_what_was_sent_comes_back_when_read_so_that_the_provider_sees_no_difference(replayed):
    latest, differences, reads = {}, [], 0
    for exchange, path, _status, answer in replayed:
        body = exchange["body"]
        if exchange["method"] in {"POST", "PUT", "PATCH"} and "Iam" not in path and answer.get("error") is None:
            name = named(path, exchange, answer)
            mask = exchange["query"].get("updateMask")
            paths = body.keys() if mask is None else mask.split(",")
            sent = {key: body.get(key) for key in paths if key not in SENT_BUT_NOT_KEPT}
            latest[name] = latest.get(name, {}) | sent
        elif exchange["method"] == "GET" and path in latest and "error" not in answer:
            reads += 1
            differences += [f"{path}: {difference}" for difference in lost(latest[path], answer)]
    assert reads > 80
    assert differences == []


def test_the_second_run_changes_nothing(replayed):
    noop = [(exchange, answer) for exchange, _path, _status, answer in replayed if exchange["step"] == "noop"]
    assert noop
    assert {exchange["method"] for exchange, _answer in noop if ":" not in exchange["path"]} == {"GET"}


def test_after_destroy_nothing_is_left_but_the_bucket_that_can_be_restored(api, replayed):
    left = {
        kind: [name for name in api.emulator.store.names(kind) if not name.rpartition("/")[2].startswith("_")]
        for kind in api.emulator.store.kinds()
        if not kind.startswith("vigil.") and kind != "logging.operations"
    }
    left = {kind: names for kind, names in left.items() if names}
    assert left == {"logging.buckets": ["projects/demo-project/locations/europe-west1/buckets/app-logs"]}
    bucket = api.ok("GET", "/v2/projects/demo-project/locations/europe-west1/buckets/app-logs")
    assert bucket["lifecycleState"] == "DELETE_REQUESTED"


def test_the_recording_replays_with_its_own_etags_too(api, exchanges):
    ids = {}
    for exchange in exchanges:
        path, body = exchange["path"], json.dumps(exchange["body"])
        for recorded, assigned in ids.items():
            path, body = path.replace(recorded, assigned), body.replace(recorded, assigned)
        status, answer = api.send(exchange["method"], path, json.loads(body), query=exchange["query"])
        assert status == exchange["status"], (path, answer)
        learn(exchange["response"], answer, ids, etags=False)


def learn(recorded, answer, ours, *, etags=True):
    """Maps ids and etags of the recorded answer to those in the emulator's, wherever both have them."""
    if isinstance(recorded, dict) and isinstance(answer, dict):
        old, new = str(recorded.get("name", "")), str(answer.get("name", ""))
        if re.fullmatch(r"10000\d\d", old.rpartition("/")[2]):
            ours[old.rpartition("/")[2]] = new.rpartition("/")[2]
        if etags and {"etag"} <= recorded.keys() & answer.keys():
            ours[recorded["etag"]] = answer["etag"]
        for key in recorded.keys() & answer.keys():
            learn(recorded[key], answer[key], ours, etags=etags)
    elif isinstance(recorded, list) and isinstance(answer, list):
        for left, right in zip(recorded, answer, strict=False):
            learn(left, right, ours, etags=etags)


def named(path, exchange, answer):
    """The path that the provider reads the resource from."""
    if exchange["method"] != "POST":
        return path
    version, base = path.split("/")[1], path.removesuffix(":createAsync")
    resource = answer.get("response", answer)
    given = [value for key, value in exchange["query"].items() if key.endswith("Id")]
    identifier = (given or [resource.get("name") or exchange["body"].get("type", "")])[0].rpartition("/")[2]
    if path.endswith("metricDescriptors"):
        identifier = exchange["body"]["type"]
    assert version in {"v1", "v2", "v3"}
    return f"{base}/{identifier}"


def lost(sent, read, where=""):
    """What was sent and does not come back, but for proto3's defaults and secrets."""
    if isinstance(sent, dict):
        for key, value in sent.items():
            inner = f"{where}.{key}"
            if key in SECRETS or inner.endswith("headers.x-probe"):
                continue
            if not isinstance(read, dict) or key not in read:
                if value not in (None, False, "", [], {}, 0, "STRING"):
                    yield f"{inner}: {value} was sent, nothing came back"
            else:
                yield from lost(value, read[key], inner)
    elif isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        order = (lambda item: json.dumps(item.get("key"))) if where.endswith(".labels") else (lambda _item: 0)
        for left, right in zip(sorted(sent, key=order), sorted(read, key=order), strict=True):
            yield from lost(left, right, where + "[]")
    elif sent != read:
        yield f"{where}: {sent} was sent, {read} came back"
