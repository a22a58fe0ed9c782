"""Writing, routing and listing entries."""

import pytest

from vigil_emulator import data_methods
from vigil_emulator.errors import ApiError

DEFAULT = "projects/p/locations/global/buckets/_Default"


def texts(entries):
    return [entry["textPayload"] for entry in entries]


def test_an_entry_comes_back_with_what_the_server_adds(world):
    world.write(
        {"textPayload": "hello", "severity": "ERROR", "labels": {"own": "2"}}, labels={"shared": "1", "own": "1"}
    )
    (entry,) = world.entries()
    assert entry["textPayload"] == "hello"
    assert entry["severity"] == "ERROR"
    assert entry["labels"] == {"shared": "1", "own": "2"}
    assert entry["receiveTimestamp"] == "2026-03-01T12:00:00Z"
    assert entry["insertId"]


def test_entries_are_listed_in_the_order_of_time_page_by_page(world):
    world.write(*({"textPayload": str(n), "timestamp": world.time(-n)} for n in range(7)))
    first = data_methods.handlers(world.plane)["logging.entries.list"]
    from vigil_emulator.calls import Call

    def page(**body):
        return first(Call(method="logging.entries.list", body={"resourceNames": ["projects/p"], **body}))

    seen, token = [], ""
    while True:
        answer = page(pageSize=3, pageToken=token, orderBy="timestamp desc")
        seen.append(texts(answer["entries"]))
        token = answer.get("nextPageToken", "")
        if not token:
            break
    assert seen == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert texts(page()["entries"]) == ["6", "5", "4", "3", "2", "1", "0"]


def test_the_same_insert_id_time_and_log_is_one_entry_and_counts_once(world):
    world.counter("all", 'textPayload:"x"')
    same = {"textPayload": "x", "insertId": "one", "timestamp": world.time()}
    world.write(same, same)
    world.write(same)
    world.write({**same, "timestamp": world.time(-1)}, {**same, "logName": "projects/p/logs/other"})
    assert len(world.entries()) == 3
    world.pass_time(120)
    assert (
        sum(
            float(item["value"][1])
            for item in world.query('{"logging.googleapis.com/user/all", monitored_resource="cloud_run_revision"}')
        )
        == 3
    )


def test_sinks_route_exclusions_keep_out_and_required_takes_audit_logs_alone(world):
    bucket = "projects/p/locations/europe-west1/buckets/mine"
    world.resources.put("logging.buckets", bucket, {"name": bucket, "retentionDays": 1})
    world.resources.put("logging.sinks", "projects/p/sinks/mine", {
        "name": "mine", "destination": f"logging.googleapis.com/{bucket}", "filter": "severity>=ERROR",
        "exclusions": [{"name": "noise", "filter": 'textPayload:"noise"'}, {"name": "off", "filter": "severity>=ERROR", "disabled": True}],
    })  # fmt: skip
    world.resources.put(
        "logging.sinks",
        "projects/p/sinks/topic",
        {"name": "topic", "destination": "pubsub.googleapis.com/projects/p/topics/t", "filter": ""},
    )
    world.resources.put(
        "logging.exclusions", "projects/p/exclusions/dull", {"name": "dull", "filter": 'textPayload:"dull"'}
    )
    world.write(
        {"textPayload": "fine"}, {"textPayload": "dull"}, {"textPayload": "noise", "severity": "ERROR"},
        {"textPayload": "bad", "severity": "ERROR"},
        {"textPayload": "audit", "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity"},
    )  # fmt: skip

    def within(name):
        return sorted(texts(world.entries(resourceNames=[name])))

    assert within(DEFAULT) == ["bad", "fine", "noise"]
    assert within(bucket) == ["bad"]
    assert within(DEFAULT.replace("_Default", "_Required")) == ["audit"]
    assert within("projects/p") == ["audit", "bad", "fine", "noise"]
    assert len(world.plane.queues()["pubsub.googleapis.com/projects/p/topics/t"]) == 5
    world.resources.delete("logging.sinks", "projects/p/sinks/mine")
    world.write({"textPayload": "later", "severity": "ERROR"})
    assert within(bucket) == ["bad"]


def test_views_show_a_part_and_retention_hides_what_is_older(world):
    view = f"{DEFAULT}/views/errors"
    world.resources.put("logging.views", view, {"name": view, "filter": 'log_id("app") AND SOURCE("projects/p")'})
    world.write({"textPayload": "app"}, {"textPayload": "other", "logName": "projects/p/logs/other"})
    assert texts(world.entries(resourceNames=[view])) == ["app"]
    assert len(world.entries(resourceNames=[f"{DEFAULT}/views/_AllLogs"])) == 2
    world.clock.advance(31 * 86_400)
    assert world.entries() == []
    world.plane.step()
    assert world.plane.stats()["entries"] == 0


def test_a_sink_to_another_project_makes_the_entry_its_own(world):
    world.resources.put(
        "logging.sinks",
        "projects/p/sinks/other",
        {"name": "other", "destination": "logging.googleapis.com/projects/q", "filter": ""},
    )
    world.write({"textPayload": "shared"})
    assert texts(world.entries(resourceNames=["projects/q"])) == ["shared"]


def test_what_does_not_arrive_is_counted(world):
    world.resources.put(
        "logging.sinks",
        "projects/p/sinks/gone",
        {
            "name": "gone",
            "destination": "logging.googleapis.com/projects/p/locations/global/buckets/gone",
            "filter": "",
        },
    )
    world.write({"textPayload": "x"})
    world.pass_time(60)
    (series,) = world.time_series('metric.type="logging.googleapis.com/exports/error_count"')
    assert series["resource"] == {
        "type": "logging_sink",
        "labels": {
            "destination": "logging.googleapis.com/projects/p/locations/global/buckets/gone",
            "name": "gone",
            "project_id": "p",
        },
    }
    counted = world.time_series('metric.type="logging.googleapis.com/log_entry_count" AND metric.labels.log="app"')
    assert counted[0]["points"][0]["value"] == {"int64Value": "1"}
    (billed,) = world.time_series('metric.type="logging.googleapis.com/billing/bytes_ingested"')
    (stored,) = world.time_series('metric.type="logging.googleapis.com/byte_count"')
    assert billed["metric"]["labels"] == {"resource_type": "cloud_run_revision"}
    assert billed["resource"] == {"type": "global", "labels": {"project_id": "p"}}
    assert billed["points"] == stored["points"]


def test_errors_are_per_entry_and_name_google_s_limits(world):
    big = {"textPayload": "x" * 300_000}
    with pytest.raises(ApiError, match=r"exceeds maximum size of 256\.0K") as caught:
        world.write({"textPayload": "fine"}, big, {"textPayload": "x", "logName": "nowhere"})
    (detail,) = caught.value.details
    assert sorted(detail["logEntryErrors"]) == ["1", "2"]
    assert detail["logEntryErrors"]["1"]["code"] == 3
    assert world.entries() == []
    with pytest.raises(ApiError):
        world.write({"textPayload": "fine"}, big, partialSuccess=True)
    assert texts(world.entries()) == ["fine"]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"filter": "thud=1"}, "Field not found"),
        ({"filter": "a" * 20_001}, "20000 characters"),
        ({"orderBy": "severity"}, "orderBy"),
        ({"resourceNames": []}, "resourceNames"),
        ({"pageToken": "x"}, "page_token"),
        ({"resourceNames": [f"{DEFAULT}/views/none"]}, "does not exist"),
    ],
)
def test_lists_that_are_refused(world, request_, reason):
    with pytest.raises(ApiError, match=reason):
        world.entries(**{"filter_text": request_.pop("filter", ""), **request_})


def test_too_old_and_too_new_entries_are_not_stored(world):
    world.write(
        {"textPayload": "old", "timestamp": world.time(-31 * 86_400)},
        {"textPayload": "new", "timestamp": world.time(25 * 3600)},
    )
    assert world.entries() == []


def test_two_payloads_are_refused(world):
    with pytest.raises(ApiError, match="payload"):
        world.write({"textPayload": "a", "jsonPayload": {"a": 1}})


def test_a_query_by_time_uses_the_time(world):
    world.write(*({"textPayload": str(n), "timestamp": world.time(-60 * n)} for n in range(5)))
    assert texts(world.entries(f'timestamp>="{world.time(-120)}" AND timestamp<"{world.time()}"')) == ["2", "1"]


def test_a_lone_surrogate_is_replaced_and_harms_nobody(world):
    world.counter("any", 'jsonPayload.x=~"a"')
    world.line('{"x": "a\\ud83d", "event": "e"}\n{"x": "b", "big": 123456789012345678901234567890, "event": "e"}')
    assert [entry["jsonPayload"]["x"] for entry in world.entries('jsonPayload.x=~"."')] == ["a\ufffd", "b"]
    assert world.entries("jsonPayload.big:*")[0]["jsonPayload"]["big"] == 1.2345678901234568e29  # stored as a double
    for query in (r'jsonPayload.x="a\ud83d"', r'jsonPayload.x=~"\ud83d"', r'"a\ud83d"', r'"\uDFFF"'):
        assert [entry["jsonPayload"]["x"] for entry in world.entries(query)] == ["a\ufffd"]


@pytest.mark.parametrize("levels", [200, 100_000])
def test_an_entry_nested_too_deeply_is_refused_and_its_neighbours_are_kept(levels, world):
    deep = []
    for _ in range(levels):
        deep = [deep]
    with pytest.raises(ApiError, match="nested too deeply"):
        world.write({"jsonPayload": {"deep": deep}}, {"textPayload": "fine"}, partialSuccess=True)
    assert texts(world.entries()) == ["fine"]


def test_logs_are_listed_and_deleted(world):
    from vigil_emulator.calls import Call

    handlers = data_methods.handlers(world.plane)

    def logs(**query):
        return handlers["logging.projects.logs.list"](Call(method="", path={"parent": "projects/p"}, query=query))

    assert logs() == {}
    world.write(
        {"textPayload": "a"},
        {"textPayload": "b", "logName": "projects/p/logs/run.googleapis.com%2Fstdout"},
        {"textPayload": "c", "logName": "projects/p2/logs/x"},
    )
    assert logs() == {"logNames": ["projects/p/logs/app", "projects/p/logs/run.googleapis.com%2Fstdout"]}
    assert logs(pageSize="1") == {"logNames": ["projects/p/logs/app"], "nextPageToken": "1"}
    assert logs(pageSize="1", pageToken="1") == {"logNames": ["projects/p/logs/run.googleapis.com%2Fstdout"]}
    delete = handlers["logging.projects.logs.delete"]
    assert delete(Call(method="", path={"logName": "projects/p/logs/run.googleapis.com/stdout"})) == {}
    assert texts(world.entries()) == ["a"]
    with pytest.raises(ApiError, match="does not exist"):
        delete(Call(method="", path={"logName": "projects/p/logs/none"}))
