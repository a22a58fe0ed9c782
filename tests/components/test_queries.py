"""Queries and conditions over metrics of others: what is illegal or unknown is an error when the program runs."""

import pytest
from pulumi_gcp import monitoring

from tests.components.shop import ORDERS
from vigil_apimodel.metrics import cloud_run, temporal_cloud, uptime
from vigil_apimodel.monitoring_filter import parse
from vigil_components import AlertSeverity, AlertSpec, MonitoringContext, UnknownLabelError, minutes
from vigil_components.alerts import AlertArgs, policy_args
from vigil_components.checked import checked
from vigil_components.queries import Quantity, Query, QueryError
from vigil_components.thresholds import QueryAbsence, QueryThreshold


def requests(**changed: object) -> Query:
    given = {
        "metric": cloud_run.REQUEST_COUNT,
        "resource": "cloud_run_revision",
        "aligner": "ALIGN_RATE",
        "reducer": "REDUCE_SUM",
        "where": {"response_code_class": "5xx"},
        "where_resource": {"service_name": "orders"},
    }
    return Query(**(given | changed))


CERTIFICATE = Query(
    metric=uptime.TIME_UNTIL_SSL_CERT_EXPIRES,
    resource="uptime_url",
    aligner="ALIGN_NEXT_OLDER",
    alignment=minutes(20),
    reducer="REDUCE_MIN",
    group_by=("resource.host",),
)


def test_a_query_is_a_filter_that_names_metric_and_resource():
    query = requests(where={"response_code_class": ("4xx", "5xx")})
    assert query.filter == (
        'metric.type = "run.googleapis.com/request_count" AND resource.type = "cloud_run_revision" AND '
        'metric.labels.response_code_class = one_of("4xx", "5xx") AND resource.labels.service_name = "orders"'
    )
    parse(query.filter)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"aligner": "ALIGN_PERCENTILE_99"}, r"cannot be applied to a metric of kind DELTA and value type INT64: use "),
        ({"aligner": "ALIGN_AVERAGE"}, r"there is no aligner 'ALIGN_AVERAGE'"),
        ({"resource": "cloud_run_job"}, r"is not written against 'cloud_run_job'; its resources: cloud_run_revision"),
        ({"reducer": None, "group_by": ("route",)}, r"cannot have group-by fields without a reducer"),
        ({"alignment": minutes(0.5)}, r"alignment is 30s; give whole minutes"),
    ],
)
def test_what_monitoring_would_refuse_or_answer_with_nothing_is_an_error(changed, message):
    with pytest.raises(QueryError, match=message):
        requests(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"where": {"code": "500"}}, r"has no label 'code'; there are: response_code, response_code_class, route"),
        ({"where": {"response_code_class": "500"}}, r"response_code_class is never '500'; its values: 1xx, 2xx"),
        ({"where_resource": {"service": "orders"}}, r"cloud_run_revision has no label 'service'; did you mean 'serv"),
        ({"group_by": ("code",)}, r"has no label 'code'"),
        ({"group_by": ("resource.service",)}, r"cloud_run_revision has no label 'service'"),
    ],
)
def test_a_label_or_a_value_of_one_that_does_not_exist_is_an_error(changed, message):
    with pytest.raises(UnknownLabelError, match=message):
        requests(**changed)


def test_a_rate_over_a_gauge_is_an_error():
    gauge = temporal_cloud.METRICS[0]
    assert gauge.kind == "GAUGE"
    with pytest.raises(QueryError, match="ALIGN_RATE cannot be applied to a metric of kind GAUGE"):
        Query(metric=gauge, resource="prometheus_target", aligner="ALIGN_RATE")


def test_a_threshold_in_another_unit_is_an_error():
    assert CERTIFICATE.unit == "d"
    with pytest.raises(QueryError, match=r"is in 'd', the threshold in 's'; convert the threshold"):
        QueryThreshold(query=CERTIFICATE, limit=Quantity(value=1_209_600, unit="s"), lasting=minutes(10), below=True)
    with pytest.raises(QueryError, match=r"is in '1/s', the threshold in '1'"):
        QueryThreshold(query=requests(), limit=Quantity(value=5, unit="1"), lasting=minutes(5))


class Nobody:
    def channels(self, team: str, severity: AlertSeverity) -> tuple[str, ...]:
        return ()


NOBODY = Nobody()


def policy(condition: QueryThreshold | QueryAbsence) -> monitoring.AlertPolicyArgs:
    spec = AlertSpec(
        name="a", condition=condition, severity=AlertSeverity.TICKET, summary="Something is wrong", runbook="r"
    )
    context = MonitoringContext(
        project="example-shop", environment="staging", routing=NOBODY, runbooks_url="https://example.com"
    )
    args = AlertArgs(context=context, source=ORDERS, spec=spec, team="shop")
    return checked("a", policy_args(args))


def test_a_threshold_condition_says_all_that_the_api_needs():
    condition = QueryThreshold(
        query=CERTIFICATE,
        limit=Quantity(value=14, unit="d"),
        lasting=minutes(10),
        below=True,
        missing="INACTIVE",
    )
    built = policy(condition).conditions[0].condition_threshold
    assert (built.comparison, built.threshold_value, built.duration) == ("COMPARISON_LT", 14, "600s")
    assert built.evaluation_missing_data == "EVALUATION_MISSING_DATA_INACTIVE"
    assert built.aggregations[0].group_by_fields == ["resource.label.host"]
    assert built.aggregations[0].alignment_period == "1200s"
    assert (
        condition.title
        == "monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires below 14 d for 10 minutes"
    )


def test_a_ratio_divides_two_queries_of_one_alignment():
    condition = QueryThreshold(
        query=requests(), of=requests(where={}), limit=Quantity(value=0.05, unit="1"), lasting=minutes(0)
    )
    built = policy(condition).conditions[0].condition_threshold
    assert "response_code_class" in built.filter
    assert "response_code_class" not in built.denominator_filter
    with pytest.raises(QueryError, match="same alignment"):
        QueryThreshold(
            query=requests(),
            of=requests(where={}, alignment=minutes(5)),
            limit=Quantity(value=0.05, unit="1"),
            lasting=minutes(0),
        )


def test_an_absence_has_a_duration_that_the_api_takes():
    built = policy(QueryAbsence(query=requests(where={}), lasting=minutes(10))).conditions[0].condition_absent
    assert built.duration == "600s"
    with pytest.raises(QueryError, match="120s to 84600s"):
        QueryAbsence(query=requests(), lasting=minutes(1))


def test_missing_data_needs_a_duration():
    with pytest.raises(QueryError, match="judged only over a duration"):
        QueryThreshold(query=CERTIFICATE, limit=Quantity(value=14, unit="d"), lasting=minutes(0), missing="ACTIVE")


@pytest.mark.parametrize("below", [False, True])
def test_a_proof_lies_on_both_sides_of_the_limit(below):
    proof = QueryThreshold(
        query=CERTIFICATE, limit=Quantity(value=14, unit="d"), lasting=minutes(10), below=below
    ).proof()
    beyond, within = proof.fires.points[0].value, proof.stays_silent.points[0].value
    assert (beyond < 14 < within < 15.4) if below else (12.6 < within < 14 < beyond)
    document = proof.document()
    assert document["fires"]["points"][0]["metric"] == uptime.TIME_UNTIL_SSL_CERT_EXPIRES.type
