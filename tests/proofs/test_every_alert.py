"""Every alert of staging and prod is proven, and opens and closes when `infra/timetables` says that it does."""

from pathlib import Path

import pytest

from engine import program
from engine.proofs.documents import subject_of
from engine.proofs.pytest import alert_tests
from engine.proofs.timetable import strangers

TIMETABLES = Path(__file__).resolve().parents[2] / "infra" / "timetables"

test_alert = alert_tests("staging", "prod", timetables=TIMETABLES)


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_timetable_has_no_alert_that_is_gone(stack: str) -> None:
    alerts = subject_of(program.run(stack), project="any").alerts
    committed = (TIMETABLES / f"{stack}.txt").read_text(encoding="utf-8")
    assert strangers((f"{one.service}/{one.alert}" for one in alerts), committed) == [], "run `make goldens`"
