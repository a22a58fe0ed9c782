"""The webhook receiver takes Cloud Monitoring's notifications over real HTTP, and nothing else."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec

from vigil_cli.local.ports import listen
from vigil_cli.local.receiver import Receiver


def notification(state: str = "open", **incident: Any) -> dict[str, Any]:
    return {
        "version": "1.2",
        "incident": {
            "incident_id": "0.abc",
            "scoping_project_id": "vigil-local",
            "state": state,
            "started_at": 1_700_000_000,
            "ended_at": None if state == "open" else 1_700_000_600,
            "policy_name": "api error ratio",
            "condition_name": "errors",
            "severity": "CRITICAL",
            "summary": "5% of requests fail",
            "url": "https://example.invalid/incident",
            **incident,
        },
    }


def receiver_on(listener: socket.socket) -> Receiver:
    return Receiver(listener, username="vigil", password="secret")


def with_receiver(scene: Callable[[Receiver, httpx.AsyncClient], Awaitable[None]]) -> None:
    async def run() -> None:
        async with (
            receiver_on(listen(0, purpose="a test", option="--port")) as receiver,
            httpx.AsyncClient(trust_env=False, timeout=60, auth=("vigil", "secret")) as http,
        ):
            await scene(receiver, http)

    asyncio.run(run())


def test_a_notification_is_kept_whole_and_read() -> None:
    async def scene(receiver: Receiver, http: httpx.AsyncClient) -> None:
        sent = notification(metric={"type": "prometheus"})
        assert (await http.post(receiver.url, json=sent)).status_code == 200
        (kept,) = receiver.notifications
        assert msgspec.json.decode(kept.body) == sent
        assert kept.incident.policy_name == "api error ratio"
        assert kept.incident.severity == "CRITICAL"
        assert kept.incident.ended_at is None
        found = receiver.find(lambda each: each.incident_id == "0.abc" and each.state == "open")
        assert found is kept
        assert receiver.find(lambda each: each.state == "closed") is None

    with_receiver(scene)


def test_what_is_no_notification_is_refused_and_counted() -> None:
    async def scene(receiver: Receiver, http: httpx.AsyncClient) -> None:
        for body in (b"", b"[]", b"{}", msgspec.json.encode(notification(state="pending"))):
            answer = await http.post(receiver.url, content=body)
            assert answer.status_code == 400
        assert receiver.notifications == []
        assert receiver.refused == 4

    with_receiver(scene)


def test_only_notifications_with_the_password_are_accepted() -> None:
    async def scene(receiver: Receiver, http: httpx.AsyncClient) -> None:
        wrong = {
            "": "",
            "Basic dmlnaWw6b3RoZXI=": "another password",
            "Bearer secret": "another way",
            "Basic \u00fc": "no ASCII",
        }
        for authorization, why in wrong.items():
            headers = {"authorization": authorization.encode()}
            answer = await http.post(receiver.url, json=notification(), headers=headers, auth=None)
            assert answer.status_code == 401, why
        assert receiver.notifications == []
        assert receiver.refused == len(wrong)

    with_receiver(scene)


def test_only_the_path_of_the_channel_is_served() -> None:
    async def scene(receiver: Receiver, http: httpx.AsyncClient) -> None:
        assert (await http.post(f"{receiver.url}/other", json=notification())).status_code == 404
        assert (await http.get(receiver.url)).status_code == 405
        assert receiver.notifications == []

    with_receiver(scene)


def test_the_port_is_free_again_after_the_receiver() -> None:
    async def run() -> None:
        listener = listen(0, purpose="a test", option="--port")
        port = listener.getsockname()[1]
        async with receiver_on(listener), httpx.AsyncClient(trust_env=False, timeout=60) as http:
            await http.post(f"http://127.0.0.1:{port}/alerts", json=notification())
        listen(port, purpose="a test", option="--port").close()

    asyncio.run(run())
