"""Why a changed policy was not noticed: what was evaluated says so, with values, and where nothing does there is no reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from vigil_apimodel.json_values import JsonObject
from vigil_proofs import Suite
from vigil_proofs.judge import Cases
from vigil_proofs.mutants import Mutant, mutants
from vigil_proofs.mutation import Fate, MutationReport, judged, played
from vigil_proofs.reasons import reason
from vigil_proofs.suite import close


@dataclass(frozen=True)
class Played:
    """An alert's policy, all its mutants, what each did in the alert's cases, and what became of it."""

    policy: str
    own: JsonObject
    made: tuple[Mutant, ...]
    cases: Cases
    fates: tuple[Fate, ...]

    @property
    def survivors(self) -> dict[str, str]:
        return {fate.what: fate.why for fate in self.fates if not fate.noticed}


@pytest.fixture(scope="module")
def of(suite: Suite) -> Iterator[Callable[[str], Played]]:
    """Play each alert once, which takes up to four seconds."""
    open_cases: list[Cases] = []

    @cache
    def play(name: str) -> Played:
        (alert,) = suite.subject.named([name])
        made = tuple(mutants(suite.player, alert))
        cases = played(suite, alert, made)
        open_cases.append(cases)
        own = suite.player.policy(alert)
        return Played(alert.policy, own, made, cases, judged(alert, own, made, cases))

    yield play
    for cases in open_cases:
        close(cases)


def test_a_number_that_no_value_comes_near_is_reported_with_the_nearest(of: Callable[[str], Played]) -> None:
    found = of("workers/heartbeat-missing").survivors
    assert found[">= 3 becomes >= 2.7"].startswith("no value of any case lies between 2.7 and 3: the nearest are 2")
    assert " and 3 (fires, minute " in found[">= 3 becomes >= 2.7"]


def test_what_another_pair_of_windows_decides_is_reported_with_its_value(of: Callable[[str], Played]) -> None:
    found = of("api/availability-burns-fast").survivors
    assert list(found) == ["> 0.0672 becomes > 0.06048"]
    (miss,) = found.values()
    assert miss.startswith("in the case 'quick burn, near miss', minute(s) 365-440, ")
    assert "[1h]" in miss
    assert "to 0.06254, not > 0.0672, and decides" in miss


def test_where_nothing_was_there_before_a_lower_bar_for_it_is_noticed(of: Callable[[str], Played]) -> None:
    """One case has a single line at a time in the day before."""
    (fate,) = [one for one in of("workers/heartbeat-missing").fates if one.what == "> 0 becomes > 1"]
    assert fate.noticed == "proof"
    assert fate.why == "one at a time: an incident opened after 30 minutes, at a value of 20"


@pytest.mark.parametrize("name", ["api/error-ratio", "workers/heartbeat-missing", "api/availability-burns-fast"])
def test_a_change_that_makes_a_difference_has_no_reason(of: Callable[[str], Played], name: str) -> None:
    """Of every change of a number or a window that the proof or the time line notices."""
    done = of(name)
    cases = done.cases
    made = [one for one in done.made if one.kind in {"threshold", "window"}]
    noticed = [one for one in made if cases.times(one.name) != cases.times(done.policy)]
    assert len(noticed) > 5
    assert {one.what: found for one in noticed if (found := reason(done.own, one.policy, cases))} == {}


def test_a_survivor_without_a_reason_is_not_allowed() -> None:
    noticed = Fate(alert="a", kind="window", what="", noticed="proof", why="fires: no incident opened")
    explained = Fate(alert="a", kind="window", what="", noticed="", why="no value of any case lies between 1 and 2")
    unexplained = Fate(alert="a", kind="window", what="", noticed="", why="")
    assert MutationReport(stack="s", fates=(*[noticed] * 99, explained), seconds=0).holds
    assert not MutationReport(stack="s", fates=(*[noticed] * 99, unexplained), seconds=0).holds
