"""Two sets of resources compared in normal form: what is only in one, and which fields differ."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_apimodel.rules import UNKNOWN
from vigil_runner.items import COMPARED, Item

_NOT_KNOWN: Final = frozenset({UNKNOWN, "[secret]", "[unknown]"})
"""What stands for a value that nobody can compare: it differs from nothing."""
_RANK: Final = {type_: rank for rank, type_ in enumerate(COMPARED)}
_NAMES: Final = frozenset({"notificationChannels", "notificationChannelNames"})
"""Lists of names whose order means nothing."""
_SERVER_NAMED: Final = frozenset({tokens.CHANNEL, tokens.UPTIME_CHECK, tokens.ALERT_POLICY, tokens.DASHBOARD})


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs; None stands for a field that is not there."""

    path: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A resource that both sides have, and where they differ."""

    before: Item
    after: Item
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two sets of resources do not have in common."""

    removed: tuple[Item, ...]
    """Only before."""
    added: tuple[Item, ...]
    """Only after."""
    changed: tuple[Changed, ...]
    same: int
    """How many resources say the same on both sides."""

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.removed or self.added or self.changed)


def compare(before: Sequence[Item], after: Sequence[Item]) -> Difference:
    """Compare two sets of resources.

    Resources are the same where type and key are; of several with one key, those that say the same come together
    first. A reference to a channel, uptime check, policy or dashboard counts by what it refers to, since each side has
    its own server's names; so does the project that a side belongs to.
    """
    removed: list[Item] = []
    added: list[Item] = []
    changed: list[Changed] = []
    same = 0
    for one, other in pairs(before, after):
        if one is None or other is None:
            removed += [one] if one is not None else []
            added += [other] if other is not None else []
            continue
        changes = tuple(changes_of(one.body, other.body))
        same += not changes
        if changes:
            changed.append(Changed(before=one, after=other, changes=changes))
    return Difference(removed=tuple(removed), added=tuple(added), changed=tuple(changed), same=same)


def pairs(before: Sequence[Item], after: Sequence[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    """Bring together what is one resource on both sides; None stands for what one side does not have.

    References of `after` are renamed to what `before` calls the same resource.
    """
    aliases = _projects(before, after)
    names: dict[str, str] = {}
    for type_ in sorted({each.type for each in (*before, *after)}, key=lambda one: (_RANK.get(one, 99), one)):
        old = [_renamed(each, aliases) for each in before if each.type == type_]
        new = [_renamed(each, {**aliases, **names}) for each in after if each.type == type_]
        for one, other in _paired(old, new):
            if one is not None and other is not None:
                names |= _same_name(one, other)
            yield one, other


def _projects(before: Sequence[Item], after: Sequence[Item]) -> dict[str, str]:
    """Names of the sides' own projects, to the one that stands for all of them."""
    owners = [owner for each in (*before, *after) for owner in sorted(each.projects)]
    main = next((owner for owner in owners if not owner.isdigit()), None)
    if main is None:
        return {}
    return {f"projects/{owner}": f"projects/{main}" for owner in owners if owner != main}


def _same_name(one: Item, other: Item) -> dict[str, str]:
    if one.type not in _SERVER_NAMED or not one.name or not other.name or one.name == other.name:
        return {}
    found = {other.name: one.name}
    if one.type == tokens.UPTIME_CHECK:  # metrics and filters carry the short id
        found[other.name.rpartition("/")[2]] = one.name.rpartition("/")[2]
    return found


def _renamed(item: Item, names: Mapping[str, str]) -> Item:
    known = {name: to for name, to in names.items() if name}
    if not known:
        return item
    ordered = sorted(known, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in ordered))

    def sorted_names(value: JsonValue) -> JsonValue:
        return sorted(value, key=str) if isinstance(value, list) else value

    def put(value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {key: sorted_names(put(each)) if key in _NAMES else put(each) for key, each in value.items()}
        if isinstance(value, list):
            return [put(each) for each in value]
        if isinstance(value, str) and value:
            return pattern.sub(lambda found: known[found[0]], value)
        return value

    return replace(item, body=cast("JsonObject", put(item.body)))


def _paired(old: Sequence[Item], new: Sequence[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    by_key: dict[str, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
    for each in old:
        by_key[each.key][0].append(each)
    for each in new:
        by_key[each.key][1].append(each)
    for key in sorted(by_key):
        ones, others = by_key[key]
        left = list(others)
        unlike: list[Item] = []
        for one in ones:
            twin = next((each for each in left if not any(changes_of(one.body, each.body))), None)
            if twin is None:
                unlike.append(one)
            else:
                left.remove(twin)
                yield one, twin
        for place in range(max(len(unlike), len(left))):
            yield (
                unlike[place] if place < len(unlike) else None,
                left[place] if place < len(left) else None,
            )


def changes_of(before: JsonValue, after: JsonValue, path: str = "") -> Iterator[Change]:
    """Yield the differences of two values in normal form, by path."""
    if _not_known(before) or _not_known(after) or before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from changes_of(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from changes_of(one, other, f"{path}[{index}]")
    else:
        yield Change(path, before, after)


def _not_known(value: JsonValue) -> bool:
    return isinstance(value, str) and value in _NOT_KNOWN
