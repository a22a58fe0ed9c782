"""What a run declares, as one stable JSON document: the interface between the program and the commands."""

import dataclasses
import json
from collections.abc import Mapping
from typing import cast

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_components.testing import Options, Registration, Unknown
from vigil_components.testing.values import child
from vigil_runner.program import Run
from vigil_runner.stacks import PLACEHOLDER

UNKNOWN = "[unknown]"
"""What stands for a value that a preview cannot know."""

_LEFT_OUT = frozenset({"parent", "version"})
"""Options that say nothing about the program: the parent stands beside them, the version is the SDK's."""


def document(run: Run) -> JsonObject:
    """Return the run as plain JSON, resources sorted by URN.

    Each has type, name, urn, parent, custom, inputs, and the options that the program set. Secrets read "[secret]",
    what a preview cannot know "[unknown]". Numbers, order and names depend on the program and stack alone.
    """
    return {
        "stack": run.stack,
        "project": run.project,
        "preview": run.preview,
        "resources": [resource(each) for each in sorted(run.registrations, key=lambda each: each.urn)],
        "exports": masked(run.exports, run.secret_exports),
    }


def dumps(run: Run) -> str:
    """Return the document as text: indented, keys sorted, one newline at the end."""
    return json.dumps(document(run), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def resource(registration: Registration) -> JsonObject:
    """Return one resource of the document. `formerUrns` is there where aliases say that it had others."""
    return {
        "type": registration.type,
        "name": registration.name,
        "urn": registration.urn,
        "parent": registration.parent,
        "custom": registration.custom,
        "inputs": masked(registration.inputs, registration.secret_paths),
        "options": options(registration.options),
        **({"formerUrns": list(registration.former_urns)} if registration.former_urns else {}),
    }


def options(resource_options: Options) -> JsonObject:
    """Return the options that are set, by name."""
    plain = {
        name: _plain(value) for name, value in dataclasses.asdict(resource_options).items() if name not in _LEFT_OUT
    }
    return {name: value for name, value in plain.items() if value not in (None, [], {})}


def _plain(value: object) -> JsonValue:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, object]", value).items() if item is not None}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    return cast("JsonValue", value)


def masked(properties: Mapping[str, object], secret_paths: tuple[str, ...]) -> JsonObject:
    """Return the properties with secrets and unknowns replaced by what stands for them."""
    return cast("JsonObject", _masked(properties, frozenset(secret_paths), ""))


def _masked(value: object, secrets: frozenset[str], path: str) -> JsonValue:
    if path in secrets:
        return PLACEHOLDER
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        return {key: _masked(item, secrets, child(path, key)) for key, item in fields.items()}
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [_masked(item, secrets, f"{path}[{index}]") for index, item in enumerate(items)]
    return cast("JsonValue", value)
