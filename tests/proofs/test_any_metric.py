"""An alert on any metric, or on any query, has a proof."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.proofs.programs import failures, suite_of
from vigil_apimodel.metrics import Kind, MetricLabel, ValueType, declare
from vigil_components import Case, Points, QueryError, minutes, written
from vigil_proofs import documents
from vigil_proofs.play import bounds_of

PROGRAM = """
from vigil_components import Kind, MetricLabel, ValueType, declare_metric

depth = declare_metric("custom.googleapis.com/mail/depth", kind=Kind.GAUGE, value_type=ValueType.INT64, unit="1",
                       resources=["generic_task"], labels=[MetricLabel("queue", ("in", "out"))])
sent = declare_metric("prometheus.googleapis.com/mail_sent_total/counter", kind=Kind.CUMULATIVE,
                      value_type=ValueType.DOUBLE, unit="1", resources=["prometheus_target"])
waiting = level(Series(metric=depth, resource="generic_task", where={"queue": "out"}))
flood = growth(Series(metric=sent), window=minutes(10))

def case(part):
    return Case(lasting=minutes(15), points=(
        Points(metric=depth, resource="generic_task", value=1000 * part, labels={"queue": "out"}),
        Points(metric=depth, resource="generic_task", value=1000, labels={"queue": "in"}),
    ))

share = written(
    'sum(custom_googleapis_com:mail_depth{queue="out"}) / sum(custom_googleapis_com:mail_depth)',
    what="part of the mail that waits to leave", reads=[depth], fires=case(2.0), stays_silent=case(0.7),
)
mail = dict(severity=AlertSeverity.TICKET, summary="Mail piles up", runbook="mail")
ServiceMonitoring("mail", ServiceMonitoringArgs(
    context=shared, team="shop", source=CloudRunService(name="mail", location="europe-west1"),
    alerts=[
        waiting.alert(above=500, name="waiting", **mail),
        flood.alert(above=50, name="flood", **mail),
        share.alert(above=0.5, name="share", lasting=minutes(3), **mail),
    ],
))
"""
CASE = Case(lasting=minutes(5))
_AGE = declare(
    "prometheus.googleapis.com/shelf_age_seconds/gauge",
    kind=Kind.GAUGE,
    value_type=ValueType.DOUBLE,
    unit="s",
    resources=["prometheus_target"],
    labels=[MetricLabel("depot")],
)
SHELF = Case(lasting=minutes(5), points=(Points(metric=_AGE, resource="prometheus_target", value=1.0),))


def test_a_declared_metric_and_a_written_query_are_proven(tmp_path: Path) -> None:
    assert failures(suite_of(tmp_path, PROGRAM)) == {}


def test_a_near_miss_that_fires_is_noticed(tmp_path: Path) -> None:
    failed = failures(suite_of(tmp_path, PROGRAM.replace("case(0.7)", "case(1.2)")))
    assert list(failed) == ["share"]
    assert "the near miss opened an incident" in failed["share"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("sum(rate(pg_up[5m])", "is no PromQL"),
        ("sum(pg_upp)", "it reads pg_upp, which no constant has; near it: .*pg_up"),
        ("limitk(3, pg_up)", "limitk"),
        ("sum(run_googleapis_com:container_cpu_utilizations_count)", 'add monitored_resource="cloud_run_job"'),
        ('max(shelf_age_seconds{depott="north"})', "no label 'depott'; did you mean 'depot'"),
        ('max(shelf_age_seconds{namespase="mail"})', "no label 'namespase'; did you mean 'namespace'"),
    ],
)
def test_a_wrong_query_says_what_is_wrong(query: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        written(query, what="x", fires=SHELF, stays_silent=CASE)


def test_a_metric_that_the_cases_write_needs_no_further_declaration() -> None:
    query = 'max(shelf_age_seconds{depot="north", namespace="mail", monitored_resource="prometheus_target"})'
    assert written(query, what="age", fires=SHELF, stays_silent=SHELF).query == query


@pytest.mark.parametrize(
    ("type_", "kind", "value_type", "unit", "message"),
    [
        ("orders", Kind.GAUGE, ValueType.INT64, "1", "a type is a domain and a path"),
        ("custom.googleapis.com/a", Kind.DELTA, ValueType.BOOL, "", "a BOOL is a GAUGE"),
        ("custom.googleapis.com/a", Kind.GAUGE, ValueType.INT64, "", "unit is empty"),
        ("custom.googleapis.com/a", Kind.GAUGE, ValueType.INT64, "seconds", "is no UCUM unit"),
        ("prometheus.googleapis.com/a/counter", Kind.GAUGE, ValueType.DOUBLE, "1", "is CUMULATIVE, not GAUGE"),
        ("prometheus.googleapis.com/a/b", Kind.GAUGE, ValueType.DOUBLE, "1", "ends in /gauge"),
        ("run.googleapis.com/request_count", Kind.GAUGE, ValueType.INT64, "1", "its kind is DELTA"),
        (
            "cloudsql.googleapis.com/database/cpu/utilization",
            Kind.GAUGE,
            ValueType.DOUBLE,
            "%",
            r"its unit is 10\^2.% .*, not %",
        ),
    ],
)
def test_a_declaration_that_monitoring_would_not_have_is_refused(
    type_: str, kind: Kind, value_type: ValueType, unit: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        declare(type_, kind=kind, value_type=value_type, unit=unit, resources=["generic_task"])


@pytest.mark.parametrize(
    ("type_", "unit"),
    [
        ("prometheus.googleapis.com/labels_printed_total/counter", ""),  # as the exporter's descriptor has it
        ("prometheus.googleapis.com/depot_age_seconds/gauge", "s"),
        ("file.googleapis.com/nfs/server/used_bytes_percent", "%"),  # 0 to 100, unlike 10^2.%
    ],
)
def test_a_unit_is_declared_as_the_descriptor_has_it(type_: str, unit: str) -> None:
    kind = Kind.CUMULATIVE if type_.endswith("counter") else Kind.GAUGE
    made = declare(type_, kind=kind, value_type=ValueType.DOUBLE, unit=unit, resources=["generic_task"])
    assert made.unit == unit


def test_points_of_a_declared_metric_carry_what_was_declared() -> None:
    metric = declare(
        "custom.googleapis.com/a", kind=Kind.GAUGE, value_type=ValueType.DOUBLE, unit="s", resources=["global"]
    )
    document = Points(metric=metric, resource="global", value=2.0).document()
    assert (document["kind"], document["valueType"], document["unit"]) == ("GAUGE", "DOUBLE", "s")


def test_a_series_of_a_declared_metric_has_all_its_labels_so_that_an_alert_by_them_is_proven() -> None:
    labels = [MetricLabel("depot"), MetricLabel("state", ("ok", "jam"))]
    metric = declare(
        "custom.googleapis.com/a",
        kind=Kind.GAUGE,
        value_type=ValueType.DOUBLE,
        unit="s",
        resources=["global"],
        labels=labels,
    )
    document = Points(metric=metric, resource="global", value=2.0, labels={"state": "jam"}).document()
    assert (document["labels"], document["furtherLabels"]) == ({"state": "jam"}, {"depot": "any"})


def test_a_label_that_an_alert_leaves_open_is_not_what_tells_other_series_apart(tmp_path: Path) -> None:
    program = """
from vigil_apimodel.metrics import Kind, ValueType

lag = declare_metric(
    "prometheus.googleapis.com/ledger_lag_seconds/gauge", kind=Kind.GAUGE, value_type=ValueType.DOUBLE, unit="s",
    resources=["prometheus_target"], labels=["shard"],
)
age = Series(metric=lag, resource="prometheus_target", where_resource={"namespace": "ledger"})
late = level(age).alert(
    above=600, name="lag", severity=AlertSeverity.TICKET, summary="The ledger is behind", runbook="lag"
)
ServiceMonitoring("exporter", ServiceMonitoringArgs(
    context=shared, team="shop", alerts=[late],
    source=GkeWorkload(name="exporter", cluster="books", namespace="ledger", location="europe-west1"),
))
"""
    assert failures(suite_of(tmp_path, program)) == {}


def test_a_distribution_is_written_with_the_bounds_that_its_owner_has_set() -> None:
    points = documents.Points(
        metric="custom.googleapis.com/a", kind="CUMULATIVE", value_type="DISTRIBUTION", unit="s", resource="global",
        labels={}, resource_labels={}, value=0.2, samples=1, other_value=4.0, other_samples=9, bounds=(0.5, 1.0),
    )  # fmt: skip
    own = bounds_of(documents.Case(lasting=5, points=(points,)))
    assert own == {"custom.googleapis.com/a": (0.5, 1.0)}, "others would have no bucket that ends at the limit"
    (fine,) = bounds_of(documents.Case(lasting=5, points=(replace(points, bounds=()),))).values()
    assert fine[0] < 0.2 < fine[-1], "without them, fine ones around the values"
