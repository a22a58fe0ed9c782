"""What a stack costs in a month: each figure is a rate times a size times a price."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigil_apimodel import promql
from vigil_runner import cost
from vigil_runner.cost import Lines, Range, Traffic
from vigil_runner.cost._series import clauses, returned
from vigil_runner.cost._stack import LogMetric
from vigil_runner.tool_settings import ToolSettings, ToolSettingsError

GIB = 1024**3
MONTH = 2_629_800
MINUTES = MONTH / 60
METRIC = "gcp:logging/metric:Metric"
SINK = "gcp:logging/projectSink:ProjectSink"
BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
UPTIME = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
POOL = "gcp:cloudrunv2/workerPool:WorkerPool"


def resource(type_: str, of: str, *, below: str = "pulumi:pulumi:Stack", **inputs: object) -> dict[str, object]:
    urn = f"urn:pulumi:prod::shop::{below}${type_}::{of}"
    return {"type": type_, "name": of, "urn": urn, "inputs": inputs}


def priced(*resources: dict[str, object], traffic: Traffic = Traffic(), budget: float | None = None) -> cost.Estimate:  # noqa: B008 - a value
    return cost.estimate({"resources": list(resources)}, traffic, stack="prod", budget=budget)  # pyright: ignore[reportArgumentType] - JSON


def part(found: cost.Estimate, title: str) -> cost.Part:
    return next(one for one in found.parts if one.title == title)


def lines(name: str = "orders/order.rejected", *, per_second: float = 10, size: float = 500, **entry: object) -> Lines:
    written = {"severity": "INFO", "jsonPayload": {"event": name.rpartition("/")[2]}, **entry}
    return Lines(name=name, per_second=per_second, rate="settings", bytes=size, size="settings", entry=written)


def metric(name: str, *labels: str, distribution: bool = False) -> dict[str, object]:
    return resource(
        METRIC,
        name,
        name=name,
        filter=f'jsonPayload.event="{name.split("/")[1]}"',
        labelExtractors={label: f"EXTRACT(jsonPayload.{label})" for label in labels},
        metricDescriptor={"valueType": "DISTRIBUTION" if distribution else "INT64"},
    )


def declared(**values: dict[str, int]) -> dict[str, object]:
    return resource("vigil:metrics:EventMetrics", "m", labelValues=values, metricIds=list(values))


def policy(name: str, query: str, *, every: str = "60s", channels: tuple[str, ...] = ("a",)) -> dict[str, object]:
    body = {"conditionPrometheusQueryLanguage": {"query": query, "evaluationInterval": every}}
    return resource(
        POLICY, name, displayName=name, conditions=[body], notificationChannels=list(channels), severity="ERROR"
    )


# -- logs ----------------------------------------------------------------------------------------------------------------


def test_log_volume_is_rate_times_size_times_price_above_what_is_free():
    found = part(priced(traffic=Traffic(lines=(lines(per_second=100, size=1024),))), "Log volume")
    gib = 100 * 1024 * MONTH / GIB
    assert found.quantity.low == pytest.approx(gib)
    assert found.cost.low == found.cost.high == pytest.approx((gib - 50) * 0.50)
    assert "100 lines/s (settings) * 1024 B (settings) * 2,629,800 s" in found.items[0].how


def test_each_bucket_that_keeps_a_line_is_paid_and_exclusions_and_filters_count():
    destination = "logging.googleapis.com/projects/p/locations/eu/buckets/app"
    bucket = resource(BUCKET, "app", bucketId="app", retentionDays=90)
    takes = resource(SINK, "s", name="s", destination=destination, filter='severity>="INFO"')
    traffic = Traffic(lines=(lines(), lines("orders/noise", severity="DEBUG")))
    both = part(priced(bucket, takes, traffic=traffic), "Log volume")
    assert [one.name for one in both.items] == [
        "orders/order.rejected in app",
        "orders/order.rejected in _Default",
        "orders/noise in _Default",
    ]
    left_out = resource("gcp:logging/projectExclusion:ProjectExclusion", "e", filter='severity>="INFO"')
    once = part(priced(bucket, takes, left_out, traffic=traffic), "Log volume")
    assert [one.name for one in once.items] == ["orders/order.rejected in app", "orders/noise in _Default"]
    held = part(priced(bucket, takes, traffic=traffic), "Log retention")
    assert held.quantity.low == pytest.approx(2 * 10 * 500 * MONTH / GIB)  # 60 days more than 30 are two months


def test_lines_that_nobody_has_seen_may_reach_every_bucket():
    destination = "logging.googleapis.com/projects/p/locations/eu/buckets/app"
    sink = resource(SINK, "s", name="s", destination=destination, filter="")
    found = part(priced(sink, traffic=Traffic(other_gib=100)), "Log volume")
    assert found.quantity == Range(100, 200)
    assert found.cost == Range(25, 75)


def test_without_a_rate_the_estimate_says_so_and_counts_no_line():
    found = priced(metric("orders/order.rejected"))
    assert all(one.title != "Log volume" for one in found.parts)
    assert any("no rate is known" in one for one in found.gaps)


# -- metrics -------------------------------------------------------------------------------------------------------------


def test_declared_values_of_labels_bound_the_points_of_a_metric():
    found = part(
        priced(
            metric("orders/order.rejected", "reason", "route"),
            declared(**{"orders/order.rejected": {"reason": 3, "route": 20}}),
            traffic=Traffic(lines=(lines(),)),
        ),
        "Log-based metrics",
    )
    mib = MINUTES * 8 / 1024**2
    assert found.quantity == Range(pytest.approx(mib), pytest.approx(60 * mib))  # pyright: ignore[reportArgumentType] - a number
    assert "reason 3 * route 20" in found.items[0].how


def test_a_distribution_s_point_is_ten_times_as_large_and_counted_series_are_exact():
    traffic = Traffic(series={"orders/order.rejected": 7.0})
    found = part(
        priced(metric("orders/order.rejected/waited", "reason", distribution=True), traffic=traffic),
        "Log-based metrics",
    )
    assert found.quantity.low == found.quantity.high == pytest.approx(7 * MINUTES * 80 / 1024**2)


def test_a_label_without_a_declared_number_of_values_is_a_guess_and_a_gap():
    found = priced(metric("orders/order.rejected", "user"))
    assert part(found, "Log-based metrics").quantity.low == 0
    assert any("guess" in one and "orders/order.rejected (user)" in one for one in found.gaps)


def test_a_price_with_steps_is_paid_step_by_step():
    price = cost.PRICES["metric-bytes"]
    assert price.of(Range(100, 150)) == Range(0, 0)
    assert price.of(Range(250, 100_100)) == Range(pytest.approx(25.8), pytest.approx(99_850 * 0.258 + 100 * 0.151))  # pyright: ignore[reportArgumentType] - a number


# -- alerts --------------------------------------------------------------------------------------------------------------

OWN = {
    promql.metric_name("logging.googleapis.com/user/orders/order.rejected"): LogMetric(
        name="orders/order.rejected", labels=("reason",), values={"reason": 4}, distribution=False, filter=""
    )
}
NAME = next(iter(OWN))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"sum(rate({NAME}[5m])) > 3", [Range(1, 1)]),
        (f"sum by (reason) (rate({NAME}[5m])) > 3", [Range(1, 4)]),
        (f"rate({NAME}[5m]) > 3", [Range(1, 4)]),
        (f"sum(rate({NAME}[5m])) / sum(rate({NAME}[1h])) > 0.1 and sum({NAME}) >= 20", [Range(1, 1), Range(1, 1)]),
        ("up == 0", [Range(1, 10)]),
        ("sum by (job) (up) == 0", [Range(1, 10)]),
        ("vector(1) and on () (minute() < 5)", []),
        (f"absent({NAME})", [Range(1, 1)]),
        (f"topk(5, {NAME}) > 1", [Range(1, 4)]),
        (f"sum without (reason) ({NAME}) > 1 or up unless on () {NAME} > 2", [Range(1, 4), Range(1, 10), Range(1, 4)]),
    ],
)
def test_each_clause_with_a_metric_returns_the_series_that_it_keeps_apart(query, expected):
    assert [returned(one, OWN) for one in clauses(promql.parse(query))] == expected


def test_points_follow_from_the_interval_and_conditions_are_a_range():
    found = priced(policy("rejected", f"sum(rate({NAME}[5m])) > 3", every="120s"))
    assert part(found, "Points that alerts read").quantity.low == pytest.approx(MONTH / 120 / 1e6)
    assert part(found, "Alert conditions").cost == Range(0.10, 1.50)


def test_a_condition_on_log_entries_reads_no_points():
    match = resource(POLICY, "p", displayName="p", conditions=[{"conditionMatchedLog": {"filter": "x"}}])
    assert [one.title for one in priced(match).parts] == ["Alert conditions"]


# -- what runs -----------------------------------------------------------------------------------------------------------


def test_uptime_checks_run_from_each_place_of_their_regions():
    everywhere = part(priced(resource(UPTIME, "u", displayName="u", period="60s")), "Uptime checks")
    assert everywhere.quantity.low == pytest.approx(6 * MONTH / 60 / 1000)
    some = part(
        priced(
            resource(UPTIME, "u", displayName="u", period="300s", selectedRegions=["USA", "EUROPE", "ASIA_PACIFIC"])
        ),
        "Uptime checks",
    )
    assert some.quantity.low == pytest.approx(5 * MONTH / 300 / 1000)


def test_the_collector_s_machine_counts_and_an_application_s_own_does_not():
    template = {"containers": [{"resources": {"limits": {"cpu": "500m", "memory": "512Mi"}}}]}
    ours = resource(POOL, "c", below="vigil:collector:MetricsCollector", name="c", template=template)
    theirs = resource(POOL, "w", name="w", template=template)
    found = priced(ours, theirs)
    assert [one.name for one in part(found, "Collector and drains, processors").items] == ["c"]
    assert part(found, "Collector and drains, processors").quantity.low == 0.5 * MONTH
    assert part(found, "Collector and drains, memory").quantity.low == 0.5 * MONTH


# -- advice, budget, difference --------------------------------------------------------------------------------------------


def advised(found: cost.Estimate, word: str) -> str:
    return next(one for one in found.advice if word in one)


def test_advice_names_conditions_that_could_be_one():
    same = [policy(f"p{place}", f'sum(rate(requests{{service="{place}"}}[5m])) > {place}') for place in "12"]
    other = policy("p3", 'sum(rate(requests{service="3"}[5m])) > 3', channels=("b",))
    assert "p1, p2. That saves $0.10 to $1.50" in advised(priced(*same, other), "could be one")


def test_advice_names_a_label_that_multiplies_unless_something_reads_it():
    labels = declared(**{"orders/order.rejected": {"route": 100, "reason": 3}})
    counted = metric("orders/order.rejected", "route", "reason")
    alone = priced(counted, labels, policy("p", f"sum(rate({NAME}[5m])) > 3"))
    assert "Label route of orders/order.rejected" in advised(alone, "multiplies")
    reading = priced(counted, labels, policy("p", f"sum by (route) (rate({NAME}[5m])) > 3"))
    assert not any("multiplies" in one for one in reading.advice)


def test_advice_names_a_debug_line_that_nobody_reads_and_not_one_that_is_counted():
    traffic = Traffic(lines=(lines("orders/cache.hit", severity="DEBUG"), lines("orders/seen", severity="DEBUG")))
    found = priced(metric("orders/seen"), traffic=traffic)
    assert "orders/cache.hit, DEBUG" in advised(found, "Nobody reads")
    assert not any("orders/seen, DEBUG" in one for one in found.advice)


def test_a_budget_holds_or_not_by_the_upper_bound():
    alerts = [policy(f"p{place}", f"sum(m{place}) > 1") for place in "ab"]
    assert not priced(*alerts, budget=3.05).over  # two conditions at most 1.50 each, and points for cents
    assert priced(*alerts, budget=2.99).over
    assert priced(*alerts, budget=2.99).document()["ok"] is False


def test_the_difference_of_two_revisions_is_reported_by_part():
    before, after = (priced(*(policy(f"p{n}", "vector(1)") for n in range(count))) for count in (1, 3))
    moved = cost.CostChange(before=before, after=after)
    assert moved.rows() == (("Alert conditions", "$0.10 to $1.50", "$0.30 to $4.50", "+$0.20 to +$3.00"),)
    assert moved.sentences()[0].startswith("A month is estimated at $0.30 to $4.50, before $0.10 to $1.50: +$0.20 to")
    assert not cost.CostChange(before=before, after=before).moved


def test_every_figure_is_a_quantity_with_its_reason_and_a_price_with_its_link():
    found = priced(metric("a/b"), policy("p", "up == 0"), traffic=Traffic(lines=(lines(),))).document()
    text = json.dumps(found)
    assert all(one["link"].startswith("https://") for one in found["prices"]["table"])
    assert {one["price"] for one in found["parts"]} == {one["key"] for one in found["prices"]["table"]}
    assert text.count('"how"') == sum(len(one["items"]) for one in found["parts"])


def test_the_docs_table_is_the_one_that_estimates_use():
    page = (Path(__file__).parents[3] / "docs" / "cost.md").read_text()
    for what, price, free, regions, _ in cost.table():
        assert f"| {what} | {price} | {free} | {regions} |" in page
    assert f"read on {cost.READ}" in page


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=5))
def test_a_range_never_costs_less_than_its_lower_bound(bounds):
    for price in cost.PRICES.values():
        for low, more in bounds:
            found = price.of(Range(low, low + more))
            assert 0 <= found.low <= found.high + 1e-9


# -- what is measured ------------------------------------------------------------------------------------------------------


def entry(second: int, event: str = "order.rejected", **more: object) -> dict[str, object]:
    when = f"2026-03-01T00:{second // 60:02}:{second % 60:02}Z"
    return {"timestamp": when, "severity": "INFO", "jsonPayload": {"event": event}, **more}


def test_recorded_entries_give_rates_and_sizes_of_events_and_of_other_lines(tmp_path):
    found = [
        *(entry(second) for second in range(0, 121, 2)),
        {**entry(60), "jsonPayload": {}, "logName": "projects/p/logs/run.googleapis.com%2Fstdout"},
    ]
    marked = "\ufeff" + json.dumps(found)  # a byte order mark, as Windows writes it
    for name, text in (("a.jsonl", "\n".join(map(json.dumps, found))), ("b.json", json.dumps(found)), ("c", marked)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        by_name = {one.name: one for one in cost.read(tmp_path / name).lines}
        assert by_name["order.rejected"].per_second == pytest.approx(61 / 120)
        assert by_name["order.rejected"].bytes == len(json.dumps(found[0], separators=(",", ":")))
        assert by_name["run.googleapis.com/stdout INFO"].per_second == pytest.approx(1 / 120)


def test_a_report_of_a_verification_gives_rates_and_sizes(tmp_path):
    report = {"findings": [], "traffic": [{"event": "order.rejected", "entries": 60, "bytes": 30_000, "seconds": 3600}]}
    (tmp_path / "v.json").write_text(json.dumps(report))
    (one,) = cost.read(tmp_path / "v.json").lines
    assert (one.per_second, one.bytes) == (pytest.approx(1 / 60), 500)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps([entry(0), entry(5)]), "2 entries of 5 seconds, too little"),
        ('{"findings": []}', "measured no traffic"),
        ("{}\nnot json", "line 2 is no JSON"),
        ("[1, 2]", "0 entries"),
        ("{}\n5", "line 2 is no object"),
        ('{}\n{"a": 1, "a": 2}', "line 2: the key 'a' stands here again. Remedy: keep one of them"),
        ('[{"a": 1,\n"a": 2}]', "line 2: the key 'a' stands here again"),
        ("[" * 100_000, "nested too deep"),
        ('{"timestamp": "yesterday"}', "'yesterday' is not a time"),
    ],
)
def test_a_file_without_traffic_is_refused_with_a_remedy(tmp_path, content, message):
    (tmp_path / "f").write_text(content)
    with pytest.raises(cost.TrafficError, match=message) as error:
        cost.read(tmp_path / "f")
    assert "Remedy: " in str(error.value)


def test_measured_traffic_goes_before_settings():
    measured = Traffic(lines=(lines("order.rejected", per_second=1),))
    given_ = Traffic(lines=(lines(per_second=9), lines("orders/other", per_second=2)), other_gib=5)
    both = cost.merged(measured, given_)
    assert [(one.name, one.per_second) for one in both.lines] == [("order.rejected", 1), ("orders/other", 2)]
    assert both.other_gib == 5


# -- settings --------------------------------------------------------------------------------------------------------------


def test_settings_of_a_stack_go_before_those_of_all(tmp_path):
    table = {"budget": 50, "lines": {"a": 1, "b": 2}, "stacks": {"prod": {"budget": 400, "lines": {"a": 10}}}}
    of = {stack: cost.cost_settings(ToolSettings(root=tmp_path, cost=table), stack) for stack in ("prod", "dev")}
    assert (of["prod"].budget, of["prod"].lines) == (400, {"a": 10, "b": 2})
    assert (of["dev"].budget, of["dev"].lines) == (50, {"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"budgets": 5}, "unknown key 'budgets'"),
        ({"budget": "5"}, "budget in .* is '5'.*number"),
        ({"budget": -5}, "budget in .* is -5"),
        ({"budget": True}, "budget in .* is True"),
        ({"lines": 5}, "lines in .* is 5.*table"),
        ({"lines": {"a": "x"}}, "lines.a in .* is 'x'"),
        ({"stacks": 5}, "stacks in .* is 5"),
        ({"stacks": {"prod": 5}}, "stacks.prod in .* is 5"),
        ({"stacks": {"prod": {"line": 5}}}, "unknown key 'stacks.prod.line'"),
    ],
)
def test_a_wrong_setting_is_named_with_a_remedy(tmp_path, table, message):
    with pytest.raises(ToolSettingsError, match=message) as error:
        cost.cost_settings(ToolSettings(root=tmp_path, cost=table), "prod")
    assert "Remedy: " in str(error.value)
