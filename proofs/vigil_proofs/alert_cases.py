"""A pytest test for each alert of a project's stacks: one line in a test file.

from vigil_proofs import alert_tests

test_alert = alert_tests("staging", "prod")
"""

import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from vigil_components.documents import ALERT
from vigil_components.testing import Registration
from vigil_proofs.raw import RAW, RawVerdict, judge, plain_policies
from vigil_proofs.suite import Suite
from vigil_proofs.timetable import moved
from vigil_runner import program
from vigil_runner.errors import EngineError
from vigil_runner.project import find


def alert_tests(*stacks: str, root: Path | None = None, timetables: Path | None = None) -> Callable[[str, str], None]:
    """Return a test function with a case `STACK-ALERT` for each alert of the stacks.

    `root` is the folder of the project; by default it is the project that the calling file belongs to. `timetables`
    is a folder with a file `STACK.txt` for each stack (`vigil test --timelines`): where given, each alert
    must also open and close at the minutes that it says. A stack is applied once, when the first of its tests runs.

    Raises pytest.Collector.CollectError where there is no project or stack, or its program fails: pytest shows the
    message, without the frames of Vigil and Pulumi.
    """
    try:
        root = root or find(Path(inspect.stack(0)[1].filename).parent)
        cases = [
            pytest.param(stack, alert.name, id=f"{stack}-{alert.name}")
            for stack in stacks
            for alert in _alerts(program.run(stack, root=root))
        ]
    except EngineError as error:
        raise pytest.Collector.CollectError(f"alert_tests: {error}") from error

    @pytest.mark.parametrize(("stack", "alert"), cases)
    def test_alert(stack: str, alert: str) -> None:
        suite = _applied(stack, root)
        raw = next((one for one in suite.raw if one.name == alert), None)
        if raw is not None:
            _hold(judge(raw))
            return
        (chosen,) = suite.subject.named([alert])
        verdict = suite.judge(chosen)
        if not verdict.proven:
            raise AssertionError(verdict.explained())
        if timetables is not None:
            file = timetables / f"{stack}.txt"
            difference = moved(verdict, file.read_text(encoding="utf-8"))
            if difference:
                raise AssertionError(
                    f"{alert} opens or closes at another minute than {file.name} says:\n{difference}\nRemedy: if that "
                    f"is meant, write it anew (`make goldens`, `vigil test -s {stack} --timelines {file}`)"
                )

    return test_alert


def _alerts(run: program.Run) -> tuple[Registration, ...]:
    return (*(each for type_ in (ALERT, *RAW) for each in run.of_type(type_)), *plain_policies(run))


def _hold(verdict: RawVerdict) -> None:
    if verdict.breaches:
        raise AssertionError("\n".join((f"{verdict.name}: {verdict.title}", *verdict.breaches)))
    if verdict.unknown:
        pytest.skip(f"not tested: {'; '.join(verdict.unknown)}; give it a file of unit tests (its argument `tests`)")


@cache
def _applied(stack: str, root: Path) -> Suite:
    return Suite.of(stack, root=root)
