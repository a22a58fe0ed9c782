"""Policies and log-based metrics from files, as the emulator takes them."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, cast

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject
from vigil_runner import check

_MESSAGES: Final = frozenset(
    {
        "conditionThreshold",
        "conditionAbsent",
        "conditionMatchedLog",
        "conditionPrometheusQueryLanguage",
        "conditionSql",
        "conditionMonitoringQueryLanguage",
        "trigger",
        "forecastOptions",
        "documentation",
        "alertStrategy",
        "notificationRateLimit",
        "metricDescriptor",
        "bucketOptions",
        "linearBuckets",
        "exponentialBuckets",
        "explicitBuckets",
    }
)
"""Fields that hold one message, which Terraform writes as a list of one."""
_PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
"""What stands for a value that is filled in later; `${resource.label.x}` of a documentation is not that."""


def load(files: Iterable[Path]) -> list[check.Found]:
    """Return all resources of the files. Raises check.UnreadableError."""
    return [each for file in files for each in check.load(str(file)).resources()]


def policies(found: Iterable[check.Found], variables: Mapping[str, str]) -> list[JsonObject]:
    """Return the alert policies, placeholders filled in."""
    return [body(each, variables) for each in found if each.type == tokens.ALERT_POLICY]


def policies_of(files: Iterable[Path], variables: Mapping[str, str]) -> list[JsonObject]:
    """Return the alert policies of files of any form, in the API's form. Raises check.UnreadableError."""
    return policies(load(files), variables)


def metrics(found: Iterable[check.Found], variables: Mapping[str, str]) -> list[JsonObject]:
    """Return the log-based metrics, placeholders filled in."""
    return [body(each, variables) for each in found if each.type == tokens.LOG_METRIC]


def metrics_of(files: Iterable[Path], variables: Mapping[str, str]) -> list[JsonObject]:
    """Return the log-based metrics of files of any form, in the API's form. Raises check.UnreadableError."""
    return metrics(load(files), variables)


def body(found: check.Found, variables: Mapping[str, str]) -> JsonObject:
    """Return a resource in the API's form."""
    return cast("JsonObject", _plain(found.body or found.inputs, variables))


def filled(text: str, variables: Mapping[str, str]) -> str:
    """Return the text with its placeholders filled in: by `variables`, otherwise by the name in lower case."""
    return _PLACEHOLDER.sub(lambda found: variables.get(found[1], found[1].lower().replace("_", "-")), text)


def _plain(value: object, variables: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {key: _plain(_unwrapped(key, each), variables) for key, each in fields.items()}
    if isinstance(value, list):
        return [_plain(each, variables) for each in cast("list[object]", value)]
    return filled(value, variables) if isinstance(value, str) else value


def _unwrapped(key: str, value: object) -> object:
    if key not in _MESSAGES or not isinstance(value, list):
        return value
    items = cast("list[object]", value)
    return items[0] if len(items) == 1 else items
