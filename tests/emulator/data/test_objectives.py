"""What `select_slo_...` selects: health, compliance, burn rate and budget of service level objectives."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.data.conftest import World, call
from vigil_emulator import data_methods
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.series import Series, SeriesKey
from vigil_emulator.resources.projects import Projects, number_of
from vigil_emulator.times import MINUTE, nanoseconds

SERVICE = "projects/p/services/shop"
SLO = f"{SERVICE}/serviceLevelObjectives/s"
REQUESTS = "custom.googleapis.com/requests"
BAD, ALL = f'metric.type="{REQUESTS}" AND metric.labels.outcome="bad"', f'metric.type="{REQUESTS}"'
RATIO = {"requestBased": {"goodTotalRatio": {"badServiceFilter": BAD, "totalServiceFilter": ALL}}}
DAY = 24 * 60


def objective(world, sli, *, goal=0.9, **period):
    world.resources.put("monitoring.services", SERVICE, {"custom": {}})
    body = {"goal": goal, "serviceLevelIndicator": sli, **(period or {"rollingPeriod": "86400s"})}
    world.resources.put("monitoring.serviceLevelObjectives", SLO, body)


def series(world, values, *, kind="DELTA", value_type="INT64", metric=REQUESTS, resource="global", where=(), **labels):
    """A point for each minute before the clock's time, the last of `values` the newest."""
    key = SeriesKey("p", metric, tuple(sorted(labels.items())), resource, where)
    made = world.plane.series.add(Series(key, kind, value_type))
    now = nanoseconds(world.clock.now())
    first = now - len(values) * MINUTE
    for place, value in enumerate(values, start=1):
        end = first + place * MINUTE
        start = {"GAUGE": end, "DELTA": end - MINUTE, "CUMULATIVE": first}[kind]
        made.put(start, end, value)


def requests(world, good, bad):
    series(world, good, outcome="good")
    series(world, bad, outcome="bad")


def newest(world, selector, **query):
    """The newest value of each series that a selector gives, by its event type where there is one."""
    found = world.time_series(selector, minutes=1, **query)
    return {
        one["metric"].get("labels", {}).get("event_type", ""): one["points"][0]["value"]["doubleValue"] for one in found
    }


def value(world, name, *more):
    arguments = ", ".join(f'"{one}"' for one in (SLO, *more))
    return newest(world, f"{name}({arguments})").get("")


@settings(max_examples=40)
@given(
    counts=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), min_size=1, max_size=90),
    goal=st.sampled_from([0.5, 0.9, 0.99, 0.999]),
    back=st.integers(1, 60),
)
def test_a_ratio_of_requests_gives_what_adding_up_gives(counts, goal, back):
    world = World()
    objective(world, RATIO, goal=goal)
    good, bad = [one for one, _ in counts], [two for _, two in counts]
    requests(world, good, bad)
    lately, failed = sum(good[-back:]), sum(bad[-back:])
    everything, lost = sum(good) + sum(bad), sum(bad)

    burn = value(world, "select_slo_burn_rate", f"{back}m")
    assert burn == (pytest.approx(failed / (lately + failed) / (1 - goal)) if lately + failed else None)
    if everything:
        assert value(world, "select_slo_compliance") == pytest.approx(1 - lost / everything)
        assert value(world, "select_slo_budget_total") == pytest.approx(everything * (1 - goal))
        assert value(world, "select_slo_budget") == pytest.approx(everything * (1 - goal) - lost, abs=1e-6)
        assert value(world, "select_slo_budget_fraction") == pytest.approx(1 - lost / (everything * (1 - goal)))
    else:
        assert value(world, "select_slo_budget_fraction") is None
    minute = good[-1] + bad[-1]
    assert value(world, "select_slo_health") == (pytest.approx(good[-1] / minute) if minute else None)


def test_counts_are_two_series_that_an_aligner_adds_up(world):
    objective(world, RATIO)
    requests(world, [5, 5, 8], [0, 2, 1])
    options = {"aggregation.alignmentPeriod": "180s", "aggregation.perSeriesAligner": "ALIGN_SUM"}
    assert newest(world, f'select_slo_counts("{SLO}")', **options) == {"good": 18, "bad": 3}


def test_what_is_older_than_the_rolling_period_counts_no_more(world):
    objective(world, RATIO, rollingPeriod="86400s")
    requests(world, [0] + [10] * DAY, [1000] + [1] + [0] * (DAY - 1))
    assert value(world, "select_slo_compliance") == pytest.approx(1 - 1 / (10 * DAY + 1))


@pytest.mark.parametrize(
    ("period", "minutes"),
    # 2026-03-01 12:00 is a Sunday: the week began on 23 February, the fortnight of the emulator on 16 February
    [("DAY", 12 * 60), ("WEEK", 6 * DAY + 12 * 60), ("FORTNIGHT", 13 * DAY + 12 * 60), ("MONTH", 12 * 60)],
)
def test_a_calendar_period_begins_at_its_midnight(world, period, minutes):
    objective(world, RATIO, calendarPeriod=period)
    requests(world, [1] * 20_000, [0] * 20_000)
    assert value(world, "select_slo_budget_total") == pytest.approx(minutes * 0.1)


def test_values_of_a_distribution_within_the_range_are_good(world):
    cut = {"distributionFilter": f'metric.type="{REQUESTS}"', "range": {"max": 0.3}}
    objective(world, {"requestBased": {"distributionCut": cut}})
    bounds = (0.1, 0.3, 1.0)
    points = [Distribution(bounds, sum(counts), 0.2, 0.0, counts) for counts in ([4, 3, 2, 1], [0, 10, 0, 0])]
    series(world, points, value_type="DISTRIBUTION")
    assert newest(world, f'select_slo_counts("{SLO}")') == {"good": 10, "bad": 0}
    assert value(world, "select_slo_compliance") == pytest.approx(17 / 20)


def test_the_counts_of_a_cumulative_distribution_are_what_it_grew_by(world):
    cut = {"distributionFilter": f'metric.type="{REQUESTS}"', "range": {"max": 0.3}}
    objective(world, {"requestBased": {"distributionCut": cut}})
    grown = [[1, 0, 0, 0], [5, 0, 1, 0], [6, 0, 4, 0]]
    points = [Distribution((0.1, 0.3, 1.0), sum(counts), 0.2, 0.0, counts) for counts in grown]
    series(world, points, kind="CUMULATIVE", value_type="DISTRIBUTION")
    assert newest(world, f'select_slo_counts("{SLO}")') == {"good": 1, "bad": 3}


def windows(**how):
    return {"windowsBased": {"windowPeriod": "300s", **how}}


def test_windows_are_judged_as_wholes(world):
    objective(
        world, windows(goodTotalRatioThreshold={"performance": RATIO["requestBased"], "threshold": 0.95}), goal=0.5
    )
    # of five-minute windows: 10 of 100 bad, 5 of 100 bad, nothing at all, none bad
    requests(world, [18] * 5 + [19] * 5 + [0] * 5 + [20] * 5, [2] * 5 + [1] * 5 + [0] * 5 + [0] * 5)
    assert value(world, "select_slo_compliance") == pytest.approx(2 / 3)
    assert value(world, "select_slo_burn_rate", "20m") == pytest.approx((1 / 3) / 0.5)
    assert value(world, "select_slo_health") == 1


def test_a_window_in_which_anything_is_true_is_good(world):
    objective(world, windows(goodBadMetricFilter=f'metric.type="{REQUESTS}"'), goal=0.5)
    series(world, [False] * 5 + [False] * 4 + [True], kind="GAUGE", value_type="BOOL")
    assert value(world, "select_slo_compliance") == pytest.approx(1 / 2)


@pytest.mark.parametrize(("kind", "good"), [("metricMeanInRange", 1 / 2), ("metricSumInRange", 0)])
def test_means_and_sums_of_all_streams_lie_within_a_range(world, kind, good):
    ranged = {"timeSeries": f'metric.type="{REQUESTS}"', "range": {"min": 2, "max": 6}}
    objective(world, windows(**{kind: ranged}), goal=0.5)
    series(world, [9.0] * 5 + [3.0] * 5, kind="GAUGE", value_type="DOUBLE", host="a")
    series(world, [9.0] * 5 + [5.0] * 5, kind="GAUGE", value_type="DOUBLE", host="b")
    assert value(world, "select_slo_compliance") == pytest.approx(good)


def test_cloud_run_s_own_requests_are_a_basic_indicator(world):
    objective(world, {"basicSli": {"availability": {}}})
    world.resources.put(
        "monitoring.services", SERVICE, {"cloudRun": {"serviceName": "api", "location": "europe-west1"}}
    )
    where = (("location", "europe-west1"), ("service_name", "api"))
    metric, resource = "run.googleapis.com/request_count", "cloud_run_revision"
    series(world, [95], metric=metric, resource=resource, where=where, response_code_class="2xx")
    series(world, [5], metric=metric, resource=resource, where=where, response_code_class="5xx")
    assert value(world, "select_slo_burn_rate", "600s") == pytest.approx(0.05 / 0.1)
    objective(world, {"basicSli": {"latency": {"threshold": "0.3s"}}})
    with pytest.raises(ApiError, match="basic indicators of Cloud Run services"):
        value(world, "select_slo_health")


def test_the_project_may_be_named_by_its_number(world):
    Projects(world.resources).ensure("projects/p")
    objective(world, RATIO)
    requests(world, [9], [1])
    numbered = SLO.replace("projects/p/", f"projects/{number_of('p')}/")
    assert newest(world, f'select_slo_health("{numbered}")') == {"": 0.9}


@pytest.mark.parametrize(
    ("filter_text", "reason"),
    [
        (f'select_slo_health("{SLO}x")', "There is no service level objective projects/p/"),
        (f'select_slo_burn_rate("{SLO}", "25h")', "longer than 24 hours"),
        (f'select_slo_health("{SLO}") AND resource.type="global"', "must be the whole of its filter"),
    ],
)
def test_what_cannot_be_selected_is_refused_with_the_reason(world, filter_text, reason):
    objective(world, RATIO)
    with pytest.raises(ApiError, match=reason):
        newest(world, filter_text)


def test_an_indicator_that_does_not_fit_its_metric_is_refused_by_the_metric_s_name(world):
    objective(world, RATIO)
    series(world, [1.0], kind="GAUGE", value_type="DOUBLE")
    with pytest.raises(ApiError, match=rf"cannot use {REQUESTS} \(GAUGE, DOUBLE\)"):
        value(world, "select_slo_health")


def burning(window, above):
    return {
        "conditionThreshold": {
            "filter": f'select_slo_burn_rate("{SLO}", "{window}")',
            "comparison": "COMPARISON_GT",
            "thresholdValue": above,
            "duration": "0s",
        }
    }


def test_an_alert_with_two_windows_opens_when_both_burn_and_closes_when_the_short_one_is_calm(world):
    world.counter("all", "")
    world.counter("bad", "severity=ERROR")
    user = "logging.googleapis.com/user"
    ratio = {"badServiceFilter": f'metric.type="{user}/bad"', "totalServiceFilter": f'metric.type="{user}/all"'}
    objective(world, {"requestBased": {"goodTotalRatio": ratio}}, goal=0.99)
    world.policy([burning("3600s", 14.4), burning("300s", 14.4)], combiner="AND")

    def write(bad):
        return lambda: world.write(*({"severity": "ERROR" if number < bad else "INFO"} for number in range(10)))

    world.pass_time(60 * 60, every=60, during=write(0))
    assert world.open_incidents() == []
    minutes = 0
    while not world.open_incidents():
        world.pass_time(60, every=60, during=write(8))
        minutes += 1
    # 8 of 10 bad: an hour with n bad minutes burns 80 n / 60 times, past 14.4 from the eleventh on
    assert minutes == math.floor(14.4 * 60 / 80) + 1
    world.pass_time(4 * 60, every=60, during=write(0))
    assert world.open_incidents() != []
    world.pass_time(2 * 60, every=60, during=write(0))
    assert world.open_incidents() == []


def test_an_objective_that_is_gone_is_a_named_problem_of_its_alert(world):
    world.policy(burning("300s", 1))
    world.pass_time(60, every=60)
    (problem,) = world.plane.problems().values()
    assert "There is no service level objective" in problem


def test_an_objective_is_listed_over_all_years_as_over_the_last_hour(world):
    objective(world, RATIO)
    requests(world, [9, 9, 8], [1, 0, 2])
    selector = f'select_slo_health("{SLO}")'
    method = "monitoring.projects.timeSeries.list"

    def listed(start, end):
        query = {"filter": selector, "interval.startTime": start, "interval.endTime": end}
        return data_methods.handlers(world.plane)[method](call(method, path={"name": "projects/p"}, query=query))[
            "timeSeries"
        ]

    assert listed("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z") == listed(world.time(-3600), world.time())
