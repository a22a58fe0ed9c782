"""What is scraped becomes the series that the collector would write."""

from datetime import UTC, datetime, timedelta

import pytest

from cli.local.scraping import Target, read, series
from demo.outside import Database, exposition
from vigil_apimodel.metrics import supabase

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = """\
# HELP waits How long
# TYPE waits histogram
waits_bucket{namespace="default",le="1"} 2
waits_bucket{namespace="default",le="5"} 3
waits_bucket{namespace="default",le="+Inf"} 4
waits_sum{namespace="default"} 20
waits_count{namespace="default"} 4
# TYPE pollers gauge
pollers{queue="a \\"b\\""} 5
nonsense here
"""


def test_a_histogram_is_a_distribution_with_the_counts_between_its_bounds() -> None:
    waits, pollers = series(read(TEXT), Target(job="w", url=""), project="p", since=NOW - timedelta(seconds=9), now=NOW)
    assert waits["metric"] == {
        "type": "prometheus.googleapis.com/waits/histogram",
        "labels": {"exported_namespace": "default"},
    }
    value = waits["points"][0]["value"]["distributionValue"]  # pyright: ignore[reportIndexIssue] - JSON
    assert (value["count"], value["mean"], value["bucketCounts"]) == ("4", 5.0, ["2", "1", "1"])
    assert value["bucketOptions"] == {"explicitBuckets": {"bounds": [1.0, 5.0]}}
    assert pollers["metric"]["labels"] == {"queue": 'a "b"'}  # pyright: ignore[reportIndexIssue] - JSON
    assert pollers["metricKind"] == "GAUGE"


@pytest.mark.parametrize("database", list(Database))
def test_the_database_serves_documented_names_alone(database: Database) -> None:
    found = read(exposition(database, seconds=100))
    assert {each.name: f"prometheus.googleapis.com/{each.name}/{each.kind}" for each in found} == {
        each.name: supabase.get(each.name).type for each in found
    }
    up = next(each for each in found if each.name == "pg_up")
    assert up.value == (0 if database is Database.DOWN else 1)
