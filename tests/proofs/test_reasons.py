"""Why a changed policy was not noticed: what was evaluated says so, with values, and where nothing does there is no reason."""

import pytest

from vigil_proofs import Suite
from vigil_proofs.mutants import mutants
from vigil_proofs.mutation import Fate, MutationReport, fates_of
from vigil_proofs.reasons import reason
from vigil_proofs.suite import close


def survivors(suite: Suite, name: str) -> dict[str, str]:
    (alert,) = suite.subject.named([name])
    return {fate.what: fate.why for fate in fates_of(suite, alert) if not fate.noticed}


def test_a_number_that_no_value_comes_near_is_reported_with_the_nearest(suite: Suite) -> None:
    found = survivors(suite, "workers/heartbeat-missing")
    assert found[">= 3 becomes >= 2.7"].startswith("no value of any case lies between 2.7 and 3: the nearest are 2")
    assert " and 3 (fires, minute " in found[">= 3 becomes >= 2.7"]


def test_what_another_pair_of_windows_decides_is_reported_with_its_value(suite: Suite) -> None:
    found = survivors(suite, "api/availability-burns-fast")
    assert list(found) == ["> 0.0672 becomes > 0.06048"]
    (miss,) = found.values()
    assert miss.startswith("in the case 'quick burn, near miss', minute(s) 365-440, ")
    assert "[1h]" in miss
    assert "to 0.06254, not > 0.0672, and decides" in miss


def test_where_nothing_was_there_before_a_lower_bar_for_it_is_noticed(suite: Suite) -> None:
    """One case has a single line at a time in the day before."""
    (alert,) = suite.subject.named(["workers/heartbeat-missing"])
    (fate,) = [one for one in fates_of(suite, alert) if one.what == "> 0 becomes > 1"]
    assert fate.noticed == "proof"
    assert fate.why == "one at a time: an incident opened after 30 minutes, at a value of 20"


@pytest.mark.parametrize("name", ["api/error-ratio", "workers/heartbeat-missing", "api/availability-burns-fast"])
def test_a_change_that_makes_a_difference_has_no_reason(suite: Suite, name: str) -> None:
    """Of every change of a number or a window that the proof or the time line notices."""
    (alert,) = suite.subject.named([name])
    made = [one for one in mutants(suite.player, alert) if one.kind in {"threshold", "window"}]
    own = suite.player.policy(alert)
    cases = suite.cases(alert, {alert.policy: own, **{one.name: one.policy for one in made}})
    noticed = [one for one in made if cases.times(one.name) != cases.times(alert.policy)]
    assert len(noticed) > 5
    assert {one.what: found for one in noticed if (found := reason(own, one.policy, cases))} == {}
    close(cases)


def test_a_survivor_without_a_reason_is_not_allowed() -> None:
    noticed = Fate(alert="a", kind="window", what="", noticed="proof", why="fires: no incident opened")
    explained = Fate(alert="a", kind="window", what="", noticed="", why="no value of any case lies between 1 and 2")
    unexplained = Fate(alert="a", kind="window", what="", noticed="", why="")
    assert MutationReport(stack="s", fates=(*[noticed] * 99, explained), seconds=0).holds
    assert not MutationReport(stack="s", fates=(*[noticed] * 99, unexplained), seconds=0).holds
