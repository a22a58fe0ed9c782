"""Rules of all resources of a program together."""

import pytest

from vigil_apimodel import limits
from vigil_apimodel.rules import Resource, Severity, check_program, programs
from vigil_apimodel.tokens import (
    ALERT_POLICY,
    CHANNEL,
    CUSTOM_SERVICE,
    LINKED_DATASET,
    LOG_METRIC,
    LOG_SCOPE,
    LOG_VIEW,
    PROJECT_BUCKET,
    PROJECT_EXCLUSION,
    PROJECT_SINK,
    SLO,
    UPTIME_CHECK,
)

SLOS = "projects/p/services/s/serviceLevelObjectives/"


def many(count, resource_type, **inputs):
    return [Resource(resource_type, f"r{index}", {"project": "p", **inputs}) for index in range(count)]


def metric(name, **inputs):
    return Resource(LOG_METRIC, name, {"name": name, "filter": "severity>=ERROR", **inputs})


def slo(goal=0.999, days=30):
    return Resource(SLO, "slo", {"sloId": "availability", "goal": goal, "rollingPeriodDays": days, "basicSli": {}})


def burning(rate, *windows, of="availability"):
    conditions = [
        {"conditionThreshold": {"filter": f'select_slo_burn_rate("{SLOS}{of}", "{window}")', "thresholdValue": rate}}
        for window in windows
    ]
    name = "burn" if of == "availability" else f"burn-{of}"
    return Resource(ALERT_POLICY, name, {"combiner": "AND", "conditions": conditions})


def threshold(metric_type):
    found = f'metric.type="{metric_type}" resource.type="cloud_run_revision"'
    return Resource(ALERT_POLICY, "alert", {"conditions": [{"conditionThreshold": {"filter": found}}]})


EMAIL = {"type": "email", "labels": {"email_address": "a@example.com"}}
BROKEN = {
    "project-sinks": (
        many(limits.PROJECT_SINKS + 1, PROJECT_SINK, destination="storage.googleapis.com/b"),
        "r200",
        "project p would have 201 sinks, at most 200",
    ),
    "project-buckets": (many(limits.PROJECT_BUCKETS + 1, PROJECT_BUCKET), "r100", "101 log buckets, at most 100"),
    "project-log-metrics": (
        many(limits.PROJECT_LOG_METRICS + 1, LOG_METRIC, filter="x"),
        "r500",
        "501 metrics made from logs, at most 500 are allowed: watch many services together with one metric for all",
    ),
    "project-exclusions": (many(limits.PROJECT_EXCLUSIONS + 1, PROJECT_EXCLUSION, filter="x"), "r10", "11 exclusions"),
    "project-alert-policies": (
        many(limits.PROJECT_ALERT_POLICIES + 1, ALERT_POLICY),
        "r500",
        "501 alert policies, at most 500 are allowed: watch many services together with one policy for all",
    ),
    "project-channels": (many(limits.PROJECT_CHANNELS + 1, CHANNEL, **EMAIL), "r4000", "4001 notification channels"),
    "project-uptime-checks": (many(limits.PROJECT_UPTIME_CHECKS + 1, UPTIME_CHECK), "r100", "101 uptime checks"),
    "bucket-views": (many(limits.BUCKET_VIEWS + 1, LOG_VIEW, bucket="b"), "b", "31 views, at most 30"),
    "bucket-links": (many(2, LINKED_DATASET, bucket="b"), "r1", "linked already, by r0"),
    "promql-name-collision": (
        [metric("orders.rejected"), metric("orders-rejected")],
        "orders-rejected",
        "are both logging_googleapis_com:user_orders_rejected in PromQL",
    ),
    "alert-threshold-on-new-metric": (
        [metric("orders"), threshold("logging.googleapis.com/user/orders")],
        "alert",
        "use PromQL with disableMetricValidation",
    ),
    "alert-bucket-metric-resource": (
        [
            metric("orders", bucketName="projects/p/locations/global/buckets/b"),
            threshold("logging.googleapis.com/user/orders"),
        ],
        "alert",
        'write resource.type = "logging_bucket"',
    ),
    "burn-rate-cannot-fire": (
        [slo(goal=0.9), burning(14.4, "3600s", "300s")],
        "burn",
        "the burn rate never exceeds 10, 14.4 cannot fire",
    ),
    "project-log-scopes": (
        [Resource(LOG_SCOPE, f"s{n}", {"parent": "projects/p"}) for n in range(limits.PROJECT_LOG_SCOPES + 1)],
        "s100",
        "project p would have 101 log scopes",
    ),
    "slo-basic-on-custom-service": (
        [
            Resource(CUSTOM_SERVICE, "service", {"serviceId": "api"}),
            Resource(SLO, "slo", {"service": "api", "sloId": "a", "basicSli": {}}),
        ],
        "slo",
        "use requestBasedSli",
    ),
    "burn-rate-same-for-periods": (
        [
            slo(days=30),
            Resource(SLO, "other", {"sloId": "latency", "goal": 0.999, "rollingPeriodDays": 7}),
            burning(10, "3600s", "300s"),
            burning(10, "3600s", "300s", of="latency"),
        ],
        "burn-latency",
        "is used for 30 days by burn",
    ),
    "burn-rate-budget": (
        [slo(days=28), burning(3.36, "3600s", "300s")],
        "burn",
        "0.5% of the budget of 28 days: 2% would be 13.44",
    ),
}
ALLOWED = [
    many(limits.PROJECT_BUCKETS, PROJECT_BUCKET),
    [*many(60, PROJECT_BUCKET), *[Resource(PROJECT_BUCKET, f"q{n}", {"project": "q"}) for n in range(60)]],
    [metric("orders"), metric("orders_v2")],
    [metric("orders"), metric("orders")],
    [metric("orders"), threshold("run.googleapis.com/request_count")],
    [threshold("logging.googleapis.com/user/elsewhere")],
    [slo(), burning(14.4, "3600s", "300s"), burning(6, "21600s", "1800s"), burning(3, "86400s", "7200s")],
    [slo(days=7), burning(3.36, "3600s", "300s")],
    [burning(1000, "3600s", "300s")],
]


def test_each_rule_has_a_case(rules_of):
    assert set(BROKEN) == rules_of(programs)


@pytest.mark.parametrize("rule", BROKEN)
def test_what_is_refused(rule):
    resources, name, words = BROKEN[rule]
    found = [broken for broken in check_program(resources) if broken.rule == rule]
    assert {(broken.resource, words in broken.message) for broken in found} == {(name, True)}, found


@pytest.mark.parametrize("resources", ALLOWED)
def test_what_is_allowed(resources):
    assert [str(broken) for broken in check_program(resources) if broken.rule in BROKEN] == []


def test_rules_of_single_resources_are_run_too_and_name_the_resource():
    (broken,) = check_program([metric("/x")])
    assert (broken.resource, broken.rule, broken.severity) == ("/x", "log-metric-name", Severity.ERROR)
    assert str(broken).startswith("/x: error log-metric-name at name: ")
