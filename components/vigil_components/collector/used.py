"""Which metrics the alerts and charts of a program read."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import cast

from vigil_apimodel.metrics import Metric
from vigil_components.arguments import validated
from vigil_components.watch import Watch


@validated
def used_metrics(watches: Collection[Watch]) -> frozenset[Metric]:
    """Return the metric constants that the signals and queries of these watches read, in whatever field they stand.

    Metrics that are made of the program's own events are not among them: they need no scraping.
    """
    return frozenset(metric for watch in watches for metric in _within(watch))


def _within(value: object) -> Iterator[Metric]:
    if isinstance(value, Metric):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _within(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from _within(tuple(cast("Mapping[object, object]", value).values()))
    elif isinstance(value, Collection) and not isinstance(value, str | bytes):
        for item in cast("Collection[object]", value):
            yield from _within(item)
