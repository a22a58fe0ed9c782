"""Temporal, on a real server: workflows run in the sandbox, and again in replay."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from temporalio import activity, worker, workflow
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleSpec,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowUpdateFailedError,
)
from temporalio.common import RetryPolicy, WorkflowIDConflictPolicy
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Replayer, Worker

from demo.stand_ins.temporal import free_port
from tests.telemetry.instrument.conftest import eventually
from tests.telemetry.instrument.shop import activities, workflows
from vigil_telemetry import bind
from vigil_telemetry.instrument.temporal import VigilPlugin, watched
from vigil_telemetry.instrument.temporal.activity import ActivityInbound
from vigil_telemetry.instrument.temporal.headers import KEY
from vigil_telemetry.instrument.temporal.workflow import WorkflowInbound

CORRELATION, REQUEST = "c0ffee00c0ffee00c0ffee00c0ffee00", "5e1f5e1f5e1f5e1f5e1f5e1f5e1f5e1f"


@asynccontextmanager
async def shop(
    address: str, *, cached: int = 1000, interceptors: Sequence[worker.Interceptor] = ()
) -> AsyncIterator[tuple[Client, str]]:
    """A client and a worker with the plugin; without a cache, every workflow task replays the whole history."""
    client = await Client.connect(address, plugins=[VigilPlugin()])
    queue = uuid4().hex
    with ThreadPoolExecutor(8) as pool:
        async with Worker(
            client,
            task_queue=queue,
            workflows=workflows.ALL,
            activities=activities.ALL,
            activity_executor=pool,
            max_cached_workflows=cached,
            interceptors=interceptors,
        ):
            yield client, queue


def run(
    address: str,
    scenario: Callable[[Client, str], Awaitable[Any]],
    *,
    cached: int = 1000,
    interceptors: Sequence[worker.Interceptor] = (),
) -> Any:
    async def main() -> Any:
        async with shop(address, cached=cached, interceptors=interceptors) as (client, queue):
            return await scenario(client, queue)

    return asyncio.run(main())


def named(recorded, *names: str) -> list[dict[str, Any]]:
    return [entry for entry in recorded.entries if entry["event"] in names]


def steps(recorded) -> dict[str, dict[str, Any]]:
    return {entry["step"]: entry for entry in named(recorded, "shop.stepped")}


@pytest.mark.parametrize("cached", [1000, 0], ids=["cached", "replayed at each task"])
def test_ids_reach_activities_threads_children_and_the_next_run_and_each_line_is_written_once(
    recorded, temporal_address, cached
) -> None:
    async def scenario(client: Client, queue: str) -> None:
        with bind(request_id=REQUEST, correlation_id=CORRELATION, user="jane@example.com"):
            handle = await client.start_workflow(workflows.Fulfil.run, 2, id=uuid4().hex, task_queue=queue)
        await handle.result()

    run(temporal_address, scenario, cached=cached)
    lines = [entry for entry in recorded.entries if entry["event"] != "temporal.worker.started"]
    assert {(line["correlation_id"], line["request_id"], line["user"][:5]) for line in lines} == {
        (CORRELATION, REQUEST, "hmac:")
    }
    assert all(line["workflow_id"] for line in lines)
    stepped = sorted(entry["step"] for entry in named(recorded, "shop.stepped"))
    assert stepped == sorted(
        ["activity local"] * 2
        + [
            f"{what} round {number}"
            for what in ("activity", "thread", "activity in child,", "child")
            for number in (1, 2)
        ]
        + ["workflow 1", "workflow 2"]
    )
    counts = {
        name: len(named(recorded, f"temporal.workflow.{name}"))
        for name in ("started", "completed", "continued", "ended")
    }
    assert counts == {"started": 4, "completed": 3, "continued": 1, "ended": 1}
    assert len(named(recorded, "temporal.activity.started")) == len(named(recorded, "temporal.activity.completed")) == 8
    assert [line["outcome"] for line in named(recorded, "temporal.child.ended")] == ["completed", "completed"]
    assert {line["cause"] for line in named(recorded, "temporal.workflow.started")} == {"client", "parent", "continued"}


def test_history_replayed_elsewhere_writes_nothing(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> None:
        handle = await client.start_workflow(workflows.Fulfil.run, 1, id=uuid4().hex, task_queue=queue)
        await handle.result()
        history = await handle.fetch_history()
        recorded.raw.clear()
        await Replayer(workflows=workflows.ALL, plugins=[VigilPlugin()]).replay_workflow(history)

    run(temporal_address, scenario)
    assert recorded.entries == []


def test_a_sender_without_a_correlation_id_is_known_by_what_it_has(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> None:
        with bind(correlation_id=CORRELATION):
            handle = await client.start_workflow(workflows.Order.run, id=uuid4().hex, task_queue=queue)
        with bind(request_id="request-0123456789abcdef"):
            await handle.signal(workflows.Order.add, "lamp")
        with bind(user="jane"):
            await handle.query(workflows.Order.count)
        await handle.execute_update(workflows.Order.close, "desk")
        await handle.result()

    run(temporal_address, scenario)
    found = steps(recorded)
    ids = [
        {name: found[step].get(name) for name in ("request_id", "correlation_id")} for step in ("signal lamp", "query")
    ]
    assert ids == [
        {"request_id": "request-0123456789abcdef", "correlation_id": "request-0123456789abcdef"},
        {"request_id": None, "correlation_id": CORRELATION},
    ]
    assert found["query"]["user"].startswith("hmac:")
    assert "user" not in found["order closed"]


@pytest.mark.parametrize("cached", [1000, 0], ids=["cached", "replayed at each task"])
def test_signals_queries_and_updates_have_the_ids_of_their_sender(recorded, temporal_address, cached) -> None:
    async def scenario(client: Client, queue: str) -> str:
        with bind(correlation_id=CORRELATION):
            handle = await client.start_workflow(workflows.Order.run, id=uuid4().hex, task_queue=queue)
        with bind(correlation_id="signal-0123456789abcdef"):
            await handle.signal(workflows.Order.add, "lamp")
        with bind(correlation_id="query-0123456789abcdef"):
            await handle.query(workflows.Order.count)
        with bind(correlation_id="update-0123456789abcdef"):
            with pytest.raises(WorkflowUpdateFailedError):
                await handle.execute_update(workflows.Order.close, "")
            await handle.execute_update(workflows.Order.close, "desk")
        assert sorted(await handle.result()) == ["desk", "lamp"]  # each item comes once its activity ended
        return handle.id

    workflow_id = run(temporal_address, scenario, cached=cached)
    found = {step: entry["correlation_id"].partition("-")[0] for step, entry in steps(recorded).items()}
    assert found == {
        "signal lamp": "signal", "activity for signal lamp": "signal", "query": "query",
        "validator": "update", "update": "update", "activity for update": "update", "order closed": CORRELATION,
    }  # fmt: skip
    assert {entry["workflow_id"] for entry in named(recorded, "shop.stepped")} == {workflow_id}
    signalled = [(entry["kind"], entry["name"]) for entry in named(recorded, "temporal.workflow.signalled")]
    assert signalled == [("signal", "add"), ("query", "count"), ("update", "close")]


def test_update_with_start_carries_ids_to_both(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> None:
        start = WithStartWorkflowOperation(
            workflows.Order.run, id=uuid4().hex, task_queue=queue, id_conflict_policy=WorkflowIDConflictPolicy.FAIL
        )
        with bind(correlation_id=CORRELATION):
            assert (
                await client.execute_update_with_start_workflow(
                    workflows.Order.close, "desk", start_workflow_operation=start
                )
                == 1
            )
        await (await start.workflow_handle()).result()

    run(temporal_address, scenario)
    assert {entry["correlation_id"] for entry in steps(recorded).values()} == {CORRELATION}
    assert {"update", "order closed"} <= set(steps(recorded))


def test_a_workflow_that_signals_another_passes_its_ids(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> None:
        order = await client.start_workflow(workflows.Order.run, id=uuid4().hex, task_queue=queue)
        with bind(correlation_id=CORRELATION):
            await client.execute_workflow(workflows.Tell.run, order.id, id=uuid4().hex, task_queue=queue)
        await order.execute_update(workflows.Order.close, "desk")

    run(temporal_address, scenario)
    assert steps(recorded)["signal told"]["correlation_id"] == CORRELATION
    assert steps(recorded)["order closed"]["correlation_id"] != CORRELATION


def test_a_scheduled_run_gets_its_own_id_and_names_its_schedule(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> None:
        with bind(correlation_id=CORRELATION):  # of the request that made the schedule, which none of its runs has
            action = ScheduleActionStartWorkflow(workflows.Ship.run, "scheduled", id=uuid4().hex, task_queue=queue)
            schedule = await client.create_schedule("nightly-" + queue, Schedule(action=action, spec=ScheduleSpec()))
            await schedule.trigger()
        await eventually(lambda: named(recorded, "temporal.workflow.completed"))
        await schedule.delete()
        return schedule.id

    schedule_id = run(temporal_address, scenario)
    (started,) = named(recorded, "temporal.workflow.started")
    assert (started["cause"], started["schedule"]) == ("schedule", schedule_id)
    lines = [entry for entry in recorded.entries if entry["event"] != "temporal.worker.started"]
    assert {line["correlation_id"] for line in lines} == {started["run_id"].replace("-", "")}
    assert steps(recorded)["activity in child, scheduled"]["correlation_id"] != CORRELATION


def test_scenario_17_a_workflow_starts_or_fails_and_it_is_logged(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> str:
        with bind(request_id=REQUEST, correlation_id=CORRELATION):
            handle = await client.start_workflow(workflows.Fail.run, "raise", id=uuid4().hex, task_queue=queue)
        with pytest.raises(WorkflowFailureError):
            await handle.result()
        return handle.id

    workflow_id = run(temporal_address, scenario)
    (started,) = named(recorded, "temporal.workflow.started")
    (failed,) = named(recorded, "temporal.workflow.failed")
    (ended,) = named(recorded, "temporal.workflow.ended")
    assert (started["severity"], started["workflow_type"], started["attempt"]) == ("INFO", "Fail", 1)
    assert (failed["severity"], failed["error_type"], failed["error"]) == ("ERROR", "Declined", "card [card] declined")
    assert failed["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert "4111111111111111" not in b"".join(recorded.raw).decode()
    assert failed["function"].endswith("Fail.run")
    assert (ended["outcome"], ended["error_type"], ended["severity"]) == ("failed", "Declined", "ERROR")
    for line in (started, failed, ended):
        assert (line["workflow_id"], line["request_id"], line["correlation_id"]) == (workflow_id, REQUEST, CORRELATION)
    assert started["run_id"] == failed["run_id"] == ended["run_id"]


def fails(recorded, address: str, how: str) -> dict[str, Any]:
    """What a workflow that ends badly leaves, by event; the last line of each."""

    async def scenario(client: Client, queue: str) -> None:
        handle = await client.start_workflow(workflows.Fail.run, how, id=uuid4().hex, task_queue=queue)
        with suppress(WorkflowFailureError):
            await handle.result()

    run(address, scenario)
    return {entry["event"]: entry for entry in recorded.entries}


def test_a_benign_failure_is_no_error(recorded, temporal_address) -> None:
    found = fails(recorded, temporal_address, "benign")
    failed = found["temporal.workflow.failed"]
    assert (failed["severity"], failed["benign"], "stack_trace" in failed) == ("INFO", True, False)


def test_a_benign_failure_of_an_activity_is_no_error(recorded, temporal_address) -> None:
    found = fails(recorded, temporal_address, "benign activity")
    failed = found["temporal.activity.failed"]
    assert (failed["severity"], failed["consequence"], failed["error_type"]) == ("INFO", "benign", "SoldOut")
    assert "temporal.workflow.completed" in found


def test_a_workflow_that_fails_by_its_activity_names_the_cause(recorded, temporal_address) -> None:
    found = fails(recorded, temporal_address, "activity")
    assert (found["temporal.activity.failed"]["consequence"], found["temporal.activity.failed"]["severity"]) == (
        "final",
        "ERROR",
    )
    failed = found["temporal.workflow.failed"]
    assert (failed["error_type"], failed["error"], failed["benign"]) == ("SoldOut", "sold out", False)


def test_each_attempt_of_an_activity_reports_its_number_its_wait_and_its_time(recorded, temporal_address) -> None:
    fails(recorded, temporal_address, "flaky")
    assert [(e["attempt"], e["consequence"], e["severity"]) for e in named(recorded, "temporal.activity.failed")] == [
        (1, "retried", "WARNING"), (2, "retried", "WARNING"),
    ]  # fmt: skip
    assert [e["attempt"] for e in named(recorded, "temporal.activity.started")] == [1, 2, 3]
    assert all(0 <= e["waited"] < 60 for e in named(recorded, "temporal.activity.started"))
    (done,) = named(recorded, "temporal.activity.completed")
    assert (done["attempt"], 0 <= done["duration"] < 60) == (3, True)
    assert "jane@example.com" not in b"".join(recorded.raw).decode()
    assert {e["activity_id"] for e in named(recorded, "temporal.activity.started")} == {"1"}


def test_an_activity_that_runs_out_of_time_is_logged_by_its_workflow(recorded, temporal_address) -> None:
    found = fails(recorded, temporal_address, "time-out")
    timed_out = found["temporal.activity.timed_out"]
    assert (timed_out["activity_type"], timed_out["workflow_type"], timed_out["timeout"]) == (
        "hang",
        "Fail",
        "start_to_close",
    )
    assert found["temporal.workflow.failed"]["error_type"] == "Timeout.start_to_close"


def test_a_child_that_fails_is_logged_by_its_parent(recorded, temporal_address) -> None:
    found = fails(recorded, temporal_address, "child")
    ended = found["temporal.child.ended"]
    assert (ended["outcome"], ended["error_type"], ended["severity"]) == ("failed", "Declined", "ERROR")
    assert ended["child_workflow"] == f"{ended['workflow_id']}-child"


def test_what_only_the_client_sees_is_logged_by_the_client(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> None:
        for end in ("cancel", "terminate"):
            handle = await client.start_workflow(workflows.Fail.run, "wait", id=uuid4().hex, task_queue=queue)
            place = ("cancel", "terminate").index(end)
            await eventually(lambda place=place: named(recorded, "temporal.workflow.started")[place:])
            await getattr(handle, end)()
            with pytest.raises(WorkflowFailureError):
                await watched(client.get_workflow_handle(handle.id), "Fail").result()

    run(temporal_address, scenario)
    ended = [(e["outcome"], e["severity"]) for e in named(recorded, "temporal.workflow.ended")]
    assert ended == [("cancelled", "NOTICE"), ("terminated", "WARNING")]
    assert len(named(recorded, "temporal.workflow.cancelled")) == 1  # the worker does not learn of the termination
    assert not named(recorded, "temporal.workflow.failed")


def test_a_mistake_in_workflow_code_is_an_error_though_the_workflow_continues(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> None:
        handle = await client.start_workflow(workflows.Fail.run, "mistake", id=uuid4().hex, task_queue=queue)
        await eventually(lambda: named(recorded, "temporal.workflow.task_failed"))
        await handle.terminate()

    run(temporal_address, scenario)
    failure = named(recorded, "temporal.workflow.task_failed")[0]
    assert (failure["severity"], failure["error_type"], failure["error"]) == (
        "ERROR",
        "RuntimeError",
        "a mistake in the code",
    )
    assert not named(recorded, "temporal.workflow.failed")


class _Abandon(worker.WorkflowInboundInterceptor):
    """Runs a workflow up to its first wait and leaves it there, like a coroutine that nobody resumes."""

    left: ClassVar[list[Coroutine[Any, Any, Any]]] = []

    def __init__(self, next: worker.WorkflowInboundInterceptor) -> None:  # noqa: A002 - the SDK's name
        super().__init__(WorkflowInbound(next))

    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> None:  # noqa: A002 - the SDK's name
        waiting = self.next.execute_workflow(input)
        waiting.send(None)
        self.left.append(waiting)


class _Abandoning(worker.Interceptor):
    def workflow_interceptor_class(self, input: worker.WorkflowInterceptorClassInput) -> type[_Abandon]:  # noqa: A002 - the SDK's name
        return _Abandon


def test_a_run_that_is_collected_by_the_garbage_collector_did_not_fail(recorded, temporal_address) -> None:
    """A worker that stops leaves runs behind; they are closed at any place, where no workflow can be queried."""

    async def scenario(client: Client, queue: str) -> None:
        handle = await client.start_workflow(workflows.Fail.run, "activity", id=uuid4().hex, task_queue=queue)
        await handle.result()

    run(temporal_address, scenario, interceptors=[_Abandoning()])
    (waiting,) = _Abandon.left
    lines = len(recorded.entries)
    waiting.close()
    assert len(recorded.entries) == lines


def test_no_personal_data_is_in_headers(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> list[bytes]:
        with bind(correlation_id=CORRELATION, user="jane@example.com", tenant="Jane Doe"):
            handle = await client.start_workflow(workflows.Fulfil.run, 1, id=uuid4().hex, task_queue=queue)
        await handle.result()
        history = await handle.fetch_history()
        return [event.SerializeToString() for event in history.events] + [
            attributes.header.fields[KEY].data
            for event in history.events
            for attributes in (
                event.workflow_execution_started_event_attributes,
                event.activity_task_scheduled_event_attributes,
                event.start_child_workflow_execution_initiated_event_attributes,
            )
            if KEY in attributes.header.fields
        ]

    found = run(temporal_address, scenario)
    assert all(b"jane" not in data.lower() for data in found)
    carried = [json.loads(data) for data in found if data.startswith(b'{"')]
    assert len(carried) == 4  # the start, two activities, the child
    assert all(set(ids) <= {"correlation_id", "request_id", "user", "agent_run_id", "traceparent"} for ids in carried)
    assert all(ids["user"].startswith("hmac:") for ids in carried)


def test_a_worker_reports_what_it_polls(recorded, temporal_address) -> None:
    async def scenario(client: Client, queue: str) -> str:
        await eventually(lambda: named(recorded, "temporal.worker.started"))
        return queue

    queue = run(temporal_address, scenario)
    (started,) = named(recorded, "temporal.worker.started")
    assert (started["task_queue"], started["workflows"], started["activities"]) == (queue, 5, 5)


def test_a_nexus_operation_and_the_workflow_that_it_starts_have_the_callers_ids(recorded, temporal_address) -> None:
    from temporalio.api.nexus.v1 import EndpointSpec, EndpointTarget
    from temporalio.api.operatorservice.v1 import CreateNexusEndpointRequest

    from tests.telemetry.instrument.shop import nexus

    async def main() -> None:
        client = await Client.connect(temporal_address, plugins=[VigilPlugin()])
        queue = uuid4().hex
        spec = EndpointSpec(
            name=f"e{queue}", target=EndpointTarget(worker=EndpointTarget.Worker(namespace="default", task_queue=queue))
        )
        await client.operator_service.create_nexus_endpoint(CreateNexusEndpointRequest(spec=spec))
        async with Worker(
            client,
            task_queue=queue,
            workflows=[nexus.Buy, nexus.Charge],
            nexus_service_handlers=[nexus.TillHandler()],
        ):
            with bind(correlation_id=CORRELATION, user="jane@example.com"):
                done = await client.execute_workflow(nexus.Buy.run, f"e{queue}", id=uuid4().hex, task_queue=queue)
        assert done == "12 charged"

    asyncio.run(main())
    assert set(steps(recorded)) == {"sync operation", "charge"}
    assert {e["correlation_id"] for e in recorded.entries if "correlation_id" in e} == {CORRELATION}
    assert {e["user"] for e in named(recorded, "shop.stepped")} == {
        named(recorded, "temporal.workflow.started")[0]["user"]
    }


def test_the_sdks_metrics_reach_the_durations_of_language_models(recorded, temporal_address) -> None:
    import httpx

    from vigil_telemetry.instrument.temporal import metrics_runtime

    async def main(port: int) -> str:
        client = await Client.connect(
            temporal_address, plugins=[VigilPlugin()], runtime=metrics_runtime(f"127.0.0.1:{port}")
        )
        queue = uuid4().hex
        async with Worker(client, task_queue=queue, workflows=workflows.ALL, activities=[activities.reserve]):
            await client.execute_workflow(workflows.Ship.run, "metered", id=uuid4().hex, task_queue=queue)
        async with httpx.AsyncClient(timeout=60) as scraper:
            return (await scraper.get(f"http://127.0.0.1:{port}/metrics")).text

    text = asyncio.run(main(free_port()))
    buckets = [line for line in text.splitlines() if line.startswith("temporal_activity_execution_latency_bucket")]
    bounds = {float(line.partition('le="')[2].partition('"')[0]) for line in buckets}
    assert {60_000, 120_000, 300_000, 600_000, 1_200_000, 3_600_000} <= bounds
    assert any("temporal_workflow_completed" in line and 'workflow_type="Ship"' in line for line in text.splitlines())


def test_the_lines_of_the_sdks_core_are_events_and_not_text_between_them(recorded, temporal_address, capfd) -> None:
    from dataclasses import replace

    from temporalio.runtime import Runtime, TelemetryConfig

    from vigil_telemetry.bridges.stdlib import capture
    from vigil_telemetry.instrument.temporal import core_logs

    capture(logging.DEBUG)
    talkative = replace(core_logs(), filter="temporalio_sdk_core=debug")

    async def main() -> None:
        runtime = Runtime(telemetry=TelemetryConfig(logging=talkative))
        client = await Client.connect(temporal_address, plugins=[VigilPlugin()], runtime=runtime)
        queue = uuid4().hex
        async with Worker(client, task_queue=queue, workflows=workflows.ALL, activities=[activities.reserve]):
            await client.execute_workflow(workflows.Ship.run, "told", id=uuid4().hex, task_queue=queue)
        await eventually(lambda: [line for line in named(recorded, "log") if line["logger"] == "temporalio.core"])

    asyncio.run(main())
    assert capfd.readouterr().out == ""


def test_the_core_of_a_client_without_a_runtime_writes_through_logging(
    recorded, temporal_address, capfd, monkeypatch
) -> None:
    """Its lines quote the exception that stopped a workflow."""
    from temporalio import runtime

    from vigil_telemetry.bridges.stdlib import capture
    from vigil_telemetry.instrument.temporal.metrics import forward_core_logs

    monkeypatch.setattr(runtime, "_runtime_ref", type(runtime._runtime_ref)())  # as in a new process
    forward_core_logs.cache_clear()
    capture()

    async def main() -> None:
        client = await Client.connect(temporal_address, plugins=[VigilPlugin()])
        queue = uuid4().hex
        async with Worker(client, task_queue=queue, workflows=[workflows.Fail]):
            handle = await client.start_workflow(workflows.Fail.run, "mistake", id=uuid4().hex, task_queue=queue)
            await eventually(lambda: [line for line in named(recorded, "log") if line["logger"] == "temporalio.core"])
            await handle.terminate()

    asyncio.run(main())
    assert capfd.readouterr().out == ""


@activity.defn
async def cancels_a_subtask() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    task.cancel()
    await task


@activity.defn
async def misses_a_heartbeat() -> None:
    if activity.info().attempt > 1:
        return
    activity.heartbeat()
    await asyncio.sleep(2.5)  # longer than the time-out below and the second by which the server counts it late
    while True:
        activity.heartbeat()
        await asyncio.sleep(0.05)


@activity.defn
async def beats() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(0.05)


@workflow.defn(sandboxed=False)
class Cancelled:
    @workflow.run
    async def run(self, name: str) -> None:
        await workflow.execute_activity(
            name,
            start_to_close_timeout=timedelta(seconds=10),
            heartbeat_timeout=timedelta(seconds=1),
            retry_policy=RetryPolicy(maximum_attempts=2, initial_interval=timedelta(milliseconds=20)),
        )


@pytest.mark.parametrize(
    ("name", "end", "expected"),
    [
        ("cancels_a_subtask", None, [(1, "retried", "asyncio.exceptions.CancelledError"), (2, "final", "asyncio.exceptions.CancelledError")]),
        ("misses_a_heartbeat", None, [(1, "retried", "Timeout.heartbeat")]),
        ("beats", "terminate", [(1, "cancelled", "asyncio.exceptions.CancelledError")]),
    ],
)  # fmt: skip
def test_a_cancellation_that_nobody_requested_is_a_failed_attempt(
    recorded, temporal_address, name, end, expected
) -> None:
    async def main() -> None:
        client = await Client.connect(temporal_address, plugins=[VigilPlugin()])
        queue, often = uuid4().hex, timedelta(milliseconds=50)
        async with Worker(
            client, task_queue=queue, workflows=[Cancelled], activities=[cancels_a_subtask, misses_a_heartbeat, beats],
            max_heartbeat_throttle_interval=often, default_heartbeat_throttle_interval=often,
        ):  # fmt: skip
            handle = await client.start_workflow(Cancelled.run, name, id=uuid4().hex, task_queue=queue)
            if end is not None:
                await eventually(lambda: named(recorded, "temporal.activity.started"))
                await handle.terminate()
            else:
                with suppress(WorkflowFailureError):
                    await handle.result()
            # the first attempt may learn of its end after the second has returned; else the worker's end cancels it
            await eventually(lambda: named(recorded, "temporal.activity.failed"))

    asyncio.run(main())
    failed = named(recorded, "temporal.activity.failed")
    assert [(e["attempt"], e["consequence"], e["error_type"]) for e in failed] == expected


class Returning(worker.ActivityInboundInterceptor):
    def __init__(self) -> None: ...

    def init(self, outbound: worker.ActivityOutboundInterceptor) -> None: ...

    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        return "ok"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, [("temporal.activity.completed", None, None)]),
        ({"start_to_close_timeout": timedelta(hours=1)}, [("temporal.activity.completed", None, None)]),
        ({"start_to_close_timeout": timedelta()}, [("temporal.activity.failed", "Timeout.start_to_close", "retried")]),
        ({"heartbeat_timeout": timedelta()}, [("temporal.activity.failed", "Timeout.heartbeat", "retried")]),
        (
            {"schedule_to_close_timeout": timedelta()},
            [("temporal.activity.failed", "Timeout.schedule_to_close", "final")],
        ),
    ],
)
def test_an_attempt_that_returns_after_its_time_out_has_failed(recorded, limits, expected) -> None:
    environment = ActivityEnvironment()
    unlimited = dict.fromkeys(("start_to_close_timeout", "heartbeat_timeout", "schedule_to_close_timeout"))
    environment.info = dataclasses.replace(environment.info, **{**unlimited, **limits})

    async def attempt() -> None:
        inbound = ActivityInbound(Returning())
        inbound.init(worker.ActivityOutboundInterceptor(None))  # type: ignore[arg-type] # nothing is sent through it
        given = worker.ExecuteActivityInput(fn=beats, args=(), executor=None, headers={})
        assert await inbound.execute_activity(given) == "ok"

    asyncio.run(environment.run(attempt))
    lines = named(recorded, "temporal.activity.completed", "temporal.activity.failed")
    assert [(line["event"], line.get("error_type"), line.get("consequence")) for line in lines] == expected
