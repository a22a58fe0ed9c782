"""What the alert engine remembers between evaluations, and how conditions combine."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vigil_emulator.alerting.conditions import Track
from vigil_emulator.alerting.policy import Condition, Policy, Threshold


@dataclass(slots=True)
class SeriesState:
    """What is remembered of a series between evaluations."""

    since: int = 0
    """Since when the condition is met without a break, 0 if it is not."""
    track: Track | None = None
    """As it was last evaluated with data."""


@dataclass(slots=True)
class ConditionState:
    """What is remembered of a condition."""

    condition: Condition
    evaluated: int
    """The last evaluation."""
    series: dict[str, SeriesState] = field(default_factory=dict[str, SeriesState])
    firing: "dict[str, Firing]" = field(default_factory=dict[str, "Firing"])
    """What fired at the last evaluation."""


@dataclass(slots=True)
class PolicyState:
    """A policy with its conditions' states."""

    policy: Policy
    conditions: list[ConditionState]
    last_log: int = 0
    log_day: int = -1
    log_count: int = 0


@dataclass(frozen=True, slots=True)
class Firing:
    """A series of a condition that is met for long enough at a time."""

    condition: Condition
    track: Track
    value: float


def combined(policy: Policy, firing: dict[str, dict[str, Firing]]) -> dict[str, dict[str, Firing]]:
    """Return what fires under a combiner of several conditions other than OR."""
    names = [condition.name for condition in policy.conditions]
    if any(not firing.get(name) for name in names):
        return {name: {} for name in names}
    if policy.combiner == "AND_WITH_MATCHING_RESOURCE":
        where = [{(f.track.resource, f.track.resource_labels) for f in firing[name].values()} for name in names]
        shared = set[tuple[str, tuple[tuple[str, str], ...]]].intersection(*where)
        return {
            name: {
                key: found
                for key, found in firing[name].items()
                if (found.track.resource, found.track.resource_labels) in shared
            }
            for name in names
        }
    return firing


def eventful(condition: ConditionState, tracks: Sequence[Track], size: int) -> list[int]:
    """Return the evaluations that can change something: with data, or the first without; all where silence counts."""
    test = condition.condition.test
    if isinstance(test, Threshold) and test.missing == "EVALUATION_MISSING_DATA_ACTIVE":
        return list(range(size))
    there = np.zeros(size + 1, dtype=np.bool_)
    there[0] = bool(condition.series or condition.firing)
    for track in tracks:
        there[1:] |= track.present
    return [int(index) for index in np.flatnonzero(there[1:] | there[:-1])]
