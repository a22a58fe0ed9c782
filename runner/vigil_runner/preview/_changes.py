"""What differs between two revisions of a stack: added, changed, replaced, moved and removed resources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_runner.normal_form import identity_of
from vigil_runner.preview._declared import Declared, Resource
from vigil_runner.wire import APPLIED
from vigil_runner.wire.base import at


class Kind(StrEnum):
    """What happens to a resource."""

    REPLACED = "replaced"
    """Deleted and made again, because a property cannot change."""
    REMOVED = "removed"
    MADE_AGAIN = "made again"
    """Deleted under one name in the program and made under another, with one and the same name in the cloud."""
    CHANGED = "changed"
    ADDED = "added"
    RENAMED = "renamed"
    """Another name in the program, by an alias: nothing happens in the cloud."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs; None stands for a field that is not there."""

    path: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one resource."""

    kind: Kind
    resource: Resource
    """The resource after the change; of a removed one, before it."""
    before: Resource | None = None
    fields: tuple[FieldChange, ...] = ()
    forced_by: tuple[str, ...] = ()
    """Properties whose change replaces it."""

    @property
    def after(self) -> Resource | None:
        """The resource after the change, None where it is gone."""
        return None if self.kind is Kind.REMOVED else self.resource


_FIXED_NAMES: Final = (
    "project",
    "name",
    "location",
    "region",
    "accountId",
    "secretId",
    "datasetId",
    "tableId",
    "topic",
)
"""What no Google resource of the recorded types can change. Their schemas list more, so a replacement may be missed."""
_MEMBERSHIP: Final = ("IAMMember", "IAMBinding", "IAMPolicy")
"""Endings of types that grant access; every input of a member or binding is fixed."""


def changes(before: Declared, after: Declared) -> tuple[Change, ...]:
    """Return what differs, in the order of the URNs; components are left out, since they are nothing in the cloud."""
    return tuple(sorted(_changes(before, after), key=lambda each: (each.resource.urn, each.kind)))


def forced(found: tuple[Change, ...], reasons: Mapping[str, tuple[str, ...]] | None) -> tuple[Change, ...]:
    """Return the changes with the replacements of an engine's plan, and no other; None leaves them as they are."""
    if reasons is None:
        return found
    return tuple(
        replace(
            one,
            kind=Kind.REPLACED if one.resource.urn in reasons else Kind.CHANGED,
            forced_by=reasons.get(one.resource.urn, ()),
        )
        if one.kind in (Kind.CHANGED, Kind.REPLACED)
        else one
        for one in found
    )


def _changes(before: Declared, after: Declared) -> Iterator[Change]:
    old = {urn: each for urn, each in before.resources.items() if each.custom}
    new = {urn: each for urn, each in after.resources.items() if each.custom}
    added: list[Resource] = []
    for urn, resource in new.items():
        known = old.pop(urn, None)
        if known is None:
            former = next((one for one in resource.former if one in old), None)
            if former is None:
                added.append(resource)
                continue
            renamed = old.pop(former)
            yield _compared(renamed, resource) or Change(kind=Kind.RENAMED, resource=resource, before=renamed)
            continue
        found = _compared(known, resource)
        if found is not None:
            yield found
    places = {place: each for each in old.values() if (place := _place(each)) is not None}
    for resource in added:
        same = places.get(_place(resource) or ("", ""))
        if same is None or same.urn not in old:
            yield Change(kind=Kind.ADDED, resource=resource)
            continue
        del old[same.urn]
        found = tuple(differences(same.inputs, resource.inputs))
        yield Change(kind=Kind.MADE_AGAIN, resource=resource, before=same, fields=found)
    for resource in old.values():
        yield Change(kind=Kind.REMOVED, resource=resource, before=resource)


def _place(resource: Resource) -> tuple[str, str] | None:
    """Return what the resource is in the cloud, where its inputs say so; the server names the others."""
    wire = APPLIED.get(resource.type)
    identifier = wire.id(resource.inputs) if wire is not None else None
    return (resource.type, identifier) if identifier else None


def _compared(before: Resource, after: Resource) -> Change | None:
    ignored = {path.partition(".")[0].partition("[")[0] for path in after.ignored}
    found = tuple(
        each
        for each in differences(before.inputs, after.inputs)
        if each.path.partition(".")[0].partition("[")[0] not in ignored
    )
    if not found:
        return None
    forced = tuple(one for one in _forced(before, after) if one.partition(".")[0] not in ignored)
    return Change(
        kind=Kind.REPLACED if forced else Kind.CHANGED, resource=after, before=before, fields=found, forced_by=forced
    )


def _forced(before: Resource, after: Resource) -> list[str]:
    wire = APPLIED.get(after.type)
    listed = {path.partition("[")[0] for path in after.replace_on}
    if wire is not None:
        fixed = set(wire.replaces(before.inputs, after.inputs))
    elif after.type.endswith(_MEMBERSHIP):
        fixed = set(after.inputs) | set(before.inputs)
    else:
        fixed = set(_FIXED_NAMES)
    return sorted(path for path in fixed | listed if at(before.inputs, path) != at(after.inputs, path))


def differences(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], path: str = ""
) -> Iterator[FieldChange]:
    """Yield each field that differs, at the deepest place that both have, such as `conditions[0].threshold`."""
    for key in sorted({*before, *after}):
        yield from _value(before.get(key), after.get(key), f"{path}.{key}" if path else key)


def _value(before: JsonValue, after: JsonValue, path: str) -> Iterator[FieldChange]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from differences(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list(before, after, path)
    else:
        yield FieldChange(path, before, after)


def _list(before: list[JsonValue], after: list[JsonValue], path: str) -> Iterator[FieldChange]:
    old, new = _keyed(before), _keyed(after)
    if old is None or new is None:
        yield FieldChange(path, before, after)
    elif old.keys() == new.keys() and list(old) != list(new):
        yield FieldChange(f"{path} (order)", list(old), list(new))
    else:
        for key in [*old, *(each for each in new if each not in old)]:
            yield from _value(old.get(key), new.get(key), f"{path}[{key}]")


def _keyed(items: list[JsonValue]) -> dict[str, JsonValue] | None:
    """Return a list's objects by what tells them apart, or by their place; None for a list of plain values."""
    if not all(isinstance(item, dict) for item in items):
        return None
    objects: list[JsonObject] = [item for item in items if isinstance(item, dict)]
    names = [identity_of(item) for item in objects]
    if None in names or len(set(names)) < len(names):
        names = [str(place) for place in range(len(objects))]
    return {str(name): item for name, item in zip(names, objects, strict=True)}
