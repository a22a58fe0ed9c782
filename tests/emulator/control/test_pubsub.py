"""Subscriptions: what sinks and channels publish, pulled as from Google, with its own client and by REST."""

import asyncio
import base64
import json
from contextlib import closing

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from googleapiclient import discovery

from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError
from vigil_emulator.http_server import drop, in_thread
from vigil_emulator.pubsub import PubSub
from vigil_emulator.server import Emulator

TOPIC = "projects/p/topics/t"
NAME = "projects/p/subscriptions/s"
METHOD = "pubsub.projects.subscriptions"


@pytest.fixture
def http():
    emulator = Emulator(drop=drop)
    with in_thread(emulator.app, around=emulator.running) as url, httpx.Client(base_url=url, timeout=60) as client:
        sink = {"name": "s", "destination": f"pubsub.googleapis.com/{TOPIC}", "filter": 'logName:"app"'}
        client.post("/v2/projects/p/sinks", json=sink).raise_for_status()
        yield client


def write(http, line):
    entry = {"logName": "projects/p/logs/app", "resource": {"type": "global"}, "textPayload": line}
    http.post("/v2/entries:write", json={"entries": [entry]}).raise_for_status()


def lines(received):
    return [json.loads(base64.b64decode(one["message"]["data"]))["textPayload"] for one in received]


def test_googles_own_client_makes_a_subscription_pulls_and_acknowledges(http):
    api = discovery.build(
        "pubsub",
        "v1",
        client_options={"api_endpoint": str(http.base_url)},
        credentials=AnonymousCredentials(),
        static_discovery=True,
    )
    with closing(api):
        spoken(api.projects().subscriptions(), http)


def spoken(subscriptions, http):
    write(http, "before there was anybody to hear it")
    made = subscriptions.create(name=NAME, body={"topic": TOPIC}).execute()
    assert (made["name"], made["topic"], made["ackDeadlineSeconds"], made["state"]) == (NAME, TOPIC, 10, "ACTIVE")
    assert subscriptions.list(project="projects/p").execute() == {"subscriptions": [made]}
    for line in ("one", "two", "three"):
        write(http, line)
    first = subscriptions.pull(subscription=NAME, body={"maxMessages": 2}).execute()["receivedMessages"]
    assert lines(first) == ["one", "two"]
    assert set(first[0]["message"]) == {"data", "messageId", "publishTime"}
    rest = subscriptions.pull(subscription=NAME, body={"maxMessages": 9}).execute()["receivedMessages"]
    assert lines(rest) == ["three"], "what another pull has is not given out twice"
    ids = [one["ackId"] for one in (*first, *rest)]
    assert subscriptions.acknowledge(subscription=NAME, body={"ackIds": ids}).execute() == {}
    empty = {"maxMessages": 9, "returnImmediately": True}
    assert subscriptions.pull(subscription=NAME, body=empty).execute() == {}
    subscriptions.delete(subscription=NAME).execute()
    assert http.get(f"/v1/{NAME}").status_code == 404


def test_what_cannot_be_is_refused_in_googles_words(http):
    missing = http.post(f"/v1/{NAME}:pull", json={"maxMessages": 1})
    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == "Resource not found (resource=s)."
    assert http.put(f"/v1/{NAME}", json={"topic": TOPIC}).is_success
    assert http.put(f"/v1/{NAME}", json={"topic": TOPIC}).json()["error"]["status"] == "ALREADY_EXISTS"
    assert "max_messages" in http.post(f"/v1/{NAME}:pull", json={}).json()["error"]["message"]
    pushed = {"topic": TOPIC, "pushConfig": {"pushEndpoint": "https://example.com"}}
    assert http.put("/v1/projects/p/subscriptions/pushed", json=pushed).status_code == 501
    assert http.put("/v1/projects/p/topics/t", json={}).status_code == 501


def call(pubsub, verb, body=None, **path):
    path = path or {"subscription": NAME}
    answer = pubsub.handlers()[f"{METHOD}.{verb}"](Call(method=f"{METHOD}.{verb}", path=path, body=body or {}))
    return asyncio.run(answer) if asyncio.iscoroutine(answer) else answer


def test_what_is_not_acknowledged_in_time_comes_again():
    wall = [100.0]
    pubsub = PubSub(lambda: 0, wall=lambda: wall[0])
    call(pubsub, "create", {"topic": TOPIC, "ackDeadlineSeconds": 20}, name=NAME)
    pubsub.publish(TOPIC, {"number": 1})
    pubsub.publish("projects/p/topics/another", {"number": 2})
    at_once = {"maxMessages": 5, "returnImmediately": True}
    (first,) = call(pubsub, "pull", at_once)["receivedMessages"]
    wall[0] = 119.9
    assert call(pubsub, "pull", at_once) == {}
    wall[0] = 120.0
    (again,) = call(pubsub, "pull", at_once)["receivedMessages"]
    assert again["message"] == first["message"]
    call(pubsub, "acknowledge", {"ackIds": [again["ackId"]]})
    wall[0] = 1000.0
    assert call(pubsub, "pull", at_once) == {}


def test_a_pull_waits_for_what_is_published_meanwhile():
    async def both():
        pubsub = PubSub(lambda: 0)
        handlers = pubsub.handlers()
        handlers[f"{METHOD}.create"](Call(method="", path={"name": NAME}, body={"topic": TOPIC}))
        pull = handlers[f"{METHOD}.pull"](Call(method="", path={"subscription": NAME}, body={"maxMessages": 1}))
        waiting = asyncio.ensure_future(pull)
        await asyncio.sleep(0)
        assert not waiting.done()
        pubsub.publish(TOPIC, {"number": 1})
        return await waiting

    assert len(asyncio.run(both())["receivedMessages"]) == 1


def test_a_subscription_without_a_topic_is_none():
    with pytest.raises(ApiError, match="topic"):
        call(PubSub(lambda: 0), "create", {}, name=NAME)
