"""Fields of the API's own JSON that Google does not know, and values that a field does not take."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from vigil_apimodel import tokens
from vigil_apimodel.api_json import SERVER_SET, named_twice
from vigil_apimodel.field_names import camel_case
from vigil_apimodel.json_values import JsonObject, JsonValue, text
from vigil_apimodel.misnamed import Messages, remedy
from vigil_emulator.rest.discovery import document
from vigil_emulator.rest.problems import Problems, Where, path_text
from vigil_emulator.rest.schema import DASHBOARDS, message
from vigil_runner.check._found import VARIABLE, Found, without

_SCHEMAS: Final = {
    tokens.ALERT_POLICY: ("monitoring.v3", "AlertPolicy"),
    tokens.CHANNEL: ("monitoring.v3", "NotificationChannel"),
    tokens.DASHBOARD: ("monitoring.v1", "Dashboard"),
    tokens.SLO: ("monitoring.v3", "ServiceLevelObjective"),
    tokens.UPTIME_CHECK: ("monitoring.v3", "UptimeCheckConfig"),
    tokens.LOG_METRIC: ("logging.v2", "LogMetric"),
    tokens.LOG_VIEW: ("logging.v2", "LogView"),
    **dict.fromkeys(tokens.SINKS, ("logging.v2", "LogSink")),
    **dict.fromkeys(tokens.BUCKETS, ("logging.v2", "LogBucket")),
    **dict.fromkeys(tokens.EXCLUSIONS, ("logging.v2", "LogExclusion")),
}
"""The message of each resource in the API's description."""
_NOT_FOUND: Final = "Cannot find field."


class _Refused(Problems):
    """What Google's front end refuses, as fields with the reason and the remedy."""

    def __init__(self, api: str, schema: str) -> None:
        super().__init__()
        self._api = api
        self._schema = schema
        self.unnamed: list[str] = []
        """Fields that may be newer than the description."""

    def add(self, where: Where, description: str) -> None:
        """Note a value that a field does not take."""
        self.violations.append((_field(where), f"Google refuses it ({description}): write a value of the field's type"))

    def unknown(self, where: Where, name: str, why: str = _NOT_FOUND) -> None:
        """Note a name that the message does not have, or that holds a list or an object where it may not."""
        if why == _NOT_FOUND:
            instead = remedy(_messages(self._api), self._message(where), name)
            if not instead and self._api != DASHBOARDS:  # whose decoder passes what it may take
                self.unnamed.append(_field((where, name)))
                return
            reason = f"Google knows no such field: {instead or 'correct the name, or remove it'}"
        else:
            reason = f"Google refuses it ({why}): write a value of the field's type"
        self.violations.append((_field((where, name)), reason))

    def choose(self, where: Where, one_of: str, first: str, name: str) -> None:  # noqa: ARG002 - as in the base
        """Note a second field of which Google takes only one."""
        if name != first:
            self.violations.append(
                (_field((where, name)), f"Google does not take it beside {first}: remove one of them")
            )

    def named_twice(self, field: str, name: str) -> None:
        """Note a field that is there by its name in protos and by its name in JSON."""
        self.violations.append((field, f"it is the same field as {name} beside it: remove one of them"))

    def _message(self, where: Where) -> str:
        """The message at a path."""
        if where is None:
            return self._schema
        outer, part = where
        message = self._message(outer)
        return message if isinstance(part, int) else _messages(self._api)[message][camel_case(part)]


def refused_fields(resources: Sequence[Found]) -> Iterator[tuple[Found, str, str]]:
    """Yield what Google refuses of each resource in the API's own form: the resource, the field, why and the remedy."""
    for each, found in _read(resources):
        yield from ((each, field, reason) for field, reason in found.violations)


def unnamed_fields(resources: Sequence[Found]) -> Iterator[tuple[Found, str, str]]:
    """Yield what Google may know although its description does not: the resource, the field, the remedy."""
    for each, found in _read(resources):
        yield from ((each, field, "no description of the API names it: check its spelling") for field in found.unnamed)


def _read(resources: Sequence[Found]) -> Iterator[tuple[Found, _Refused]]:
    """The resources in the API's own form, each with what its description says of it."""
    for each in resources:
        if each.type in _SCHEMAS and each.body:
            api, schema = _SCHEMAS[each.type]
            found = _Refused(api, schema)
            message(api, schema)(_json(without(each.body, *SERVER_SET)), None, found, 0)
            for field, name in named_twice(each.body):
                found.named_twice(field, name)
            yield each, found


def _json(value: object) -> JsonValue:
    """The value as JSON, without what is filled in later; YAML may hold bytes and sets."""
    return json.loads(json.dumps(value, default=str), object_hook=_known)


def _known(members: dict[str, JsonValue]) -> JsonObject:
    return {
        name: one for name, one in members.items() if not any(map(_is_open, one if isinstance(one, list) else [one]))
    }


def _is_open(value: JsonValue) -> bool:
    return isinstance(value, str) and VARIABLE in value


def _field(where: Where) -> str:
    parts = re.split(r"(\[[^]]*\]|\.)", path_text(where))  # keys of a map stay as they are
    return "".join(map(camel_case, parts))


@cache
def _messages(api: str) -> Messages:
    """The fields that an API describes."""
    return {
        name: {field: _held(declared) for field, declared in schema.get("properties", {}).items()}
        for name, schema in document(api)["schemas"].items()
    }


def _held(declared: JsonObject) -> str:
    """The message that a field holds, by itself, in a list or in a map; empty for values."""
    inner = declared.get("items") or declared.get("additionalProperties")
    return _held(inner) if isinstance(inner, dict) else text(declared, "$ref")
