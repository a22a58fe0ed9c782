"""Objectives before and after, as the services that have them say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vigil_apimodel.json_values import children, text
from vigil_runner.preview._declared import Declared
from vigil_runner.preview._words import safe

_GOAL: Final = re.compile(r"(\d+(?:\.\d+)?) %")


@dataclass(frozen=True, slots=True)
class ObjectiveChange:
    """An objective that differs; an empty text stands for one that is not there."""

    name: str
    """`service/objective`."""
    before: str
    """What it promises, such as `99 % of order.received without order.rejected, 28 days`."""
    after: str

    @property
    def sentence(self) -> str:
        """What happens, in words."""
        start = f"Objective `{safe(self.name)}`"
        if not self.before:
            return f"{start} is added: {safe(self.after)}."
        if not self.after:
            return f"{start} is removed: {safe(self.before)}."
        return f"{start} {self._verb}: {safe(self.before)} → {safe(self.after)}."

    @property
    def _verb(self) -> str:
        old, new = (_GOAL.match(one) for one in (self.before, self.after))
        if old is None or new is None or float(old[1]) == float(new[1]):
            return "changes"
        return "is tightened" if float(new[1]) > float(old[1]) else "is loosened"


def objective_changes(before: Declared, after: Declared) -> tuple[ObjectiveChange, ...]:
    """Return the objectives that differ, in the order of their names."""
    old, new = dict(_objectives(before)), dict(_objectives(after))
    return tuple(
        ObjectiveChange(name, old.get(name, ""), new.get(name, ""))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _objectives(declared: Declared) -> Iterator[tuple[str, str]]:
    for component in declared.resources.values():
        for one in () if component.custom else children(component.inputs, "objectives"):
            yield f"{text(component.inputs, 'service')}/{text(one, 'name')}", text(one, "title")
