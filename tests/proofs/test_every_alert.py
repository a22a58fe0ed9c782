"""Every alert of staging and prod is proven, and opens and closes when `infra/timetables` says that it does."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests import rendered
from vigil_proofs import alert_tests
from vigil_proofs.documents import subject_of
from vigil_proofs.timetable import strangers

TIMETABLES = Path(__file__).resolve().parents[2] / "infra" / "timetables"
STACKS = ("staging", "prod")

pytestmark = pytest.mark.usefixtures("rendered_once", "applied_once")


def timetable(stack: str) -> str:
    return (TIMETABLES / f"{stack}.txt").read_text(encoding="utf-8")


@cache
def alert_test() -> Callable[[str, str], None]:
    """What a project's own tests have as `test_alert`.

    That would run the program to collect the tests, in each process of pytest. Here the timetables name the alerts.
    """
    return alert_tests(*STACKS, timetables=TIMETABLES)


@pytest.mark.parametrize(
    ("stack", "alert"), [(stack, alert) for stack in STACKS for alert in strangers((), timetable(stack))]
)
def test_alert(stack: str, alert: str) -> None:
    alert_test()(stack, alert)


@pytest.mark.parametrize("stack", STACKS)
def test_the_timetable_has_each_alert_and_none_that_is_gone(stack: str) -> None:
    alerts = subject_of(rendered.run(stack), project="any").alerts
    (cases,) = [mark.args[1] for mark in alert_test().pytestmark]
    assert sorted(case.values[1] for case in cases if case.values[0] == stack) == sorted(one.name for one in alerts)
    names = sorted(f"{one.service}/{one.alert}" for one in alerts)
    assert names == strangers((), timetable(stack)), "run `make goldens`"
