"""Pulumi's own preview as two renders: what is deployed, and what the program asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text, texts
from vigil_apimodel.rules import UNKNOWN
from vigil_components import documents
from vigil_runner.errors import EngineError


class PlanError(EngineError):
    """A document that is not what `pulumi preview --json` writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `pulumi preview --json` says."""

    before: JsonObject
    """The deployed resources, as a document of `vigil render --json`."""
    after: JsonObject
    replaced: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Properties that force each replacement, as Pulumi's engine and the provider say, by URN."""


NOT_YET_KNOWN: Final = "${known only once it is deployed}"
"""What stands for a value of another resource that is made or replaced; rules leave alone what holds `${`."""

_GONE = frozenset({"delete", "discard", "delete-replaced", "discard-replaced"})


def plan(document: JsonObject) -> Plan:
    """Read the document of `pulumi preview --json`. Raises PlanError for anything else."""
    if not isinstance(document.get("steps"), list):
        raise PlanError(
            "the plan has no steps. Remedy: write it by `pulumi preview --json --stack STACK > FILE`, and look at "
            "Pulumi's diagnostics in it where the preview failed."
        )
    before: dict[str, JsonObject] = {}
    after: dict[str, JsonObject] = {}
    replaced: dict[str, tuple[str, ...]] = {}
    for step in children(document, "steps"):
        old, new = child(step, "oldState"), child(step, "newState")
        urn = text(step, "urn")
        if old:
            before[urn] = _resource(old, urn)
        if new and text(step, "op") not in _GONE:
            after[urn] = _resource(new, urn)
        reasons = texts(step, "replaceReasons")
        if reasons:
            replaced[urn] = tuple(dict.fromkeys((*replaced.get(urn, ()), *reasons)))
    return Plan(before={"resources": [*before.values()]}, after={"resources": [*after.values()]}, replaced=replaced)


def _resource(state: JsonObject, urn: str) -> JsonObject:
    inputs = {key: _known(value) for key, value in child(state, "inputs").items() if key != "__defaults"}
    inputs = documents.read(text(state, "type"), inputs)
    return {
        "urn": urn,
        "type": text(state, "type"),
        "name": urn.rpartition("::")[2],
        "parent": text(state, "parent"),
        "custom": state.get("custom") is True,
        "inputs": inputs,
        "options": {"protect": state.get("protect") is True},
    }


def _known(value: JsonValue) -> JsonValue:
    """The value, with words where the engine writes its mark for an unknown one."""
    if isinstance(value, dict):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return NOT_YET_KNOWN if value == UNKNOWN else value
