"""Fields of the API's own JSON that Google does not know, and values that a field does not take."""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from vigil_apimodel import tokens
from vigil_apimodel.api_json import SERVER_SET
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.rest.discovery import document
from vigil_emulator.rest.problems import Problems, Where, path_text
from vigil_emulator.rest.schema import camel_case, message
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

    def __init__(self, api: str) -> None:
        super().__init__()
        self._api = api

    def add(self, where: Where, description: str) -> None:
        """Note a value that a field does not take."""
        self.violations.append((_field(where), f"Google refuses it ({description}): write a value of the field's type"))

    def unknown(self, where: Where, name: str, why: str = _NOT_FOUND) -> None:
        """Note a name that the message does not have, or that holds a list or an object where it may not."""
        if why == _NOT_FOUND:
            near = difflib.get_close_matches(name, _names(self._api), 1)
            reason = f"Google knows no such field: {f'write {near[0]}' if near else 'correct the name, or remove it'}"
        else:
            reason = f"Google refuses it ({why}): write a value of the field's type"
        self.violations.append((_field((where, name)), reason))

    def choose(self, where: Where, one_of: str, first: str, name: str) -> None:  # noqa: ARG002 - as in the base
        """Note a second field of which Google takes only one."""
        if name != first:
            self.violations.append(
                (_field((where, name)), f"Google does not take it beside {first}: remove one of them")
            )


def refused_fields(resources: Sequence[Found]) -> Iterator[tuple[Found, str, str]]:
    """Yield what Google refuses of each resource in the API's own form: the resource, the field, why and the remedy."""
    for each in resources:
        if each.type in _SCHEMAS and each.body:
            api, schema = _SCHEMAS[each.type]
            found = _Refused(api)
            message(api, schema)(_json(without(each.body, *SERVER_SET)), None, found, 0)
            yield from ((each, field, reason) for field, reason in found.violations)


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
    names = re.split(r"(\[[^]]*\])", path_text(where))  # keys of a map stay as they are
    return "".join(one if one.startswith("[") else camel_case(one) for one in names)


@cache
def _names(api: str) -> tuple[str, ...]:
    """The names of all fields that an API describes."""
    return tuple(sorted({name for one in document(api)["schemas"].values() for name in one.get("properties", ())}))
