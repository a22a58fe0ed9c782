"""The file for `pulumi import`: which resource of the program is which one at Google."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vigil_apimodel.json_values import JsonObject
from vigil_components.testing import Registration
from vigil_runner.check import Found
from vigil_runner.difference import pairs
from vigil_runner.items import of_found, of_run
from vigil_runner.program import Run
from vigil_runner.render import masked
from vigil_runner.wire import APPLIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """The document for `pulumi import --file`, and what it leaves out."""

    document: JsonObject
    imported: int
    """How many resources of Google it names."""
    missing: tuple[str, ...]
    """Resources of the program that were not found: `pulumi up` creates them."""


def imports(run: Run, found: Sequence[Found], *, project: str) -> Imports:
    """Pair a program's resources with those that were found, as `vigil diff` does, and give each its id."""
    ids: dict[str, str] = {}
    missing: list[str] = []
    declared = {(each.type, each.name): each for each in run.registrations}
    for one, other in pairs(of_found(found), of_run(run, project=project)):
        if other is None:
            continue
        registration = declared[other.type, other.where]
        if one is None:
            missing.append(f"{other.noun} {other.key!r}")
        else:
            ids[registration.urn] = _id(registration, project) or one.name
    return Imports(document={"resources": [*_entries(run, ids)]}, imported=len(ids), missing=tuple(missing))


def _id(registration: Registration, project: str) -> str | None:
    """The id that the inputs determine, as the provider makes it; None where the server chose it."""
    wire = APPLIED[registration.type]
    inputs = wire.check(masked(registration.inputs, registration.secret_paths), urn=registration.urn, project=project)
    return wire.id(inputs)


def _entries(run: Run, ids: Mapping[str, str]) -> Iterator[JsonObject]:
    """Each resource after the components that it belongs to, under names that are unique in the file."""
    by_urn = {each.urn: each for each in run.registrations}
    wanted = [each for child in run.registrations if child.urn in ids for each in (*_above(child, by_urn)[::-1], child)]
    names: dict[str, str] = {}
    for each in {one.urn: one for one in wanted}.values():
        name, number = each.name, 2
        while name in names.values():
            name, number = f"{each.name}-{number}", number + 1
        names[each.urn] = name
        entry: JsonObject = {"type": each.type, "name": name}
        if name != each.name:
            entry["logicalName"] = each.name
        if each.parent in names:
            entry["parent"] = names[each.parent]
        yield {**entry, **({"id": ids[each.urn]} if each.urn in ids else {"component": True})}


def _above(each: Registration, by_urn: dict[str, Registration]) -> list[Registration]:
    found: list[Registration] = []
    parent = by_urn.get(each.parent or "")
    while parent is not None:
        found.append(parent)
        parent = by_urn.get(parent.parent or "")
    return found
