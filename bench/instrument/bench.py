"""Times every contestant in interleaved rounds and writes `build/bench/instrument.json`."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns

from bench.figures import Figure, figure, publish
from bench.instrument import requests, spans, temporal
from demo.stand_ins.temporal import MissingServerError, TemporalServer, require
from vigil_telemetry import configure
from vigil_telemetry.instrument.llm import wrap
from vigil_telemetry.instrument.temporal import VigilPlugin
from vigil_telemetry.outputs import StreamOutput

ROUNDS, REQUESTS = 15, 400
TEMPORAL_ROUNDS, WORKFLOWS = 12, 40
CALLS = 2_000


def main() -> None:
    """Runs everything and prints the table."""
    checked()
    publish("instrument", [*request_entries(), *span_entries(), *llm_entries(), *temporal_entries()])


def checked() -> None:
    """Both write the same fields with the same values, or the comparison means nothing."""
    with tempfile.TemporaryDirectory() as folder:
        lines: list[dict[str, object]] = []
        for name, make in (("ours", requests.ours), ("peer", requests.peer)):
            path = Path(folder) / name
            path.touch()
            app = make(str(path))
            asyncio.run(requests.serve(app, 1))
            lines.append(json.loads(path.read_bytes()))
        varying = {"time", "duration", "httpRequest"}
        if set(lines[0]) != set(lines[1]) or any(lines[0][k] != lines[1][k] for k in set(lines[0]) - varying):
            different = {
                k for k in set(lines[0]) | set(lines[1]) if k not in varying and lines[0].get(k) != lines[1].get(k)
            }
            raise SystemExit(f"the peer does not do the same work: {sorted(different)} differ")


def request_entries() -> list[Figure]:
    """What a middleware adds to a request: the whole less the bare application, in CPU time of the thread."""
    apps: dict[str, requests.App] = {
        "bare": requests.bare(),
        "ours": requests.ours(os.devnull),
        "least": requests.least(),
        "peer": requests.peer(os.devnull),
    }
    times: dict[str, list[float]] = {name: [] for name in apps}
    for app in apps.values():
        asyncio.run(requests.serve(app, REQUESTS))
    for _ in range(ROUNDS):
        for name, app in apps.items():
            started = thread_time_ns()
            asyncio.run(requests.serve(app, REQUESTS))
            times[name].append((thread_time_ns() - started) / REQUESTS)
    median = {name: statistics.median(found) for name, found in times.items()}
    over, least, peer = (
        statistics.median([a - b for a, b in zip(times[one], times["bare"], strict=True)])
        for one in ("ours", "least", "peer")
    )
    name = "asgi-correlation-id + structlog (orjson)"
    return [
        figure("request: overhead of the middleware", over / 1000, "us", name, peer / 1000, goal=0.5),
        figure(
            "request: overhead of the middleware, against the least",
            over / 1000,
            "us",
            "messages handed on, one line of known values",
            least / 1000,
        ),
        figure("request: the whole, with the middleware", median["ours"] / 1000, "us", name, median["peer"] / 1000),
        figure(
            "request: the whole, against the bare application",
            median["ours"] / 1000,
            "us",
            "no middleware",
            median["bare"] / 1000,
        ),
    ]


def span_entries() -> list[Figure]:
    """What a span adds to a request, beside OpenTelemetry's own instrumentation."""
    span, line, both, peer = spans.measured(ROUNDS, REQUESTS)
    return [
        figure(
            "request: overhead of the middleware, both lines, ids and trace",
            line,
            "us",
            f"{spans.PEER}, which writes no line",
            peer,
            goal=0.3,
        ),
        figure("request: overhead of the span", span, "us", spans.PEER, peer, goal=1),
        figure("request: overhead of line and span together", both, "us", f"{spans.PEER}, which writes no line", peer),
    ]


def llm_entries() -> list[Figure]:
    """What the wrapper adds to a call of a model, with its two lines; a model takes thousands of times as long."""
    configure(service="orders", environment="prod", output=StreamOutput(os.open(os.devnull, os.O_WRONLY)))

    def ask(**_: object) -> dict[str, int]:
        return {"in": 3, "out": 4}

    wrapped = wrap(ask, provider="openai", model="gpt-5.4")
    messages = [{"role": "user", "content": "hello"}]
    spent: list[float] = []
    for _ in range(7):
        started = thread_time_ns()
        for _ in range(CALLS):
            wrapped(messages=messages)
        spent.append((thread_time_ns() - started) / CALLS / 1000)
    # the fastest answer that a provider's status page or model card promises is in the hundreds of milliseconds
    return [
        figure(
            "llm: attempt and outcome of one call",
            statistics.median(spent),
            "us",
            "a call of 200 ms",
            200_000,
            goal=0.001,
        )
    ]


def temporal_entries() -> list[Figure]:
    """What the plugin adds to a workflow of five activities: 14 lines, and headers on each call."""
    try:
        binary = require()
    except MissingServerError as missing:
        print(missing)
        return []
    with TemporalServer(binary) as server:
        walls, cpus = asyncio.run(_workflows(server.address))
    median = statistics.median
    wall = [median(walls[name]) * 1000 for name in ("plugin", "plain")]
    cpu = [median(cpus[name]) * 1000 for name in ("plugin", "plain")]
    workflow = f"workflow of {temporal.ACTIVITIES} activities"
    added = (cpu[0] - cpu[1]) * 1000 / (temporal.ACTIVITIES + 1)
    return [
        figure(f"temporal: {workflow}, wall time", wall[0], "ms", "the plain worker", wall[1], goal=1.1),
        figure(f"temporal: {workflow}, CPU of client and worker", cpu[0], "ms", "the plain worker", cpu[1], goal=1.25),
        figure(
            "temporal: CPU added to each workflow or activity", added, "us", "one of them on the plain worker",
            cpu[1] * 1000 / (temporal.ACTIVITIES + 1),
        ),
    ]  # fmt: skip


async def _workflows(address: str) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    configure(service="orders", environment="prod", output=StreamOutput(temporal.lines_to(os.devnull)))
    walls: dict[str, list[float]] = {"plain": [], "plugin": []}
    cpus: dict[str, list[float]] = {"plain": [], "plugin": []}
    makers: dict[str, Callable[[], VigilPlugin | None]] = {"plain": lambda: None, "plugin": VigilPlugin}
    for number in range(TEMPORAL_ROUNDS + 1):
        turns = list(makers.items())
        for name, make in turns if number % 2 else reversed(turns):  # neither always follows the other's workflows
            async with temporal.contestant(address, make()) as (client, queue):
                wall, cpu = await temporal.round_of(client, queue, WORKFLOWS)
            if number:  # the first round warms up
                walls[name].append(wall)
                cpus[name].append(cpu)
    return walls, cpus
