"""Rules of alert policies: for each what it refuses, where, with which remedy, and the nearest that it lets pass."""

import pytest

from vigil_apimodel.rules import UNKNOWN, alert_policies, conditions
from vigil_apimodel.tokens import ALERT_POLICY, CHANNEL

FILTER = 'metric.type="custom.googleapis.com/x" AND resource.type="global"'
EXPIRY = 'metric.type="monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires" resource.type="uptime_url"'


def policy(*found, **fields):
    return {"displayName": "p", "combiner": "OR", "conditions": list(found), **fields}


def threshold(**fields):
    return {"displayName": "c", "conditionThreshold": {"filter": FILTER, "comparison": "COMPARISON_GT", **fields}}


def absent(**fields):
    return {"displayName": "c", "conditionAbsent": {"filter": FILTER, **fields}}


def log(**fields):
    return {"displayName": "c", "conditionMatchedLog": {"filter": "severity>=ERROR", **fields}}


def promql(**fields):
    return {"displayName": "c", "conditionPrometheusQueryLanguage": {"query": "up == 0", **fields}}


LIMITED = {"notificationRateLimit": {"period": "300s"}}
C = "conditions[0]"

# rule: [(inputs, field, words of the message)]
BROKEN = {
    "alert-condition-count": [
        (policy(*[threshold()] * 7), "conditions", "at most 6"),
        (policy(), "conditions", "watches nothing"),
    ],
    "alert-condition-kind": [
        (policy({"displayName": "c"}), C, "exactly one of conditionThreshold"),
        (policy({**threshold(), **promql()}), C, "2 condition types"),
    ],
    "alert-sole-condition": [
        (policy(log(), threshold(), alertStrategy=LIMITED), f"{C}.conditionMatchedLog", "only condition"),
        (
            policy({"conditionMonitoringQueryLanguage": {"query": "x"}}, threshold()),
            f"{C}.conditionMonitoringQueryLanguage",
            "only condition",
        ),
    ],
    "display-name-length": [(policy(threshold(), displayName="x" * 513), "displayName", "shorten it by 1")],
    "alert-documentation-size": [
        (policy(threshold(), documentation={"content": "x" * 8193}), "documentation.content", "8192"),
        (policy(threshold(), documentation={"content": "é" * 5121}), "documentation.content", "10240"),
        (policy(threshold(), documentation={"subject": "x" * 10241}), "documentation.subject", "10240"),
    ],
    "alert-subject-length": [
        (policy(threshold(), documentation={"subject": "x" * 256}), "documentation.subject", "at most 255")
    ],
    "alert-rate-limit-short": [
        (
            policy(log(), alertStrategy={"notificationRateLimit": {"period": "60s"}}),
            "alertStrategy.notificationRateLimit.period",
            "5 minutes is the least",
        )
    ],
    "alert-sql-time": [
        (
            policy({"conditionSql": {"query": "SELECT * FROM t WHERE timestamp > '2026-01-01'"}}),
            f"{C}.conditionSql.query",
            "the schedule limits the time",
        )
    ],
    "alert-certificate-days": [
        (
            policy(threshold(filter=EXPIRY, comparison="COMPARISON_LT", thresholdValue=1_209_600)),
            f"{C}.conditionThreshold.thresholdValue",
            "no number of days",
        )
    ],
    "alert-documentation-format": [
        (policy(threshold(), documentation={"mimeType": "text/html"}), "documentation.mimeType", "text/markdown")
    ],
    "alert-documentation-links": [
        (
            policy(threshold(), documentation={"links": [{"displayName": "a", "url": "u"}] * 4}),
            "documentation.links",
            "at most 3",
        ),
        (
            policy(threshold(), documentation={"links": [{"displayName": "x" * 64, "url": "u"}]}),
            "documentation.links[0].displayName",
            "at most 63",
        ),
        (
            policy(threshold(), documentation={"links": [{"displayName": "a", "url": "x" * 2084}]}),
            "documentation.links[0].url",
            "at most 2083",
        ),
        (
            policy(threshold(), documentation={"links": [{"url": "u"}]}),
            "documentation.links[0].displayName",
            "needs a name",
        ),
    ],
    "user-labels": [
        (policy(threshold(), userLabels={f"k{n}": "v" for n in range(65)}), "userLabels", "at most 64"),
        (policy(threshold(), userLabels={"Team": "web"}), "userLabels.Team", "lower-case"),
        (policy(threshold(), userLabels={"1team": "web"}), "userLabels.1team", "starts with"),
        (policy(threshold(), userLabels={"team": "Web App"}), "userLabels.team", "'Web App'"),
        (policy(threshold(), userLabels={"team": "x" * 64}), "userLabels.team", "63 characters"),
    ],
    "alert-severity": [(policy(threshold(), severity="INFO"), "severity", "CRITICAL, ERROR or WARNING")],
    "alert-combiner": [(policy(threshold(), combiner="ANY"), "combiner", "AND, OR")],
    "alert-rate-limit-required": [(policy(log()), "alertStrategy.notificationRateLimit", "needs a rate limit")],
    "alert-rate-limit-forbidden": [
        (policy(threshold(), alertStrategy=LIMITED), "alertStrategy.notificationRateLimit", "remove it"),
        (policy(promql(), alertStrategy=LIMITED), "alertStrategy.notificationRateLimit", "remove it"),
    ],
    "alert-prompts": [
        (
            policy(log(), alertStrategy={**LIMITED, "notificationPrompts": ["OPENED", "CLOSED"]}),
            "alertStrategy.notificationPrompts",
            "remove CLOSED",
        )
    ],
    "alert-auto-close": [
        (policy(threshold(), alertStrategy={"autoClose": "600s"}), "alertStrategy.autoClose", '"1800s"'),
        (policy(threshold(), alertStrategy={"autoClose": "30m"}), "alertStrategy.autoClose", "seconds with an s"),
    ],
    "alert-auto-close-long": [
        (policy(threshold(), alertStrategy={"autoClose": "604801s"}), "alertStrategy.autoClose", "7 days")
    ],
    "alert-channel-count": [
        (
            policy(threshold(), notificationChannels=[f"projects/p/notificationChannels/{n}" for n in range(17)]),
            "notificationChannels",
            "at most 16",
        )
    ],
    "alert-channel-name": [
        (policy(threshold(), notificationChannels=["123"]), "notificationChannels[0]", "use the channel's .name")
    ],
    "alert-filter-length": [
        (
            policy(threshold(filter=FILTER + f' AND metric.labels.a = "{"x" * 2048}"')),
            f"{C}.conditionThreshold.filter",
            "at most 2048",
        ),
        (
            policy(threshold(denominatorFilter=FILTER + f' AND metric.labels.a = "{"x" * 2048}"')),
            f"{C}.conditionThreshold.denominatorFilter",
            "at most 2048",
        ),
    ],
    "alert-filter-syntax": [
        (policy(threshold(filter="metric.type=")), f"{C}.conditionThreshold.filter", "a value is expected"),
        (policy(absent(filter='x.y="z"')), f"{C}.conditionAbsent.filter", "there is no selector"),
        (
            policy(threshold(filter='select_slo_burn_rate("projects/p/services/s/serviceLevelObjectives/l", 60m)')),
            f"{C}.conditionThreshold.filter",
            "in double quotes",
        ),
    ],
    "alert-filter-selects": [
        (
            policy(threshold(filter='resource.type="global"')),
            f"{C}.conditionThreshold.filter",
            "names no metric",
        ),
        (
            policy(threshold(filter='metric.type="logging.googleapis.com/user/x"')),
            f"{C}.conditionThreshold.filter",
            "add resource.type",
        ),
    ],
    "alert-log-filter": [
        (policy(log(filter="severity>="), alertStrategy=LIMITED), f"{C}.conditionMatchedLog.filter", "is missing"),
        (
            policy(log(filter="event=x"), alertStrategy=LIMITED),
            f"{C}.conditionMatchedLog.filter",
            "did you mean jsonPayload.event",
        ),
    ],
    "alert-duration": [
        (policy(threshold(duration="30s")), f"{C}.conditionThreshold.duration", 'write "60s"'),
        (policy(threshold(duration="90s")), f"{C}.conditionThreshold.duration", 'write "120s"'),
        (policy(threshold(duration="5m")), f"{C}.conditionThreshold.duration", "seconds with an s"),
    ],
    "alert-comparison": [
        (policy(threshold(comparison="COMPARISON_GE")), f"{C}.conditionThreshold.comparison", "COMPARISON_GT")
    ],
    "alert-missing-data": [
        (
            policy(threshold(evaluationMissingData="EVALUATION_MISSING_DATA_ACTIVE", duration="0s")),
            f"{C}.conditionThreshold.evaluationMissingData",
            '"60s"',
        ),
        (
            policy(threshold(evaluationMissingData="EVALUATION_MISSING_DATA_INACTIVE")),
            f"{C}.conditionThreshold.evaluationMissingData",
            "or leave it out",
        ),
    ],
    "alert-absence-duration": [
        (policy(absent(duration="60s")), f"{C}.conditionAbsent.duration", "less than 2 minutes"),
        (policy(absent(duration="150s")), f"{C}.conditionAbsent.duration", "multiple of a minute"),
        (policy(absent(duration="84660s")), f"{C}.conditionAbsent.duration", "23.5 hours"),
        (policy(absent(duration="1h")), f"{C}.conditionAbsent.duration", "seconds with an s"),
    ],
    "alert-forecast": [
        (
            policy(threshold(forecastOptions={"forecastHorizon": "1800s"})),
            f"{C}.conditionThreshold.forecastOptions.forecastHorizon",
            "1 and 60 hours",
        ),
        (
            policy(threshold(forecastOptions={"forecastHorizon": "216060s"})),
            f"{C}.conditionThreshold.forecastOptions.forecastHorizon",
            "1 and 60 hours",
        ),
    ],
    "alert-trigger": [
        (policy(threshold(trigger={"count": 1, "percent": 50})), f"{C}.conditionThreshold.trigger", "keep one"),
        (policy(threshold(trigger={"percent": 150})), f"{C}.conditionThreshold.trigger.percent", "0 and 100"),
    ],
    "alert-promql-query": [(policy(promql(query=" ")), f"{C}.conditionPrometheusQueryLanguage.query", "is empty")],
    "alert-promql-interval": [
        (
            policy(promql(evaluationInterval="45s")),
            f"{C}.conditionPrometheusQueryLanguage.evaluationInterval",
            "multiple of 30",
        ),
        (
            policy(promql(evaluationInterval="0s")),
            f"{C}.conditionPrometheusQueryLanguage.evaluationInterval",
            "positive",
        ),
        (policy(promql(duration="-60s")), f"{C}.conditionPrometheusQueryLanguage.duration", "negative"),
    ],
    "alert-promql-names": [
        (policy(promql(alertRule="Api Errors")), f"{C}.conditionPrometheusQueryLanguage.alertRule", "label name"),
        (
            policy(promql(ruleGroup="x" * 2049)),
            f"{C}.conditionPrometheusQueryLanguage.ruleGroup",
            "at most 2048",
        ),
        (
            policy(promql(labels={"my-team": "web"})),
            f"{C}.conditionPrometheusQueryLanguage.labels.my-team",
            "label name",
        ),
    ],
    "alert-sql-schedule": [
        (
            policy({"conditionSql": {"query": "SELECT 1", "minutes": {"periodicity": 4}}}),
            f"{C}.conditionSql.minutes.periodicity",
            "within 5 and 1440",
        ),
        (
            policy({"conditionSql": {"query": "SELECT 1", "hourly": {"periodicity": 49, "minuteOffset": 60}}}),
            f"{C}.conditionSql.hourly.minuteOffset",
            "within 0 and 59",
        ),
    ],
}

# What comes nearest without breaking any rule.
ALLOWED = [
    policy(*[threshold()] * 6),
    policy(threshold(duration="0s", trigger={"count": 1})),
    policy(threshold(duration="60s", evaluationMissingData="EVALUATION_MISSING_DATA_ACTIVE")),
    policy(threshold(evaluationMissingData="EVALUATION_MISSING_DATA_UNSPECIFIED")),
    policy(absent(duration="120s"), absent(duration="84600s")),
    policy(threshold(forecastOptions={"forecastHorizon": "3600s"}), threshold(trigger={"percent": 100})),
    policy(promql(evaluationInterval="30s", duration="0s", alertRule="ApiErrors", labels={"team": "web"})),
    policy(
        log(labelExtractors={"w": "EXTRACT(jsonPayload.w)"}),
        alertStrategy={**LIMITED, "notificationPrompts": ["OPENED"], "autoClose": "1800s"},
    ),
    policy(threshold(), alertStrategy={"autoClose": "604800s", "notificationPrompts": ["OPENED", "CLOSED"]}),
    policy(
        threshold(),
        displayName="x" * 512,
        severity="CRITICAL",
        userLabels={"team": "x" * 63, "a_b-c": ""},
        documentation={
            "content": "x" * 8192,
            "mimeType": "text/markdown",
            "links": [{"displayName": "x" * 63, "url": "x" * 2083}] * 3,
        },
        notificationChannels=["projects/p/notificationChannels/1"] * 16,
    ),
    policy(threshold(filter='metric.type="a/b" AND group.id="5"')),
    policy(threshold(filter='select_process_count("command=x") AND resource.type="gce_instance"')),
    policy({"conditionSql": {"query": "SELECT timestamp FROM t", "minutes": {"periodicity": 5}}}),
    policy(threshold(filter=EXPIRY, comparison="COMPARISON_LT", thresholdValue=14)),
    policy(threshold(), documentation={"subject": "x" * 255}),
]


def test_each_rule_has_a_case(rules_of):
    assert set(BROKEN) == rules_of(alert_policies, conditions)


@pytest.mark.parametrize(
    ("rule", "inputs", "field", "words"), [(rule, *case) for rule in BROKEN for case in BROKEN[rule]]
)
def test_what_is_refused(broken, rule, inputs, field, words):
    found = broken(ALERT_POLICY, inputs)
    assert any(place == field and words in message for place, message in found.get(rule, [])), found


@pytest.mark.parametrize("inputs", ALLOWED)
def test_what_is_allowed(broken, inputs):
    assert broken(ALERT_POLICY, inputs) == {}


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"displayName": UNKNOWN, "conditions": UNKNOWN, "notificationChannels": UNKNOWN, "alertStrategy": UNKNOWN},
        policy(threshold(duration=UNKNOWN, filter=UNKNOWN, evaluationMissingData="EVALUATION_MISSING_DATA_ACTIVE")),
        policy(threshold(duration="${DURATION}", filter=FILTER), notificationChannels=["${CHANNEL}", UNKNOWN]),
        policy(promql(query=UNKNOWN, evaluationInterval=object())),
        policy(log(), alertStrategy=UNKNOWN),
        policy(log(), alertStrategy={"notificationRateLimit": object()}),
        policy(log(), alertStrategy={"notificationRateLimit": {"period": UNKNOWN}}),
        policy(threshold(), userLabels={"team": UNKNOWN}, severity="${SEVERITY}", documentation={"content": object()}),
    ],
)
def test_what_is_not_known_yet_breaks_no_rule(broken, inputs):
    assert broken(ALERT_POLICY, inputs) == {}


def test_names_of_channels_are_limited_too(broken):
    inputs = {"type": "email", "displayName": "x" * 513, "labels": {"email_address": "a@example.com"}}
    assert set(broken(CHANNEL, inputs)) == {"display-name-length"}


def test_a_type_without_rules_breaks_none(broken):
    assert broken("gcp:storage/bucket:Bucket", {"name": "X" * 5000}) == {}
