"""What a metric is: a typed constant with its source."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from vigil_apimodel import promql

EVERY_LABEL: Final = "*"
"""The key that stands for all labels in a grouping of series, as in `resource.label.*`."""


class Kind(StrEnum):
    """How values relate to time."""

    GAUGE = "GAUGE"
    DELTA = "DELTA"
    CUMULATIVE = "CUMULATIVE"


class ValueType(StrEnum):
    """What a value is."""

    BOOL = "BOOL"
    INT64 = "INT64"
    DOUBLE = "DOUBLE"
    STRING = "STRING"
    DISTRIBUTION = "DISTRIBUTION"


class UnknownMetricError(LookupError):
    """No constant has this type; the message names the nearest ones."""


class UnknownLabelError(ValueError):
    """A metric, a resource or an event has no such label, or the label never such a value."""


@dataclass(frozen=True, slots=True)
class MetricLabel:
    """A label of a metric, with the values it can have where these are known."""

    key: str
    values: tuple[str, ...] = ()
    value_type: ValueType = ValueType.STRING
    description: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a constant was read: a page, a file or a description, and the version or date of what was read."""

    url: str
    version: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its type, kind, value type, unit (UCUM), labels, resource types, and the page where these were read.

    `resources` is empty where a metric is written against many resource types. `labels_known` says whether `labels` is
    all of them; where it is false, an unknown label is no mistake. `delay` is how long after sampling a point may stay
    invisible, in seconds.
    """

    type: str
    kind: Kind
    value_type: ValueType
    unit: str
    source: Source
    labels: tuple[MetricLabel, ...] = ()
    resources: tuple[str, ...] = ()
    description: str = ""
    labels_known: bool = True
    delay: int = 0
    deprecated: str = field(default="")
    """Why it must not be used any more, and what to use instead."""
    origin: str = ""
    """Its name where it is scraped, empty where it does not come by way of Prometheus."""
    stage: str = ""
    """Launch stage (`GA`, `BETA`, `ALPHA`), empty where it was not read."""

    @property
    def promql(self) -> str:
        """The metric's name in PromQL; distributions add `_bucket`, `_sum` and `_count`."""
        return promql.metric_name(self.type)

    def label(self, key: str) -> MetricLabel:
        """Return the label of that key. Raises UnknownLabelError, which names the labels there are."""
        for label in self.labels:
            if label.key == key:
                return label
        known = ", ".join(label.key for label in self.labels) or "none"
        raise UnknownLabelError(f"{self.type} has no label {key!r}: it has {known}")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A monitored resource type with its labels; `labels_known` says whether they are all of them."""

    type: str
    labels: tuple[str, ...]
    source: Source
    labels_known: bool = True

    def label(self, key: str) -> str:
        """Return the key itself. Raises UnknownLabelError, with the labels there are, where all of them are known."""
        if key in self.labels or not self.labels_known:
            return key
        raise UnknownLabelError(f"the resource {self.type} has no label {key!r}: it has {', '.join(self.labels)}")
