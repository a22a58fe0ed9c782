"""What Pulumi prints: `pulumi preview --json`, `pulumi stack export`, and our own renders."""

import json
from collections.abc import Iterator
from typing import Final

from vigil_apimodel import tokens
from vigil_runner import written_parts
from vigil_runner.check._found import SECRET, Fields, Found, fields, is_fields, is_list, listed, string
from vigil_runner.check._places import Path

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks Pulumi's special values; secrets have it."""
_STANDS_FOR: Final = frozenset({"[unknown]", "[secret]"})
"""What previews and renders write for unknowns and secrets."""
_GONE: Final = frozenset({"delete", "delete-replaced", "discard-replaced", "remove-pending-replace", "read", "refresh"})


def is_pulumi(document: Fields) -> bool:
    """Return whether the document is a preview, an exported stack or a render."""
    return (
        is_list(document.get("steps"))
        or isinstance(fields(document.get("deployment")).get("resources"), list)
        or ("stack" in document and is_list(document.get("resources")))
    )


def read(document: Fields, file: str) -> Iterator[Found]:
    """Yield the resources that a preview leaves, a stack has or a render declares."""
    if is_list(document.get("steps")):
        for index, each in enumerate(listed(document["steps"])):
            step = fields(each)
            if step.get("op") not in _GONE:
                yield from _resource(fields(step.get("newState")), file, ("steps", index, "newState"))
        return
    place: Path = ("resources",)
    resources = listed(document.get("resources"))
    if "deployment" in document:
        place = ("deployment", "resources")
        resources = listed(fields(document["deployment"]).get("resources"))
    for index, each in enumerate(resources):
        resource = fields(each)
        if not resource.get("delete"):
            yield from _resource(resource, file, (*place, index))


def parts(document: Fields) -> dict[str, Fields]:
    """Return the resources of a render that have their own files, by the file's path below the render's folder."""
    declared = map(fields, listed(document.get("resources"))) if "stack" in document else ()
    return {path: each for each in declared if (path := written_parts.path_of(each)) is not None}


def part(resource: Fields, document: Fields, file: str) -> Found:
    """Return a resource of a render, whose own file holds `document`."""
    type_ = string(resource.get("type"))
    inputs: Fields = fields(_plain(document))
    if type_ == tokens.DASHBOARD:
        inputs = dict[str, object](dashboardJson=json.dumps(document))
    return Found(type=type_, name=string(resource.get("name")), inputs=inputs, file=file, deployed=True)


def _resource(resource: Fields, file: str, place: Path) -> Iterator[Found]:
    type_ = string(resource.get("type"))
    if not type_.startswith(("gcp:logging/", "gcp:monitoring/")) or written_parts.path_of(resource) is not None:
        return
    name = string(resource.get("name")) or string(resource.get("urn")).rpartition("::")[2]
    inputs = {key: _plain(value) for key, value in fields(resource.get("inputs")).items() if key != "__defaults"}
    known = string(resource.get("id"))
    yield Found(
        type=type_,
        name=name,
        inputs=inputs,
        file=file,
        place=(*place, "inputs"),
        id="" if known in _STANDS_FOR else known,
        deployed=True,
    )


def _plain(value: object) -> object:
    if is_fields(value):
        inner = fields(value)
        if _SIGNATURE in inner:
            return SECRET
        return {key: _plain(each) for key, each in inner.items() if key != "__defaults"}
    if is_list(value):
        return [_plain(each) for each in listed(value)]
    return SECRET if value in _STANDS_FOR else value
