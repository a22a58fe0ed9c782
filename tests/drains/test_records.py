"""What each kind of record becomes."""

import json

import pytest

from vigil_drains.batches import UnreadableError
from vigil_drains.pages import OTHER, Pages
from vigil_drains.supabase import Lines
from vigil_drains.vercel import Deployments, Logs, Views, Vitals, rating


def events_of(reader, **record):
    return [
        {"event": type(event).__name__} | {name: getattr(event, name) for name in event.__struct_fields__}
        for event in reader.events(json.dumps(record).encode())
    ]


def log(**changed):
    given = {"id": "1", "source": "lambda", "level": "info", "path": "/a", "environment": "production"}
    return events_of(Logs(), **(given | changed))


def kinds(found):
    return [one["event"] for one in found]


def test_a_line_without_a_status_is_no_request():
    assert log(message="hello") == []


def test_a_crashed_function_is_a_5xx_and_an_error():
    exit_, failure = log(statusCode=-1)
    assert (exit_["status_class"], failure["error"]) == ("5xx", "the function gave no answer")
    assert log(statusCode=-1, proxy={"path": "/a", "statusCode": 502})[0]["status_class"] == "5xx"


def test_a_revalidation_in_the_background_is_no_request():
    assert log(source="static", proxy={"path": "/a", "statusCode": -1}) == []


def test_a_5xx_of_a_function_is_an_error_and_one_of_an_external_address_is_not():
    assert kinds(log(statusCode=500)) == ["FrontendRequestCompleted", "FrontendErrorRaised"]
    assert kinds(log(source="external", proxy={"path": "/a", "statusCode": 502})) == ["FrontendRequestCompleted"]


def test_all_lines_of_a_request_make_one_exit_and_one_error():
    reader = Logs()
    lines = [
        events_of(reader, id=str(number), source="lambda", level="error", message="m", statusCode=500, requestId="r")
        for number in range(5)
    ]
    assert kinds([one for line in lines for one in line]) == ["FrontendRequestCompleted", "FrontendErrorRaised"]


def completed(*records):
    reader = Logs()
    found = [one for record in records for one in events_of(reader, requestId="r", environment="production", **record)]
    exits = [(one["page"], one["status_class"]) for one in found if one["event"] == "FrontendRequestCompleted"]
    return exits, [(one["page"], one["error"]) for one in found if one["event"] == "FrontendErrorRaised"]


FUNCTION = {"id": "2", "source": "lambda", "path": "/api/pay", "statusCode": 500, "level": "error", "message": "boom"}


@pytest.mark.parametrize(
    "middleware",
    [
        {"type": "middleware", "path": "/middleware", "proxy": {"statusCode": 500, "path": "/api/pay"}},
        {"type": "middleware-invocation", "path": "/middleware", "proxy": {"statusCode": 500, "path": "/api/pay"}},
        {"path": "/_middleware", "proxy": {"statusCode": 500, "path": "/api/pay"}},
        {"path": "src/middleware.ts"},
        {"type": "middleware", "path": "/middleware", "proxy": {"path": "/api/pay"}},
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_middleware_hides_no_failure_of_the_function_behind_it(middleware, first):
    passed = {"id": "1", "source": "edge", "statusCode": 200} | middleware
    exits, errors = completed(passed, FUNCTION) if first else completed(FUNCTION, passed)
    assert exits == [("/api/pay", "5xx")]
    assert errors == [("/api/pay", "boom")]


def test_a_middleware_that_answers_itself_or_fails_is_reported():
    redirect = {"id": "1", "source": "edge", "type": "middleware", "path": "/middleware", "statusCode": 307}
    assert completed(redirect) == ([("/middleware", "3xx")], [])
    refused = redirect | {"statusCode": 200, "proxy": {"statusCode": 401, "path": "/admin"}}
    assert completed(refused) == ([("/admin", "4xx")], [])
    failed = redirect | {"statusCode": 500, "message": "TypeError: x"}
    assert completed(failed) == ([("/middleware", "5xx")], [("/middleware", "TypeError: x")])
    wrote = redirect | {"statusCode": 200, "level": "error", "message": "no cookie"}
    assert completed(wrote, FUNCTION)[1] == [("/middleware", "no cookie"), ("/api/pay", "boom")]


@pytest.mark.parametrize("source", ["build", "something-new"])
def test_builds_and_unknown_sources_give_no_event(source):
    assert log(source=source, level="error", statusCode=500) == []


@pytest.mark.parametrize(
    ("environment", "target"), [("production", "production"), ("preview", "preview"), (None, "other")]
)
def test_the_target_is_the_environment(environment, target):
    assert log(statusCode=204, environment=environment)[0]["target"] == target


def test_static_files_are_one_page():
    assert log(source="static", path="/img/x.png", statusCode=304)[0]["page"] == "(static)"


def test_a_page_view():
    view = {"schema": "vercel.analytics.v1", "eventType": "pageview", "timestamp": 1, "deviceType": "mobile"}
    [found] = events_of(Views(), **view, path="/orders/17", country="de", sessionId=5, deviceId=6)
    assert (found["page"], found["device"], found["target"], found["country"]) == (
        "/orders/[id]",
        "mobile",
        "production",
        "DE",
    )
    assert events_of(Views(), **(view | {"eventType": "event", "eventName": "buy"})) == []


@pytest.mark.parametrize(
    ("metric", "value", "unit", "expected"),
    [
        ("LCP", 2500, "milliseconds", "good"),
        ("CLS", 0.2, "score", "needs_improvement"),
        ("INP", 501, "milliseconds", "poor"),
    ],
)
def test_a_vital_has_its_own_unit_and_rating(metric, value, unit, expected):
    [found] = events_of(Vitals(), metricType=metric, value=value, timestamp="2026-01-01T00:00:00Z", route="/a")
    other = {"milliseconds": "score", "score": "milliseconds"}[unit]
    assert (found[unit], found[other], found["rating"]) == (value, None, expected)


def test_ratings_are_those_of_web_dev():
    assert [rating("TTFB", value) for value in (800, 801, 1800, 1801)] == [
        "good",
        "needs_improvement",
        "needs_improvement",
        "poor",
    ]


@pytest.mark.parametrize(
    ("target", "expected"), [("production", "production"), (None, "preview"), ("staging", "other")]
)
def test_a_failed_deployment(target, expected):
    payload = {"deployment": {"id": "dpl_1", "meta": {"githubCommitSha": "abc123"}}, "target": target}
    [found] = events_of(Deployments(), id="h", type="deployment.error", payload=payload)
    assert (found["state"], found["target"], found["deployment"], found["commit"]) == (
        "error",
        expected,
        "dpl_1",
        "abc123",
    )


def test_other_hooks_give_no_event_and_a_deployment_without_id_is_unreadable():
    assert events_of(Deployments(), id="h", type="project.created", payload={"any": 1}) == []
    with pytest.raises(UnreadableError, match="deployment"):
        events_of(Deployments(), id="h", type="deployment.error", payload={})


@pytest.mark.parametrize(
    ("record", "part", "level"),
    [
        ({"metadata": [{"parsed": {"error_severity": "ERROR"}}]}, "postgres", "error"),
        ({"metadata": {"parsed": {"error_severity": "FATAL"}}}, "postgres", "fatal"),
        ({"metadata": [{"response": [{"status_code": 503}]}]}, "api", "error"),
        ({"metadata": [{"response": {"status_code": 404}}]}, "api", "warning"),
        ({"metadata": {"level": "warning"}, "source": "auth_logs"}, "auth", "warning"),
        ({"source": "postgrest_logs"}, "api", "info"),
        ({"source": "pgbouncer_logs"}, "pooler", "info"),
        ({"metadata": "text"}, "other", "info"),
    ],
)
def test_lines_of_a_database_by_part_and_level(record, part, level):
    [found] = events_of(Lines(), event_message="x", **record)
    assert (found["part"], found["level"]) == (part, level)


@pytest.mark.parametrize(
    "text",
    [
        "duration: 812.1 ms  statement: select * from users where email = 'ann@shop.example'",
        "duration: 5 ms  execute s_1: update t set name = 'Ann'",
        "duplicate key value\nDETAIL:  Key (email)=(Ann) already exists.",
        'COPY users, line 3, column name: "Ann"',
        "cron job 1 starting: insert into t values ('Ann')",
        'cron job 12 COMMAND completed: 1 row "Ann"',
        'value "Ann" is out of range for type integer',
    ],
)
def test_statements_stay_out(text):
    [found] = events_of(Lines(), event_message=text)
    assert "left out)" in found["text"]
    assert "Ann" not in found["text"]
    assert "ann@" not in found["text"]


@pytest.mark.parametrize(
    ("route", "path", "page"),
    [
        ("/orders/[id]", "/orders/1", "/orders/[id]"),
        (None, "/orders/1234", "/orders/[id]"),
        (None, "/u/3f2504e0-4f89-41d3-9a0c-0305e82c3301/edit", "/u/[id]/edit"),
        (None, "https://shop.example/a?b=c#d", "/a"),
        (None, "/_next/static/chunks/main.js", "/_next"),
        (None, "/mail/ann@shop.example", "/mail/[id]"),
        (None, "", "/"),
    ],
)
def test_a_page_is_a_template(route, path, page):
    assert Pages().of(route, path) == page


def test_there_are_at_most_so_many_pages():
    pages = Pages(most=3)
    found = {pages.of(None, f"/{name}") for name in "abcdef"}
    assert found == {"/a", "/b", OTHER}
    assert pages.of(None, "/a") == "/a"
