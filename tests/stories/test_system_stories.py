"""What happens to a whole system, and which of its alerts fire: on a virtual clock, without sockets."""

import json
import socket
from pathlib import Path

import pytest

from tests import applied
from vigil_apimodel.json_values import child, text
from vigil_proofs import Suite
from vigil_proofs.samples import sample
from vigil_proofs.story import Story
from vigil_runner.entries import EntriesError
from vigil_telemetry import Event, HttpRequestCompleted, HttpRequestFailed

pytestmark = [pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def prod() -> Suite:
    return applied.suite("prod")


@pytest.fixture
def story(prod: Suite) -> Story:
    return Story(prod)


def answered(route: str = "/orders/{id}", *, seconds: float = 0.05) -> Event:
    return HttpRequestCompleted(method="GET", route=route, status=200, status_class="2xx", duration=seconds)


def failed(route: str = "/orders/{id}") -> Event:
    return HttpRequestFailed(
        method="GET", route=route, status=503, status_class="5xx", error_type="Timeout", error="late", duration=1.0
    )


def of(name: str, **fields: str | float | bool) -> Event:
    return sample(name, fields)


def healthy(story: Story, lasting: str, *, api: bool = True) -> Story:
    """Every part of the system at work, from the start on."""
    if api:
        story.emit(answered(), service="api", per_second=5, lasting=lasting)
    story.emit(of("service.heartbeat"), service="api", per_minute=1, lasting=lasting)
    story.emit(of("service.heartbeat"), service="workers", per_minute=1, lasting=lasting)
    story.emit(of("temporal.workflow.started"), service="workers", per_minute=30, lasting=lasting)
    story.emit(of("llm.call.attempted"), service="agents", per_minute=30, lasting=lasting)
    story.emit(of("frontend.request.completed"), service="frontend", per_minute=60, lasting=lasting)
    story.measure("temporal_num_pollers", 8, lasting=lasting)
    return story


def test_a_deployment_goes_bad_and_is_rolled_back(story: Story) -> None:
    story.emit(answered(), service="api", per_second=10, lasting="2h")
    story.emit(of("service.heartbeat"), service="api", per_minute=1, lasting="2h")
    story.emit(of("service.started"), service="api", per_minute=1, starting="60m", lasting="2m")
    story.emit(failed(), service="api", per_second=5, starting="62m", lasting="10m")
    story.play("2h")
    story.expect("api/error-ratio").opens(after="62m", within="3m").once().closes(by="80m")
    story.expect("api/availability-burns-fast").opens(after="62m", within="10m").once().closes(by="103m")
    story.expect("api/crash-loop").stays_silent()
    assert len(story.incidents(severity="page")) == 2, story.opened()


def test_a_database_that_is_down_pages_a_bounded_number_of_times(story: Story) -> None:
    """One cause, seen by each part that needs it: each pages once, and no more than once."""
    healthy(story, "90m")
    story.emit(of("llm.call.completed", cost=0.01), service="agents", per_minute=30, lasting="90m")
    story.measure("pg_up", 1, lasting="30m")
    story.measure("pg_up", 0, starting="30m", lasting="20m")
    story.measure("pg_up", 1, starting="50m", lasting="40m")
    story.emit(failed(), service="api", per_second=3, starting="30m", lasting="20m")
    story.emit(of("temporal.workflow.failed"), service="workers", per_minute=20, starting="30m", lasting="20m")
    story.play("90m")
    story.expect("database/database-down").opens(after="30m", within="4m").once().closes(by="55m")
    pages = story.incidents(severity="page")
    assert {one.user_labels["service"] for one in pages} == {"database", "api", "workers"}
    assert len(pages) <= 4, story.opened()


def test_a_provider_of_language_models_limits_the_rate(story: Story) -> None:
    story.emit(of("llm.call.attempted"), service="agents", per_minute=60, lasting="70m")
    story.emit(of("llm.call.completed", cost=0.02), service="agents", per_minute=57, lasting="70m")
    limited = of("llm.call.failed", error_type="rate_limit")
    story.emit(limited, service="agents", per_minute=3, starting="20m", lasting="15m")
    story.play("70m")
    story.expect("agents/llm-rate-limit").opens(after="20m", within="9m").once().closes(by="50m")
    story.expect("agents/llm-errors").stays_silent()  # 5 % of the calls, of 10 % that are allowed
    assert story.incidents(severity="page") == ()


def test_workers_that_are_gone(story: Story) -> None:
    story.emit(of("service.heartbeat"), service="workers", per_minute=1, lasting="40m")
    story.measure("temporal_num_pollers", 8, lasting="40m")
    story.measure("temporal_num_pollers", 0, starting="40m", lasting="30m")
    story.play("70m")
    story.expect("workers/no-pollers").opens(after="40m", within="8m").once()
    story.expect("workers/heartbeat-missing").opens(after="40m", within="15m").once()


def test_a_dead_process_is_not_reported_as_recovered_until_it_writes_again(story: Story) -> None:
    story.emit(of("service.heartbeat"), service="workers", per_minute=1, lasting="40m")
    story.emit(of("service.heartbeat"), service="workers", per_minute=1, starting="10h", lasting="10m")
    story.play("610m")
    story.expect("workers/heartbeat-missing").opens(after="40m", within="15m").once().closes(after="10h", by="605m")


def test_a_backlog_that_grows_while_workers_are_there(story: Story) -> None:
    latency = "temporal_workflow_task_schedule_to_start_latency"
    labels = {"temporal_namespace": "example.acct"}
    story.measure("temporal_num_pollers", 8, lasting="2h")
    story.measure("temporal_cloud_v1_approximate_backlog_count", 50, labels=labels, lasting="60m")
    story.measure("temporal_cloud_v1_approximate_backlog_count", 5000, labels=labels, starting="60m", lasting="40m")
    story.measure("temporal_cloud_v1_approximate_backlog_count", 50, labels=labels, starting="100m", lasting="20m")
    story.play("2h")
    assert latency not in "".join(story.opened())
    story.expect("workers/cloud-backlog").opens(after="60m", within="14m").once().closes(by="110m")
    story.expect("workers/no-pollers").stays_silent()


def test_a_service_that_is_scaled_to_zero_overnight_wakes_nobody() -> None:
    """Staging's API is not always on: its silence means nothing."""
    story = Story.of("staging")
    story.emit(answered(), service="api", per_second=2, lasting="8h")
    story.emit(answered(), service="api", per_second=2, starting="20h", lasting="4h")
    story.emit(of("service.heartbeat"), service="workers", per_minute=1, lasting="1d")  # the workers are always on
    story.measure("temporal_num_pollers", 4, lasting="1d")
    story.play("1d")
    assert story.opened() == ()


def test_the_same_silence_of_an_always_on_service_pages(story: Story) -> None:
    story.emit(answered(), service="api", per_second=2, lasting="8h")
    story.play("9h")
    story.expect("api/no-traffic").opens(after="8h", within="18m").once()


def test_a_certificate_that_nobody_renews_is_a_ticket_and_no_page(story: Story) -> None:
    metric = "monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires"
    host = {"host": "api.example.com"}
    for day, left in enumerate((16, 15, 14, 13)):
        story.measure(metric, left, resource="uptime_url", resource_labels=host, starting=f"{day * 60}m", lasting="60m")
    story.play("4h")
    story.expect("api/certificate-expiry").opens(after="3h", within="12m").once()
    assert story.incidents(severity="page") == ()


def test_noise_below_every_threshold_wakes_nobody(story: Story) -> None:
    healthy(story, "1d", api=False)
    for seed, (event, service, rate) in enumerate(
        (
            (answered(), "api", 300),
            (failed(), "api", 0.6),
            (of("temporal.workflow.failed"), "workers", 1),
            (of("llm.call.completed", cost=0.001), "agents", 29),
            (of("llm.call.failed", error_type="timeout"), "agents", 1),
            (of("frontend.error.raised"), "frontend", 1),
        )
    ):
        story.noise(event, service=service, per_minute=rate, spread=0.5, seed=seed, lasting="1d")
    story.play("1d")
    assert story.opened() == ("alerting/canary",)


def test_noise_is_the_same_for_a_seed(prod: Suite) -> None:
    def counted(seed: int) -> int:
        story = Story(prod).noise(failed(), service="api", per_minute=40, spread=0.5, seed=seed, lasting="20m")
        story.play("20m")
        metric = "logging.googleapis.com/user/api/http.request.failed"
        series = story.stage.data.series.of_metric("example-prod", metric)
        return round(sum(value for one in series for value in one.values if isinstance(value, int | float)))

    assert counted(1) == counted(1)
    assert counted(1) != counted(2)


def closed_port() -> int:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return int(holder.getsockname()[1])


def test_a_broken_channel_does_not_keep_the_others_from_being_notified() -> None:
    """The webhook's receiver is gone: deliveries to it are repeated and given up, and the topic is notified at once."""
    page = [{"type": "webhook", "username": "vigil"}, {"type": "pubsub", "topic": "projects/vigil-local/topics/alerts"}]
    story = Story.of(
        "local",
        config={
            "vigil:webhookUrl": f"http://127.0.0.1:{closed_port()}/alerts",
            "vigil:teams": json.dumps({"backend": {"page": page}}),
        },
    )
    story.emit(answered(), service="api", per_second=5, lasting="30m")
    story.emit(failed(), service="api", per_second=2, lasting="10m")
    story.play("30m", delivered=True)
    story.expect("api/error-ratio").opens(within="3m").once().closes()
    (incident,) = story.expect("api/error-ratio").incidents
    notified = [one for one in story.deliveries() if one.incident == incident.name and one.event == "open"]
    by_status = {one.status: one for one in notified}
    assert set(by_status) == {"delivered", "failed"}
    assert by_status["delivered"].attempts == 1
    assert by_status["failed"].attempts > 1
    (queue,) = story.stage.data.notifier.queues.values()
    published = [child(body, "incident") for body in queue]
    assert [text(one, "state") for one in published if text(one, "incident_id") == incident.identifier] == [
        "open",
        "closed",
    ]


def test_the_dead_man_s_switch_reports_that_evaluation_has_stopped(story: Story) -> None:
    """The canary opens each hour; an outside monitor alerts once it has not come for ninety minutes."""
    story.play("5h")
    canary = story.expect("canary").opens(within="1h").closes().incidents
    hours = [round(story.stage.minutes_at(one.opened)) for one in canary]
    assert hours == [50, 110, 170, 230, 290]
    opened = [one.time for one in story.deliveries() if one.event == "open"]
    story.play("3h", evaluated=False)
    assert [one.time for one in story.deliveries() if one.event == "open"] == opened, "no further notification comes"
    silent = story.stage.minute - max(hours)
    assert silent > 90, "and the outside monitor alerts"


def test_recorded_history_happens_again(story: Story, tmp_path: Path) -> None:
    """Entries of an incident, exported as JSON lines months ago, open the alert that watches now."""
    api = story.origin("api")
    file = tmp_path / "entries.jsonl"
    lines: list[str] = []
    for second in range(0, 600, 5):
        for event in ("http.request.completed", *(("http.request.failed",) if second >= 300 else ())):
            lines.append(  # noqa: PERF401 - one entry after the other, as they were written
                json.dumps(
                    {
                        "logName": "projects/of-another-day/logs/run.googleapis.com%2Fstdout",
                        "timestamp": f"2025-03-01T04:{second // 60:02d}:{second % 60:02d}.5Z",
                        "insertId": f"{second}-{event}",
                        "resource": {"type": api.resource, "labels": dict(api.labels)},
                        "jsonPayload": {"event": event, "status_class": "5xx", "route": "/\u2028", "duration": 0.2},
                    },
                    ensure_ascii=False,
                )
            )
    file.write_text("\n".join(lines) + "\n")
    story.history(file, starting="10m").play("40m")
    story.expect("api/error-ratio").opens(after="15m", within="4m").once().closes()


def test_a_malformed_recording_is_named(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "entries.jsonl"
    good = '{"logName": "projects/p/logs/a", "timestamp": "2025-03-01T04:00:00Z"}'
    file.write_text(f'{good}\n{{"logName": "projects/p/logs/a", "textPayload": "no time"}}\n')
    with pytest.raises(EntriesError, match="Line 2 has no timestamp"):
        story.history(file)


@pytest.mark.parametrize("text", ["10", "ten minutes", "90s", "-1m", ""])
def test_a_duration_that_is_not_in_whole_minutes_is_refused(story: Story, text: str) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        story.play(text)


def test_what_does_not_hold_says_what_was(story: Story) -> None:
    story.emit(answered(), service="api", per_second=5, lasting="20m")
    story.emit(failed(), service="api", per_second=1, lasting="20m")
    story.play("20m")
    with pytest.raises(AssertionError, match=r"api/error-ratio did not stay silent; it opened at minute \d"):
        story.expect("api/error-ratio").stays_silent()
    with pytest.raises(AssertionError, match=r"did not open in minutes 10 to 12; it opened at minute \d"):
        story.expect("api/error-ratio").opens(after="10m", within="2m")
    with pytest.raises(LookupError, match="name of several alerts"):
        story.expect("crash-loop")
    with pytest.raises(LookupError, match="no alert of 'prod' watches 'shop'"):
        story.emit(answered(), service="shop", per_minute=1, lasting="1m")
