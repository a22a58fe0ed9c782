"""Whether the proofs notice when a policy is another one than it should be.

All mutants of an alert are evaluated over one playing of its cases. A mutant is noticed by the proof where something of
it does not hold for the mutant, and by the time line where its incidents open or close at another minute than the
policy's own do, which are kept beside the tests (`vigil test --timelines`). Others survive, with a reason.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vigil_apimodel.json_values import JsonObject
from vigil_proofs.documents import ProvenAlert
from vigil_proofs.judge import Cases, breaches
from vigil_proofs.mutants import Mutant, mutants
from vigil_proofs.reasons import reason
from vigil_proofs.suite import Suite, Tell, close, each
from vigil_proofs.timetable import spans

WORTH: Final = 3
"""Alerts whose mutants take longer than the start of a further process."""
ALLOWED: Final = 0.05
"""The part of the mutants that may survive."""

_UNTIL_CLOSED: Final = frozenset({"open"})
"""Breaches that say only that playing ended with the policy's own incident: the time line shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a mutant.

    `noticed` is `proof`, `time line` or empty; `why` the breach or the reason (of `reasons`), empty
    where none was found.
    """

    alert: str
    kind: str
    what: str
    noticed: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationReport:
    """The fates of all mutants of a stack's alerts, and the wall seconds that took."""

    stack: str
    fates: tuple[Fate, ...]
    seconds: float

    @property
    def survivors(self) -> tuple[Fate, ...]:
        """Those that nothing noticed."""
        return tuple(fate for fate in self.fates if not fate.noticed)

    @property
    def holds(self) -> bool:
        """Whether each survivor has a reason and at most ALLOWED survive, also of those that change when it opens."""
        few = all(sum(not fate.noticed for fate in some) <= ALLOWED * len(some) for some in (self.fates, self.deciding))
        return few and all(fate.why for fate in self.survivors)

    @property
    def deciding(self) -> tuple[Fate, ...]:
        """Those that change when an alert opens: all but `telling`."""
        return tuple(fate for fate in self.fates if fate.kind != "telling")

    def counts(self) -> dict[str, dict[str, int]]:
        """Return by kind how many the proof noticed, the time line alone, nothing."""
        found: dict[str, Counter[str]] = {}
        for fate in self.fates:
            found.setdefault(fate.kind, Counter())[fate.noticed or "survived"] += 1
        return {
            kind: {name: counted[name] for name in ("proof", "time line", "survived")}
            for kind, counted in sorted(found.items())
        }


def run(
    suite: Suite, names: Sequence[str] = (), *, jobs: int | None = None, tell: Tell | None = None
) -> MutationReport:
    """Change each policy of these alerts (all, where there are none) in turn.

    `tell` is called after each alert. Raises LookupError for an unknown name.
    """
    began = time.monotonic()
    chosen = [alert for alert in suite.subject.named(names) if alert.proof is not None]
    fates = each(suite, fates_of, chosen, jobs=jobs, worth=WORTH, tell=tell)
    return MutationReport(
        stack=suite.subject.stack,
        fates=tuple(fate for some in fates for fate in some),
        seconds=time.monotonic() - began + suite.applied,
    )


def fates_of(suite: Suite, alert: ProvenAlert) -> tuple[Fate, ...]:
    """Return what becomes of the mutants of one alert."""
    made = mutants(suite.player, alert)
    cases = played(suite, alert, made)
    fates = judged(alert, suite.player.policy(alert), made, cases)
    close(cases)
    return fates


def played(suite: Suite, alert: ProvenAlert, made: Sequence[Mutant]) -> Cases:
    """Play the cases of an alert once, and evaluate its policy and all its mutants."""
    policies = {alert.policy: suite.player.policy(alert), **{mutant.name: mutant.policy for mutant in made}}
    return suite.cases(alert, policies, tuple(resource for mutant in made for resource in mutant.more))


def judged(alert: ProvenAlert, own: JsonObject, made: Sequence[Mutant], cases: Cases) -> tuple[Fate, ...]:
    """Return what becomes of the mutants in these cases."""
    return tuple(_fate(alert, own, mutant, cases) for mutant in made)


def _fate(alert: ProvenAlert, own_policy: JsonObject, mutant: Mutant, cases: Cases) -> Fate:
    found = [each for each in breaches(alert, mutant.policy, cases, name=mutant.name) if each.kind not in _UNTIL_CLOSED]
    if found:
        noticed, why = "proof", f"{found[0].case}: {found[0].message}"
    elif (shown := dict(cases.times(mutant.name))) != (own := dict(cases.times(alert.policy))):
        label = next(label for label in own if shown[label] != own[label])
        noticed, why = "time line", f"{label}: {spans(shown[label])}, not {spans(own[label])}"
    else:
        noticed, why = "", reason(own_policy, mutant.policy, cases)
    return Fate(alert=alert.name, kind=mutant.kind, what=mutant.what, noticed=noticed, why=why)
