"""The parts of a system: what each kind brings along is complete, legal, and proven on both sides."""

import json

import msgspec
import promql_parser
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.components.shop import ORDERS
from vigil_apimodel import lql
from vigil_apimodel.metrics import temporal_sdk
from vigil_components import AlertSeverity, Email, MonitoringContext, Routing, RoutingArgs, Team, Watch
from vigil_components.log_match import LogMatch
from vigil_components.sources import CloudRunJob, CloudRunWorkerPool, DockerHost, DrainSource
from vigil_components.systems import (
    CloudRunServicePart,
    DatabaseLimits,
    FrontendLimits,
    HttpLimits,
    JobPart,
    LlmLimits,
    LlmPart,
    LoggingPart,
    PartArgs,
    SupabasePart,
    TemporalCloudPart,
    TemporalWorkersPart,
    VercelPart,
    VolumeLimits,
    WorkerLimits,
    WorkerPoolPart,
    calls,
    canary,
    cloud,
    database,
    frontend,
    http_service,
    job,
    logging_itself,
    resource_plots,
    uptime_of,
    worker_pool,
    workers,
)
from vigil_components.testing import record
from vigil_components.watches import platform
from vigil_telemetry import HttpRequestFailed

POOL = CloudRunWorkerPool(name="workers", location="europe-west1")
EVERYTHING = {
    "service": (CloudRunServicePart, ORDERS, http_service(HttpLimits(always_on=True))),
    "pool": (WorkerPoolPart, POOL, worker_pool()),
    "job": (JobPart, CloudRunJob(name="import", location="europe-west1"), job()),
    "temporal": (TemporalWorkersPart, POOL, workers(WorkerLimits())),
    "temporal-cloud": (TemporalCloudPart, POOL, cloud("shop.acct")),
    "database": (
        SupabasePart,
        DrainSource(name="database", drain="drains", location="europe-west1"),
        database(DatabaseLimits(replicas=True)),
    ),
    "frontend": (
        VercelPart,
        DrainSource(name="frontend", drain="drains", location="europe-west1"),
        frontend(FrontendLimits()),
    ),
    "llm": (LlmPart, POOL, calls(LlmLimits())),
    "logging": (LoggingPart, ORDERS, logging_itself(VolumeLimits())),
    "uptime": (CloudRunServicePart, ORDERS, uptime_of("shop.example")),
    "canary": (LoggingPart, ORDERS, canary()),
}
ALERTS = [(kind, alert) for kind, (_, _, watch) in EVERYTHING.items() for alert in watch.alerts]
TEAM = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})


def registered(kind: str, *, preview: bool = False):
    part, source, watch = EVERYTHING[kind]

    def program() -> None:
        routing = Routing("r", RoutingArgs(project="example-shop", environment="staging", pages=False, teams=[TEAM]))
        around = MonitoringContext(
            project="example-shop", environment="staging", routing=routing, runbooks_url="https://example.com"
        )
        part(kind, PartArgs(context=around, source=source, team="shop", watch=watch))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
@pytest.mark.parametrize("kind", EVERYTHING)
def test_each_part_registers_its_alerts_and_a_dashboard(kind, preview):
    run = registered(kind, preview=preview)
    _, source, watch = EVERYTHING[kind]
    assert len(run.of_type("vigil:alerts:Alert")) == len(watch.alerts) + len(platform(source).alerts)
    assert run.counts()["gcp:monitoring/dashboard:Dashboard"] == 1
    assert run.counts()[EVERYTHING[kind][0].TYPE] == 1


def test_a_check_over_plain_http_has_no_certificate_to_watch():
    assert [[alert.name for alert in uptime_of("x", secure=secure).alerts] for secure in (True, False)] == [
        ["unreachable", "certificate-expiry"],
        ["unreachable"],
    ]


@pytest.mark.parametrize(("kind", "alert"), ALERTS, ids=[f"{kind}-{alert.name}" for kind, alert in ALERTS])
def test_each_alert_s_query_parses(kind, alert):
    args = alert.condition.args(EVERYTHING[kind][1], alert.name)
    if isinstance(alert.condition, LogMatch):
        lql.parse(args.condition_matched_log.filter)
    else:
        promql_parser.parse(args.condition_prometheus_query_language.query)
        assert args.condition_prometheus_query_language.disable_metric_validation is True


@pytest.mark.parametrize(("kind", "alert"), ALERTS, ids=[f"{kind}-{alert.name}" for kind, alert in ALERTS])
def test_each_alert_has_a_case_that_fires_and_a_near_miss_that_differs(kind, alert):
    document = alert.condition.proof().document()
    assert document["fires"] != document["staysSilent"]
    assert (
        0
        < document["opensWithinSeconds"]
        <= document["fires"]["lastingSeconds"] + document["fires"]["thenSilentSeconds"] + 600
    )
    json.dumps(document)


def test_silence_means_something_only_for_what_is_always_on():
    quiet = {alert.name for alert in http_service(HttpLimits()).alerts}
    assert not {"no-traffic", "heartbeat-missing"} & quiet
    assert {"no-traffic", "heartbeat-missing"} <= {
        alert.name for alert in http_service(HttpLimits(always_on=True)).alerts
    }


def test_an_alert_can_be_left_out_by_name_and_an_unknown_name_is_refused():
    watch = database(DatabaseLimits())
    assert "database-unseen" not in {alert.name for alert in watch.without("database-unseen").alerts}
    with pytest.raises(ValueError, match=r"no alert 'data'; .*there are: database-connections"):
        watch.without("data")


def test_the_route_of_the_sdk_s_metrics_decides_their_names():
    def backlog(route: temporal_sdk.Route) -> str:
        alerts = {alert.name: alert for alert in workers(WorkerLimits(route=route)).alerts}
        return alerts["backlog"].condition.args(POOL, "backlog").condition_prometheus_query_language.query

    assert "temporal_workflow_task_schedule_to_start_latency_bucket" in backlog(temporal_sdk.Route.SCRAPE)
    assert "latency_milliseconds_bucket" in backlog(temporal_sdk.Route.OTLP)


def test_temporal_cloud_s_gauges_are_never_rated():
    for alert in cloud("shop.acct").alerts:
        query = alert.condition.args(POOL, alert.name).condition_prometheus_query_language.query
        assert "rate(" not in query
        assert "increase(" not in query
        assert 'temporal_namespace="shop.acct"' in query


def test_cloud_run_s_own_metrics_are_drawn_for_a_service():
    plots = resource_plots("cloud_run_revision", "service_name", "orders")
    titles = " ".join(plot.title for plot in plots)
    for title in ("CPU", "Memory", "Instances", "Requests"):
        assert title in titles
    assert all('"orders"' in query.filter for plot in plots for query in plot.queries)


@pytest.mark.parametrize("shipper", ["ops-agent", "fluent-bit", "otel-collector"])
def test_on_a_docker_host_an_agent_s_entries_are_found_by_field(shipper):
    host = DockerHost(name="orders", shipper=shipper)
    assert lql.render(host.event_filter("order.rejected")) == 'jsonPayload.event="order.rejected"'
    assert 'jsonPayload.service="orders"' in lql.render(host.entry_filter)
    assert host.extractor("jsonPayload.reason") == "EXTRACT(jsonPayload.reason)"


def test_docker_s_own_driver_keeps_the_line_as_text_and_is_searched_as_text():
    from vigil_emulator.logging.entry import Entry
    from vigil_emulator.logging.extract import extractor
    from vigil_emulator.logging.filters import compiled

    host = DockerHost(name="orders", shipper="gcplogs", resource="global")
    line = '{"severity":"WARNING","event":"order.rejected","service":"orders","reason":"out_of_stock","items":3}'
    entry = Entry(
        body={"jsonPayload": {"message": line}, "resource": {"type": "global"}},
        time=0,
        received=0,
        severity=0,
        log_name="projects/p/logs/gcplogs-docker-driver",
        insert_id="x",
    )
    query = lql.render(lql.all_of(host.entry_filter, host.event_filter("order.rejected")))
    assert compiled(query)(entry)
    assert not compiled(lql.render(host.event_filter("order.received")))(entry)
    assert extractor(host.extractor("jsonPayload.reason"))(entry) == "out_of_stock"
    assert extractor(host.extractor("jsonPayload.items"))(entry) == "3"


LABEL = st.text(st.characters(exclude_characters='"\\', exclude_categories=("C", "Zl", "Zp")))
"""Characters that JSON does not escape: no quote, no backslash, no control character."""


@settings(max_examples=25, deadline=None)
@given(route=LABEL, next_to_it=LABEL, waited=st.floats(allow_nan=False, allow_infinity=False), took=st.integers())
@example(route="/orders/{number}", next_to_it="lost, or stolen", waited=1e-7, took=-1)
@example(route="404,", next_to_it="1.5 kg", waited=0.0, took=0)
@example(route="7}", next_to_it="true},", waited=-0.5, took=7)
def test_a_value_is_read_from_the_driver_s_text_as_it_was_written(route, next_to_it, waited, took):
    from vigil_emulator.logging.entry import Entry
    from vigil_emulator.logging.extract import extractor

    values = {"route": route, "waited": waited, "why": next_to_it, "took": took, "ended": True}
    host = DockerHost(name="orders", shipper="gcplogs")
    for members in (values, dict(reversed(values.items())), {**values, "inner": {"took_last": took}}):
        line = msgspec.json.encode(members).decode()
        body = {"jsonPayload": {"message": line}}
        entry = Entry(body=body, time=0, received=0, severity=0, log_name="l", insert_id="x")
        read = {key: extractor(host.extractor(f"jsonPayload.{key}"))(entry) for key in values}
        assert (read["route"], read["why"]) == (route, next_to_it)
        assert (float(read["waited"]), int(read["took"]), read["ended"]) == (waited, took, "true")
        assert extractor(host.extractor("jsonPayload.absent"))(entry) in (None, "")


def test_two_watches_can_be_joined_as_values():
    joined = Watch(alerts=(*worker_pool().alerts, *calls(LlmLimits()).alerts))
    assert len({alert.name for alert in joined.alerts}) == len(joined.alerts)
    assert HttpRequestFailed not in {alert.condition.event for alert in joined.alerts}
