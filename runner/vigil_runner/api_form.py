"""Resources of Terraform's and Pulumi's files in the API's own JSON.

What `vigil check` reads of these files are a provider's inputs. Here they become what the API would answer, so that a
file of any form can be adopted and compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, cast

from vigil_apimodel import api_json, tokens
from vigil_apimodel.json_fields import Fields, fields, listed, string, without
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_runner import items
from vigil_runner.check import Found
from vigil_runner.difference import changes_of
from vigil_runner.inputs import shaped
from vigil_runner.wire import APPLIED

_COMPUTED: Final = (*api_json.SERVER_SET, "uptimeCheckId", "writerIdentity", "deletionPolicy", "forceDelete")
"""Attributes of a state that the server or the provider sets, beside the names."""
_SHORT_NAMES: Final = frozenset({tokens.LOG_METRIC, tokens.PROJECT_SINK, tokens.PROJECT_EXCLUSION})
"""Types whose resources the API names without their project."""


class FormError(ValueError):
    """A resource says something that has no place in the API's JSON. The message is the reason."""


def in_api_form(found: Iterable[Found], *, project: str = "") -> tuple[list[Found], list[tuple[Found, str]]]:
    """Return the resources with the API's JSON, and those that have none, each with the reason.

    `project` is where they belong if they do not say so.
    """
    formed: list[Found] = []
    others: list[tuple[Found, str]] = []
    for each in found:
        try:
            formed.append(api_form(each, project=project))
        except FormError as error:
            others.append((each, str(error)))
    return formed, others


def api_form(found: Found, *, project: str = "") -> Found:
    """Return a resource with the API's JSON as its body; one that has it is returned as it is.

    `project` is where it belongs if it does not say so. Raises FormError where the JSON would not say the same.
    """
    wire = APPLIED.get(found.type)
    if found.body or wire is None or found.type not in items.COMPARED:
        return found
    inputs = cast("JsonObject", without(shaped(found.type, found.inputs), *_COMPUTED))
    if found.type == tokens.ALERT_POLICY and "conditions" in inputs:
        unnamed = [without(fields(each), "name") for each in listed(inputs["conditions"])]
        inputs["conditions"] = cast("list[JsonValue]", unnamed)
    defaulted = wire.defaults(inputs)
    named = {**defaulted, "project": string(defaulted.get("project")) or project}
    try:
        body = cast("Fields", wire.body(defaulted))  # pyright: ignore[reportAttributeAccessIssue] - every compared type has one
        name = found.id or wire.id(named) or ""
    except (ValueError, TypeError) as error:
        raise FormError(str(error)) from error
    if found.type == tokens.PROJECT_BUCKET:
        body |= {key: defaulted[old] for key, old in _BUCKET.items() if defaulted.get(old)}
    if found.type == tokens.PROJECT_SINK and defaulted.get("uniqueWriterIdentity") is False:
        body["writerIdentity"] = api_json.SHARED_WRITER
    if name and found.type not in _SHORT_NAMES:
        body["name"] = name
    again = api_json.wire(found.type, body)
    change = next(changes_of(_normal(found.type, inputs), _normal(found.type, again)), None)
    if change is not None:
        raise FormError(f"the API's JSON has no {change.path} as the file has it")
    return replace(found, inputs=again, body=body, name=api_json.name_of(body))


_BUCKET: Final[Mapping[str, str]] = {"analyticsEnabled": "enableAnalytics", "locked": "locked"}
"""Settings of a bucket in the API's JSON that a creation does not send, by the provider's inputs."""


def _normal(type_: str, inputs: Mapping[str, object]) -> JsonObject:
    return cast("JsonObject", without(items.normal(type_, cast("JsonObject", inputs)), "project", "location"))
