"""`vigil signal from-entry`: what is proposed for recorded entries of other software, and that it holds."""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proofs.programs import failures, suite_of
from tests.proofs.recorded_entries import audit, entry, line, request, text
from vigil_apimodel.json_values import JsonObject
from vigil_components import AuditLog, CloudRunService, LogLines, MonitoredResource
from vigil_proofs.log_signals import EntriesFileError, Proposal, module, propose, read_entries
from vigil_proofs.recorded import Recorded


def proposed(*entries: dict[str, Any]) -> dict[str, Proposal]:
    found = propose(read_entries(json.dumps(entries).encode(), name="entries.json"))
    for one in found.found:
        counts = Recorded(filter=one.lines.query, matching=(), near_misses=(), fields={}).counts
        assert all(counts(cast(JsonObject, each)) for each in one.lines.matching)
        assert not any(counts(cast(JsonObject, each)) for each in one.lines.near_misses)
    return {one.lines.name: one for one in found.found}


def executed(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "log_signals.py", "exec"), names)
    return names


def test_a_message_of_a_json_payload_with_what_differs_as_labels_and_measures() -> None:
    slow = {"err": {"type": "TimeoutError"}, "upstream": "stock", "responseTimeMs": 512, "pid": 7, "userId": "u-1"}
    found = proposed(
        line("ERROR", level=50, msg="upstream failed", **slow),
        line("ERROR", level=50, msg="upstream failed", **slow | {"upstream": "prices"}),
        line(level=30, msg="upstream answered", responseTimeMs=12),
    )
    failed = found["upstream.failed"]
    assert failed.source == CloudRunService(name="api", location="europe-west1")
    assert failed.lines.query == 'jsonPayload.msg="upstream failed" AND severity>="WARNING"'
    assert {name: one.path for name, one in failed.lines.labels.items()} == {
        "type": "jsonPayload.err.type",
        "upstream": "jsonPayload.upstream",
    }, "ids and what every line has are no labels"
    assert failed.seen["upstream"] == ("stock", "prices")
    assert {name: one.unit for name, one in failed.lines.measures.items()} == {"response_time_ms": "ms"}
    assert failed.near[0].why == "recorded: upstream answered"


def test_plain_lines_that_differ_in_numbers_ids_and_values_are_one_signal() -> None:
    found = proposed(
        *(
            text(f"slow query: {n}.25 s on table {name}")
            for n, name in enumerate(("orders", "users", "items", "carts"))
        ),
        text("order 17 was late"),
        text("order 8 was late"),
        text('level=error msg="payment refused" code=card took=412ms user=u-1'),
        text('level=error msg="payment refused" code=down took=3000ms user=u-2'),
    )
    slow = found["slow.query.on.table"]
    assert slow.lines.query == r'textPayload=~"^slow query: -?[0-9]+(?:\\.[0-9]+)? s on table \\S+$"'
    assert slow.seen["table"] == ("orders", "users", "items", "carts")
    assert (slow.lines.measures["duration"].unit, slow.lines.measures["duration"].read(text("slow query: 7.25 s on table a"))) == (
        "s", "7.25",
    )  # fmt: skip
    assert not found["order.was.late"].lines.measures, "a number without unit and key is an id as often as not"
    refused = found["payment.refused"]
    assert list(refused.seen) == ["code"], "who paid is no label"
    assert refused.lines.measures["took"].unit == "ms"


@pytest.mark.parametrize(
    ("bad", "good", "query", "milder"),
    [
        ({"level": "ERROR"}, {"level": "INFO"}, 'jsonPayload.level="ERROR"', {"level": "INFO"}),
        ({"level": 50}, {"level": 30}, 'jsonPayload.level>="40"', {"level": 26}),
        ({"level": 3}, {"level": 6}, 'jsonPayload.level<="4"', {"level": 6}),
        ({"levelno": 30}, {"levelno": 20}, 'jsonPayload.levelno>="30"', {"levelno": 20}),
        ({"level_value": 30000}, {"level_value": 20000}, 'jsonPayload.level_value>="30000"', {"level_value": 20000}),
        ({"log.level": "warn"}, {"log.level": "info"}, 'jsonPayload."log.level"="warn"', {"log.level": "info"}),
        ({"log": {"level": "fatal"}}, {"log": {"level": "info"}}, 'jsonPayload.log.level="fatal"', {"log": {"level": "info"}}),
        ({"record": {"level": {"name": "ERROR"}}}, {"record": {"level": {"name": "INFO"}}}, 'jsonPayload.record.level.name="ERROR"', {"record": {"level": {"name": "INFO"}}}),
    ],
)  # fmt: skip
def test_a_level_in_the_payload_is_right_where_the_agent_gave_all_lines_one_severity(
    bad: dict[str, Any], good: dict[str, Any], query: str, milder: dict[str, Any]
) -> None:
    for severity in ("INFO", "ERROR"):  # what an agent gives to all of stdout, and to all of stderr
        found = proposed(line(severity, msg="route failed", **bad), line(severity, msg="route computed", **good))
        failed, computed = found["route.failed"], found["route.computed"]
        assert (failed.worse, computed.worse) == (True, False)
        assert failed.lines.query == f'jsonPayload.msg="route failed" AND {query}'
        assert computed.lines.query == 'jsonPayload.msg="route computed"', "the message has one level only"
        calm = next(miss.entry["jsonPayload"] for miss in failed.near if miss.why == "the same, as mere information")
        assert calm == {"msg": "route failed", **milder}
        code = module(
            propose([line(severity, msg="route failed", **bad), line(severity, msg="route computed", **good)])
        )
        assert "count(ROUTE_FAILED" in code
        assert "count(ROUTE_COMPUTED" not in code, "no alert on what went well"


def loguru(level: str, message: str, **extra: object) -> dict[str, Any]:
    record = {
        "elapsed": {"seconds": 1.5},
        "level": {"name": level, "no": 40},
        "line": 4,
        "message": message,
        "extra": extra,
    }
    return line(text=f"2026-11-30 10:00:00.000 | {level:<8} | pay:charge:4 - {message}\n", record=record)


def test_a_record_of_loguru_has_its_message_and_the_fields_of_the_application() -> None:
    found = proposed(loguru("ERROR", "charge failed", reason="card", ms=3), loguru("INFO", "charged", ms=4))
    failed = found["charge.failed"].lines
    assert failed.query == 'jsonPayload.record.message="charge failed" AND jsonPayload.record.level.name="ERROR"'
    assert {**failed.labels, **failed.measures}.keys() == {"reason", "ms"}, "nothing that loguru adds itself"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n  at pay.charge"])
def test_what_ends_with_a_new_line_is_found(end: str) -> None:
    found = proposed(line("ERROR", msg=f"charge failed{end}"), text(f"ERROR job 17 lost{end}", "ERROR"))
    assert found.keys() == {"charge.failed", "job.lost"}


def test_one_message_of_two_levels_is_two_signals() -> None:
    found = proposed(line(msg="done", level="warn"), line(msg="done", level="error"), line(msg="done", level="info"))
    assert found["done"].lines.query == 'jsonPayload.msg="done" AND jsonPayload.level=("warn" OR "error")'
    assert found["done.info"].lines.query == 'jsonPayload.msg="done" AND jsonPayload.level="info"'


def test_a_line_is_named_by_what_it_says_after_time_process_level_and_logger() -> None:
    sql = "2026-11-28 09:00:01.203 UTC [3017]: [9-1] db=parcels,user=app "
    java = "2026-11-28 09:00:01,203 {} [http-nio-8080-exec-7] com.kestrel.label.Printer - "
    found = proposed(
        text(sql + "ERROR:  deadlock detected"),
        text(sql + "LOG:  connection received: host=10.1.0.7 port=50123"),
        text(java.format("ERROR") + "Label 70012 is lost\njava.io.IOException: jam", "ERROR"),
        text(java.format("INFO ") + "Label 70013 is printed", "ERROR"),  # all of stderr
    )
    bad = {name: one.worse for name, one in found.items()}
    assert bad == {
        "deadlock.detected": True,
        "connection.received": False,
        "label.is.lost": True,
        "label.is.printed": False,
    }
    assert found["label.is.lost"].lines.doc == "The log says: Label … is lost …."


def test_lines_of_a_stack_trace_that_are_separate_entries_are_no_signals() -> None:
    trace = ("java.lang.IllegalStateException: depot 7", "\tat com.kestrel.Depot.open(Depot.java:12)", "\t... 2 more",
             "Caused by: java.sql.SQLException: closed", '  File "main.py", line 7, in f')  # fmt: skip
    found = propose([text(one, "ERROR") for one in trace])
    assert [one.entries for one in found.found] == [1]
    assert [number for number, _ in found.left] == [2, 3, 4, 5]
    assert all("stack trace" in reason for _, reason in found.left)


def access(status: int, rest: str = "") -> str:
    agent = '"https://kestrel.example/" "Mozilla/5.0 (X11)"'
    return f'203.0.113.{status % 250} - - [28/Nov/2026:09:00:01 +0000] "GET /track/{status} HTTP/1.1" {status} 157 {agent}{rest}'


@pytest.mark.parametrize(
    ("entries", "query", "labels", "units"),
    [
        (
            [text(access(status, f" rt=0.{status}")) for status in (200, 404, 502)],
            r'textPayload=~"^(?:\\S+ )?\\S+ \\S+ \\S+ \\[[^\\]]+\\] \"[^\"]*\" 5[0-9][0-9] "',
            {"status": ("502",), "method": ("GET",)},
            {"rt": "s", "size": "By"},
        ),
        (
            [line(status=status, request_method="GET", request_time=0.25) for status in (200, 404, 502)],
            'jsonPayload.status>="500"',
            {"status": ("502",), "request_method": ("GET",)},
            {"request_time": "1"},
        ),
        (
            [line(status=str(status), request="GET / HTTP/1.1") for status in (200, 404, 502)],
            'jsonPayload.status=~"^5[0-9][0-9]$"',
            {"status": ("502",)},
            {},
        ),
    ],
    ids=["nginx, text", "nginx, JSON", "nginx, JSON with texts"],
)
def test_lines_of_an_access_log_are_requests_with_the_failed_ones_as_their_part(
    entries: list[dict[str, Any]], query: str, labels: dict[str, tuple[str, ...]], units: dict[str, str]
) -> None:
    found = proposed(*entries)
    failed = found["request.failed"]
    assert (failed.lines.query, failed.entries, found["request.answered"].entries) == (query, 1, 2)
    assert failed.seen == labels
    assert {name: one.unit for name, one in failed.lines.measures.items()} == units
    assert "ratio(REQUEST_FAILED, of=REQUEST_ANSWERED)" in module(propose(entries))
    whole = Recorded(filter=found["request.answered"].lines.query, matching=(), near_misses=(), fields={})
    assert all(whole.counts(cast(JsonObject, entry)) for entry in entries)


def test_a_trace_is_found_by_its_first_line() -> None:
    trace = 'Traceback (most recent call last):\n  File "main.py", line 17, in f\nValueError: 17 is "bad"'
    (found,) = proposed(text(trace, "ERROR")).values()
    assert found.lines.query == r'textPayload=~"^Traceback \\(most recent call last\\):" AND severity>="WARNING"'


def test_audit_logs_by_service_and_method_refused_calls_apart() -> None:
    found = proposed(
        audit("SetIamPolicy", "cloudresourcemanager.googleapis.com"),
        audit("SetIamPolicy", "cloudresourcemanager.googleapis.com", 7),
        audit("google.iam.admin.v1.CreateServiceAccountKey", "iam.googleapis.com"),
    )
    assert set(found) == {
        "cloudresourcemanager.set_iam_policy.succeeded",
        "cloudresourcemanager.set_iam_policy.failed",
        "iam.create_service_account_key",
    }
    key = found["iam.create_service_account_key"]
    assert key.source == AuditLog()
    assert 'protoPayload.methodName="google.iam.admin.v1.CreateServiceAccountKey"' in key.lines.query
    assert "eve@example.com" not in module(propose([audit("SetIamPolicy", "iam.googleapis.com")])), "no address"


def test_requests_with_the_failed_ones_as_their_part_are_proven(tmp_path: Path) -> None:
    code = module(propose([request(200), request(404), request(503)]))
    assert "ratio(REQUEST_FAILED, of=REQUEST_ANSWERED)" in code
    assert failures(suite_of(tmp_path, f"{code}\nwatch_logs(shared, 'shop')\n")) == {}


def test_two_modules_of_one_container_stand_in_one_program(tmp_path: Path) -> None:
    for name, message in (("payments", "payment refused"), ("refund_lines", "refund refused")):
        (tmp_path / f"{name}.py").write_text(module(propose([line("ERROR", message=message)]), name=name))
    program = (
        "import payments, refund_lines\nfor one in (payments, refund_lines):\n    one.watch_logs(shared, 'shop')\n"
    )
    assert failures(suite_of(tmp_path, program)) == {}


def test_other_resources_keep_the_labels_that_distinguish_them() -> None:
    labels = {"project_id": "live", "database_id": "live:orders", "region": "europe"}
    sql = entry({"textPayload": "2026-11-02 10:11:12.123 UTC [17]: FATAL:  slots are reserved"}, "ALERT", resource={
        "type": "cloudsql_database", "labels": labels,
    })  # fmt: skip
    (found,) = proposed(sql).values()
    expected = {"database_id": "live:orders", "region": "europe"}
    assert found.source == MonitoredResource(name="live-orders", type="cloudsql_database", labels=expected)


def test_odd_keys_and_texts_in_any_script_can_be_written_and_read() -> None:
    odd = line("ERROR", msg='ошибка "цитата" \\ слэш', **{"http.status": 503, "a b": "x", 'q"': "y"})
    names = executed(module(propose([odd])))
    (lines,) = (one for one in names.values() if isinstance(one, LogLines))
    assert lines.labels["http_status"].extractor == 'EXTRACT(jsonPayload."http.status")'


def of_pod(pod: str, node: int, message: str) -> dict[str, Any]:
    labels = {"k8s-pod/app": "payer", "k8s-pod/pod-template-hash": pod.split("-")[1], "node": f"gke-pool-{node}"}
    return line("ERROR", msg=message) | {
        "resource": {
            "type": "k8s_container",
            "labels": {
                "project_id": "p",
                "location": "europe-west1",
                "cluster_name": "main",
                "namespace_name": "shop",
                "container_name": "payer",
                "pod_name": pod,
            },
        },
        "labels": labels,
    }


@pytest.mark.parametrize("pods", [["payer-7d4f8c9b6-x2x4z"], ["payer-7d4f8c9b6-x2x4z", "payer-5b8c7d6f4-zzt2w"]])
def test_the_name_of_one_pod_is_in_no_constant(pods: list[str]) -> None:
    entries = [
        of_pod(pod, node, message) for node, pod in enumerate(pods) for message in ("charge failed", "cart lost")
    ]
    written = module(propose(entries))
    assert re.findall(r"^FROM_\w+", written, re.MULTILINE) == ["FROM_PAYER"]
    assert not re.search("|".join(part for pod in pods for part in pod.split("-")[1:]), written)
    assert '"k8s-pod/app": "payer"' in written
    assert ('"node"' in written) == (len(pods) == 1), "a value that all entries have may be constant"


def test_secrets_do_not_get_into_the_program() -> None:
    code = module(
        propose([line("ERROR", msg="login failed for bob@example.com", password="hunter2", reason="expired")])
    )
    assert "hunter2" not in code
    assert "bob@" not in code
    assert r"^login failed for \\S+$" in code


def test_an_entry_without_a_message_is_reported_by_its_number() -> None:
    found = propose([line(message=""), text("17 4"), line("ERROR", msg="lost")])
    assert [number for number, _ in found.left] == [1, 2]
    assert [one.lines.name for one in found.found] == ["lost"]


def test_the_worst_comes_first_and_the_rest_is_counted() -> None:
    many = [line(msg=f"step {word} done") for word in ("one", "two")] + [line("ERROR", msg="lost")]
    found = propose(many, most=1)
    assert ([one.lines.name for one in found.found], found.more) == (["lost"], 2)


@pytest.mark.parametrize(
    "written",
    [
        json.dumps([line(msg="a lost"), line(msg="b lost")]).encode(),
        "\n".join(json.dumps(line(msg=one)) for one in ("a lost", "b lost")).encode(),
        json.dumps({"entries": [line(msg="a lost"), line(msg="b lost")]}).encode(),
        "\n".join(json.dumps(line(msg=one), indent=2) for one in ("a lost", "b lost")).encode("utf-16"),
    ],
    ids=["list", "lines", "an answer of the API", "objects in the encoding of PowerShell"],
)
def test_every_form_of_file_is_read(written: bytes) -> None:
    assert [one["jsonPayload"] for one in read_entries(written, name="f")] == [{"msg": "a lost"}, {"msg": "b lost"}]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"", "f is empty"),
        (b"[]", "the filter matched no entry"),
        (b"---\ninsertId: x\n", "It looks like YAML, gcloud's default"),
        (b'{"textPayload": "a"}\n{"textPayload": ', "line 2 is not JSON"),
        (b"\x1f\x8b\x08\x00\xff", "not text in UTF-8"),
        (b"[1]", "entry 1 is no JSON object"),
        (
            b'{"textPayload": "a"}\n{"textPayload": "a", "textPayload": "b"}',
            "line 2: the key 'textPayload' stands here again",
        ),
        (b'[{"textPayload": "a"}, {"message": "b"}]', "entry 2 has none of textPayload"),
        (b'{"textPayload": 7}', "entry 1: textPayload is no text"),
        (b'{"jsonPayload": "a"}', "entry 1: jsonPayload is no JSON object"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_other_files_are_refused_with_the_place_and_a_remedy(written: bytes, reason: str) -> None:
    with pytest.raises(EntriesFileError, match=re.escape(reason)) as refused:
        read_entries(written, name="f")
    assert "Remedy: " in str(refused.value)


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
PAYLOADS = st.dictionaries(st.text(max_size=8) | st.sampled_from(["msg", "code", "took_ms"]), VALUES, max_size=4)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        PAYLOADS.map(lambda fields: line("ERROR", **fields)) | st.text(max_size=40).map(text), min_size=1, max_size=4
    )
)
def test_whatever_is_recorded_the_module_imports_and_every_signal_holds(entries: list[dict[str, Any]]) -> None:
    found = proposed(*entries)
    made = propose(read_entries(json.dumps(entries).encode(), name="f"))
    names = executed(module(made)) if made.found else {}
    signals = {one.name: one for one in names.values() if isinstance(one, LogLines)}
    assert {name: one.query for name, one in signals.items()} == {name: one.lines.query for name, one in found.items()}
    assert sum(one.entries for one in made.found) + len(made.left) == len(entries)
