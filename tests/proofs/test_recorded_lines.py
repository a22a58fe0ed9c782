"""Lines that other software wrote are counted, alerted on and proven like events of Vigil."""

from pathlib import Path

import pytest

from tests.proofs.programs import failures, suite_of
from vigil_components import recorded

GO_SERVICE = """
def entry(level, message, **fields):
    return {
        "insertId": "1x", "timestamp": "2026-11-02T10:11:12.5Z", "severity": level, "logName": "projects/live/logs/stdout",
        "resource": {"type": "k8s_container", "labels": {"project_id": "live", "location": "europe-west1",
            "cluster_name": "main", "namespace_name": "shop", "container_name": "checkout", "pod_name": "checkout-1"}},
        "jsonPayload": {"level": level.lower(), "msg": message, "logger": "payments", **fields},
    }

REFUSED = LogLines(
    name="payment.refused",
    doc="The payment provider refused a payment.",
    filter='jsonPayload.msg="payment refused" AND severity>=WARNING',
    matching=[entry("WARNING", "payment refused", code="card_declined", took_ms=412),
              entry("ERROR", "payment refused", code="provider_down", took_ms=3000)],
    near_misses=[entry("INFO", "payment refused", code="dry_run", took_ms=3), entry("ERROR", "payment lost", code="x")],
    labels={"code": Extract(path="jsonPayload.code", values=("card_declined", "provider_down"))},
    measures={"took": Extract(path="jsonPayload.took_ms", unit="ms")},
)
ASKED = LogLines(
    name="payment.asked",
    doc="A payment was requested from the provider.",
    filter=lql.eq("jsonPayload.msg", "payment asked"),
    matching=[entry("INFO", "payment asked")],
    near_misses=[entry("INFO", "payment asked twice")],
)
SLOW = LogLines(
    name="query.slow",
    doc="A plain line reports a slow query.",
    filter='textPayload=~"^slow query: [0-9.]+ s"',
    matching=[{**{k: v for k, v in entry("DEFAULT", "").items() if k != "jsonPayload"},
               "textPayload": "slow query: 7.25 s on table orders"}],
    near_misses=[{**{k: v for k, v in entry("DEFAULT", "").items() if k != "jsonPayload"},
                  "textPayload": "no slow query: 0.1 s"}],
    labels={"table": Extract(path="textPayload", pattern="on table ([a-z]+)")},
    measures={"duration": Extract(path="textPayload", pattern="slow query: ([0-9.]+) s", unit="s")},
)
page = dict(severity=AlertSeverity.PAGE, summary="Payments fail", runbook="payments")
ServiceMonitoring("checkout", ServiceMonitoringArgs(
    context=shared, team="shop",
    source=GkeWorkload(name="checkout", cluster="main", namespace="shop", location="europe-west1"),
    alerts=[
        ratio(REFUSED, of=ASKED).alert(above=0.1, name="refused", **page),
        count(REFUSED, where={"code": "provider_down"}).alert(above=5, name="provider-down", **page),
        quantile(0.95, REFUSED, "took").alert(above=1000, name="slow-refusals", **page),
        quantile(0.5, SLOW, "duration").alert(above=5, name="slow-queries", **page),
        count(SLOW, where={"table": "orders"}).alert(above=3, name="slow-orders", **page),
        log_match(SLOW).alert(name="any-slow-query", **page),
    ],
    slos=[availability(bad=REFUSED, total=ASKED, at_least_good="99%", runbook="payments")],
    charts=[Chart(title="Refusals", signals=(rate(REFUSED, by=("code",)),))],
))
"""

AUDIT = """
def change(method, service="cloudresourcemanager.googleapis.com", kind="project"):
    return {
        "logName": "projects/live/logs/cloudaudit.googleapis.com%2Factivity", "severity": "NOTICE",
        "resource": {"type": kind, "labels": {"project_id": "live"}},
        "protoPayload": {"@type": "type.googleapis.com/google.cloud.audit.AuditLog", "methodName": method,
            "serviceName": service, "authenticationInfo": {"principalEmail": "eve@example.com"}},
    }

IAM = LogLines(
    name="iam.changed", doc="Who may do what in the project was changed.",
    filter='protoPayload.methodName="SetIamPolicy" AND resource.type="project"',
    matching=[change("SetIamPolicy")],
    near_misses=[change("GetIamPolicy"), change("SetIamPolicy", "pubsub.googleapis.com", "pubsub_topic")],
    labels={"by": Extract(path="protoPayload.authenticationInfo.principalEmail")},
)
ServiceMonitoring("audit", ServiceMonitoringArgs(
    context=shared, team="shop", source=AuditLog(),
    alerts=[log_match(IAM).alert(name="iam-changed", severity=AlertSeverity.TICKET,
                               summary="Access to the project was changed", runbook="iam-changed")],
))
"""


def test_json_and_plain_lines_of_another_program_are_proven(tmp_path: Path) -> None:
    assert failures(suite_of(tmp_path, GO_SERVICE)) == {}


def test_an_audit_log_entry_notifies(tmp_path: Path) -> None:
    assert failures(suite_of(tmp_path, AUDIT)) == {}


def test_a_filter_that_lets_a_near_miss_in_is_noticed_and_named(tmp_path: Path) -> None:
    loose = GO_SERVICE.replace(" AND severity>=WARNING", "")
    failed = failures(suite_of(tmp_path, loose), "refused", "provider-down")
    assert "provider-down" not in failed, "the label tells those entries apart"
    assert "jsonPayload.msg" in failed["refused"]


def test_a_filter_that_does_not_match_its_own_entries_is_noticed(tmp_path: Path) -> None:
    wrong = GO_SERVICE.replace('jsonPayload.msg="payment refused"', 'jsonPayload.msg="payment declined"')
    failed = failures(suite_of(tmp_path, wrong), "refused", "provider-down", "slow-refusals")
    assert failed.keys() == {"refused", "provider-down", "slow-refusals"}
    assert 'its filter asks for jsonPayload.msg="payment declined"' in failed["refused"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}\n{"a": 1, "a": 2}', "line 2: the key 'a' stands here again"),
        ('[{"a": 1,\n"a": 2}]', "line 2: the key 'a' stands here again"),
        ("[" * 100_000, "nested too deep"),
        ("{", "line 1: "),
    ],
)
def test_a_file_of_entries_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "entries.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=words) as error:
        recorded(file)
    assert str(file) in str(error.value)


def test_entries_are_one_a_line_or_a_list_and_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "entries.json"
    for text in ('\ufeff[{"a": 1}, {"a": 2}]', '\ufeff{"a": 1}\n\n{"a": 2}\n'):
        file.write_text(text, encoding="utf-8")
        assert recorded(file) == ({"a": 1}, {"a": 2})
