"""Log-based metrics: what is counted, under which labels, and how Monitoring and PromQL show it."""

import pytest

from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.distribution import distribution_of

USER = "logging.googleapis.com/user/"
RUN = 'monitored_resource="cloud_run_revision"'


def test_a_counter_has_a_series_for_each_set_of_labels_and_a_point_for_each_minute(world):
    world.counter(
        "orders",
        "jsonPayload.event=order",
        labels={"route": "EXTRACT(jsonPayload.route)", "code": 'REGEXP_EXTRACT(jsonPayload.message, "code (\\\\d+)")'},
    )
    world.write(*({"jsonPayload": {"event": "order", "route": "/a", "message": "code 17 x"}} for _ in range(3)))
    world.write({"jsonPayload": {"event": "order", "message": "none"}}, {"jsonPayload": {"event": "other"}})
    world.pass_time(60)
    world.write({"jsonPayload": {"event": "order", "route": "/a", "message": "code 17"}})
    world.pass_time(120)
    series = {tuple(sorted(s["metric"]["labels"].items())): s for s in world.time_series(f'metric.type="{USER}orders"')}
    assert set(series) == {(("code", "17"), ("log", "app"), ("route", "/a")), (("log", "app"),)}
    one = series[("code", "17"), ("log", "app"), ("route", "/a")]
    assert one["metricKind"] == "DELTA"
    assert one["valueType"] == "INT64"
    assert one["resource"]["labels"] == {"project_id": "p", "location": "europe-west1", "service_name": "api"}
    assert [(p["interval"]["startTime"][11:19], p["interval"]["endTime"][11:19], p["value"]["int64Value"]) for p in one["points"]] == [
        ("12:02:00", "12:03:00", "0"), ("12:01:00", "12:02:00", "1"), ("12:00:00", "12:01:00", "3"),
    ]  # fmt: skip


def test_promql_sees_a_counter_that_begins_at_zero_under_both_names(world):
    world.counter("a-b/c", "")
    world.pass_time(60, every=15, during=lambda: world.write({"textPayload": "x"}))
    world.pass_time(240)
    for name in (f'{{"{USER}a-b/c", {RUN}}}', f"logging_googleapis_com:user_a_b_c{{{RUN}}}"):
        (item,) = world.query(name)
        assert item["value"][1] == "4"
        assert item["metric"]["service_name"] == "api"
        assert item["metric"]["log"] == "app"
    # the first minute's entries are an increase from zero, not a counter's beginning
    (increase,) = world.query(f'increase({{"{USER}a-b/c", {RUN}}}[6m])')
    assert float(increase["value"][1]) == pytest.approx(4)


def test_entries_too_old_or_too_new_are_not_counted_but_are_in_the_error_count(world):
    world.counter("all", "")
    world.write(
        {"textPayload": "old", "timestamp": world.time(-86_401)}, {"textPayload": "new", "timestamp": world.time(601)},
        {"textPayload": "late", "timestamp": world.time(-86_399)}, {"textPayload": "soon", "timestamp": world.time(600)},
    )  # fmt: skip
    world.pass_time(720)
    (total,) = world.query(f'sum(last_over_time({{"{USER}all", {RUN}}}[2d]))')
    assert total["value"][1] == "2"
    (errors,) = world.query(f'{{"logging.googleapis.com/logs_based_metrics_error_count", {RUN}}}')
    assert errors["value"][1] == "2"
    assert errors["metric"]["metric"] == "all"


@pytest.mark.parametrize(
    "value",
    [
        {"count": "1", "bucketCounts": ["1"], "bucketOptions": {"exponentialBuckets": {"numFiniteBuckets": 200, "growthFactor": 1e300, "scale": 1}}},
        {"count": "1", "bucketCounts": ["1"], "bucketOptions": {"linearBuckets": {"numFiniteBuckets": 2, "width": 1e-300, "offset": 1}}},
        {"count": "1", "bucketCounts": ["1"], "bucketOptions": {"explicitBuckets": {"bounds": [1, "NaN", 2]}}},
        {"count": "-1"}, {"count": "0", "bucketCounts": ["1", "-1"], "bucketOptions": {"explicitBuckets": {"bounds": [1]}}},
        {"count": "1", "sumOfSquaredDeviation": -1},
    ],
)  # fmt: skip
def test_a_distribution_that_parts_no_values_is_refused(value):
    with pytest.raises(ApiError, match="Field bucketOptions had an invalid value"):
        distribution_of(value)


def test_a_distribution_records_values_in_its_buckets(world):
    world.counter("wait", "", valueExtractor="EXTRACT(jsonPayload.waited)", bucketOptions={"explicitBuckets": {"bounds": [1, 2, 4]}},
                  metricDescriptor={"metricKind": "DELTA", "valueType": "DISTRIBUTION", "unit": "s"})  # fmt: skip
    for waited in (0.5, 1, 1.5, 3, 100, "2.5", "much", None):
        world.write({"jsonPayload": {"waited": waited}})
    world.pass_time(60)
    (series,) = world.time_series(f'metric.type="{USER}wait"')
    value = series["points"][0]["value"]["distributionValue"]
    assert value["count"] == "6"
    assert value["mean"] == pytest.approx((0.5 + 1 + 1.5 + 3 + 100 + 2.5) / 6)
    assert value["bucketCounts"] == ["1", "2", "2", "1"]
    buckets = {item["metric"]["le"]: item["value"][1] for item in world.query(f'{{"{USER}wait_bucket", {RUN}}}')}
    assert buckets == {"1": "1", "2": "3", "4": "5", "+Inf": "6"}
    assert world.query(f"logging_googleapis_com:user_wait_count{{{RUN}}}")[0]["value"][1] == "6"
    assert float(world.query(f"logging_googleapis_com:user_wait_sum{{{RUN}}}")[0]["value"][1]) == pytest.approx(108.5)


@pytest.mark.parametrize(
    ("options", "bounds"),
    [
        ({"linearBuckets": {"numFiniteBuckets": 3, "width": 5, "offset": 10}}, [10, 15, 20, 25]),
        ({"exponentialBuckets": {"numFiniteBuckets": 3, "growthFactor": 2, "scale": 0.5}}, [0.5, 1, 2, 4]),
    ],
)
def test_a_distribution_has_the_bounds_of_its_bucket_options(world, options, bounds):
    world.counter(
        "d",
        "",
        valueExtractor="EXTRACT(jsonPayload.v)",
        bucketOptions=options,
        metricDescriptor={"valueType": "DISTRIBUTION"},
    )
    world.write({"jsonPayload": {"v": bounds[1]}})
    world.pass_time(60)
    value = world.time_series(f'metric.type="{USER}d"')[0]["points"][0]["value"]["distributionValue"]
    assert value["bucketOptions"]["explicitBuckets"]["bounds"] == bounds
    assert value["bucketCounts"] == ["0", "0", "1"]


def test_a_metric_of_a_bucket_counts_what_the_bucket_stores(world):
    bucket = "projects/p/locations/global/buckets/_Default"
    world.counter("stored", "", bucketName=bucket)
    world.counter("all", "")
    world.resources.put("logging.exclusions", "projects/p/exclusions/x", {"name": "x", "filter": "severity=DEBUG"})
    world.write({"textPayload": "kept"}, {"textPayload": "excluded", "severity": "DEBUG"})
    world.pass_time(60)
    (stored,) = world.time_series(f'metric.type="{USER}stored" AND resource.type="logging_bucket"')
    assert stored["points"][0]["value"]["int64Value"] == "1"
    assert world.time_series(f'metric.type="{USER}stored" AND resource.type="cloud_run_revision"') == []
    assert world.time_series(f'metric.type="{USER}all"')[0]["points"][0]["value"]["int64Value"] == "2"


def test_a_disabled_metric_and_one_that_cannot_be_evaluated_count_nothing(world):
    world.counter("off", "", disabled=True)
    world.counter("bad", "thud=1")
    world.write({"textPayload": "x"})
    world.pass_time(60)
    assert world.time_series(f'metric.type="{USER}off"') == []
    assert world.time_series(f'metric.type="{USER}bad"') == []
    assert "Field not found" in world.plane.problems()["projects/p/metrics/bad"]


def test_an_unknown_metric_is_google_s_404(world):
    with pytest.raises(ApiError, match="could take up to 10 minutes") as caught:
        world.time_series(f'metric.type="{USER}none"')
    assert caught.value.code == 404


def test_late_entries_go_to_their_own_minute(world):
    world.counter("all", "")
    world.write({"textPayload": "now"})
    world.write({"textPayload": "late", "timestamp": world.time(-150)})
    world.pass_time(60)
    values = [p["value"]["int64Value"] for p in world.time_series(f'metric.type="{USER}all"')[0]["points"]]
    assert values == ["1", "0", "0", "1"]


def test_a_metric_that_is_replaced_by_one_of_another_type_starts_again(make_world, tmp_path):
    world = make_world(tmp_path / "state.db")
    world.counter("m", "")
    world.write({"jsonPayload": {"v": 3}})
    distribution = {"valueExtractor": "EXTRACT(jsonPayload.v)", "metricDescriptor": {"valueType": "DISTRIBUTION"}}
    world.counter("m", "", bucketOptions={"explicitBuckets": {"bounds": [1, 2]}}, **distribution)
    world.write({"jsonPayload": {"v": 3}})
    world.pass_time(60)
    world.restart()
    (series,) = world.time_series(f'metric.type="{USER}m"')
    assert series["valueType"] == "DISTRIBUTION"
    assert series["points"][0]["value"]["distributionValue"]["bucketCounts"] == ["0", "0", "1"]


def test_points_take_the_buckets_that_a_metric_has_now(world):
    distribution = {"valueExtractor": "EXTRACT(jsonPayload.v)", "metricDescriptor": {"valueType": "DISTRIBUTION"}}
    world.counter("m", "", bucketOptions={"explicitBuckets": {"bounds": [1, 2]}}, **distribution)
    world.write({"jsonPayload": {"v": 1.5}})
    world.pass_time(60)
    world.counter("m", "", bucketOptions={"explicitBuckets": {"bounds": [1, 2, 4]}}, **distribution)
    world.write({"jsonPayload": {"v": 3}})
    world.pass_time(60)
    buckets = {item["metric"]["le"]: item["value"][1] for item in world.query(f'{{"{USER}m_bucket", {RUN}}}')}
    assert buckets == {"1": "0", "2": "1", "4": "2", "+Inf": "2"}
