"""The report of a preview: what will happen to a stack, ordered by how much it matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vigil_apimodel.json_values import JsonObject
from vigil_runner.cost import CostChange
from vigil_runner.preview._alerts import AlertChange, alert_changes
from vigil_runner.preview._changes import Change, Kind, changes, forced
from vigil_runner.preview._dashboards import DashboardChange, dashboard_changes
from vigil_runner.preview._declared import Declared, read
from vigil_runner.preview._objectives import ObjectiveChange, objective_changes
from vigil_runner.preview._settings import SettingChange
from vigil_runner.preview._weight import ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedProof:
    """How the proof of an alert plays: its minutes before and after, and what does not hold after."""

    before: tuple[str, ...] = ()
    """A line for each case, such as `fires: 4 to 17`; empty where it was not played."""
    after: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether the minutes differ."""
        return bool(self.before) and bool(self.after) and self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the rules find in the stack that they did not find before, and the reverse."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a change does to one stack."""

    stack: str
    base: str
    """The revision that it is compared with."""
    before: Declared
    after: Declared
    changes: tuple[Change, ...]
    """All changes of resources, what matters most first."""
    alerts: tuple[AlertChange, ...]
    dashboards: tuple[DashboardChange, ...]
    objectives: tuple[ObjectiveChange, ...] = ()
    settings: tuple[SettingChange, ...] = ()
    played: Mapping[str, PlayedProof] = field(default_factory=dict[str, PlayedProof])
    """By the name of the alert's component."""
    findings: Findings = field(default_factory=Findings)
    notes: tuple[str, ...] = ()
    """What a reader must know of the report itself, such as a base that could not be rendered."""
    money: CostChange | None = None
    """What a month costs before and after; None where that was not estimated."""

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.changes or self.settings)

    @property
    def over_budget(self) -> bool:
        """Whether a month may cost more than the settings allow."""
        return self.money is not None and self.money.after.over

    @property
    def ok(self) -> bool:
        """Whether the proofs of what changes hold, and the budget."""
        return not self.over_budget and not any(one.breaches for one in self.played.values())

    def count(self, kind: Kind) -> int:
        """Return how many resources a kind of change happens to."""
        return sum(each.kind is kind for each in self.changes)


def compare(
    before: JsonObject | None,
    after: JsonObject,
    *,
    stack: str,
    base: str,
    settings: Sequence[SettingChange] = (),
    notes: Sequence[str] = (),
    replaced: Mapping[str, tuple[str, ...]] | None = None,
) -> Report:
    """Return the report of two documents of `vigil render --json`; `before` None declares nothing.

    `replaced` are the reasons of replacements by URN, where somebody knows them better, such as Pulumi's engine.
    """
    old, new = read(before, stack=stack), read(after, stack=stack)
    found = tuple(ranked(forced(changes(old, new), replaced)))
    return Report(
        stack=stack,
        base=base,
        before=old,
        after=new,
        changes=found,
        alerts=alert_changes(found, old, new),
        dashboards=dashboard_changes(found),
        objectives=objective_changes(old, new),
        settings=tuple(settings),
        notes=tuple(notes),
    )
