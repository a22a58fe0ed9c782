"""Conditions, incidents and their ends."""

import pytest

from vigil_emulator import data_methods
from vigil_emulator.alerting.policy import DEFAULT_AUTO_CLOSE
from vigil_emulator.calls import Call

GAUGE = 'metric.type="custom.googleapis.com/load" AND resource.type="global"'
MINUTE = 60


def write(world, value, *, host="a", metric="load", kind="GAUGE", resource=None):
    series = {
        "metric": {"type": f"custom.googleapis.com/{metric}", "labels": {"host": host}},
        "resource": {"type": "global", "labels": resource or {"project_id": "p"}},
        "metricKind": kind,
        "points": [{"interval": {"endTime": world.time(30)}, "value": {"doubleValue": value}}],
    }
    data_methods.handlers(world.plane)["monitoring.projects.timeSeries.create"](
        Call(method="monitoring.projects.timeSeries.create", path={"name": "projects/p"}, body={"timeSeries": [series]})
    )


def threshold(**more):
    return {
        "conditionThreshold": {
            "filter": GAUGE,
            "comparison": "COMPARISON_GT",
            "thresholdValue": 10,
            "duration": "0s",
            "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN"}],
            **more,
        }
    }


def keep(world, value, **labels):
    return lambda: write(world, value, **labels)


def test_a_threshold_opens_one_incident_for_each_series_and_closes_each(world):
    world.policy(threshold())
    world.pass_time(
        120,
        every=60,
        during=lambda: (write(world, 11, host="a"), write(world, 12, host="b"), write(world, 10, host="c")),
    )
    assert [(i["labels"]["host"], i["value"], i["threshold"]) for i in world.open_incidents()] == [
        ("a", 11, 10),
        ("b", 12, 10),
    ]
    world.pass_time(60, every=60, during=lambda: (write(world, 9, host="a"), write(world, 12, host="b")))
    assert [i["labels"]["host"] for i in world.open_incidents()] == ["b"]


def test_an_end_is_notified_with_the_value_that_is_normal_again(world):
    world.policy(threshold())
    world.pass_time(60, every=60, during=keep(world, 11))
    (incident,) = world.plane.engine.incidents.values()
    assert incident.summary.endswith("is above the threshold of 10.000 with a value of 11.000.")
    world.pass_time(60, every=60, during=keep(world, 9))
    assert incident.summary.endswith("returned to normal with a value of 9.000.")
    assert incident.value == 11


def test_a_query_that_selects_nothing_any_more_ends_without_a_value(world):
    world.policy({"conditionPrometheusQueryLanguage": {"query": "max(custom_googleapis_com:load) > 10"}})
    world.pass_time(60, every=60, during=keep(world, 11))
    world.pass_time(60, every=60, during=keep(world, 9))
    (incident,) = world.plane.engine.incidents.values()
    assert incident.summary.endswith("returned to normal.")


def test_the_retest_window_needs_every_value_above(world):
    world.policy(threshold(duration="180s"))
    for value in (11, 11, 11, 9, 11, 11, 11):
        world.pass_time(60, every=60, during=keep(world, value))
    assert world.plane.incidents() == []
    world.pass_time(60, every=60, during=keep(world, 11))
    assert len(world.open_incidents()) == 1


@pytest.mark.parametrize(
    ("missing", "after_opening", "after_quiet_start"),
    [
        ("", 1, 0),
        ("EVALUATION_MISSING_DATA_NO_OP", 1, 0),
        ("EVALUATION_MISSING_DATA_INACTIVE", 0, 0),
        ("EVALUATION_MISSING_DATA_ACTIVE", 1, 1),
    ],
)
def test_missing_data_opens_keeps_or_closes_as_the_policy_says(make_world, missing, after_opening, after_quiet_start):
    for value, expected in ((11, after_opening), (9, after_quiet_start)):
        world = make_world()
        world.policy(threshold(duration="60s", evaluationMissingData=missing))
        world.pass_time(180, every=60, during=keep(world, value))
        assert len(world.open_incidents()) == (1 if value > 10 else 0)
        world.pass_time(600)
        assert len(world.open_incidents()) == expected


def test_without_data_an_incident_closes_after_auto_close(world):
    world.policy(threshold(), alertStrategy={"autoClose": "1800s"})
    world.pass_time(60, every=60, during=keep(world, 11))
    world.pass_time(44 * MINUTE, every=60)
    assert len(world.open_incidents()) == 1
    world.pass_time(2 * MINUTE, every=60)
    assert world.open_incidents() == []
    assert DEFAULT_AUTO_CLOSE == 7 * 86_400 * 10**9


def test_a_ratio_of_two_metrics(world):
    world.policy(
        threshold(
            denominatorFilter=GAUGE.replace("load", "total"),
            denominatorAggregations=[{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN"}],
            thresholdValue=0.5,
        )
    )
    world.pass_time(
        60,
        every=60,
        during=lambda: (
            write(world, 5, host="a"),
            write(world, 10, metric="total", host="a"),
            write(world, 6, host="b"),
            write(world, 10, metric="total", host="b"),
        ),
    )
    assert [(i["labels"]["host"], i["value"]) for i in world.open_incidents()] == [("b", 0.6)]


def test_a_trigger_needs_as_many_series(world):
    world.policy(threshold(trigger={"count": 2}), name="count")
    world.policy(threshold(trigger={"percent": 60}), name="percent")
    world.pass_time(
        60, every=60, during=lambda: (write(world, 11, host="a"), write(world, 9, host="b"), write(world, 9, host="c"))
    )
    assert world.open_incidents() == []
    world.pass_time(
        60, every=60, during=lambda: (write(world, 11, host="a"), write(world, 11, host="b"), write(world, 9, host="c"))
    )
    assert len(world.open_incidents()) == 4


def test_a_reducer_makes_one_incident_of_many_series(world):
    world.policy(
        threshold(
            aggregations=[
                {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN", "crossSeriesReducer": "REDUCE_SUM"}
            ]
        )
    )
    world.pass_time(60, every=60, during=lambda: [write(world, 4, host=h) for h in "abc"])
    (incident,) = world.open_incidents()
    assert incident["value"] == 12
    assert incident["labels"] == {"project_id": "p"}


def test_absence_is_met_after_its_duration_by_series_that_were_there(world):
    world.policy(
        {
            "conditionAbsent": {
                "filter": GAUGE,
                "duration": "300s",
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN"}],
            }
        }
    )
    world.pass_time(600, every=60)
    assert world.plane.incidents() == []
    world.pass_time(60, every=60, during=keep(world, 1))
    world.pass_time(180, every=60)
    assert world.open_incidents() == []
    world.pass_time(120, every=60)
    assert len(world.open_incidents()) == 1
    world.pass_time(60, every=60, during=keep(world, 1))
    assert world.open_incidents() == []


def test_promql_absence_of_a_log_metric_closes_when_the_entries_come(world):
    world.counter("beat", "")
    world.policy(
        {
            "conditionPrometheusQueryLanguage": {
                "query": 'absent({"logging.googleapis.com/user/beat", monitored_resource="cloud_run_revision"})',
                "duration": "60s",
            }
        }
    )
    world.pass_time(120)
    (incident,) = world.open_incidents()
    assert incident["labels"] == {}
    world.write({"textPayload": "x"})
    world.pass_time(90)
    assert world.open_incidents() == []


def test_a_promql_duration_is_a_break_free_stretch(world):
    world.policy(
        {
            "conditionPrometheusQueryLanguage": {
                "query": '{"custom.googleapis.com/load"} > 10',
                "duration": "120s",
                "evaluationInterval": "60s",
            }
        }
    )
    for value in (11, 11, 9, 11, 11):
        world.pass_time(60, every=60, during=keep(world, value))
    assert world.plane.incidents() == []
    world.pass_time(60, every=60, during=keep(world, 11))
    assert [i["value"] for i in world.open_incidents()] == [11]


def two(world, combiner):
    other = GAUGE.replace("load", "other")
    world.policy([threshold(), threshold(filter=other)], combiner=combiner)


@pytest.mark.parametrize(
    ("combiner", "alone", "together"), [("OR", 1, 2), ("AND", 0, 2), ("AND_WITH_MATCHING_RESOURCE", 0, 2)]
)
def test_or_needs_one_condition_and_and_needs_all(world, combiner, alone, together):
    two(world, combiner)
    world.pass_time(60, every=60, during=keep(world, 11))
    assert len(world.open_incidents()) == alone
    world.pass_time(60, every=60, during=lambda: (write(world, 11), write(world, 11, metric="other")))
    assert len(world.open_incidents()) == together
    world.pass_time(60, every=60, during=lambda: (write(world, 11), write(world, 1, metric="other")))
    assert len(world.open_incidents()) == alone


def test_with_matching_resource_what_fires_elsewhere_does_not_help(world):
    other = GAUGE.replace("load", "other")
    world.policy([threshold(), threshold(filter=other)], combiner="AND_WITH_MATCHING_RESOURCE")

    def elsewhere():
        write(world, 11)
        write(world, 11, metric="other", resource={"project_id": "p", "location": "elsewhere"})

    world.pass_time(60, every=60, during=elsewhere)
    assert world.open_incidents() == []


def test_a_forecast_opens_before_the_threshold_is_reached_and_a_level_value_does_not(world):
    world.policy(threshold(thresholdValue=100, duration="600s", forecastOptions={"forecastHorizon": "3600s"}))
    level = iter(range(10, 200, 2))
    for _ in range(16):
        growing = next(level)
        world.pass_time(60, every=60, during=lambda: (write(world, growing, host="a"), write(world, 50, host="b")))  # noqa: B023 - called at once
    (incident,) = world.open_incidents()
    assert incident["labels"]["host"] == "a"
    assert incident["value"] < 50


def test_a_disabled_policy_opens_nothing_and_a_deleted_one_closes(world):
    name = world.policy(threshold(), enabled=False)
    world.pass_time(60, every=60, during=keep(world, 11))
    assert world.plane.incidents() == []
    world.policy(threshold())
    world.pass_time(60, every=60, during=keep(world, 11))
    assert len(world.open_incidents()) == 1
    world.resources.delete("monitoring.alertPolicies", name)
    assert world.open_incidents() == []


def test_an_update_that_leaves_the_condition_alone_keeps_its_incident(world):
    world.policy(threshold(duration="60s"))
    world.pass_time(120, every=60, during=keep(world, 11))
    (before,) = world.open_incidents()
    world.policy(threshold(duration="60s"), displayName="renamed")
    world.pass_time(60, every=60, during=keep(world, 11))
    assert [i["name"] for i in world.open_incidents()] == [before["name"]]


def test_nothing_opens_while_a_snooze_lasts(world):
    policy = world.policy(threshold())
    world.resources.put("monitoring.snoozes", "projects/p/snoozes/1", {
        "name": "projects/p/snoozes/1", "criteria": {"policies": [policy]}, "interval": {"startTime": world.time(), "endTime": world.time(300)},
    })  # fmt: skip
    world.pass_time(240, every=60, during=keep(world, 11))
    assert world.plane.incidents() == []
    world.pass_time(120, every=60, during=keep(world, 11))
    assert len(world.open_incidents()) == 1


def test_a_log_match_notifies_once_in_five_minutes_and_twenty_times_a_day(world):
    channel = world.channel("pubsub", {"topic": "t"})
    world.policy(
        {"conditionMatchedLog": {"filter": "severity>=ERROR", "labelExtractors": {"code": 'REGEXP_EXTRACT(textPayload, "code (\\\\d+)")'}}},
        channels=(channel,), alertStrategy={"notificationRateLimit": {"period": "60s"}, "autoClose": "3600s"},
    )  # fmt: skip
    fail = lambda: world.write({"textPayload": "code 7", "severity": "ERROR"}, {"textPayload": "fine"})  # noqa: E731
    world.pass_time(290, during=fail)
    (incident,) = world.open_incidents()
    assert incident["labels"]["code"] == "7"
    assert len(world.plane.queues()["t"]) == 1
    world.pass_time(60, during=fail)
    assert len(world.plane.queues()["t"]) == 2
    world.pass_time(3 * 3600, during=fail)
    assert len(world.plane.queues()["t"]) == 20
    world.pass_time(2 * 3600)
    assert world.open_incidents() == []
    assert {body["incident"]["state"] for body in world.plane.queues()["t"]} == {"open"}


def test_a_condition_that_cannot_be_evaluated_is_a_named_problem(world):
    world.policy({"conditionPrometheusQueryLanguage": {"query": 'info({"a"})'}}, name="bad")
    world.policy({"conditionMonitoringQueryLanguage": {"query": "fetch x"}}, name="mql")
    world.policy(threshold(aggregations=[{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}]), name="rate")
    write(world, 1)
    world.pass_time(60)
    problems = world.plane.problems()
    assert "conditionMonitoringQueryLanguage" in problems["projects/p/alertPolicies/mql"]
    assert "The aligner cannot be applied" in problems["projects/p/alertPolicies/rate/conditions/0"]
    assert "projects/p/alertPolicies/bad/conditions/0" in problems
    assert world.plane.incidents() == []


def test_alerts_are_listed_by_the_api(world):
    world.policy(threshold(), severity="WARNING", userLabels={"team": "x"})
    world.pass_time(60, every=60, during=lambda: (write(world, 11, host="a"), write(world, 12, host="b")))
    world.pass_time(60, every=60, during=keep(world, 1, host="a"))
    handlers = data_methods.handlers(world.plane)

    def listed(**query):
        return handlers["monitoring.projects.alerts.list"](Call(method="", path={"parent": "projects/p"}, query=query))

    alerts = listed()["alerts"]
    assert [(a["state"], a["metric"]["labels"]["host"]) for a in alerts] == [("CLOSED", "a"), ("OPEN", "b")]
    assert alerts[1]["policy"] == {
        "name": "projects/p/alertPolicies/1",
        "displayName": "too many errors",
        "severity": "WARNING",
        "userLabels": {"team": "x"},
    }
    assert [a["state"] for a in listed(filter='state="OPEN"')["alerts"]] == ["OPEN"]
    page = listed(pageSize="1", orderBy="open_time desc")
    assert len(page["alerts"]) == 1
    assert page["nextPageToken"]
    one = handlers["monitoring.projects.alerts.get"](Call(method="", path={"name": alerts[0]["name"]}))
    assert one == alerts[0]


def test_a_long_silence_of_the_clock_is_caught_up_evaluation_by_evaluation(world):
    world.policy(threshold(duration="120s"))
    for value in (11, 11, 11, 1, 1):
        write(world, value)
        world.clock.advance(60)
    world.plane.step()
    (incident,) = world.plane.incidents()
    assert (incident["openTime"], incident["closeTime"]) == ("2026-03-01T12:03:00Z", "2026-03-01T12:04:00Z")
