"""Each way to break an alert makes its proof fail, with a message that names the cause."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.proofs.conftest import Spoil, spoiling
from vigil_proofs import Suite, Verdict
from vigil_proofs.documents import Case

METRIC, POLICY = "logging.metrics", "monitoring.alertPolicies"


def judged(suite: Suite, alert: str, kind: str, ending: str, spoil: Spoil) -> Verdict:
    changed = suite.changed(spoiling(kind, ending, spoil))
    (chosen,) = changed.subject.named([alert])
    return changed.judge(chosen)


def in_filter(old: str, new: str) -> Callable[[Any], None]:
    return lambda body: body.update(filter=body["filter"].replace(old, new))


def in_query(old: str, new: str) -> Callable[[Any], None]:
    def spoil(body: Any) -> None:
        promql = body["conditions"][0]["conditionPrometheusQueryLanguage"]
        promql["query"] = promql["query"].replace(old, new)

    return spoil


def test_unspoilt_it_is_proven(suite: Suite) -> None:
    (alert,) = suite.subject.named(["api/error-ratio"])
    verdict = suite.judge(alert)
    assert verdict.proven, verdict.explained()
    assert verdict.opened is not None
    assert verdict.opens_within is not None
    assert 1 <= verdict.opened <= verdict.opens_within


@pytest.mark.parametrize(
    ("alert", "metric", "old", "new", "named"),
    [
        pytest.param(
            "api/error-ratio",
            "metrics/api/http.request.failed",
            'service_name="api"',
            'service_name="apis"',
            "resource.labels.service_name=\"apis\", the entry has resource.labels.service_name='api'",
            id="a filter for another service",
        ),
        pytest.param(
            "api/error-ratio",
            "metrics/api/http.request.failed",
            'jsonPayload.event="http.request.failed"',
            'jsonPayload.event="http.request.errored"',
            "jsonPayload.event=\"http.request.errored\", the entry has jsonPayload.event='http.request.failed'",
            id="a renamed event",
        ),
        pytest.param(
            "api/error-ratio",
            "metrics/api/http.request.failed",
            'resource.labels.service_name="api" AND ',
            "",
            "counts http.request.failed of service_name 'another'",
            id="a filter that lets other services in",
        ),
        pytest.param(
            "api/crash-loop",
            "metrics/api/service.started",
            ' AND jsonPayload.event="service.started"',
            "",
            "metric api/service.started counts ",
            id="a filter that lets other events in",
        ),
        pytest.param(
            "api/error-ratio",
            "metrics/api/http.request.failed",
            "AND",
            "AND AND",
            "a filter that cannot be read",
            id="a filter that does not parse",
        ),
    ],
)
def test_a_broken_filter(suite: Suite, alert: str, metric: str, old: str, new: str, named: str) -> None:  # noqa: PLR0917
    verdict = judged(suite, alert, METRIC, metric, in_filter(old, new))
    assert not verdict.proven
    assert any(named in cause for cause in verdict.causes), verdict.explained()


def test_a_log_match_whose_filter_wants_another_error(suite: Suite) -> None:
    def spoil(body: Any) -> None:
        match = body["conditions"][0]["conditionMatchedLog"]
        match["filter"] = match["filter"].replace("NondeterminismError", "DeterminismError")

    verdict = judged(suite, "workers/non-determinism", POLICY, "workers: non-determinism (", spoil)
    assert "fires: no incident opened in 2 minutes" in verdict.breaches
    assert any('jsonPayload.error_type="DeterminismError"' in cause for cause in verdict.causes), verdict.explained()


@pytest.mark.parametrize(
    ("alert", "policy", "old", "new", "named", "case"),
    [
        ("api/error-ratio", "api: error-ratio (", "> 0.05", "> 0.5", "compares with 0.5, the alert says above 0.05: 10 times", "fires"),
        ("api/error-ratio", "api: error-ratio (", "> 0.05", "> 0.005", "compares with 0.005, the alert says above 0.05: 0.1 times", "near miss"),
        ("agents/llm-rate-limit", "agents: llm-rate-limit (", "> 20", "> 200", "compares with 200, the alert says above 20: 10 times", "fires"),
        ("database/database-connections", "database: database-connections (", "> 0.8", "> 0.08", "compares with 0.08, the alert says above 0.8: 0.1 times", "near miss"),
        ("api/latency", "api: latency (", "> 1 and", "> 1000 and", "1000: a thousandfold, as milliseconds are of seconds", "fires"),
    ],
)  # fmt: skip
def test_a_threshold_off_by_ten_or_in_another_unit(  # noqa: PLR0917
    suite: Suite, alert: str, policy: str, old: str, new: str, named: str, case: str
) -> None:
    verdict = judged(suite, alert, POLICY, policy, in_query(old, new))
    assert any(breach.startswith(case) for breach in verdict.breaches), verdict.explained()
    causes = [re.sub(r" \(\d+ times as much\)", "", cause) for cause in verdict.causes]
    assert any(named in cause for cause in causes), verdict.explained()


def test_a_metric_in_a_wrong_unit(suite: Suite) -> None:
    verdict = judged(
        suite,
        "api/latency",
        METRIC,
        "metrics/api/http.request.completed/duration",
        lambda body: body.update(
            valueExtractor="EXTRACT(jsonPayload.duration_ms)",
            metricDescriptor={**body["metricDescriptor"], "unit": "ms"},
        ),  # type: ignore[dict-item]
    )
    explanation = verdict.explained()
    assert "is in 'ms', the event's duration in 's': a wrong unit" in explanation
    assert "EXTRACT(jsonPayload.duration_ms) finds no value" in explanation


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda body: body.update(severity="WARNING"), "its severity is WARNING, a page asks for CRITICAL"),
        (lambda body: body.update(notificationChannels=[]), "nobody is notified"),
        (
            lambda body: body.update(notificationChannels=["projects/example-staging/notificationChannels/1"]),
            "the channels are not those of backend page in staging",
        ),
        (lambda body: body["userLabels"].update(team="frontend"), "its label team is 'frontend', not 'backend'"),
        (lambda body: body["documentation"].update(subject="Oh"), "its subject does not name 'PAGE', 'api', 'staging'"),
        (lambda body: body["documentation"].update(links=[]), "its link Runbook does not name 'error-ratio'"),
        (
            lambda body: body["conditions"][0]["conditionPrometheusQueryLanguage"].update(duration="1800s"),
            "no incident opened",
        ),
        (lambda body: body.update(enabled=False), "no incident opened"),
    ],
)
def test_what_the_team_is_notified_of_and_when(suite: Suite, spoil: Spoil, named: str) -> None:
    verdict = judged(suite, "api/error-ratio", POLICY, "api: error-ratio (", spoil)
    assert not verdict.proven
    assert named in verdict.explained()


def test_incidents_that_differ_by_a_label_that_the_alert_does_not_name(suite: Suite) -> None:
    spoil = in_query("sum(increase", "sum by (log) (increase")
    verdict = judged(suite, "api/crash-loop", POLICY, "api: crash-loop (", spoil)
    assert verdict.breaches == ("fires: its incidents differ by log, the alert says by nothing",)


def test_a_query_over_a_metric_that_the_stack_does_not_make(suite: Suite) -> None:
    spoil = in_query("user_api_http_request_failed", "user_api_http_request_lost")
    verdict = judged(suite, "api/error-ratio", POLICY, "api: error-ratio (", spoil)
    assert any("user_api_http_request_lost, which is no log-based metric" in cause for cause in verdict.causes)


def test_a_query_that_cannot_be_evaluated(suite: Suite) -> None:
    verdict = judged(suite, "api/error-ratio", POLICY, "api: error-ratio (", in_query("sum(rate", "summe(rate"))
    assert any("cannot be evaluated" in cause for cause in verdict.causes), verdict.explained()


def test_an_alert_over_an_event_that_the_stack_does_not_log(suite: Suite) -> None:
    quiet = dataclasses.replace(suite.subject, level="CRITICAL")
    changed = Suite(player=suite.player.of(quiet, suite.player.resources))
    (alert,) = changed.subject.named(["api/error-ratio"])
    verdict = changed.judge(alert)
    assert any(
        "no line is written of http.request.failed: it is ERROR, the stack logs from CRITICAL on" in cause
        for cause in verdict.causes
    )


def test_an_event_that_is_not_in_the_catalog(suite: Suite) -> None:
    (alert,) = suite.subject.named(["api/crash-loop"])
    assert alert.proof is not None
    (emission,) = alert.proof.fires.emissions
    fires = dataclasses.replace(alert.proof.fires, emissions=(dataclasses.replace(emission, event="service.begun"),))
    renamed = dataclasses.replace(alert, proof=dataclasses.replace(alert.proof, fires=fires))
    near = "service.heartbeat, service.failed, service.started"
    assert suite.judge(renamed).breaches == (f"no event of the catalog is named 'service.begun'; near it: {near}",)


def test_an_alert_without_both_cases_fails(suite: Suite) -> None:
    (alert,) = suite.subject.named(["api/crash-loop"])
    without = dataclasses.replace(alert, proof=None, missing=("a near miss",))
    assert suite.judge(without).breaches == ("its proof lacks a near miss",)


def test_a_near_miss_that_fires_is_reported(suite: Suite) -> None:
    """The proof itself can be wrong: a near miss beyond the threshold."""
    (alert,) = suite.subject.named(["api/crash-loop"])
    assert alert.proof is not None
    swapped: Case = alert.proof.fires
    wrong = dataclasses.replace(alert, proof=dataclasses.replace(alert.proof, stays_silent=swapped))
    verdict = suite.judge(wrong)
    assert any(breach.startswith("near miss: the near miss opened an incident") for breach in verdict.breaches)
    assert any("in the near miss, the policy requires > 6" in cause for cause in verdict.causes)


def test_a_value_that_crosses_the_threshold_again_and_again_is_named_with_what_to_change(suite: Suite) -> None:
    def every_other_minute(body: Any) -> None:
        promql = body["conditions"][0]["conditionPrometheusQueryLanguage"]
        promql["query"] = f"({promql['query']}) and on () minute() % 2 == 0"
        promql["duration"] = "0s"

    verdict = judged(suite, "api/error-ratio", POLICY, "api: error-ratio (", every_other_minute)
    (breach,) = [one for one in verdict.breaches if "incidents opened" in one]
    assert "one after another, after 2, 4, 6, 8, ... minutes" in breach
    assert "a longer duration (lasting), a longer window or another threshold" in breach
