"""What a run registered, and assertions on it that say what differs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from vigil_apimodel import rules
from vigil_components.testing.monitor import Diagnostics, Invocation
from vigil_components.testing.registration import Registration
from vigil_components.testing.values import Properties


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""In an expectation: the key must not be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The registrations of one run in order of arrival, its exports, data sources and log.

    Use `of_type`, `one`, `children` to look things up, `check` to state an inventory.
    """

    stack: str
    project: str
    preview: bool
    registrations: tuple[Registration, ...]
    exports: Properties
    secret_exports: tuple[str, ...]
    invocations: tuple[Invocation, ...]
    diagnostics: Diagnostics

    def of_type(self, token: str) -> tuple[Registration, ...]:
        """Return the registrations of a type, in order."""
        return tuple(each for each in self.registrations if each.type == token)

    def counts(self) -> dict[str, int]:
        """Return how many registrations each type has, by type."""
        return dict(sorted(Counter(each.type for each in self.registrations).items()))

    def one(self, token: str, name: str | None = None) -> Registration:
        """Return the only registration of a type (with that name). Raises AssertionError, listing what there is."""
        found = [each for each in self.of_type(token) if name is None or each.name == name]
        if len(found) == 1:
            return found[0]
        names = ", ".join(each.name for each in self.of_type(token)) or "none"
        wanted = f"{token} named {name!r}" if name is not None else token
        raise AssertionError(
            f"{len(found)} registrations of {wanted}, not one. Of this type: {names}. Types: {', '.join(self.counts())}"
        )

    def children(self, parent: "Registration | str | None" = None) -> tuple[Registration, ...]:
        """Return what has that parent; without one, what hangs on the stack itself (and what forgot its parent)."""
        urn = parent.urn if isinstance(parent, Registration) else parent
        if urn is not None:
            return tuple(each for each in self.registrations if each.parent == urn)
        known = {each.urn for each in self.registrations}
        return tuple(each for each in self.registrations if each.parent not in known)

    def tree(self) -> str:
        """Return the resources as an indented list, parents above their children."""
        return "\n".join(self._lines(self.children(), 0))

    def _lines(self, level: tuple[Registration, ...], depth: int) -> Iterator[str]:
        for each in level:
            yield f"{'  ' * depth}{each.type} {each.name}"
            yield from self._lines(self.children(each), depth + 1)

    def check(
        self,
        *,
        counts: Mapping[str, int] | None = None,
        values: Mapping[str, Mapping[str, object]] | None = None,
        exports: Mapping[str, object] | None = None,
    ) -> None:
        """State an inventory: how many of each type, chosen inputs, chosen exports.

        `counts` are of the types named there; `values` go by "type::name" (or URN) and hold only the inputs that
        matter: a mapping matches when its keys match (MISSING: must be absent), a list item by item. Raises one
        AssertionError with every difference.
        """
        problems: list[str] = []
        actual = self.counts()
        problems += [
            f"{type_}: {actual.get(type_, 0)} registered, {wanted} expected"
            for type_, wanted in (counts or {}).items()
            if actual.get(type_, 0) != wanted
        ]
        for key, wanted in (values or {}).items():
            found = [each for each in self.registrations if key in (each.key, each.urn)]
            if len(found) == 1:
                problems += [f"{key}: {line}" for line in differences(wanted, found[0].inputs)]
            else:
                problems.append(f"{key}: {len(found)} such registrations; there are {self._keys()}")
        problems += [f"exports: {line}" for line in differences(exports or {}, self.exports)]
        if problems:
            raise AssertionError("\n".join(problems))

    def violations(self) -> list[rules.Violation]:
        """Return every rule that the resources break, each by itself and all together: quotas, colliding names.

        Components refuse a resource that breaks a rule as they register it; what only all resources together break
        (more log-based metrics than a project takes) shows here, and in the policy pack.
        """
        return rules.check_program(self._resources())

    def violations_together(self) -> list[rules.Violation]:
        """Return the rules that only all resources together break. It does not check each resource again."""
        return rules.check_together(self._resources())

    def _resources(self) -> list[rules.Resource]:
        return [rules.Resource(each.type, each.name, each.inputs) for each in self.registrations if each.custom]

    def _keys(self) -> str:
        return ", ".join(sorted(each.key for each in self.registrations))


def differences(expected: object, actual: object, path: str = "") -> list[str]:
    """Return what of `expected` does not hold in `actual`, one line each. See `Recorded.check`."""
    at = path or "value"
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping):
            return [f"{at} is {actual!r}, expected an object"]
        there = cast("Mapping[str, object]", actual)
        return [
            line
            for key, wanted in cast("Mapping[str, object]", expected).items()
            for line in differences(wanted, there.get(key, MISSING), f"{path}.{key}" if path else key)
        ]
    if isinstance(expected, list | tuple):
        if not isinstance(actual, list | tuple):
            return [f"{at} is {actual!r}, expected a list"]
        wanted, items = cast("list[object]", expected), cast("list[object]", actual)
        if len(wanted) != len(items):
            return [f"{at} has {len(items)} items, expected {len(wanted)}: {items!r}"]
        pairs = enumerate(zip(wanted, items, strict=True))
        return [line for index, (each, item) in pairs for line in differences(each, item, f"{path}[{index}]")]
    same = expected == actual and (isinstance(expected, bool) == isinstance(actual, bool))
    return [] if same else [f"{at} is {actual!r}, expected {expected!r}"]
