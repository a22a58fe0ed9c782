"""`vigil verify` against `vigil serve`: real processes, the demo's traffic, and nothing but what the help says."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.stand_ins.temporal import free_port
from tests import temporal
from tests.stories.running import Running, Vigil, found_within

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

PROJECT = "vigil-local"
PATIENCE = 300.0
"""Wall seconds to wait for something, also on a busy machine."""


@dataclass
class Served:
    """The local system running, as `vigil serve` left it in its state folder."""

    vigil: Vigil
    state: Path
    url: str
    serving: Running

    def command(self, *more: str) -> tuple[int, str, str]:
        return self.vigil.run("verify", "-s", "local", "--state", str(self.state), "--json", *more)

    def verify(self) -> tuple[int, dict[str, Any]]:
        code, out, err = self.command()
        assert out, err
        return code, json.loads(out)

    def failed(self) -> list[tuple[str, str]]:
        _, document = self.verify()
        assert [one for one in document["findings"] if one["state"] == "unknown"] == []
        return sorted((one["kind"], one["name"]) for one in document["findings"] if one["state"] == "failed")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.url}/{path}", json=body, trust_env=False, timeout=60)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    temporal.not_while_built()
    state = tmp_path_factory.mktemp("served") / "local"
    vigil = Vigil()
    try:
        # no progress is read: the system is ready when its traffic has been counted
        serving = vigil.start("serve", "--port", "0", "--receiver-port", str(free_port()), "--state", str(state))

        def listening() -> bool:
            assert serving.process.poll() is None, serving.end()
            return (state / "addresses.json").exists()

        assert found_within(listening, within=PATIENCE), "no emulator"
        served = Served(vigil, state, json.loads((state / "addresses.json").read_text())["url"], serving)
        counted = 'metric.type="logging.googleapis.com/user/api/http.request.completed"'
        since = {"interval.startTime": "2000-01-01T00:00:00Z", "interval.endTime": "2100-01-01T00:00:00Z"}

        def traffic() -> bool:
            assert serving.process.poll() is None, serving.end()
            path = f"{served.url}/v3/projects/{PROJECT}/timeSeries"
            answer = httpx.get(path, params={"filter": counted, **since}, trust_env=False, timeout=60)
            series = answer.json().get("timeSeries", []) if answer.is_success else []
            ends = [datetime.fromisoformat(point["interval"]["endTime"]) for one in series for point in one["points"]]
            # verify leaves out the last two minutes, which may not be counted yet: what it is to see must be older
            return bool(ends) and max(ends) - min(ends) >= timedelta(minutes=5)

        assert found_within(traffic, within=PATIENCE), "no traffic that is counted"
        yield served
    finally:
        vigil.clear()


def test_with_the_demos_traffic_it_passes_and_what_is_broken_on_purpose_is_named_exactly(served: Served) -> None:
    code, document = served.verify()
    assert [one for one in document["findings"] if one["state"] in {"failed", "unknown"}] == []
    assert (code, document["ok"]) == (0, True)
    ok = {(one["kind"], one["name"]) for one in document["findings"] if one["state"] == "ok"}
    assert {
        ("metric", "api/http.request.completed"),
        ("sink", "app-logs"),
        ("uptime check", "api (local)"),
        ("widget", "api (local) / The service cannot be reached from outside"),
        ("widget", "api (local) / Requests by status"),
        ("event", "http.request.completed"),
        ("event", "order.accepted"),
    } <= ok
    put_back = [break_metric(served), break_sink(served), break_widget(served), break_channel(served)]
    assert served.failed() == [
        ("channel", "backend page by webhook (local)"),
        ("metric", "api/http.request.failed"),
        ("sink", "app-logs"),
        ("widget", "api (local) / Requests fail"),
    ]
    code, _ = served.verify()
    assert code == 1
    for mend in put_back:
        mend()
    # entries that the sink could not deliver are reported for an hour of the emulator's time, which may be over by now
    assert set(served.failed()) <= {("sink", "app-logs")}


def test_an_alert_caused_on_purpose_is_opened_received_closed_and_its_end_received(served: Served) -> None:
    assert found_within(lambda: not open_already(served, "error-ratio"), within=PATIENCE), "the alert stays open"
    code, out, err = served.command("--fire", "api/error-ratio")
    assert code == 0, f"{out}{err}"
    *moments, result = (json.loads(line) for line in out.splitlines())
    assert [one["moment"] for one in moments] == ["began", "opened", "notified", "ended", "end notified"]
    assert moments[2]["what"] == "notification received (2 of 2 channels)"
    assert moments[4]["what"] == "recovery received (2 of 2 channels)"
    assert (result["ok"], result["alert"]) == (True, "vigil-api-error-ratio")
    times = [one["seconds"] for one in moments]
    assert times == sorted(times) == list(result["seconds"].values())
    entries = served.call(
        "POST",
        "v2/entries:list",
        {"resourceNames": [f"projects/{PROJECT}"], "filter": 'labels."vigil-synthetic"="true"', "pageSize": 1},
    )
    assert entries["entries"][0]["jsonPayload"]["event"].startswith("http.request.")


def open_already(served: Served, name: str) -> list[str]:
    """Incidents that a slow machine may have caused: requests that failed while a part was starting."""
    alerts = served.call("GET", f"v3/projects/{PROJECT}/alerts?filter=state%3D%22OPEN%22").get("alerts", [])
    return [one["name"] for one in alerts if name in one["policy"]["displayName"]]


def break_metric(served: Served) -> Callable[[], Any]:
    path = f"v2/projects/{PROJECT}/metrics/api%2Fhttp.request.failed"
    was = served.call("GET", path)
    served.call("PUT", path, {**was, "filter": was["filter"].replace('"api"', '"apis"')})
    return lambda: served.call("PUT", path, was)


def break_sink(served: Served) -> Callable[[], Any]:
    path = f"v2/projects/{PROJECT}/sinks/app-logs"
    was = served.call("GET", path)
    gone = was["destination"].replace("buckets/app-logs", "buckets/gone")
    served.call("PUT", f"{path}?uniqueWriterIdentity=true", {**was, "destination": gone})
    return lambda: served.call("PUT", f"{path}?uniqueWriterIdentity=true", was)


def break_widget(served: Served) -> Callable[[], Any]:
    listed = served.call("GET", f"v1/projects/{PROJECT}/dashboards?pageSize=100")["dashboards"]
    (was,) = [one for one in listed if one["displayName"] == "api (local)"]
    broken = json.dumps(was).replace("api_http_request_completed{", "api_http_request_finished{", 1)
    changed = served.call("PATCH", f"v1/{was['name']}", json.loads(broken))
    return lambda: served.call("PATCH", f"v1/{was['name']}", {**was, "etag": changed["etag"]})


def break_channel(served: Served) -> Callable[[], Any]:
    listed = served.call("GET", f"v3/projects/{PROJECT}/notificationChannels")["notificationChannels"]
    (was,) = [one for one in listed if one["type"] == "webhook_basicauth"]
    served.call("PATCH", f"v3/{was['name']}?updateMask=enabled", {"enabled": False})
    return lambda: served.call("PATCH", f"v3/{was['name']}?updateMask=enabled", {"enabled": True})
