"""What a change does to the cost of a month."""

from dataclasses import dataclass

from vigil_apimodel.json_values import JsonObject
from vigil_runner.cost._estimate import Estimate
from vigil_runner.cost._prices import READ, dollars
from vigil_runner.cost._range import NOTHING, Range

_CENT = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class CostChange:
    """The estimates of two revisions, with the same traffic."""

    before: Estimate | None
    """None where the other revision declares nothing, or is not known."""
    after: Estimate

    @property
    def difference(self) -> Range:
        """Dollars a month, of the lower and of the upper bound."""
        return _minus(self.after.cost, self.before.cost if self.before is not None else NOTHING)

    @property
    def moved(self) -> bool:
        """Whether a bound moves by a cent, or the budget does not hold."""
        return _differs(self.difference) or self.after.over

    def sentences(self) -> tuple[str, ...]:
        """Return what happens to a month's cost, and whether the budget holds."""
        before = self.before.cost if self.before is not None else NOTHING
        first = (
            f"A month is estimated at {dollars(self.after.cost)}, before {dollars(before)}: "
            f"{_signed(self.difference)} (list prices of {READ})."
        )
        lines = [first]
        if self.after.over:
            lines.append(
                f"That may be above the budget of ${self.after.budget:,.2f}. Largest part: {_largest(self.after)}."
            )
        new = [one for one in self.after.advice if self.before is None or one not in self.before.advice]
        return (*lines, *(f"Cheaper: {one}" for one in new))

    def rows(self) -> tuple[tuple[str, str, str, str], ...]:
        """Return each part whose cost moves: title, before, after, difference."""
        old = {one.title: one.cost for one in self.before.parts} if self.before is not None else {}
        new = {one.title: one.cost for one in self.after.parts}
        found: list[tuple[str, str, str, str]] = []
        for title in dict.fromkeys([*new, *old]):
            before, after = old.get(title, NOTHING), new.get(title, NOTHING)
            if _differs(_minus(after, before)):
                found.append((title, dollars(before), dollars(after), _signed(_minus(after, before))))
        return tuple(found)

    def document(self) -> JsonObject:
        """Return the change as JSON."""
        return {
            "before": self.before.document() if self.before is not None else None,
            "after": self.after.document(),
            "difference": {"low": round(self.difference.low, 6), "high": round(self.difference.high, 6)},
            "sentences": list(self.sentences()) if self.moved else [],
        }


def _minus(after: Range, before: Range) -> Range:
    return Range(after.low - before.low, after.high - before.high)


def _differs(moved: Range) -> bool:
    return abs(moved.low) >= _CENT or abs(moved.high) >= _CENT


def _signed(moved: Range) -> str:
    return dollars(moved, sign=True) if _differs(moved) else "no difference"


def _largest(found: Estimate) -> str:
    part = max(found.parts, key=lambda one: one.cost.high)
    return f"{part.title}, {dollars(part.cost)}"
