"""A metric that no constant describes: of the user's own code, an exporter, or a service not listed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.settings import get_root_resource

from vigil_apimodel import metrics
from vigil_apimodel.metrics import Kind, Metric, ValueType, declare
from vigil_components.arguments import Name, refuse_twice, validated
from vigil_components.sources import ResourceType
from vigil_telemetry.arguments import matching, offer

offer("a metric such as declare_metric(...) or vigil_apimodel.metrics.cloud_run.REQUEST_COUNT")(Metric)

LabelKey: TypeAlias = Annotated[
    str,
    matching(
        r"[A-Za-z_][A-Za-z0-9_.]*",
        "give letters, digits, underscores and dots",
    ),
]
"""The key of a label."""

_VALUES: Final[Mapping[ValueType, re.Pattern[str]]] = {
    ValueType.STRING: re.compile(r"(?s).*"),
    ValueType.BOOL: re.compile(r"true|false"),
    ValueType.INT64: re.compile(r"-?[0-9]+"),
}
"""What a label's value is, by its type (google/api/label.proto)."""


@validated
@dataclass(frozen=True, slots=True)
class MetricLabel(metrics.MetricLabel):
    """A label of a metric, with the values that it can have where these are known."""

    key: LabelKey
    """Key of the label."""
    values: tuple[str, ...] = ()
    """All values that it has. Default: they are not known."""
    value_type: ValueType = ValueType.STRING
    """Type of the values. Default: texts."""
    description: str = ""
    """What it means. Default: no description."""

    def __post_init__(self) -> None:
        """Refuse a value that is given twice, or is not of the type. Raises ValueError."""
        refuse_twice("values", self.values)
        if self.value_type not in _VALUES:
            raise ValueError(
                f"value_type is {self.value_type}; a label is ValueType.STRING, ValueType.BOOL or ValueType.INT64"
            )
        wrong = [one for one in self.values if not _VALUES[self.value_type].fullmatch(one)]
        if wrong:
            raise ValueError(f"values has {wrong[0]!r}, which is no {self.value_type}; give values of that type")


@validated
def declare_metric(
    type: Name,  # noqa: A002 - what Monitoring calls it
    *,
    kind: Kind,
    value_type: ValueType,
    unit: str,
    resources: Sequence[ResourceType],
    labels: Sequence[metrics.MetricLabel | LabelKey] = (),
    description: str = "",
    source: str = "",
) -> Metric:
    """Return a metric made from the fields of its descriptor, for `Series`, `Query` and `written`.

    `unit` is UCUM (`s`, `ms`, `By`, `%`, `1`; it may be empty for BOOL, STRING and Prometheus, whose descriptors have
    none), `resources` the types of monitored resources that it is written against (`prometheus_target` for an
    exporter's), `labels` their keys, or a `MetricLabel` where the values are known, `source` a link to where this was
    read.

    Raises ValueError for what Monitoring refuses, and where a constant, or an earlier declaration, of this type
    says otherwise.
    """
    refuse_twice("resources", resources)
    made = declare(
        type,
        kind=kind,
        value_type=value_type,
        unit=unit,
        resources=resources,
        labels=[MetricLabel(one) if isinstance(one, str) else one for one in labels],
        description=description,
        source=source,
    )
    stack = get_root_resource()
    declared = _outside if stack is None else _declared.setdefault(stack, {})
    before = declared.setdefault(type, made)
    if _shape(before) != _shape(made):
        raise ValueError(
            f"metric {type!r} is declared twice in this program, and the two differ: {_difference(before, made)}; "
            "declare it once and import it"
        )
    return made


_declared: "WeakKeyDictionary[pulumi.Resource, dict[str, Metric]]" = WeakKeyDictionary()
"""What each run of a program has declared, by type. One process may run several programs."""

_outside: dict[str, Metric] = {}
"""What was declared outside of any run, by type."""


def _shape(metric: Metric) -> Mapping[str, object]:
    """Return what Monitoring keeps of a metric, and refuses to change."""
    labels = {label.key: label.value_type for label in metric.labels}
    return {"kind": metric.kind, "value_type": metric.value_type, "unit": metric.unit, "labels": labels}


def _difference(before: Metric, after: Metric) -> str:
    one, other = _shape(before), _shape(after)
    return ", ".join(f"{name} {one[name]!s} and {other[name]!s}" for name in one if one[name] != other[name])
