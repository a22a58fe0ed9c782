"""Tests derived from policies: each kind of condition fires at what was found, and not at the near miss."""

import copy
import json
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from vigil_apimodel.rules.inputs import UNKNOWN
from vigil_cli.app import app
from vigil_emulator import regex
from vigil_proofs import unit
from vigil_proofs.unit.derive import CannotInvertError, Status, derive
from vigil_proofs.unit.derive import _text as text

RUN = 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"'
CHECKED = 'metric.type="monitoring.googleapis.com/uptime_check/check_passed" AND resource.type="uptime_url"'
GAUGE = 'resource.type="gce_instance" AND metric.type="compute.googleapis.com/instance/cpu/utilization"'


def policy(**condition):
    return {
        "displayName": "p",
        "combiner": "OR",
        "notificationChannels": ["projects/shop/notificationChannels/1"],
        "alertStrategy": {"autoClose": "1800s"},
        "conditions": [{"displayName": "c", **condition}],
    }


def threshold(filter_, aligner, value, *, comparison="COMPARISON_GT", **more):
    step = {"alignmentPeriod": "60s", "perSeriesAligner": aligner, **more.pop("aggregation", {})}
    condition = {"filter": filter_, "comparison": comparison, "thresholdValue": value, "duration": "120s", **more}
    return policy(conditionThreshold={**condition, "aggregations": [step]})


def promql(query, duration="60s", **more):
    return policy(conditionPrometheusQueryLanguage={"query": query, "duration": duration, **more})


SUM = {"crossSeriesReducer": "REDUCE_SUM", "groupByFields": ["resource.label.service_name"]}
POLICIES = {
    "rate": threshold(RUN, "ALIGN_RATE", 5),
    "rate-by-service": threshold(RUN, "ALIGN_RATE", 5, aggregation=SUM),
    "delta-below": threshold(RUN, "ALIGN_DELTA", 100, comparison="COMPARISON_LT"),
    "mean": threshold(GAUGE, "ALIGN_MEAN", 0.9),
    "percentile": threshold(
        'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_latencies"',
        "ALIGN_PERCENTILE_99",
        800,
    ),
    "count-of-series": threshold(GAUGE, "ALIGN_MEAN", 3, aggregation={"crossSeriesReducer": "REDUCE_COUNT"}),
    "count-of-series-below": threshold(
        GAUGE, "ALIGN_MEAN", 3, comparison="COMPARISON_LT", aggregation={"crossSeriesReducer": "REDUCE_COUNT"}
    ),
    "count-of-false": threshold(
        CHECKED,
        "ALIGN_NEXT_OLDER",
        1,
        aggregation={
            "alignmentPeriod": "1200s",
            "crossSeriesReducer": "REDUCE_COUNT_FALSE",
            "groupByFields": ["resource.label.host"],
        },
    ),
    "count-of-true-below": threshold(
        CHECKED,
        "ALIGN_NEXT_OLDER",
        2,
        comparison="COMPARISON_LT",
        aggregation={"crossSeriesReducer": "REDUCE_COUNT_TRUE"},
    ),
    "several-series": threshold(GAUGE, "ALIGN_MEAN", 0.9, trigger={"count": 3}),
    "promql-seldom": promql("increase(backups_total[26h]) < 1", "0s", evaluationInterval="3600s"),
    "count-of-points": threshold(GAUGE, "ALIGN_COUNT", 4),
    "labels": threshold(
        RUN + ' AND metric.labels.response_code_class=monitoring.regex.full_match("[45]xx")'
        ' AND resource.labels.service_name!=starts_with("test-")',
        "ALIGN_RATE",
        1,
    ),
    "ratio": threshold(
        RUN + ' AND metric.labels.response_code_class="5xx"',
        "ALIGN_RATE",
        0.05,
        aggregation={"crossSeriesReducer": "REDUCE_SUM"},
        denominatorFilter=RUN,
        denominatorAggregations=[
            {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE", "crossSeriesReducer": "REDUCE_SUM"}
        ],
    ),
    "count-of-false-by-every-label": threshold(
        CHECKED,
        "ALIGN_NEXT_OLDER",
        1,
        aggregation={"crossSeriesReducer": "REDUCE_COUNT_FALSE", "groupByFields": ["resource.label.*"]},
    ),
    "forecast": threshold(GAUGE, "ALIGN_MEAN", 100, forecastOptions={"forecastHorizon": "3600s"}),
    "forecast-that-lasts": threshold(
        GAUGE, "ALIGN_MEAN", 100, duration="900s", forecastOptions={"forecastHorizon": "7200s"}
    ),
    "forecast-of-a-rate": threshold(
        RUN, "ALIGN_RATE", 100, duration="1800s", forecastOptions={"forecastHorizon": "7200s"}
    ),
    "forecast-below": threshold(
        GAUGE,
        "ALIGN_MEAN",
        -5,
        comparison="COMPARISON_LT",
        duration="1200s",
        forecastOptions={"forecastHorizon": "7200s"},
    ),
    "absence": policy(conditionAbsent={"filter": GAUGE, "duration": "600s", "aggregations": []}),
    "log": {
        **policy(
            conditionMatchedLog={
                "filter": 'severity>=ERROR AND log_id("app") AND jsonPayload.event=~"^order\\\\.(failed|lost)$"'
                ' AND NOT labels.env="test"'
            }
        ),
        "alertStrategy": {"autoClose": "1800s", "notificationRateLimit": {"period": "300s"}},
    },
    "promql-rate": promql('sum by (job) (rate(http_errors_total{code=~"5.."}[5m])) > 2'),
    "promql-ratio": promql("sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) > 0.1"),
    "promql-quantile": promql("histogram_quantile(0.95, sum by (le) (rate(latency_bucket[5m]))) > 0.5"),
    "promql-and": promql("(up < 1) and (mode == 3)"),
    "promql-or": promql("a > 1000 or b > 1000"),
    "promql-difference": promql("(limit_files - open_files) < 1000"),
    "promql-absent": promql('absent(up{job="api"})'),
    "promql-offset": promql("sum(rate(jobs_total[10m])) / sum(rate(jobs_total[10m] offset 1h)) > 2"),
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_condition_fires_and_stays_silent_at_the_near_miss(name):
    (found,) = derive(POLICIES[name])
    assert (found.status, found.reason) == (Status.PROVEN, "")
    fires, near = found.tests
    assert fires.expect[1].open
    assert near.expect[-1].open == 0
    again = [unit.run_one(test, POLICIES[name]) for test in found.tests]
    assert [one.breaches for one in again] == [(), ()]


def test_the_near_miss_is_within_a_tenth_of_the_threshold():
    (found,) = derive(POLICIES["mean"])
    values = [max(float(part.partition("x")[0]) for part in test.series[0].values.split()) for test in found.tests]
    assert 0.9 < values[0] < 0.99
    assert 0.81 < values[1] <= 0.9


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (threshold(CHECKED, "ALIGN_FRACTION_TRUE", 1.5), Status.NEVER_FIRES, "no values"),
        (promql("vector(1) > 0"), Status.UNKNOWN, "reads no metric"),
        (promql("up > bool 5"), Status.FIRES_AT_ONCE, "make it false"),
        (promql("up >"), Status.UNKNOWN, "cannot be read"),
        (
            threshold(
                'select_slo_burn_rate("projects/p/services/s/serviceLevelObjectives/o", "3600s")', "ALIGN_MEAN", 2
            ),
            Status.UNKNOWN,
            "SLO",
        ),
        (policy(conditionSql={"query": "SELECT 1"}), Status.UNKNOWN, "not evaluated"),
        (policy(conditionMatchedLog={"filter": "sample(insertId, 0.5)"}), Status.UNKNOWN, "sample"),
        (promql("changes(config_hash[1h]) > 3"), Status.UNKNOWN, "changes depends on how values change"),
        (promql("hour() > 22 and queue > 10"), Status.UNKNOWN, "hour depends on the time"),
        (promql("count(up == 0) > 3"), Status.UNKNOWN, "count depends on several series"),
        (promql("increase(jobs_total[20d]) > 1e15"), Status.UNKNOWN, "too long to try more than 1"),
        (threshold(GAUGE, "ALIGN_STDDEV", 0.1), Status.UNKNOWN, "ALIGN_STDDEV depends on how values differ"),
    ],
)
def test_what_is_not_inverted_says_why(body, status, reason):
    (found,) = derive(body)
    assert found.status is status
    assert reason in found.reason


def hidden(*path):
    body = copy.deepcopy(threshold(GAUGE, "ALIGN_MEAN", 0.1))
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = UNKNOWN
    return body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *(
            (hidden("conditions", 0, "conditionThreshold", field), f"conditions[0].conditionThreshold.{field}")
            for field in ("filter", "aggregations", "thresholdValue", "duration", "comparison")
        ),
        (hidden("conditions"), "conditions"),
        (promql(UNKNOWN), "conditions[0].conditionPrometheusQueryLanguage.query"),
        (policy(conditionMatchedLog={"filter": UNKNOWN}), "conditions[0].conditionMatchedLog.filter"),
    ],
)
def test_what_a_plan_does_not_know_yet_is_named_and_no_test_is_made_of_it(body, field):
    (found,) = derive(body)
    assert (found.status, found.tests) == (Status.UNKNOWN, ())
    assert found.reason.startswith(f"{field} is not in the file")


@pytest.mark.parametrize(
    ("second", "field"),
    [
        (UNKNOWN, "conditions[1]"),
        ({"displayName": "c", "conditionThreshold": UNKNOWN}, "conditions[1].conditionThreshold"),
        (hidden("conditions", 0, "conditionThreshold", "thresholdValue")["conditions"][0], "conditions[1].conditionThreshold.thresholdValue"),
        (promql(UNKNOWN)["conditions"][0], "conditions[1].conditionPrometheusQueryLanguage.query"),
    ],
)  # fmt: skip
def test_a_condition_that_is_not_known_yet_leaves_the_others_proven_and_their_tests_pass(second, field):
    body = joined("OR", POLICIES["mean"], promql("up < 1"))
    body["conditions"].insert(1, second)
    first, unknown, third = derive(body)
    assert [one.status for one in (first, unknown, third)] == [Status.PROVEN, Status.UNKNOWN, Status.PROVEN]
    assert unknown.reason.startswith(f"{field} is not in the file")
    outcomes = [unit.run_one(test, body) for test in (*first.tests, *third.tests)]
    assert [one.breaches for one in outcomes] == [()] * 4


def test_conditions_that_are_joined_are_all_needed():
    (found,) = derive(joined("AND", POLICIES["mean"], promql(UNKNOWN)))
    assert found.status is Status.UNKNOWN
    assert found.reason.startswith("conditions[1].conditionPrometheusQueryLanguage.query is not in the file")


def test_a_name_that_is_not_known_yet_does_not_matter():
    assert [one.status for one in derive(hidden("conditions", 0, "displayName"))] == [Status.PROVEN]


def test_conditions_that_are_joined_fire_together():
    body = policy()
    body["combiner"] = "AND"
    body["conditions"] = [POLICIES["mean"]["conditions"][0], POLICIES["rate"]["conditions"][0]]
    (found,) = derive(body)
    assert found.status is Status.PROVEN
    assert len(found.tests[0].series) == 2


def joined(combiner, *bodies):
    return {**policy(), "combiner": combiner, "conditions": [each["conditions"][0] for each in bodies]}


@pytest.mark.parametrize(
    "bodies",
    [
        (threshold(RUN, "ALIGN_RATE", 1, aggregation=SUM), POLICIES["rate-by-service"]),
        (threshold(RUN, "ALIGN_RATE", 9, comparison="COMPARISON_LT"), POLICIES["rate"]),
        (POLICIES["promql-absent"], POLICIES["promql-ratio"]),
        (POLICIES["absence"], POLICIES["mean"], POLICIES["log"]),
    ],
    ids=["a warning below it", "one is always met", "the other one's series are absent", "other kinds"],
)
def test_a_condition_is_judged_whatever_the_others_of_its_policy_say(bodies):
    body = joined("OR", *bodies)
    found = derive(body)
    assert [one.status for one in found] == [Status.PROVEN] * len(bodies)
    outcomes = [unit.run_one(test, body) for one in found for test in one.tests]
    assert [one.breaches for one in outcomes] == [()] * 2 * len(bodies)


def test_a_policy_that_wants_all_conditions_opens_an_incident_of_each():
    other = threshold(GAUGE.replace("cpu/utilization", "uptime"), "ALIGN_MEAN", 9)
    (found,) = derive(joined("AND_WITH_MATCHING_RESOURCE", POLICIES["mean"], other))
    assert (found.status, found.reason) == (Status.PROVEN, "")
    assert found.tests[0].expect[-1].closed == 2


def test_a_condition_without_a_name_goes_by_its_place():
    body = joined("OR", *(copy.deepcopy(POLICIES[name]) for name in ("mean", "rate")))
    for each in body["conditions"]:
        del each["displayName"]
    assert [one.condition for one in derive(body)] == ["conditions[0]", "conditions[1]"]


ALTERNATIVES = st.recursive(
    st.sampled_from(["a", "5", ".", "\\d", "[a-f0-9]", "[^a]", "\\.", "-"]),
    lambda inner: (
        st.builds(lambda a, b: f"({a}|{b})", inner, inner)
        | st.builds(lambda a, b: a + b, inner, inner)
        | st.builds(lambda a, q: f"(?:{a}){q}", inner, st.sampled_from(["*", "+", "?", "{2}", "{2,5}"]))
    ),
    max_leaves=6,
)


@given(ALTERNATIVES)
def test_a_text_of_a_regular_expression_is_matched_by_it(pattern):
    assert regex.compiled(pattern).fullmatch(text.matching(pattern))


@pytest.mark.parametrize("pattern", ["[", "(a", "\\b$^a\\Bb{"])
def test_an_expression_without_a_text_is_a_reason(pattern):
    with pytest.raises(CannotInvertError, match="no text was found"):
        text.matching(pattern)


def test_derived_tests_are_written_and_run(tmp_path: Path):
    (tmp_path / "alerts").mkdir()
    body = copy.deepcopy(POLICIES["rate-by-service"])
    (tmp_path / "alerts" / "a.json").write_text(json.dumps(body))
    file = tmp_path / "tests" / "derived.test.yaml"
    runner = CliRunner()
    made = runner.invoke(app, ["test", "--derive", str(tmp_path / "alerts"), "--write", str(file)])
    assert made.exit_code == 0, made.output
    assert runner.invoke(app, ["test", str(file)]).exit_code == 0
    assert yaml.safe_load(file.read_text())["policies"] == ["../alerts/a.json"]
    body["conditions"][0]["conditionThreshold"]["thresholdValue"] = 500
    (tmp_path / "alerts" / "a.json").write_text(json.dumps(body))
    assert runner.invoke(app, ["test", str(file)]).exit_code == 1


def test_policies_that_share_a_name_are_not_mixed_up(tmp_path: Path):
    named = [POLICIES["mean"], POLICIES["rate"], {**POLICIES["count-of-points"], "displayName": "own"}]
    (tmp_path / "p.json").write_text(json.dumps(named))
    written = CliRunner().invoke(
        app, ["test", "--derive", str(tmp_path / "p.json"), "--write", str(tmp_path / "t.yaml")]
    )
    assert "several policies have this name" in written.output
    tests = yaml.safe_load((tmp_path / "t.yaml").read_text())
    assert {test["policy"] for test in tests["tests"]} == {"own"}
    tests["tests"][0]["policy"] = "p"
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(tests))
    refused = CliRunner().invoke(app, ["test", str(tmp_path / "t.yaml")])
    assert (refused.exit_code, "2 policies are named 'p'" in refused.output) == (2, True)


def test_a_policy_that_cannot_fire_fails_the_command(tmp_path: Path):
    (tmp_path / "a.json").write_text(json.dumps(threshold(CHECKED, "ALIGN_FRACTION_TRUE", 1.5)))
    result = CliRunner().invoke(app, ["test", "--derive", str(tmp_path), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["conditions"][0]["status"] == "can never fire"


def test_the_file_of_derived_tests_is_read_back():
    (found,) = derive(POLICIES["labels"])
    made = unit.TestFile(policies=["a"], tests=list(found.tests))
    assert msgspec.convert(yaml.safe_load(unit.dumps(made)), unit.TestFile) == made
