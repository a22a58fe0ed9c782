"""The suite as a whole: what it reports, how it is called, and whether the proofs notice changed policies."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from demo.shop.events import OrderRefused
from tests.proofs.conftest import spoiling
from vigil_cli.app import app
from vigil_proofs import Suite, mutation
from vigil_proofs.play import thinned
from vigil_proofs.stage import share
from vigil_proofs.timeline import Comparison, comparisons
from vigil_proofs.timetable import moved, strangers, timetable
from vigil_telemetry import catalog


def test_playing_again_gives_the_same_times(suite: Suite) -> None:
    (alert,) = suite.subject.named(["agents/llm-lost"])
    first, second = suite.judge(alert), suite.judge(alert)
    assert (first.opened, first.closed) == (second.opened, second.closed)


def test_evaluating_much_at_once_is_the_same_as_minute_by_minute(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases are fed and evaluated hours at a time; no result may depend on it."""
    alerts = suite.subject.named(["api/error-ratio", "workers/heartbeat-missing", "agents/llm-rate-limit"])
    at_once = [suite.judge(alert) for alert in alerts]
    monkeypatch.setattr("vigil_proofs.play.CHUNK", 1)
    monkeypatch.setattr("vigil_proofs.play.HOUR", 1)
    assert [(one.opened, one.closed) for one in map(suite.judge, alerts)] == [
        (one.opened, one.closed) for one in at_once
    ]


@pytest.mark.parametrize("per_minute", [0.1, 0.93, 1, 4.65, 857.142857])
def test_events_are_spread_evenly_and_none_is_lost(per_minute: float) -> None:
    counts = [share(per_minute, minute) for minute in range(600)]
    assert sum(counts) == int(600 * per_minute + 1e-9)
    assert max(counts) - min(counts) <= 1
    assert thinned(per_minute, range(600), 1) == dict(enumerate(counts))
    assert sum(thinned(per_minute, range(600), 12).values()) == sum(counts)
    assert thinned(per_minute, range(0), 12) == {}


def test_events_of_several_minutes_are_put_together_in_the_first_of_them() -> None:
    assert thinned(1.5, range(10, 27), 8) == {10: 9, 16: 12, 24: 4}
    assert list(thinned(0.5, range(10, 14), 8)) == [10, 11, 12, 13]


def test_the_compared_values_of_a_query_are_found() -> None:
    query = '(sum(rate(a{x="1"}[5m])) / sum(rate(b[5m]))) > 0.05 and 20 <= sum(increase(b[5m]))'
    assert [(one.operator, one.threshold) for one in comparisons(query)] == [(">", 0.05), (">=", 20)]
    assert comparisons("sum(") == list[Comparison]()


def test_the_proofs_notice_changed_policies(suite: Suite) -> None:
    """Of each kind of condition one alert; all of a stack by `vigil test --mutate`."""
    names = ["api/error-ratio", "api/latency", "api/crash-loop", "agents/llm-rate-limit", "workers/non-determinism"]
    names += ["database/database-disk", "api/unreachable", "frontend/deployment-failed"]
    report = mutation.run(suite, names, jobs=1)
    assert report.holds, report.survivors
    assert len(report.deciding) > 150
    assert all(fate.why for fate in report.fates)


def test_mutation_reports_after_each_alert_how_many_are_done(suite: Suite) -> None:
    progress: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        progress.append((done, total))

    mutation.run(suite, ["workers/non-determinism", "frontend/deployment-failed"], jobs=1, tell=tell)
    assert progress == [(1, 2), (2, 2)]


def test_a_change_that_moves_an_alert_within_what_its_proof_allows_is_reported_by_the_timetable(suite: Suite) -> None:
    """Twice the duration: the proof still holds, and a line of the committed text is another."""
    (alert,) = suite.subject.named(["api/error-ratio"])
    committed = timetable([suite.judge(alert)])

    def slower(body: Any) -> None:
        body["conditions"][0]["conditionPrometheusQueryLanguage"]["duration"] = "120s"

    later = suite.changed(spoiling("monitoring.alertPolicies", "api: error-ratio (", slower)).judge(alert)
    assert later.proven
    gone, now, *_ = [line.strip() for line in moved(later, committed).splitlines() if ", fires: " in line]
    assert gone.startswith("- api/error-ratio, fires: 2 to ")
    assert now.startswith("+ api/error-ratio, fires: 3 to ")
    assert moved(later, timetable([later])) == ""
    assert strangers(["api/latency"], committed) == ["api/error-ratio"]


def test_only_its_name_tells_an_event_from_another_with_the_same_fields(suite: Suite) -> None:
    """No label and no measure is left to tell them apart: the term of the event itself must be there."""
    (alert,) = suite.subject.named(["frontend/deployment-failed"])
    (fate,) = [one for one in mutation.fates_of(suite, alert) if 'frontend.deployment.changed" is dropped' in one.what]
    assert fate.noticed == "proof"
    assert fate.why.startswith("near miss: the near miss opened an incident")


def test_what_lets_foreign_traffic_in_is_noticed_by_the_proof_itself(suite: Suite) -> None:
    (alert,) = suite.subject.named(["api/error-ratio"])
    filters = [fate for fate in mutation.fates_of(suite, alert) if fate.kind == "filter"]
    assert {fate.noticed for fate in filters} == {"proof"}
    assert any("resource.labels.location" in fate.what and "dropped" in fate.what for fate in filters)


def test_alerts_on_the_shop_s_own_events_are_proven_in_worker_processes(suite: Suite) -> None:
    """A worker never imports the program: it has to know the events that are in no catalog of Vigil."""
    names = ["api/orders-refused", "api/orders-waiting", "api/orders-unconfirmed"]
    report = suite.run(names, jobs=2)
    assert [one.explained() for one in report.failed] == []
    assert sorted(one.name for one in report.verdicts) == sorted(alert.name for alert in suite.subject.named(names))
    assert len(report.verdicts) == 3
    assert OrderRefused.__module__ == "demo.shop.events"


def test_a_worker_process_imports_the_modules_of_the_events_and_does_not_run_the_program(suite: Suite) -> None:
    """Lines of others, such as a container's crash, are in no catalog: no program would declare them."""
    assert suite.declarations is not None
    declared = {schema.name: schema.cls.__module__ for schema in catalog()}
    assert {alert.event for alert in suite.subject.alerts if alert.event is not None} - declared.keys()
    assert {declared[event] for event in suite.declarations.events} == set(suite.declarations.modules)


@pytest.mark.usefixtures("applied_once")
def test_the_command_proves_reports_and_keeps_the_time_lines(tmp_path: Path) -> None:
    junit, lines = tmp_path / "junit.xml", tmp_path / "timelines.txt"
    arguments = ["test", "-s", "staging", "api/error-ratio", "crash-loop", "--junit", str(junit), "--json"]
    result = CliRunner().invoke(app, [*arguments, "--timelines", str(lines), "-j", "1"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert document["ok"] is True
    assert len(document["alerts"]) == 3, "two parts have an alert crash-loop"
    suite = ET.fromstring(junit.read_text(encoding="utf-8")).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("3", "0")
    written = lines.read_text(encoding="utf-8").splitlines()
    assert "api/error-ratio, near miss: silent" in written
    (fires,) = [line for line in written if line.startswith("api/error-ratio, fires: ")]
    opened, closed = fires.rpartition(": ")[2].split(" to ")
    assert 0 < float(opened) < float(closed)


@pytest.mark.usefixtures("applied_once")
def test_the_command_explains_one_alert_in_words_and_pictures(tmp_path: Path) -> None:
    arguments = ["test", "-s", "staging", "--explain", "api/error-ratio", "--pictures", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "near miss: 100 http.request.completed a minute and 4.65 http.request.failed" in result.output
    assert "never beyond" in result.output
    drawn = sorted(file.name for file in tmp_path.glob("*.svg"))
    assert "vigil-api-error-ratio-near-miss.svg" in drawn
    assert (tmp_path / drawn[0]).read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.usefixtures("applied_once")
def test_a_name_that_no_alert_has_is_refused_with_the_names_of_alerts() -> None:
    result = CliRunner().invoke(app, ["test", "-s", "staging", "no-such-alert", "--json"])
    assert result.exit_code == 2
    assert "vigil-api-error-ratio" in json.loads(result.output)["error"]["message"]
