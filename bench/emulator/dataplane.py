"""Figures of the emulator's data plane, against its goals and against promtool: writes build/bench/emulator.json.

    python -m bench.emulator [--entries 1000000] [--rounds 5]

Entry rates are of one process's CPU time, since a core is what the goals speak of. The burn-rate comparison needs
promtool on the PATH (github.com/prometheus/prometheus/cmd/promtool v0.305.0) and is left out without it.
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.emulator import console
from bench.figures import Figure, against_goal, figure, publish
from vigil_apimodel.json_values import JsonObject
from vigil_emulator import data_methods
from vigil_emulator.calls import Call
from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.metrics.series import Series, SeriesKey, label_tuple
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import MINUTE, format_time, nanoseconds

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SERVICES, EVENTS = 20, 200
DAYS = 30
WINDOWS = (("1h", "5m", 14.4), ("6h", "30m", 6))


def entry(number: int, when: int) -> JsonObject:
    return {
        "severity": "WARNING" if number % 10 == 0 else "INFO",
        "timestamp": format_time(when),
        "logName": "projects/p/logs/run.googleapis.com%2Fstdout",
        "resource": {
            "type": "cloud_run_revision",
            "labels": {
                "project_id": "p", "location": "europe-west1", "service_name": f"svc{number % SERVICES}",
                "revision_name": "api-00001", "configuration_name": "api",
            },
        },
        "trace": "projects/p/traces/0123456789abcdef0123456789abcdef",
        "httpRequest": {"requestMethod": "GET", "requestUrl": "/orders/1", "status": 200, "latency": "0.012s"},
        "jsonPayload": {
            "event": f"event.{number % EVENTS}", "message": "GET /orders answered 200", "route": "/orders/{id}",
            "method": "GET", "status_class": "2xx", "duration": 0.012, "service": "api", "request_id": f"{number:032x}",
        },
    }  # fmt: skip


def plane(metrics: int, sinks: int, database: Path | None = None) -> DataPlane:
    resources = ResourceStore()
    for number in range(metrics):
        resources.put(
            "logging.metrics",
            f"projects/p/metrics/m{number}",
            {
                "name": f"m{number}",
                "filter": f'resource.type="cloud_run_revision" AND jsonPayload.event="event.{number}"',
                "labelExtractors": {"route": "EXTRACT(jsonPayload.route)"},
                "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "route"}]},
            },
        )
    for number in range(sinks):
        resources.put(
            "logging.sinks",
            f"projects/p/sinks/s{number}",
            {
                "name": f"s{number}",
                "destination": f"pubsub.googleapis.com/projects/p/topics/t{number}",
                "filter": f'resource.type="cloud_run_revision" AND resource.labels.service_name="svc{number}"'
                " AND severity>=WARNING",
            },
        )
    return DataPlane(resources=resources, clock=VirtualClock(NOW), database=database)


def load(target: DataPlane, count: int, *, batch: int = 500, spread: timedelta = timedelta(hours=20)) -> float:
    """CPU seconds to take the entries in."""
    start = nanoseconds(NOW - spread)
    step = int(spread.total_seconds() * 1e9) // count
    spent = 0.0
    for first in range(0, count, batch):
        entries = [entry(number, start + number * step) for number in range(first, min(first + batch, count))]
        begun = time.process_time()
        target.write({"entries": list(entries)})
        spent += time.process_time() - begun
    return spent


def rates(rounds: int) -> dict[str, float]:
    """Medians over interleaved rounds of what goes in in a second."""
    count = 20_000
    found: dict[str, list[float]] = {"memory": [], "durable": [], "few": []}

    def measured(target: DataPlane) -> float:
        load(target, 500, spread=timedelta(hours=1))  # filters are compiled with the first entry
        return count / load(target, count, spread=timedelta(minutes=10))

    for _ in range(rounds):
        found["memory"].append(measured(plane(200, 20)))
        with tempfile.TemporaryDirectory() as folder:
            found["durable"].append(measured(plane(200, 20, Path(folder) / "state.db")))
        found["few"].append(measured(plane(20, 20)))
    return {name: statistics.median(values) for name, values in found.items()}


def median_seconds(rounds: int, work: Callable[[], object]) -> float:
    spent: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def queries(entries: int, rounds: int) -> dict[str, float]:
    target = plane(0, 0)
    load(target, entries, batch=1000)
    handler = data_methods.handlers(target)["logging.entries.list"]

    def ask(query: str) -> Callable[[], object]:
        body: JsonObject = {"resourceNames": ["projects/p"], "filter": query, "pageSize": 1000}
        return lambda: handler(Call(method="logging.entries.list", body=body))

    since = format_time(nanoseconds(NOW - timedelta(hours=2)))
    return {
        "event": median_seconds(rounds, ask(f'jsonPayload.event="event.7" AND timestamp>="{since}"')),
        "regex": median_seconds(rounds, ask('jsonPayload.request_id=~"0abc1[0-9]$"')),
    }


def traffic() -> list[tuple[int, int]]:
    """Requests and failures of each minute of thirty days, with outages of all sizes."""
    chance = random.Random(5)
    minutes: list[tuple[int, int]] = []
    outage = 0
    for _ in range(DAYS * 1440):
        if outage == 0 and chance.random() < 0.0005:
            outage = chance.choice((5, 20, 90, 400))
        share = 0.0003 if outage == 0 else chance.choice((0.02, 0.1))
        outage = max(0, outage - 1)
        total = chance.randrange(200, 400)
        minutes.append((total, sum(1 for _ in range(total) if chance.random() < share)))
    return minutes


def expression(all_name: str, bad_name: str, long: str, short: str, factor: float) -> str:
    def burn(window: str) -> str:
        return f"(sum(rate({bad_name}[{window}])) / sum(rate({all_name}[{window}]))) > {factor} * 0.001"

    return f"{burn(long)} and {burn(short)}"


def burn_rates(rounds: int) -> tuple[float, list[tuple[str, int]]]:
    """Seconds that thirty days of two multi-window alerts take, and when each began and ceased to fire (minutes)."""
    minutes = traffic()
    spent: list[float] = []
    changes: list[tuple[str, int]] = []
    for _ in range(rounds):
        clock = VirtualClock(datetime.fromtimestamp(0, UTC))
        resources = ResourceStore()
        for position, (long, short, factor) in enumerate(WINDOWS):
            query = expression('{"custom.googleapis.com/all"}', '{"custom.googleapis.com/bad"}', long, short, factor)
            name = f"projects/p/alertPolicies/{position}"
            condition: JsonObject = {
                "name": f"{name}/conditions/0", "displayName": str(position),
                "conditionPrometheusQueryLanguage": {"query": query, "evaluationInterval": "60s"},
            }  # fmt: skip
            body: JsonObject = {"displayName": str(position), "combiner": "OR", "conditions": [condition]}
            resources.put("monitoring.alertPolicies", name, body)
        target = DataPlane(resources=resources, clock=clock, database=None)
        for which, name in enumerate(("all", "bad")):
            key = SeriesKey("p", f"custom.googleapis.com/{name}", (), "global", label_tuple({"project_id": "p"}))
            series = target.series.add(Series(key, "CUMULATIVE", "INT64"))
            total = 0
            for index, counts in enumerate(minutes):
                total += counts[which]
                series.put(0, index * MINUTE, float(total))
        clock.advance(DAYS * 86_400 - 60)
        begun = time.perf_counter()
        target.step()
        spent.append(time.perf_counter() - begun)
        changes = []
        for incident in target.engine.incidents.values():
            changes.append((incident.policy_name, incident.opened // MINUTE))
            if incident.closed:
                changes.append((incident.policy_name, -(incident.closed // MINUTE)))
    return statistics.median(spent), changes


def promtool_seconds(promtool: str, rounds: int, changes: list[tuple[str, int]]) -> tuple[float, bool]:
    """Seconds that promtool takes for the same, and whether it agrees just before and at each change."""
    minutes = traffic()
    with tempfile.TemporaryDirectory() as folder:
        rules = ["groups:", "- name: burn", "  interval: 1m", "  rules:"]
        for position, (long, short, factor) in enumerate(WINDOWS):
            # Prometheus 3 leaves out a window's first millisecond, Google does not: one more has it back
            query = expression("all", "bad", f"{long}1ms", f"{short}1ms", factor)
            rules += [f"  - alert: A{position}", f"    expr: {json.dumps(query)}"]
        (Path(folder) / "rules.yaml").write_text("\n".join(rules) + "\n")
        test = ["rule_files: [rules.yaml]", "evaluation_interval: 1m", "tests:", "- interval: 1m", "  input_series:"]
        for which, name in enumerate(("all", "bad")):
            total, values = 0, []
            for counts in minutes:
                total += counts[which]
                values.append(str(total))
            test += [f"  - series: {name}", f"    values: '{' '.join(values)}'"]
        test.append("  alert_rule_test:")
        last = DAYS * 1440 - 1
        for name, minute in [*changes, ("0", last), ("1", last)]:
            closed = minute < 0
            for at, firing in ((abs(minute) - 1, closed), (abs(minute), not closed)):
                test += [f"  - eval_time: {at}m", f"    alertname: A{name}"]
                test.append("    exp_alerts: [{}]" if firing and minute != last else "    exp_alerts: []")
        (Path(folder) / "test.yaml").write_text("\n".join(test) + "\n")
        spent: list[float] = []
        agreed = True
        for _ in range(rounds):
            begun = time.perf_counter()
            done = subprocess.run(
                [promtool, "test", "rules", "test.yaml"], cwd=folder, capture_output=True, text=True, check=False
            )
            spent.append(time.perf_counter() - begun)
            agreed = agreed and done.returncode == 0
            if done.returncode:
                print((done.stdout + done.stderr)[:2000], file=sys.stderr)
        return statistics.median(spent), agreed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found: list[Figure] = []
    rate = rates(options.rounds)
    found += [
        against_goal(
            "entries through 200 metrics and 20 sinks, in memory", rate["memory"], "1/s", 30_000, better="more"
        ),
        against_goal(
            "entries through 200 metrics and 20 sinks, durable", rate["durable"], "1/s", 60_000, better="more"
        ),
        figure(
            "growth of time per entry from 20 to 200 metrics",
            rate["few"] / rate["memory"],
            "times",
            "linear growth",
            10,
            goal=1,
        ),
    ]
    durations = queries(options.entries, options.rounds)
    found += [
        against_goal(f"query over {options.entries} entries by time and event", durations["event"], "s", 0.1),
        against_goal(f"query over {options.entries} entries by regular expression", durations["regex"], "s", 3),
    ]
    page, screen = console.seconds(options.rounds)
    found += [
        against_goal("dashboard of 40 charts over a day: the page", page, "s", 1),
        against_goal("dashboard of 40 charts over a day: page and first screen", screen, "s", 1),
    ]
    ours, changes = burn_rates(options.rounds)
    promtool = shutil.which("promtool")
    if promtool is None:
        print("promtool is not on the PATH: the burn-rate comparison is left out", file=sys.stderr)
    else:
        theirs, agreed = promtool_seconds(promtool, options.rounds, changes)
        name = "30 days of two multi-window alerts at one-minute steps"
        burning = figure(name, ours, "s", "promtool test rules", theirs, goal=1 / 50)
        burning["met"] = bool(burning["met"]) and agreed
        found.append(burning)
    publish("emulator", found)


if __name__ == "__main__":
    main()
