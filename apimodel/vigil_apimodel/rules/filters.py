"""Checks of the filters that resources carry."""

from collections.abc import Iterator

from vigil_apimodel import lql, monitoring_filter
from vigil_apimodel.limits import LOG_FILTER_CHARS
from vigil_apimodel.rules.inputs import text
from vigil_apimodel.rules.model import Finding, Inputs
from vigil_apimodel.syntax import QuerySyntaxError


def log_query(inputs: Inputs, key: str = "filter") -> Iterator[Finding]:
    """Return a query of log entries: its length, its syntax, and the fields that no entry can have."""
    value = text(inputs, key)
    if value is None:
        return
    if len(value) > LOG_FILTER_CHARS:
        yield key, f"{len(value)} characters, at most {LOG_FILTER_CHARS} are allowed (comments count): shorten it"
    try:
        expr = lql.parse(value)
    except QuerySyntaxError as error:
        yield key, str(error)
        return
    for path in lql.undefined_fields(expr):
        name = lql.path(path)
        yield key, f"no log entry has a field {name}: did you mean jsonPayload.{name} or labels.{name}?"


def parsed(inputs: Inputs, key: str = "filter") -> monitoring_filter.Expr | None:
    """Return the monitoring filter of a field, None where it is absent or does not parse."""
    value = text(inputs, key)
    if value is None:
        return None
    try:
        return monitoring_filter.parse(value)
    except QuerySyntaxError:
        return None


def series_filter(inputs: Inputs, key: str = "filter") -> Iterator[Finding]:
    """Return a monitoring filter: its syntax."""
    value = text(inputs, key)
    if value is None:
        return
    try:
        monitoring_filter.parse(value)
    except QuerySyntaxError as error:
        yield key, str(error)
