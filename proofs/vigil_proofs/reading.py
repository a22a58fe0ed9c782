"""Which metrics the conditions of policies read, so that a stage needs no other log-based metric."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel import promql
from vigil_apimodel.json_values import JsonObject
from vigil_apimodel.promql import metric_name
from vigil_emulator.alerting.policy import Absence, Condition, PromQL, Threshold, policy_of
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.logmetrics import PREFIX
from vigil_emulator.metrics import filters
from vigil_emulator.promql.evaluate import parse
from vigil_emulator.promql.frame import PromQLError
from vigil_emulator.promql.source import named

_OF_LOGGING: Final = PREFIX.removesuffix("user/")


class _EverythingError(Exception):
    """A condition may read any metric."""


def read_by(policies: Mapping[str, JsonObject]) -> Callable[[str], bool]:
    """Return whether the policies (by name) read a log-based metric, which is given by its resource name.

    A condition may read any metric where its text does not name them: one over an objective, over a metric of Logging
    itself (`log_entry_count`), or one that cannot be parsed.
    """
    names: set[str] = set()
    try:
        for name, body in policies.items():
            for condition in policy_of(name, body).conditions:
                names.update(_names(condition))
    except _EverythingError:
        return lambda _: True

    def reads(resource: str) -> bool:
        metric = PREFIX + unquote(resource.partition("/metrics/")[2])
        return any(named(name, (metric,)) for name in names)

    return reads


def _names(condition: Condition) -> Iterator[str]:
    """The names of the metrics that a condition reads. Raises _EverythingError where they are not known."""
    try:
        for name in _literal(condition):
            of_logging = name.startswith((_OF_LOGGING, metric_name(_OF_LOGGING)))
            if of_logging and not name.startswith((PREFIX, metric_name(PREFIX))):
                raise _EverythingError
            yield name
    except (ApiError, PromQLError) as error:
        raise _EverythingError from error


def _literal(condition: Condition) -> Iterator[str]:
    match condition.test:
        case PromQL(query=query):
            yield from (promql.name_of(selector) for selector in promql.selectors(parse(query)))
        case Threshold(filter=first, denominator_filter=second):
            yield from _of_filter(first)
            if second:
                yield from _of_filter(second)
        case Absence(filter=text):
            yield from _of_filter(text)
        case _:
            pass


def _of_filter(text: str) -> Iterator[str]:
    expr = filters.parsed(text)
    if any(mf.selections(expr)):
        raise _EverythingError
    yield filters.metric_type(expr, text)
