"""A rendered stack, read for comparison: each resource in normal form, references by name instead of by made-up id."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text
from vigil_components.testing import synthesise
from vigil_runner.normal_form import normal_form


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of a render."""

    urn: str
    type: str
    """Pulumi's type token."""
    name: str
    """Name in the program."""
    parent: str | None
    """URN of its parent."""
    custom: bool
    """Whether it exists at a provider; a component does not."""
    inputs: JsonObject
    """Inputs in normal form."""
    protect: bool = False
    """Whether Pulumi refuses to delete it."""
    replace_on: tuple[str, ...] = ()
    """Further inputs whose change replaces it, as the program asks."""
    ignored: tuple[str, ...] = ()
    """Inputs whose change the program ignores."""
    former: frozenset[str] = frozenset()
    """URNs that it had before, by its aliases."""

    @property
    def kind(self) -> str:
        """The last part of the type, such as `AlertPolicy`."""
        return self.type.rpartition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What one revision declares for a stack."""

    stack: str
    resources: Mapping[str, Resource] = field(default_factory=dict[str, Resource])
    """By URN."""

    def children(self, urn: str) -> list[Resource]:
        """Return the direct children of a resource."""
        return [each for each in self.resources.values() if each.parent == urn]


def read(document: JsonObject | None, *, stack: str) -> Declared:
    """Return what a document of `vigil render --json` declares; None declares nothing."""
    if document is None:
        return Declared(stack=stack)
    rendered = children(document, "resources")
    names = _references(rendered)
    found = (_resource(each, names) for each in rendered)
    return Declared(stack=stack, resources={each.urn: each for each in found})


def _resource(rendered: JsonObject, names: Mapping[str, str]) -> Resource:
    options = child(rendered, "options")
    type_ = text(rendered, "type")
    referring = cast("JsonObject", _named(child(rendered, "inputs"), names))
    return Resource(
        urn=text(rendered, "urn"),
        type=type_,
        name=text(rendered, "name"),
        parent=text(rendered, "parent") or None,
        custom=rendered.get("custom") is True,
        inputs=normal_form(type_, referring),
        protect=options.get("protect") is True,
        replace_on=_texts(options, "replace_on_changes"),
        ignored=_texts(options, "ignore_changes"),
        former=frozenset((*_texts(rendered, "formerUrns"), *_texts(options, "aliases"))),
    )


def _texts(fields: JsonObject, name: str) -> tuple[str, ...]:
    value = fields.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _references(rendered: list[JsonObject]) -> dict[str, str]:
    """Return the made-up names of notification channels, which other resources refer to, as what people call them."""
    found: dict[str, str] = {}
    for each in rendered:
        if text(each, "type") == tokens.CHANNEL:
            inputs = child(each, "inputs")
            _, outputs = synthesise(tokens.CHANNEL, text(each, "name"), inputs, project=text(inputs, "project"))
            found[str(outputs["name"])] = spoken(inputs) or text(each, "name")
    return found


def spoken(channel: JsonObject) -> str:
    """Return what people call a channel: its display name, and its address where that says more."""
    name = text(channel, "displayName")
    labels = child(channel, "labels")
    address = next(
        (str(labels[key]) for key in ("email_address", "channel_name", "topic", "space") if key in labels), ""
    )
    if address and address not in name:
        return f"{name} ({address})" if name else address
    return name or text(channel, "type")


def _named(value: JsonValue, names: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {key: _named(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    return value
