"""Every alert of staging and prod is proven, and opens and closes when `infra/timetables` says that it does."""

from pathlib import Path

import pytest

from vigil_proofs import alert_tests
from vigil_proofs.documents import subject_of
from vigil_proofs.timetable import strangers
from vigil_runner import program

TIMETABLES = Path(__file__).resolve().parents[2] / "infra" / "timetables"

test_alert = alert_tests("staging", "prod", timetables=TIMETABLES)


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_timetable_has_no_alert_that_is_gone(stack: str) -> None:
    alerts = subject_of(program.run(stack), project="any").alerts
    committed = (TIMETABLES / f"{stack}.txt").read_text(encoding="utf-8")
    assert strangers((f"{one.service}/{one.alert}" for one in alerts), committed) == [], "run `make goldens`"
