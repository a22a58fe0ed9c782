"""What is deployed is looked at with Google's own clients: what is broken on purpose is named, and nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.verify.conftest import Place, deployed, origins
from vigil_cli.app import app
from vigil_proofs.documents import subject_of
from vigil_runner.access import ATTEMPTS
from vigil_runner.program import Run
from vigil_verify import Access, AccessError, verify
from vigil_verify.checks import Look
from vigil_verify.declared import declared
from vigil_verify.findings import FAILED, OK, UNKNOWN, Finding, Verification
from vigil_verify.fire import Fire, FireError
from vigil_verify.probe import DeliveryLog, OpenIncident, ProbeError

pytestmark = [pytest.mark.timeout(600)]


def broken(place: Place) -> dict[tuple[str, str], str]:
    found = verify(place.run, place.access)
    return {(one.kind, one.name): one.message for one in found.of("failed")}


def test_with_traffic_everything_passes_and_later_the_start_of_the_silence_is_reported(busy: Place) -> None:
    found = verify(busy.run, busy.access)
    assert found.of("failed") == ()
    assert found.of("unknown") == ()
    assert found.exit_code == OK
    ok = {(one.kind, one.name) for one in found.of("ok")}
    assert {
        ("metric", "api/http.request.failed"),
        ("metric", "api/http.request.completed/duration"),
        ("sink", "app-logs"),
        ("channel", "backend page by webhook (local)"),
        ("widget", "api (local) / Requests by status"),
        ("event", "http.request.failed"),
        ("policy", "api: error-ratio (local)"),
    } <= ok
    later = verify(busy.run, busy.access, now=datetime.now(UTC) + timedelta(hours=3))
    (metric,) = [one for one in later.findings if one.name == "api/http.request.failed"]
    assert metric.state == "idle"
    assert "none since 20" in metric.message
    widgets = {one.name: one.message for one in later.of("idle") if one.kind == "widget"}
    assert 'http.request.completed" none since 20' in widgets["api (local) / Requests by status"]


def test_without_traffic_nothing_is_broken_and_the_silence_is_reported(place: Place) -> None:
    found = verify(place.run, place.access)
    assert found.of("failed") == ()
    idle = {(one.kind, one.name): one.message for one in found.of("idle")}
    assert "none in the six weeks" in idle["metric", "api/http.request.failed"]
    assert "nobody writes" in idle["event", "all"]


def a_metric(place: Place) -> None:
    path = f"v2/projects/{place.project}/metrics/api%2Fhttp.request.failed"
    body = place.call("GET", path)
    place.call("PUT", path, {**body, "filter": body["filter"].replace('"api"', '"apis"')})


def a_deleted_metric(place: Place) -> None:
    place.call("DELETE", f"v2/projects/{place.project}/metrics/api%2Fservice.started")


def a_sink(place: Place) -> None:
    path = f"v2/projects/{place.project}/sinks/app-logs"
    body = place.call("GET", path)
    gone = body["destination"].replace("buckets/app-logs", "buckets/gone")
    place.call("PUT", f"{path}?uniqueWriterIdentity=true", {**body, "destination": gone})


def a_widget(place: Place) -> None:
    listed = place.call("GET", f"v1/projects/{place.project}/dashboards?pageSize=100")["dashboards"]
    (found,) = [one for one in listed if one["displayName"] == "api (local)"]
    text = json.dumps(found).replace("api_http_request_completed{", "api_http_request_finished{", 1)
    place.call("PATCH", f"v1/{found['name']}", json.loads(text))


def a_channel(place: Place) -> None:
    listed = place.call("GET", f"v3/projects/{place.project}/notificationChannels")["notificationChannels"]
    (found,) = [one for one in listed if one["type"] == "webhook_basicauth"]
    place.call("PATCH", f"v3/{found['name']}?updateMask=enabled", {"enabled": False})


def a_policy(place: Place) -> None:
    listed = place.call("GET", f"v3/projects/{place.project}/alertPolicies?pageSize=100")["alertPolicies"]
    (found,) = [one for one in listed if one["displayName"] == "api: latency (local)"]
    place.call("PATCH", f"v3/{found['name']}?updateMask=enabled", {"enabled": False})


def test_one_metric_one_sink_one_widget_one_channel_are_named_and_nothing_else(busy: Place) -> None:
    for spoil in (a_metric, a_sink, a_widget, a_channel):
        spoil(busy)
    (api,) = [one for one in origins(busy.run) if one.service == "api"]
    busy.write(api.origin, "http.request.completed", minutes_ago=5)
    found = broken(busy)
    assert sorted(found) == [
        ("channel", "backend page by webhook (local)"),
        ("metric", "api/http.request.failed"),
        ("sink", "app-logs"),
        ("widget", "api (local) / Requests fail"),
    ]
    assert "its filter is not as declared" in found["metric", "api/http.request.failed"]
    assert "buckets/gone, not to" in found["sink", "app-logs"]
    assert "it is disabled" in found["channel", "backend page by webhook (local)"]
    assert "api_http_request_finished" in found["widget", "api (local) / Requests fail"]


def test_a_log_bucket_that_was_deleted_fails_until_it_is_taken_back(place: Place) -> None:
    bucket = f"v2/projects/{place.project}/locations/europe-west1/buckets/app-logs"
    assert verify(place.run, place.access).exit_code == OK

    place.call("DELETE", bucket)
    try:
        found = verify(place.run, place.access)
    finally:
        place.call("POST", f"{bucket}:undelete", {})
    assert found.exit_code == FAILED
    (message,) = [one.message for one in found.of("failed") if (one.kind, one.name) == ("log bucket", "app-logs")]
    assert message.startswith("it is DELETE_REQUESTED: seven days after its deletion it is gone")
    assert message.endswith(
        f"gcloud logging buckets undelete app-logs --location=europe-west1 --project={place.project}"
    )
    assert ("log bucket", "app-logs") not in broken(place)


def test_a_log_bucket_that_is_gone_fails(place: Place) -> None:
    there = declared(place.run)
    elsewhere = {**there.buckets[0], "location": "us-east1"}
    gone = replace(there, buckets=[{**there.buckets[0], "bucketId": "other-logs"}, elsewhere, *there.buckets])
    look = Look(place.access, gone, now=datetime.now(UTC), window=timedelta(hours=1))
    why = "it is declared, and not deployed"
    assert list(look.buckets()) == [
        Finding("log bucket", "other-logs", "failed", why),
        Finding("log bucket", "app-logs", "failed", why),
        Finding("log bucket", "app-logs", "ok", "ACTIVE"),
    ]


def test_what_is_not_deployed_or_off_or_unknown_to_the_catalog_is_named(busy: Place) -> None:
    for spoil in (a_deleted_metric, a_policy):
        spoil(busy)
    (api,) = [one for one in origins(busy.run) if one.service == "api"]
    about = {
        "logName": f"projects/{busy.project}/logs/run.googleapis.com%2Fstdout",
        "resource": {"type": api.origin.resource, "labels": {"project_id": busy.project, **api.origin.labels}},
        "timestamp": (datetime.now(UTC) - timedelta(minutes=4)).isoformat(),
    }
    payloads = ({"event": "made.up"}, {"event": "service.started", "colour": "blue"}, {"event": "log"})
    busy.call("POST", "v2/entries:write", {"entries": [{**about, "jsonPayload": one} for one in payloads]})
    found = broken(busy)
    assert found["metric", "api/service.started"] == "it is declared, and not deployed"
    assert found["policy", "api: latency (local)"] == "it is disabled"
    assert "no such event" in found["event", "made.up"]
    assert ("event", "log") not in found, (
        "lines of other libraries come through the bridges, and are no event of the catalog"
    )
    assert found["event", "service.started"].endswith("does not declare: colour")


def with_one_dashboard(run: Run) -> Run:
    """Leave out the other dashboards: most requests query the data of a tile."""
    dashboards = run.of_type("gcp:monitoring/dashboard:Dashboard")
    (api,) = [one for one in dashboards if json.loads(str(one.inputs["dashboardJson"]))["displayName"] == "api (local)"]
    return replace(run, registrations=tuple(one for one in run.registrations if one is api or one not in dashboards))


@pytest.mark.parametrize(
    ("fault", "kind", "expected"),
    [
        ({"methods": ["logging.projects.metrics.list"], "status": 403}, "metric", "permission denied"),
        ({"methods": ["logging.projects.sinks.list"], "status": 403}, "sink", "roles/logging.viewer"),
        ({"methods": ["logging.projects.locations.buckets.get"], "status": 403}, "log bucket", "permission denied"),
        ({"methods": ["monitoring.projects.notificationChannels.list"], "status": 403}, "channel", "permission denied"),
        ({"methods": ["monitoring.projects.dashboards.list"], "status": 403}, "widget", "roles/monitoring.viewer"),
        ({"methods": ["monitoring.projects.alerts.list"], "status": 429}, "incident", "the quota is used up"),
        ({"methods": ["monitoring.projects.timeSeries.list"], "status": 429}, "metric", "the quota is used up"),
        ({"methods": ["monitoring.projects.alertPolicies.list"], "status": 503}, "policy", "nobody answers"),
    ],
)
def test_what_cannot_be_queried_is_reported_with_the_remedy_and_the_rest_is_verified(
    place: Place, fault: dict[str, Any], kind: str, expected: str
) -> None:
    place.fault(**fault)
    found = verify(with_one_dashboard(place.run), place.access)
    unknown = [one for one in found.of("unknown") if one.kind == kind]
    assert any(expected in one.message for one in unknown), found.of("unknown")
    assert found.exit_code == UNKNOWN
    assert {one.kind for one in found.of("ok")} >= {"channel", "policy"} - {kind}


def test_a_quota_that_is_used_up_for_a_moment_is_waited_for(place: Place) -> None:
    place.fault(methods=["monitoring.projects.alertPolicies.list"], status=429, count=ATTEMPTS - 1)
    policies = f"v3/projects/{place.project}/alertPolicies"
    assert len(list(place.access.pages("listing policies", policies, "alertPolicies"))) > 20
    assert place.pauses == [1.0, 2.0, 4.0]


def test_a_server_that_is_too_slow_is_reported_as_that(place: Place) -> None:
    place.fault(methods=["monitoring.projects.alerts.list"], latency="3s")
    slow = replace(place.access, timeout=0.3)
    with pytest.raises(AccessError, match=r"no answer in 0\.3 s") as caught:
        list(slow.pages("listing incidents", f"v3/projects/{place.project}/alerts", "alerts"))
    assert caught.value.kind == "timeout"


def test_lists_of_several_pages_are_read_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = verify(place.run, place.access)
    monkeypatch.setattr("vigil_runner.access.PAGE", 4)
    monkeypatch.setattr("vigil_verify.checks.PAGE", 4)
    assert verify(place.run, place.access) == whole


def test_failures_go_before_what_is_unknown() -> None:
    unknown, failed = Finding("sink", "all", "unknown", ""), Finding("metric", "one", "failed", "")
    assert Verification(stack="x", findings=(unknown, failed)).exit_code == FAILED
    assert Verification(stack="x", findings=(unknown,)).exit_code == UNKNOWN


def test_an_alert_over_what_others_measure_cannot_be_caused_by_events(place: Place) -> None:
    (down,) = subject_of(place.run, project=place.project).named(["database/database-down"])
    with pytest.raises(FireError, match="written by others"):
        list(Fire(access=place.access, alert=down, environment="local").run())


def test_a_metric_that_was_made_after_the_entries_came_is_not_called_broken(
    emulator: dict[str, str], tmp_path: Path
) -> None:
    place = deployed(emulator, tmp_path, "vigil-made-later")
    path = f"v2/projects/{place.project}/metrics"
    body = place.call("GET", f"{path}/api%2Fservice.started")
    place.call("DELETE", f"{path}/api%2Fservice.started")
    (api,) = [one for one in origins(place.run) if one.service == "api"]
    place.write(api.origin, "service.started", minutes_ago=5)
    made = {name: value for name, value in body.items() if name not in {"createTime", "updateTime"}}
    place.call("POST", path, made)
    found = verify(place.run, place.access)
    (metric,) = [one for one in found.findings if (one.kind, one.name) == ("metric", "api/service.started")]
    assert (metric.state, "came before it was made" in metric.message) == ("idle", True)


def test_the_local_stack_is_never_looked_for_at_google(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["verify", "-s", "local", "--state", str(tmp_path)])
    assert ran.exit_code == 2
    assert "vigil serve" in ran.output


def received_of(place: Place, monkeypatch: pytest.MonkeyPatch, *rows: dict[str, str]) -> str:
    monkeypatch.setattr(Access, "get", lambda *_, **__: list(rows))
    return DeliveryLog(place.access).received(OpenIncident(name="projects/p/alerts/1", policy="", at=0.0), "open")


def test_a_notification_is_received_once_a_channel_has_taken_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {"incident": "projects/p/alerts/1", "event": "open", "channel": "c"}
    assert received_of(place, monkeypatch) == ""
    assert received_of(place, monkeypatch, {**ours, "status": "pending"}) == ""
    assert received_of(place, monkeypatch, {**ours, "event": "closed", "status": "delivered"}) == ""
    assert received_of(place, monkeypatch, {**ours, "incident": "other", "status": "delivered"}) == ""
    failed = {**ours, "status": "failed", "error": "HTTP 500"}
    taken = {**ours, "status": "delivered"}
    assert received_of(place, monkeypatch, taken, {**ours, "status": "pending"}) == "", "the other is on its way"
    assert received_of(place, monkeypatch, taken, taken) == "2 of 2 channels"
    assert received_of(place, monkeypatch, failed, taken) == "1 of 2 channels; c: HTTP 500"
    with pytest.raises(ProbeError, match="c: HTTP 500"):
        received_of(place, monkeypatch, failed)
