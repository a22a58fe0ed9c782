"""Requests that are legal by their form but ask for more than there is: an answer or a refusal, never a crash or a hang."""

import pytest

from tests.emulator.data.conftest import call
from vigil_apimodel.promql import DEEPEST, MOST_OPERATORS
from vigil_emulator import data_methods
from vigil_emulator.errors import ApiError
from vigil_emulator.promql.evaluate import parse
from vigil_emulator.promql.frame import PromQLError

PROMETHEUS = "monitoring.projects.location.prometheus.api.v1"


def answer(world, method, **body):
    path = {"name": "projects/p"} | ({"label": body.pop("label")} if "label" in body else {})
    return data_methods.handlers(world.plane)[f"{PROMETHEUS}.{method}"](call(method, path=path, body=body))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('timestamp<="9999-12-31T23:59:59Z"', 1), ('timestamp>="0001-01-01T00:00:00Z"', 1), ('timestamp>"2300-01-01"', 0),
        ('timestamp<"1600-01-01T00:00:00Z"', 0), ('timestamp="9999-12-31T23:59:59Z"', 0), ('receiveTimestamp<"9999-12-31"', 1),
    ],
)  # fmt: skip
def test_a_search_may_reach_over_all_years(world, query, found):
    world.write({"textPayload": "x"})
    assert len(world.entries(query)) == found


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30T00:00:00Z", "2026-03-01T10:00Z", "2026/03/01"])
def test_a_search_for_no_time_is_refused_by_name(world, text):
    with pytest.raises(ApiError, match="Invalid timestamp"):
        world.entries(f'timestamp>="{text}"')


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "1969-12-31T00:00:00Z", "2300-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])  # fmt: skip
def test_an_entry_of_any_year_is_taken_and_not_stored(world, time):
    for _ in range(2):
        world.write({"textPayload": "x", "timestamp": time, "insertId": "i"}, {"textPayload": "y", "timestamp": time})
    assert world.entries() == []


def test_series_are_listed_over_all_years_as_over_the_last_hour(world):
    world.counter("all", "")
    world.write(*({"textPayload": "x", "timestamp": world.time(-60 * n)} for n in (1, 5, 30)))
    world.pass_time(120)
    method = "monitoring.projects.timeSeries.list"

    def points(start, end, period="60s"):
        query = {
            "filter": 'metric.type="logging.googleapis.com/user/all"', "interval.startTime": start, "interval.endTime": end,
            "aggregation.alignmentPeriod": period, "aggregation.perSeriesAligner": "ALIGN_DELTA",
        }  # fmt: skip
        return data_methods.handlers(world.plane)[method](call(method, path={"name": "projects/p"}, query=query))[
            "timeSeries"
        ]

    recent = points(world.time(-3600), world.time())
    assert sum(int(point["value"]["int64Value"]) for point in recent[0]["points"]) == 3
    assert points("0001-01-01T00:00:00Z", world.time()) == recent
    (late,) = points("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "3600s")
    assert sum(int(point["value"]["int64Value"]) for point in late["points"]) == 3


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 1000])
def test_pages_of_series_put_together_are_the_whole_list(world, size):
    world.counter("all", "", labels={"who": "EXTRACT(textPayload)"})
    world.write(*({"textPayload": who, "timestamp": world.time(-60 * n)} for who in "abc" for n in (1, 3)))
    world.pass_time(120)
    method = "monitoring.projects.timeSeries.list"

    def listed(**query):
        interval = {"interval.startTime": world.time(-3600), "interval.endTime": world.time()}
        full = {"filter": 'metric.type="logging.googleapis.com/user/all"', **interval, **query}
        return data_methods.handlers(world.plane)[method](call(method, path={"name": "projects/p"}, query=full))

    def pages(**query):
        token = ""
        while True:
            page = listed(pageSize=str(size), pageToken=token, **query)
            yield page["timeSeries"]
            if not (token := page.get("nextPageToken", "")):
                return

    whole = {one["metric"]["labels"]["who"]: one["points"] for one in listed()["timeSeries"]}
    together = {}
    for page in pages():
        assert sum(len(one["points"]) for one in page) <= size
        for one in page:
            together.setdefault(one["metric"]["labels"]["who"], []).extend(one["points"])
    assert together == whole
    heads = list(pages(view="HEADERS"))
    assert [len(page) for page in heads] == [min(size, 3 - n) for n in range(0, 3, size)]
    assert not any("points" in one for page in heads for one in page)


@pytest.mark.parametrize(("query", "reason"), [({"pageSize": "-1"}, "must not be negative"), ({"pageToken": "x"}, "page_token is invalid")])  # fmt: skip
def test_a_malformed_page_is_refused(world, query, reason):
    world.counter("all", "")
    world.pass_time(700)
    method = "monitoring.projects.timeSeries.list"
    full = {"filter": 'metric.type="logging.googleapis.com/user/all"', "interval.endTime": world.time(), **query}
    with pytest.raises(ApiError, match=reason):
        data_methods.handlers(world.plane)[method](call(method, path={"name": "projects/p"}, query=full))


@pytest.mark.parametrize("time", ["1e30", "inf", "nan", "-1e20", "9999-12-31T23:59:59Z", "abc"])
def test_a_malformed_time_is_refused_by_name(world, time):
    for name, method in (("time", "query"), ("start", "query_range"), ("end", "labels")):
        with pytest.raises(ApiError, match=f'invalid parameter "{name}": cannot parse "{time}"'):
            answer(world, method, query="vector(1)", step="60", **{name: time})


@pytest.mark.parametrize("step", ["inf", "nan", "1e400", "-1", "0", "x"])
def test_a_malformed_step_is_refused_by_name(world, step):
    with pytest.raises(ApiError, match='invalid parameter "step"'):
        answer(world, "query_range", query="vector(1)", start="0", end="60", step=step)


@pytest.mark.parametrize("query", ["sum_over_time(vector(1)[10y:1ms])", "vector(1)[100y:1s]", "max_over_time(rate(up[5m])[10y:10ms])"])  # fmt: skip
def test_a_subquery_of_more_steps_than_fit_is_refused_as_prometheus_does(world, query):
    with pytest.raises(ApiError, match="would load too many samples into memory"):
        answer(world, "query", query=query)


@pytest.mark.parametrize(
    "query",
    ["(" * 100_000 + "1" + ")" * 100_000, "(" * 5_000 + "1" + ")" * 5_000, "1+" * 9_000 + "1", "1^" * 9_000 + "1", "-" * 5_000 + "1",
     "abs(" * 5_000 + "up" + ")" * 5_000, "{" * 50_000, "up or " * 9_000 + "up",
     "up{" + 'a=~".*",' * 9_000 + "}"],
)  # fmt: skip
def test_a_query_that_would_take_the_parser_with_it_is_refused(world, query):
    with pytest.raises(ApiError, match=r"at most \d+ are taken|nest deeper than"):
        answer(world, "query", query=query)


def test_what_people_write_is_far_below(world):
    deep = "(" * DEEPEST + "1" + ")" * DEEPEST
    long = " + ".join(["1"] * (MOST_OPERATORS + 1))
    assert answer(world, "query", query=deep)["data"]["result"][1] == "1"
    assert answer(world, "query", query=long)["data"]["result"][1] == str(MOST_OPERATORS + 1)
    parse(f'label_replace(up, "a", "{"(" * 500}", "b", "") # {"(" * 500}')
    with pytest.raises(PromQLError, match="nest deeper"):
        parse("(" + deep + ")")


def test_series_need_a_selector_and_metadata_can_be_one_metric_s(world):
    world.counter("a", "")
    world.counter("b", "")
    world.write({"textPayload": "x"})
    world.pass_time(700)
    with pytest.raises(ApiError, match=r"no match\[\] parameter provided"):
        answer(world, "series")
    name = "logging.googleapis.com/user/a"
    assert set(answer(world, "metadata.list")["data"]) > {name, "logging.googleapis.com/user/b"}
    for metric in (name, "logging_googleapis_com:user_a"):
        assert set(answer(world, "metadata.list", metric=metric)["data"]) == {name}
    assert len(answer(world, "metadata.list", limit="1")["data"]) == 1
    assert answer(world, "metadata.list", limit="0")["data"] == {}
    with pytest.raises(ApiError, match="limit must be a number"):
        answer(world, "metadata.list", limit="x")


@pytest.mark.parametrize("query", ["up @ -1", "up @ 1e300", "up @ 253402300800", "rate(up[99999999y])", "sum(abs(up offset 1e308))", "-up @ -5", "up @ -1 or up"])  # fmt: skip
def test_a_time_or_duration_that_does_not_fit_is_refused_and_ends_nothing(world, query):
    with pytest.raises(ApiError, match='invalid parameter "query"'):
        answer(world, "query", query=query)
    world.policy({"conditionPrometheusQueryLanguage": {"query": query}}, name="odd")
    world.policy({"conditionPrometheusQueryLanguage": {"query": "vector(1) > 0"}}, name="sound")
    world.pass_time(120)
    assert [incident["condition"] for incident in world.open_incidents()] == ["c0"]
    assert len(world.plane.problems()) == 1
