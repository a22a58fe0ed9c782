"""`vigil serve` runs the whole demo; stories are sent to it, one request is followed, and its parts are killed in turn.

One running system for all: what comes later finds what came before mended, but for the kills, which are last.
"""

import contextlib
import json
import os
import re
import secrets
import signal
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.stand_ins.stories.traffic import STORIES
from demo.stand_ins.temporal import free_port
from tests import temporal
from tests.postgres import programs
from tests.stories.running import Running, Vigil, found_within

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

PATIENCE = 240.0
"""Wall seconds to wait for something on a busy machine."""
until = partial(found_within, within=PATIENCE)


@dataclass
class Served:
    """The system that runs, and how to ask it."""

    running: Running
    state: Path
    began: datetime
    """The cloud's time when everything ran."""
    api: str
    emulator: str
    log: Path
    """What it prints."""

    def ask(self, method: str, path: str, *, of: str = "", **more: Any) -> httpx.Response:
        return httpx.request(method, f"{of or self.api}{path}", trust_env=False, timeout=PATIENCE, **more)

    def entries(self, query: str) -> list[dict[str, Any]]:
        """The entries that one query of Cloud Logging finds."""
        body: dict[str, Any] = {"resourceNames": ["projects/vigil-local"], "filter": query, "pageSize": 1000}
        found: list[dict[str, Any]] = []
        while True:
            answer = self.ask("POST", "/v2/entries:list", of=self.emulator, json=body).raise_for_status().json()
            found += answer.get("entries", [])
            if not answer.get("nextPageToken"):
                return found
            body["pageToken"] = answer["nextPageToken"]

    def incidents(self) -> list[dict[str, Any]]:
        return self.ask("GET", "/vigil/v1/incidents", of=self.emulator).json()

    def opened(self, policy: str) -> bool:
        return any(each["policyName"] == policy and each["state"] == "OPEN" for each in self.incidents())

    @contextlib.contextmanager
    def standing(self, *modules: str) -> Generator[None]:
        """These processes do nothing inside the block."""
        pids = [self.running.pid(module) for module in modules]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def answers(self) -> bool:
        return self.ask("POST", "/questions", json={"text": "Well again?"}).status_code == httpx.codes.OK

    def orders_are_taken(self) -> bool:
        return self.ask("POST", "/orders", json={"item": "anvil", "quantity": 1}).status_code == httpx.codes.CREATED

    @contextlib.contextmanager
    def impatient(self) -> Generator[None]:
        """Customers that repeat a request without an answer soon: those who wait make too few calls for an alert."""
        over = threading.Event()

        def ask() -> None:
            while not over.is_set():
                with contextlib.suppress(httpx.TransportError):
                    httpx.post(f"{self.api}/questions", json={"text": "Now?"}, trust_env=False, timeout=2)

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()


def clock(emulator: str) -> datetime:
    answer = httpx.get(f"{emulator}/vigil/v1/clock", trust_env=False, timeout=PATIENCE)
    return datetime.fromisoformat(answer.raise_for_status().json()["now"])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    temporal.binary()
    state = tmp_path_factory.mktemp("served") / "local"
    vigil = Vigil()
    log = state.with_suffix(".out")
    try:
        running = vigil.start(
            "serve",
            "--spans",
            "--state",
            str(state),
            "--port",
            "0",
            "--receiver-port",
            str(free_port()),
            output=log,
            variables={"OTEL_TRACES_SAMPLER": "parentbased_always_off"},  # only callers that trace get spans
        )
        shown = until(lambda: re.search(r"^Errors .*\n(.*\n)*\n", log.read_text(), re.MULTILINE) and log.read_text())
        assert shown, log.read_text()
        (api,) = re.findall(r"^Demo API +(\S+)/docs", str(shown), re.MULTILINE)
        (emulator,) = re.findall(r"^Emulator +(\S+)", str(shown), re.MULTILINE)
        began = clock(emulator)
        yield Served(running, state, began, api, emulator, log)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(PATIENCE) == 0, log.read_text()
        assert running.nothing_left()
        assert not (state / "demo.json").exists()
    finally:
        vigil.clear()


def test_one_query_follows_a_request_through_api_workflow_activity_agent_and_models(served: Served) -> None:
    correlation = "one-request-followed-0001"
    answer = served.ask("POST", "/questions", json={"text": "Where is it?"}, headers={"X-Correlation-Id": correlation})
    assert answer.status_code == httpx.codes.OK, answer.text
    wanted = {
        ("api", "http.request.completed"),
        ("workers", "temporal.workflow.started"),
        ("workers", "temporal.workflow.completed"),
        ("agents", "temporal.activity.started"),
        ("agents", "agent.tool.completed"),
        ("agents", "agent.run.completed"),
        ("agents", "llm.call.completed"),
    }

    def look() -> bool:
        counts = Counter(event(each) for each in served.entries(f'jsonPayload.correlation_id="{correlation}"'))
        models = counts["agents", "llm.call.completed"]  # one plans, another writes
        requests = counts["api", "http.request.completed"]  # the customer's, and that of the agent's tool
        return set(counts) >= wanted and models >= 2 and requests >= 2

    assert until(look), served.entries(f'jsonPayload.correlation_id="{correlation}"')


PARENT = "eee19b7ec3c1b174"
"""The span of a caller that traces."""


def traced_question(served: Served) -> str:
    """A question that is answered; returns its trace."""
    trace = secrets.token_hex(16)
    headers = {"traceparent": f"00-{trace}-{PARENT}-01"}
    answer = served.ask("POST", "/questions", json={"text": "Where is it?"}, headers=headers)
    return trace if answer.status_code == httpx.codes.OK else ""


def test_with_spans_a_request_is_one_trace_its_ids_are_in_its_lines_and_the_console_shows_it(served: Served) -> None:
    trace = until(lambda: traced_question(served))
    assert trace, served.log.read_text()
    above = {  # each span, and the one around it
        "POST /questions": "",
        "RunWorkflow:AnswerQuestion": "POST /questions",
        "RunActivity:answer": "POST /questions",
        "invoke_agent support": "RunActivity:answer",
        "chat gpt-5-mini": "invoke_agent support",
        "execute_tool latest_orders": "invoke_agent support",
        "GET /orders": "invoke_agent support",
        "orders.latest": "GET /orders",
        "chat claude-sonnet-5": "invoke_agent support",
    }

    def spans() -> dict[str, dict[str, Any]]:
        found = served.ask("GET", f"/v1/projects/vigil-local/traces/{trace}", of=served.emulator)
        return {each["name"]: each for each in found.json().get("spans", ())}

    assert until(lambda: spans().keys() >= above.keys()), sorted(spans())
    found = spans()
    ids = {"": str(int(PARENT, 16)), **{name: each["spanId"] for name, each in found.items()}}
    assert {name: found[name].get("parentSpanId") for name in above} == {name: ids[of] for name, of in above.items()}

    traced = f'trace="projects/vigil-local/traces/{trace}"'
    wanted = {
        ("api", "http.request.completed"),
        ("api", "db.query.completed"),
        ("workers", "temporal.workflow.completed"),
        ("agents", "temporal.activity.completed"),
        ("agents", "agent.run.completed"),
        ("agents", "llm.call.completed"),
    }
    assert until(lambda: {event(each) for each in served.entries(traced)} >= wanted), wanted
    lines = served.entries(traced)
    (correlation,) = {each["jsonPayload"]["correlation_id"] for each in lines}
    assert served.entries(f'jsonPayload.correlation_id="{correlation}" AND NOT {traced}') == []
    known = {f"{int(each['spanId']):016x}" for each in found.values()}
    assert {each["spanId"] for each in lines} <= known, "each line leads to a span that exists"

    page = served.ask("GET", "/console/trace", of=served.emulator, params={"project": "vigil-local", "trace": trace})
    for name in (*above, "llm.call.completed", f"{len(found)} spans"):
        assert name in page.text, name


def test_ordinary_traffic_has_workflows_with_every_outcome(served: Served) -> None:
    wanted = {
        ("temporal.workflow.completed", "FulfilOrder"),
        ("temporal.workflow.cancelled", "FulfilOrder"),  # cancelled by its customer
        ("temporal.child.ended", "ShipOrder"),
        ("temporal.workflow.continued", "CountStock"),
        ("temporal.activity.failed", ""),  # a payment that is tried again
    }

    def look() -> bool:
        found = served.entries('resource.labels.worker_pool_name="workers" AND jsonPayload.event:"temporal."')
        seen = {(each["jsonPayload"]["event"], each["jsonPayload"].get("workflow_type", "")) for each in found}
        causes = {each["jsonPayload"].get("cause") for each in found}
        return {"client", "parent", "schedule", "continued"} <= causes and all(
            any(event == name and (not kind or kind == of) for event, of in seen) for name, kind in wanted
        )

    assert until(look)


def event(entry: dict[str, Any]) -> tuple[str, str]:
    payload = entry.get("jsonPayload", {})
    return payload.get("service", ""), payload.get("event", "")


def answers(documents: list[dict[str, Any]]) -> Counter[tuple[str, str, float]]:
    """How often each answer is logged; the agent's request and its customer's have one id."""
    completed = [each for each in documents if each.get("event") == "http.request.completed"]
    return Counter((each["request_id"], each["route"], each["duration"]) for each in completed)


def test_a_healthy_system_opens_no_incident_in_its_first_hour(served: Served) -> None:
    """A cloud minute is a second here: where the machine stands still for some, parts are truly silent for minutes."""
    hour = served.began + timedelta(minutes=61)
    assert until(lambda: clock(served.emulator) > hour)
    found = [(each["policyName"], each["openTime"]) for each in served.incidents()]
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if found and load > cores:
        pytest.skip(f"the machine is busy (load {load:.0f} on {cores} cores), so parts fail: run this file alone")
    assert found == []


def test_a_killed_emulator_is_started_again_and_has_each_line_once(served: Served) -> None:
    def logged(words: str) -> int:
        return served.log.read_text().count(words)

    def clock() -> datetime:
        return datetime.fromisoformat(served.ask("GET", "/vigil/v1/clock", of=served.emulator).json()["now"])

    before = clock()
    for kill in (1, 2):
        served.running.kill("vigil_emulator")
        assert served.orders_are_taken(), "applications continue while it is away"
        assert clock() > before, "a query waits meanwhile, and the clock keeps running"
        before = clock()
        assert until(lambda count=kill: logged("The emulator runs again") == count), served.log.read_text()
    assert logged("The emulator ended (signal SIGKILL)") == 2
    assert until(lambda: logged("All log lines are delivered")), served.log.read_text()

    lines = (served.state / "logs" / "api.jsonl").read_text().splitlines()[:-1]  # the last may be half written
    written = answers([json.loads(line) for line in lines])
    assert set(written.values()) == {1}

    def found() -> Counter[tuple[str, str, float]]:
        return answers([each["jsonPayload"] for each in served.entries('jsonPayload.event="http.request.completed"')])

    assert until(lambda: found() >= written), written - found()
    assert set(found().values()) == {1}


@pytest.mark.parametrize("story", [name for name, story in STORIES.items() if story.alerts])
def test_a_story_opens_its_alerts_and_mends_what_it_broke(story: str, served: Served, vigil: Vigil) -> None:
    code, out, err = vigil.run("traffic", story, "--json", "--state", str(served.state))
    assert code == 0, err
    report = json.loads(out)
    assert report["story"] == story
    assert [each["alert"] for each in report["alerts"]] == list(STORIES[story].alerts)
    for each in report["alerts"]:
        assert each["state"] == "OPEN"
        assert report["began"] <= each["opened"] <= report["ended"]
        assert f"{each['policy']} opened" in err
    assert until(served.answers), served.ask("POST", "/questions", json={"text": "What is it?"}).text


def test_lines_of_the_hosted_database_arrive_and_report_its_troubles(served: Served, vigil: Vigil) -> None:
    def lines(level: str, since: str = "") -> list[dict[str, Any]]:
        after = f' AND timestamp>="{since}"' if since else ""
        return served.entries(
            f'resource.labels.service_name="supabase-drain" AND jsonPayload.event="database.line.logged" AND {level}{after}'
        )

    assert until(
        lambda: {each["jsonPayload"]["part"] for each in lines("severity=INFO")} >= {"postgres", "auth", "api"}
    )
    code, out, err = vigil.run("traffic", "slow-database", "--lasting", "8", "--json", "--state", str(served.state))
    assert code == 0, err
    began = json.loads(out)["began"]

    def reported() -> set[tuple[str, str]]:
        return {(each["severity"], each["jsonPayload"]["text"]) for each in lines("severity>=ERROR", began)}

    wanted = {
        ("CRITICAL", "sorry, too many clients already"),
        ("ERROR", "canceling statement due to statement timeout"),
    }
    assert until(lambda: reported() >= wanted), reported()


def test_a_normal_day_rises_and_falls_and_no_request_of_it_fails(served: Served, vigil: Vigil) -> None:
    code, out, err = vigil.run("traffic", "normal-day", "--lasting", "8", "--json", "--state", str(served.state))
    assert code == 0, err
    report = json.loads(out)
    assert report["alerts"] == []
    began, ended = (datetime.fromisoformat(report[name]) for name in ("began", "ended"))
    day = (
        f'resource.labels.service_name="api" AND jsonPayload.event="http.request.completed" AND timestamp>="{report["began"]}"'
        f' AND timestamp<="{report["ended"]}"'
    )
    later = f'resource.labels.service_name="api" AND timestamp>"{(ended + timedelta(minutes=1)).isoformat()}"'
    assert until(lambda: served.entries(later)), "lines of the day may still be on their way"
    third = (ended - began) / 3
    times = [datetime.fromisoformat(each["timestamp"]) for each in served.entries(day)]
    night = sum(each < began + third for each in times)
    afternoon = sum(began + third <= each < ended for each in times) / 2
    assert afternoon > night


def test_an_interrupted_story_is_mended_all_the_same(served: Served, vigil: Vigil) -> None:
    running = vigil.start("traffic", "error-burst", "--lasting", "600", "--json", "--state", str(served.state))
    running.until("Begun")
    assert served.ask("POST", "/orders", json={"item": "anvil", "quantity": 1}).status_code >= 500
    running.process.send_signal(signal.SIGINT)
    code, out, _ = running.end()
    assert (code, out) == (130, "")
    assert served.orders_are_taken()


def test_a_killed_database_is_reported_orders_are_refused_and_none_that_was_taken_is_lost(served: Served) -> None:
    programs()
    down = "database: database-down (local)"
    assert until(lambda: not served.opened(down)), f"{down} open from before"
    taken: list[int] = []

    def order() -> int:
        answer = served.ask("POST", "/orders", json={"item": "dinghy", "quantity": 1})
        if answer.status_code == httpx.codes.CREATED:
            taken.append(answer.json()["id"])
        return answer.status_code

    assert until(lambda: order() == httpx.codes.CREATED)
    os.kill(served.running.pid_of("/postgres -D "), signal.SIGKILL)
    assert until(lambda: order() == httpx.codes.SERVICE_UNAVAILABLE)
    assert served.ask("GET", "/healthz").status_code == httpx.codes.OK
    assert until(lambda: served.opened(down))
    assert until(lambda: "postgres ended (signal SIGKILL); the rest continues" in served.log.read_text())
    served.running.process.send_signal(signal.SIGUSR1)
    assert until(lambda: "Started again: postgres\n" in served.log.read_text()), served.log.read_text()
    assert until(lambda: order() == httpx.codes.CREATED)
    for number in taken:
        assert served.ask("GET", f"/orders/{number}").json()["order"]["item"] == "dinghy"
    assert until(lambda: not served.opened(down)), "as soon as it answers"
    assert until(lambda: served.entries('jsonPayload.event="orders.unavailable" AND severity=ERROR'))


VERCEL, SUPABASE = "vigil_drains --kind vercel", "vigil_drains --kind supabase"
"""The receivers of the drains, by what they are started with."""
SILENT = ("database: database-unseen (local)", "frontend: frontend-unseen (local)")
"""The alerts of a metrics endpoint and of a drain that do not answer."""


def test_a_drain_and_a_metrics_endpoint_that_hang_are_reported_and_their_return_too(served: Served) -> None:
    for alert in SILENT:
        assert until(lambda policy=alert: not served.opened(policy)), f"{alert} open from before"
    with served.standing("demo.stand_ins.dependencies", VERCEL):
        for alert in SILENT:
            assert until(lambda policy=alert: served.opened(policy)), alert
    for alert in SILENT:
        assert until(lambda policy=alert: not served.opened(policy)), alert


def test_while_parts_are_killed_in_turn_the_rest_continues_alerts_fire_and_no_acknowledged_order_is_lost(
    served: Served,
) -> None:
    models, heartbeats = "agents: llm-errors (local)", "workers: heartbeat-missing (local)"
    alert_of = {
        "demo.stand_ins.llm": models,
        "demo.stand_ins.dependencies": SILENT[0],
        VERCEL: SILENT[1],
        "demo.shop.worker": heartbeats,
    }
    for alert in alert_of.values():
        assert until(lambda policy=alert: not served.opened(policy)), f"{alert} open from before"
    served.running.kill("demo.stand_ins.llm")
    assert served.orders_are_taken()
    with served.impatient():
        assert until(lambda: served.opened(models))
    for module in ("demo.stand_ins.dependencies", VERCEL, SUPABASE):
        served.running.kill(module)
        assert served.orders_are_taken(), module
    for alert in SILENT:
        assert until(lambda policy=alert: served.opened(policy)), alert
    served.running.kill("demo.shop.worker")
    acknowledged = [f"order-without-workers-{number}" for number in range(5)]
    for correlation in acknowledged:
        order = {"item": "anvil", "quantity": 1}
        answer = served.ask("POST", "/orders", json=order, headers={"x-correlation-id": correlation})
        assert answer.status_code == httpx.codes.CREATED
    assert until(lambda: served.opened(heartbeats))

    shown = served.log.read_text()
    for name in ("llm", "outside", "vercel-drain", "supabase-drain", "workers"):
        assert f"{name} ended (signal SIGKILL); the rest continues" in shown, name
    assert f"to start it again: kill -USR1 {served.running.process.pid}" in shown
    before = json.loads((served.state / "demo.json").read_bytes())
    served.running.process.send_signal(signal.SIGUSR1)
    again = "Started again: outside, llm, vercel-drain, supabase-drain, workers"
    assert until(lambda: again in served.log.read_text()), served.log.read_text()
    now = json.loads((served.state / "demo.json").read_bytes())
    assert now == {**before, "workers": served.running.pid("demo.shop.worker")} != before
    for alert in alert_of.values():
        assert until(lambda policy=alert: not served.opened(policy)), f"{alert} is still open"
    assert until(served.answers), served.ask("POST", "/questions", json={"text": "What is it?"}).text

    def fulfilled() -> set[str]:
        done = served.entries(
            'jsonPayload.event="temporal.workflow.completed" AND jsonPayload.workflow_type="FulfilOrder"'
        )
        return {each["jsonPayload"].get("correlation_id", "") for each in done}

    assert until(lambda: set(acknowledged) <= fulfilled()), "orders taken while no worker ran are fulfilled afterwards"
    served.running.process.send_signal(signal.SIGUSR1)
    assert until(lambda: "Started again: nothing, since every part runs" in served.log.read_text())

    for name, module, query in (
        ("workers", "demo.shop.worker", 'resource.labels.worker_pool_name="workers"'),
        ("vercel-drain", VERCEL, 'resource.labels.service_name="vercel-drain"'),
        ("supabase-drain", SUPABASE, 'resource.labels.service_name="supabase-drain"'),
    ):
        served.running.kill(module)  # so that no line is added while those of both processes are counted
        assert until(lambda part=name: served.log.read_text().count(f"{part} ended (signal SIGKILL)") == 2)
        written = (served.state / "logs" / f"{name}.jsonl").read_text().splitlines()
        assert len(written) > 10, name
        assert until(lambda lines=written, query=query: len(served.entries(query)) == len(lines)), name
