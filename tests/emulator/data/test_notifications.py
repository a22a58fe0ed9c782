"""What channels receive, how often, and what is never sent or shown."""

import asyncio
import json
import logging
import socket
import threading

import pytest

from vigil_emulator.times import SECOND

CONDITION = {"conditionPrometheusQueryLanguage": {"query": "vector(1)", "duration": "0s"}}


def fire(world, *channels, **policy):
    world.policy(CONDITION, channels=channels, **policy)
    world.pass_time(30)


def stop(world):
    world.policy({"conditionPrometheusQueryLanguage": {"query": "vector(1) > 2", "duration": "0s"}})


def states(world):
    return [(d["event"], d["attempts"], d["status"]) for d in world.plane.deliveries()]


def test_a_token_in_an_address_is_sent_and_shown_nowhere(world, receiver, caplog):
    caplog.set_level(logging.DEBUG)
    fire(world, world.channel("webhook_tokenauth", {"url": f"{receiver.url}?auth_token=t0ken-value"}))
    assert states(world) == [("open", 1, "delivered")]
    assert "t0ken-value" not in caplog.text + json.dumps(world.plane.deliveries()) + json.dumps(receiver.received)
    gone = world.channel("webhook_tokenauth", {"url": "http://127.0.0.1:9/x?auth_token=t0ken-value"}, name="2")
    fire(world, gone, name="2")
    assert world.plane.deliveries()[-1]["error"]
    assert "t0ken-value" not in caplog.text + json.dumps(world.plane.deliveries())


def test_a_failed_delivery_is_repeated_with_growing_pauses_until_it_succeeds(world, receiver):
    receiver.status = 503
    fire(world, world.channel("webhook_tokenauth", {"url": receiver.url}))
    world.pass_time(30)
    assert states(world) == [("open", 2, "pending")]
    receiver.status = 204
    world.pass_time(60)
    assert states(world) == [("open", 3, "delivered")]


def test_a_delivery_fails_for_good_after_its_attempts_and_closing_waits_for_opening(make_world, receiver):
    world = make_world(attempts=3)
    receiver.status = 500
    fire(world, world.channel("webhook_tokenauth", {"url": receiver.url}))
    name = world.plane.incidents()[0]["name"]
    world.resources.put(
        "monitoring.alertPolicies", "projects/p/alertPolicies/2", {"displayName": "x", "conditions": []}
    )
    world.plane.notifier.enqueue(world.plane.engine.incidents[name], "closed", ["projects/p/notificationChannels/1"])
    world.pass_time(600)
    assert states(world) == [("open", 3, "failed"), ("closed", 3, "failed")]


def test_only_loopback_is_contacted_unless_allowed(world):
    for number, url in enumerate(
        ("https://hooks.example.com/x", "http://10.0.0.1/", "ftp://127.0.0.1/", "http://[::2]/", "nonsense")
    ):
        world.channel("webhook_tokenauth", {"url": url}, name=str(number))
    fire(world, *(f"projects/p/notificationChannels/{n}" for n in range(5)))
    assert {d["status"] for d in world.plane.deliveries()} == {"refused"}
    assert "example.com" not in json.dumps(world.plane.deliveries())


def test_pagerduty_and_slack_shapes(make_world, receiver):
    world = make_world(pagerduty_url=receiver.url, slack_url=receiver.url)
    fire(
        world,
        world.channel("pagerduty", {"service_key": "k"}, name="pd"),
        world.channel("slack", {"channel_name": "#ops", "auth_token": "xoxb"}, name="sl"),
        severity="ERROR",
    )
    pagerduty = next(body for body in receiver.received if "routing_key" in body)
    slack = next(body for body in receiver.received if "attachments" in body)
    assert (pagerduty["event_action"], pagerduty["payload"]["severity"], pagerduty["routing_key"]) == (
        "trigger",
        "error",
        "k",
    )
    assert slack["channel"] == "#ops"
    assert "too many errors" in slack["text"]
    assert "xoxb" not in json.dumps(receiver.received)


def test_channels_without_a_way_say_so(world):
    fire(world, world.channel("email", {"email_address": "a@example.com"}, name="m"), world.channel("pagerduty", {"service_key": "k"}, name="p"),
         world.channel("sms", {"number": "1"}, name="s"), world.channel("webhook_tokenauth", {"url": "http://127.0.0.1/"}, name="off", enabled=False),
         "projects/p/notificationChannels/none")  # fmt: skip
    assert [d["error"] for d in world.plane.deliveries()] == [
        "no mail server is set", "no address for PagerDuty is set", "channels of type 'sms' are not delivered by the emulator",
        "the channel is disabled", "there is no such channel",
    ]  # fmt: skip


def test_e_mail_goes_to_the_given_server(make_world):
    with socket.create_server(("127.0.0.1", 0)) as server:
        mail = bytearray()

        def serve():
            connection, _ = server.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.write(b"220 ready\r\n")
                stream.flush()
                while line := stream.readline():
                    if line.upper().startswith(b"DATA"):
                        stream.write(b"354 go\r\n")
                        stream.flush()
                        while (line := stream.readline()) != b".\r\n":
                            mail.extend(line)
                    stream.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")
                    stream.flush()

        thread = threading.Thread(target=serve)
        thread.start()
        world = make_world(smtp=server.getsockname())
        fire(
            world,
            world.channel("email", {"email_address": "a@example.com"}),
            documentation={
                "content": "the runbook",
                "subject": "pay attention",
                "links": [{"displayName": "Runbook", "url": "https://example.com/runbook"}],
            },
        )
        thread.join(60)
    assert states(world) == [("open", 1, "delivered")]
    assert b"Subject: [ALERT] pay attention" in mail
    assert b"To: a@example.com" in mail
    assert b"the runbook" in mail
    assert b"Runbook: https://example.com/runbook" in mail


def test_renotification_while_open(world, receiver):
    channel = world.channel("webhook_tokenauth", {"url": receiver.url})
    fire(
        world,
        channel,
        alertStrategy={
            "notificationChannelStrategy": [{"notificationChannelNames": [channel], "renotifyInterval": "1800s"}]
        },
    )
    world.pass_time(3600)
    assert [body["incident"]["state"] for body in receiver.received] == ["open"] * 3
    assert len({body["incident"]["incident_id"] for body in receiver.received}) == 1


def test_prompts_decide_whether_closing_is_notified(world, receiver):
    channel = world.channel("webhook_tokenauth", {"url": receiver.url})
    query = "vector(time()) < 1772366520"
    world.policy({"conditionPrometheusQueryLanguage": {"query": query}}, name="both", channels=(channel,))
    world.policy(
        {"conditionPrometheusQueryLanguage": {"query": query}},
        name="opened",
        channels=(channel,),
        alertStrategy={"notificationPrompts": ["OPENED"]},
    )
    world.pass_time(300)
    assert sorted((d["event"]) for d in world.plane.deliveries()) == ["closed", "open", "open"]


def test_state_survives_a_restart(make_world, receiver, tmp_path):
    world = make_world(tmp_path / "state.db")
    channel = world.channel("webhook_tokenauth", {"url": receiver.url})
    world.counter("all", "")
    world.policy(
        {
            "conditionPrometheusQueryLanguage": {
                "query": 'increase({"logging.googleapis.com/user/all", monitored_resource="cloud_run_revision"}[5m]) > 1',
                "duration": "120s",
                "evaluationInterval": "60s",
            }
        },
        channels=(channel,),
    )
    world.pass_time(240, during=lambda: world.write({"textPayload": "x"}))
    before = (
        world.entries(),
        world.time_series('metric.type="logging.googleapis.com/user/all"'),
        world.plane.incidents(),
        world.plane.deliveries(),
    )
    world.restart()
    after = (
        world.entries(),
        world.time_series('metric.type="logging.googleapis.com/user/all"'),
        world.plane.incidents(),
        world.plane.deliveries(),
    )
    assert after == before
    assert world.plane.stats()["points"] > 0
    world.pass_time(120, during=lambda: world.write({"textPayload": "x"}))
    assert len(world.open_incidents()) == 1
    world.restart()
    world.pass_time(120, during=lambda: world.write({"textPayload": "x"}))
    assert len(world.plane.incidents()) == 1
    world.pass_time(600)
    assert [body["incident"]["state"] for body in receiver.received] == ["open", "closed"]


def test_a_pending_delivery_is_taken_up_after_a_restart(make_world, receiver, tmp_path):
    world = make_world(tmp_path / "state.db")
    receiver.status = 500
    fire(world, world.channel("webhook_tokenauth", {"url": receiver.url}))
    world.restart()
    receiver.status = 200
    world.pass_time(60)
    assert states(world) == [("open", 2, "delivered")]


def test_evaluation_runs_by_itself_on_a_running_clock(receiver, make_world):
    from vigil_emulator.clock import ScaledClock
    from vigil_emulator.dataplane import DataPlane

    world = make_world()
    channel = world.channel("webhook_tokenauth", {"url": receiver.url})
    world.policy(CONDITION, channels=(channel,))

    async def run():
        plane = DataPlane(resources=world.resources, clock=ScaledClock(6000), database=None)
        await plane.start()
        async with asyncio.timeout(60):
            while not receiver.received:  # noqa: ASYNC110 - the receiver is on its own thread
                await asyncio.sleep(0.01)
        await plane.stop()
        return plane

    plane = asyncio.run(run())
    assert [body["incident"]["state"] for body in receiver.received] == ["open"]
    assert plane.now() > 0 < SECOND


@pytest.mark.parametrize("turns", range(5))
def test_a_change_at_the_moment_of_the_end_does_not_hold_it_up(make_world, turns):
    world = make_world()

    async def run():
        await world.plane.start()
        await asyncio.sleep(0)
        ending = asyncio.create_task(world.plane.stop())
        for _ in range(turns):  # of the event loop, between the end and the change
            await asyncio.sleep(0)
        world.policy(CONDITION)
        ended, _ = await asyncio.wait([ending], timeout=30)
        assert ended, "it waits for ever"

    asyncio.run(run())


def test_what_cannot_be_written_fails_for_good_and_holds_up_neither_the_others_nor_the_end(receiver, make_world):
    world = make_world(smtp=("127.0.0.1", 1))
    broken = world.channel("email", {"email_address": "jane\n@example.com"}, name="1")
    good = world.channel("webhook_tokenauth", {"url": receiver.url}, name="2")
    world.policy(CONDITION, channels=(broken, good))
    world.pass_time(120)
    assert len(receiver.received) == 1
    assert [(d["channel"], d["status"], d["attempts"], d.get("error")) for d in world.plane.deliveries()] == [
        (broken, "failed", 1, "ValueError"),
        (good, "delivered", 1, None),
    ]


def test_stopping_in_the_middle_of_a_delivery_keeps_it_for_the_next_process(make_world, tmp_path):
    world = make_world(tmp_path / "state.db")

    async def run():
        reached = asyncio.Event()

        async def hang(reader, writer):
            reached.set()
            await reader.read()
            writer.close()

        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        world.policy(CONDITION, channels=(world.channel("webhook_tokenauth", {"url": f"http://127.0.0.1:{port}/"}),))
        world.clock.advance(60)
        await world.plane.start()
        await reached.wait()
        await world.plane.stop()
        server.close()

    asyncio.run(run())
    world.plane = world._plane()
    assert [(d["event"], d["status"]) for d in world.plane.deliveries()] == [("open", "pending")]
