"""Recorded entries played through an alert: as it is, and as a change would make it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigil_cli.app import app
from vigil_proofs import Suite
from vigil_proofs.backtest import BacktestError, run
from vigil_proofs.backtest.run import Occurrence, beside, from_file

START = datetime(2025, 3, 1, 4, 0, tzinfo=UTC)


def recorded(folder: Path, suite: Suite, *, days: int = 2) -> Path:
    """Requests each ten seconds; each day ten minutes in which 1 of 15 fails, and ten in which 1 of 4 does."""
    (api,) = suite.subject.named(["api/error-ratio"])
    resource = {"type": api.origin.resource, "labels": {**api.origin.labels, "project_id": "of-another-day"}}
    lines: list[str] = []
    for day in range(days):
        for number in range(60 * 6):
            when = START + timedelta(days=day, seconds=10 * number)
            minute = number // 6
            bad = (20 <= minute < 30 and number % 15 == 0) or (40 <= minute < 50 and number % 4 == 0)
            events = ["http.request.completed", *(["http.request.failed"] if bad else [])]
            lines += [
                json.dumps(
                    {
                        "logName": "projects/of-another-day/logs/run.googleapis.com%2Fstdout",
                        "timestamp": when.isoformat(),
                        "insertId": f"{day}-{number}-{event}",
                        "resource": resource,
                        "jsonPayload": {"event": event, "route": "/", "status_class": "2xx"},
                    }
                )
                for event in events
            ]
    file = folder / "entries.jsonl"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_incidents_with_their_times_and_notifications_a_day(prod: Suite, tmp_path: Path) -> None:
    found = run(prod, "api/error-ratio", from_file(recorded(tmp_path, prod)))
    assert [f"{one.opened:%d %H}" for one in found.incidents] == ["01 04", "01 04", "02 04", "02 04"]
    (slight, bad, *_) = found.incidents
    assert 20 <= (slight.opened - START) / timedelta(minutes=1) <= 24
    assert 40 <= (bad.opened - START) / timedelta(minutes=1) <= 43
    assert bad.lasted is not None
    assert timedelta(minutes=10) <= bad.lasted <= timedelta(minutes=17)
    assert found.notifications == 4 * 2 * 2, "each opens and closes, on two channels"
    assert found.days == pytest.approx(25 / 24, rel=0.01)
    assert found.notifications_a_day == pytest.approx(16 * 24 / 25, rel=0.01)


def test_before_and_after_a_change_stand_side_by_side(prod: Suite, tmp_path: Path) -> None:
    file = recorded(tmp_path, prod, days=1)
    common = ["backtest", "-s", "prod", "--alert", "api/error-ratio", "--from-entries", str(file)]
    result = CliRunner().invoke(app, [*common, "-c", "vigil:apiErrorRatio=0.1", "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert len(document["before"]["incidents"]) == 2
    assert len(document["after"]["incidents"]) == 1
    assert "above 0.1 for" in document["after"]["title"]


def test_incidents_of_the_same_time_stand_in_one_row() -> None:
    def open_from(start: int, end: int | None) -> Occurrence:
        at = [None if minute is None else START + timedelta(minutes=minute) for minute in (start, end)]
        assert at[0] is not None
        return Occurrence(opened=at[0], closed=at[1], value=None)

    slight, bad, later, new = open_from(20, 30), open_from(40, 52), open_from(100, None), open_from(60, 70)
    milder = open_from(43, 53)
    assert beside([slight, bad, later], [milder, new]) == [(slight, None), (bad, milder), (None, new), (later, None)]
    assert beside([slight, bad]) == [(slight,), (bad,)]


def test_malformed_entries_are_refused_with_the_line(tmp_path: Path, prod: Suite) -> None:
    file = tmp_path / "entries.jsonl"
    file.write_text("{}\n")
    with pytest.raises(BacktestError, match=r"entries\.jsonl: Line 1: logName"):
        from_file(file)
    with pytest.raises(BacktestError, match="no entries"):
        run(prod, "api/error-ratio", [])
