"""An alert caused on purpose on a fast emulator: it reports each notification as it comes, to a real socket."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

import vigil_runner
from demo.stand_ins.temporal import free_port
from tests import rendered
from vigil_cli.app import app
from vigil_proofs.documents import ProvenAlert, subject_of
from vigil_runner import stacks
from vigil_runner.access import Access
from vigil_runner.stacks import Stack
from vigil_verify.fire import Fire, MissedError
from vigil_verify.probe import Notification, OpenIncident, ProbeError
from vigil_verify.production import production
from vigil_verify.subscription import Subscription
from vigil_verify.webhook import Webhook

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("rendered_once")]

SPEED = 600
"""How fast the emulator's time passes while an alert is caused; at other times its evaluations are wasted."""
PROJECT = "vigil-fire"
TOPIC = f"projects/{PROJECT}/topics/alerts"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/probe"
ALERT = "api/error-ratio"


@dataclass
class Fast:
    """The stack `local` on an emulator; its alerts go to a topic and a webhook."""

    url: str
    grpc: str
    listen: str
    stack: Stack
    alert: ProvenAlert

    @property
    def access(self) -> Access:
        return Access.emulator(PROJECT, url=self.url, grpc=self.grpc)

    @property
    def arguments(self) -> list[str]:
        config = [f"{key}={value}" for key, value in self.changed.items()]
        return [
            *("verify", "-s", "local", "--emulator", self.url, "--grpc", self.grpc, "--fire", ALERT),
            *(part for pair in config for part in ("-c", pair)),
        ]

    @property
    def changed(self) -> dict[str, str]:
        return changed(self.listen)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.url}/{path}", json=body, trust_env=False, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def subscribe(self, topic: str = TOPIC, name: str = SUBSCRIPTION) -> str:
        self.call("PUT", f"v1/{name}", {"topic": topic})
        return name

    def run_at(self, speed: float) -> None:
        """Set the speed of the emulator's clock."""
        self.call("POST", "vigil/v1/clock", {"speed": speed})

    def keep_one_policy(self) -> None:
        """Delete all policies but that of the alert: evaluating the others is most of the work, and no test needs it."""
        policies = f"v3/projects/{PROJECT}/alertPolicies"
        for one in self.call("GET", f"{policies}?pageSize=1000")["alertPolicies"]:
            if one["displayName"] != self.alert.policy_inputs["displayName"]:
                self.call("DELETE", f"v3/{one['name']}")

    def forget(self) -> None:
        """Delete all subscriptions."""
        for one in self.call("GET", f"v1/projects/{PROJECT}/subscriptions").get("subscriptions", []):
            self.call("DELETE", f"v1/{one['name']}")

    def written(self) -> set[str]:
        """The identifiers of the newest synthetic entries."""
        query = {
            "resourceNames": [f"projects/{PROJECT}"],
            "filter": 'labels."vigil-synthetic"="true"',
            "orderBy": "timestamp desc",
            "pageSize": 100,
        }
        return {one["insertId"] for one in self.call("POST", "v2/entries:list", query).get("entries", [])}

    def first_entry(self, since: str) -> datetime:
        """When the first synthetic entry since then was written."""
        query = {
            "resourceNames": [f"projects/{PROJECT}"],
            "filter": f'labels."vigil-synthetic"="true" AND timestamp>="{since}"',
            "orderBy": "timestamp asc",
            "pageSize": 1,
        }
        return _time(self.call("POST", "v2/entries:list", query)["entries"][0]["timestamp"])

    def last_opened(self) -> datetime:
        """When the newest incident opened."""
        return max(_time(each["openTime"]) for each in self.call("GET", f"v3/projects/{PROJECT}/alerts")["alerts"])

    def opened(self) -> list[Any]:
        path = f"v3/projects/{PROJECT}/alerts?filter=state%3D%22OPEN%22"
        return self.call("GET", path).get("alerts", [])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def changed(listen: str) -> dict[str, str]:
    teams = {"backend": {"page": [{"type": "webhook", "username": "vigil"}, {"type": "pubsub", "topic": TOPIC}]}}
    return {"gcp:project": PROJECT, "vigil:webhookUrl": f"http://{listen}/hook", "vigil:teams": json.dumps(teams)}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fast]:
    """One emulator for the whole file. Tests use it through `fast` and `quiet`."""
    with running(tmp_path_factory.mktemp("fast")) as found:
        yield found


@pytest.fixture
def fast(deployed: Fast) -> Iterator[Fast]:
    """Where two minutes pass in a second, to cause an alert. After the test, it is closed, and no listener is left."""
    deployed.run_at(SPEED)
    yield deployed
    deployed.run_at(10 * SPEED)
    while deployed.opened():
        time.sleep(0.1)  # two minutes there
    deployed.run_at(1)
    deployed.forget()


@pytest.fixture
def quiet(deployed: Fast) -> Iterator[Fast]:
    """Where a test opens no alert, at the speed of the wall's clock. Faults and subscriptions are taken back."""
    yield deployed
    deployed.call("DELETE", "vigil/v1/faults")
    deployed.forget()


@contextmanager
def running(folder: Path) -> Generator[Fast]:
    command = [sys.executable, "-m", "vigil_emulator", "--port", "0", "--memory", "--grpc-port", "0"]
    with subprocess.Popen([*command, "--speed", str(SPEED)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        listen = f"127.0.0.1:{free_port()}"
        loaded = stacks.load("local")
        stack = replace(loaded, config={**loaded.config, **changed(listen)})
        summary = vigil_runner.deploy(stack, url=found["url"], state=folder / "deployment.json")
        assert summary.run is not None
        (alert,) = subject_of(summary.run, project=PROJECT).named([ALERT])
        fast = Fast(url=found["url"], grpc=found["grpc"], listen=listen, stack=stack, alert=alert)
        fast.keep_one_policy()
        fast.run_at(1)
        yield fast
        process.terminate()


def vigil(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_each_step_is_a_line_of_json_as_it_comes_and_the_subscription_gets_both_notifications(fast: Fast) -> None:
    began = fast.call("GET", "vigil/v1/clock")["now"]
    command = [sys.executable, "-m", "vigil_cli", *fast.arguments, "--probe", fast.subscribe(), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert process.poll() is None, "the first line is there while the command still runs"
        lines = [first, *(json.loads(line) for line in process.stdout)]
    assert process.returncode == 0, lines
    moments = ["began", "opened", "notified", "ended", "end notified"]
    assert [line["moment"] for line in lines] == [*moments, "result"]
    assert lines[2]["what"] == f"notification received (Pub/Sub, {SUBSCRIPTION})"
    result = lines[-1]
    assert (result["ok"], result["alert"]) == (True, "vigil-api-error-ratio")
    assert list(result["seconds"]) == moments
    assert list(result["seconds"].values()) == sorted(result["seconds"].values())
    first, opened = fast.first_entry(began), fast.last_opened()
    assert opened - first >= timedelta(minutes=fast.alert.lasting), "not before its duration"


def test_a_webhook_that_points_here_is_received_and_people_see_the_same_steps(fast: Fast) -> None:
    ran = vigil(*fast.arguments, "--listen", fast.listen)
    assert ran.exit_code == 0, ran.output
    steps = ["events of api began", "incident opened", "notification received", "incident closed", "recovery received"]
    lines = ran.output.splitlines()
    assert [step for line, step in zip(lines, steps, strict=False) if step in line] == steps
    assert f"webhook at {fast.listen}" in lines[2]
    assert lines[5].startswith("vigil-api-error-ratio: opened after ")


@pytest.mark.parametrize(
    ("fault", "code", "expected"),
    [
        ({"status": 403}, 3, "roles/pubsub.subscriber"),
        ({"status": 429}, 3, "the quota is used up"),
        (None, 2, "Resource not found (resource=gone). Check the project and the resource"),
    ],
)
def test_a_subscription_that_cannot_be_pulled_is_reported_before_anything_is_written(
    quiet: Fast, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any] | None, code: int, expected: str
) -> None:
    monkeypatch.setattr("vigil_runner.access.FIRST_PAUSE", 0.0)
    if fault:
        quiet.call("POST", "vigil/v1/faults", {"methods": ["pubsub.projects.subscriptions.pull"], **fault})
    before = quiet.written()
    ran = vigil(*quiet.arguments, "--probe", f"projects/{PROJECT}/subscriptions/gone", "--json")
    assert ran.exit_code == code, ran.output
    (line,) = [json.loads(line) for line in ran.stdout.splitlines()]
    assert (line["moment"], line["ok"]) == ("result", False)
    assert expected in f"{line['error']['message']} {line['error']['remedy']}"
    assert quiet.written() == before


def test_a_notification_that_never_comes_is_reported_with_what_came_instead(
    fast: Fast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vigil_verify.subscription.PATIENCE", 0.2)
    silent = fast.subscribe(topic=f"projects/{PROJECT}/topics/another", name=f"{SUBSCRIPTION}-other")
    hours, opened = count(), False

    def now() -> float:
        """Once the incident is open, an hour more passes at each look."""
        return time.monotonic() + (3600.0 * next(hours) if opened else 0.0)

    probe = Subscription(fast.access, silent)
    fire = Fire(access=fast.access, alert=fast.alert, environment="local", probe=probe, now=now)
    moments = fire.run()
    assert [next(moments).moment, next(moments).moment] == ["began", "opened"]
    opened = True
    with pytest.raises(MissedError, match=f"{silent} gave 0 notifications so far, none of this"):
        next(moments)


def test_events_come_at_the_speed_that_the_emulator_has_meanwhile(quiet: Fast, monkeypatch: pytest.MonkeyPatch) -> None:
    """`vigil serve` runs it at the wall's speed while a process starts, and `--fire` may begin just then."""
    seconds, pauses = count(), iter([quiet.run_at, None])
    written: list[int] = []

    def sleep(_: float) -> None:
        if (then := next(pauses)) is None:
            raise KeyboardInterrupt
        then(60)

    fire = Fire(
        access=quiet.access, alert=quiet.alert, environment="local", now=lambda: float(next(seconds)), sleep=sleep
    )
    monkeypatch.setattr(Fire, "_write", lambda _self, _library, _emission, number: written.append(number))
    with pytest.raises(KeyboardInterrupt):
        list(fire.run())
    quiet.run_at(1)
    assert quiet.alert.proof is not None
    per_minute = [each.per_minute for each in quiet.alert.proof.fires.emissions]
    assert written[: len(per_minute)] == [int(each / 60) for each in per_minute], "one second at the wall's speed"
    assert written[len(per_minute) :] == [int(each / 60 % 1 + each) for each in per_minute], "then a minute"


def test_a_pull_that_stays_open_without_a_message_is_no_failure(quiet: Fast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigil_verify.subscription.PATIENCE", 0.2)
    quiet.call("POST", "vigil/v1/faults", {"methods": ["pubsub.*.pull"], "latency": "2s"})
    with Subscription(quiet.access, quiet.subscribe(name=f"{SUBSCRIPTION}-slow")) as probe:
        assert probe.received(INCIDENT, "open") == ""


def test_messages_of_other_incidents_are_skipped(quiet: Fast) -> None:
    sink = {"name": "to-topic", "destination": f"pubsub.googleapis.com/{TOPIC}", "filter": 'logName:"other"'}
    quiet.call("POST", f"v2/projects/{PROJECT}/sinks", sink)
    quiet.subscribe()
    entry = {"logName": f"projects/{PROJECT}/logs/other", "resource": {"type": "global"}, "textPayload": "x"}
    quiet.call("POST", "v2/entries:write", {"entries": [entry, entry]})
    with Subscription(quiet.access, SUBSCRIPTION) as probe:
        assert "and 2 other messages" in probe.received_so_far()
    at_once = {"maxMessages": 9, "returnImmediately": True}
    assert quiet.call("POST", f"v1/{SUBSCRIPTION}:pull", at_once) == {}, "what was read is acknowledged"


INCIDENT = OpenIncident(name="projects/p/alerts/0.abc", policy="api: error-ratio", at=1000.0)


@pytest.mark.parametrize(
    ("identifier", "policy", "state", "started", "ours"),
    [
        ("0.abc", "renamed", "open", 5, True),
        ("other", "api: error-ratio", "open", 1000, True),
        ("other", "api: error-ratio", "open", 1059, True),
        ("other", "api: error-ratio", "open", 900, False),
        ("0.abc", "api: error-ratio", "closed", 1000, False),
        ("other", "api: latency", "open", 1000, False),
    ],
)
def test_a_notification_is_of_an_incident_by_its_id_or_by_policy_and_beginning(
    identifier: str, policy: str, state: str, started: int, ours: bool
) -> None:
    incident = {"incident_id": identifier, "policy_name": policy, "state": state, "started_at": started}
    read = Notification.read(json.dumps({"version": "1.2", "incident": incident}))
    assert read is not None
    assert read.tells_of(INCIDENT, "open") is ours


@pytest.mark.parametrize("body", ["", "[]", "{", '{"incident": 1}', '{"incident": {"state": "open"}}'])
def test_what_is_no_notification_is_skipped(body: str) -> None:
    assert Notification.read(body) is None


def test_the_listener_takes_notifications_and_nothing_else() -> None:
    with Webhook.at("127.0.0.1:0") as probe:
        url = f"http://127.0.0.1:{probe.port}/any/path"
        incident = {"incident_id": "0.abc", "state": "closed", "policy_name": "", "started_at": 1000}

        def post(content: bytes) -> int:
            return httpx.post(url, content=content, trust_env=False, timeout=10).status_code

        assert probe.received(INCIDENT, "closed") == ""
        assert post(b"{}") == 400
        assert post(b" " * (1024 * 1024 + 1)) == 413
        assert post(json.dumps({"incident": incident}).encode()) == 200
        assert probe.received(INCIDENT, "closed") == f"webhook at 127.0.0.1:{probe.port}"
        assert probe.received(INCIDENT, "open") == ""
        assert probe.received_so_far().startswith("1 notifications came to")
    with pytest.raises(httpx.ConnectError):
        post(b"{}")


def test_a_port_that_is_taken_is_reported() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ProbeError, match=rf"cannot listen at 127\.0\.0\.1:{port}.*free that port"):
            Webhook.at(f"127.0.0.1:{port}").__enter__()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--fire", ALERT, "--probe", "alerts"), "projects/PROJECT/subscriptions/NAME"),
        (("--fire", ALERT, "--listen", "9000"), "HOST:PORT"),
        (("--fire", ALERT, "--listen", "127.0.0.1:70000"), "HOST:PORT"),
        (("--fire", ALERT, "--listen", "127.0.0.1:1", "--probe", SUBSCRIPTION), "Give one"),
        (("--listen", "127.0.0.1:0"), "Add --fire"),
        (("--fire", "api/unknown"), "service/alert"),
    ],
)
def test_a_mistake_in_the_arguments_is_reported_with_its_remedy(
    quiet: Fast, arguments: tuple[str, ...], expected: str
) -> None:
    place = ["verify", "-s", "local", "--emulator", quiet.url, "--grpc", quiet.grpc]
    ran = vigil(*place, *arguments)
    assert ran.exit_code == 2, ran.output
    assert expected in " ".join(ran.output.split())


def test_production_is_what_the_settings_say_and_not_a_name() -> None:
    prod, staging = stacks.load("prod"), stacks.load("staging")

    def why(stack: Stack) -> str:
        return production(rendered.run(stack), str(stack.config["gcp:project"]))

    assert why(prod) == "its environment is prod"
    assert why(replace(prod, name="live")) == "its settings let it wake people (vigil:pages)"
    moved = replace(staging, config={**staging.config, "gcp:project": "example-prod"})
    assert why(moved) == "its project example-prod is that of the stack prod"
    assert why(staging) == ""
    assert why(stacks.load("local")) == ""


@pytest.mark.parametrize("more", [(), ("--json",)])
@pytest.mark.parametrize("stack", [("-s", "prod"), ("-s", "staging", "-c", "gcp:project=example-prod")])
def test_nobody_is_notified_in_production_without_a_second_confirmation(
    stack: tuple[str, ...], more: tuple[str, ...]
) -> None:
    ran = vigil("verify", *stack, "--fire", ALERT, *more)
    assert ran.exit_code == 2
    assert "--yes-in-prod" in ran.output
    assert "example-prod is that of" in ran.output or "its environment is prod" in ran.output
