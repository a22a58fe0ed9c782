"""What the watches share: the series of a source, and one form for their alerts."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, TypeAlias

from vigil_apimodel import lql
from vigil_apimodel.metrics import Metric
from vigil_components.arguments import is_label_value
from vigil_components.conditions import AlertSpec
from vigil_components.log_lines import LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import Series
from vigil_components.signals.expected import expected
from vigil_components.sources import Source
from vigil_telemetry.arguments import Constraint

_OTHERS = re.compile(r"[^a-z0-9_-]+")

Share: TypeAlias = Annotated[
    float, Constraint(lambda value: 0 < value < 1, "give a part between 0 and 1, such as 0.9 for 90 %")
]
"""A part of what there is."""


def id_of(name: str) -> str:
    """Return an id for a resource whose name cannot be the value of a label, such as `uploads.shop.example`."""
    return "" if is_label_value(name) else _OTHERS.sub("-", name.lower())[:63].strip("-") or "unnamed"


def series(
    source: Source, metric: Metric, where: Mapping[str, str] | None = None, unless: Mapping[str, str] | None = None
) -> Series:
    """Return the series of a metric that the source's resource writes."""
    return Series(
        metric=metric,
        resource=source.resource_type,
        where=where or {},
        unless=unless or {},
        where_resource=resource_labels(source),
    )


def resource_labels(source: Source) -> dict[str, str | tuple[str, ...]]:
    """Return the resource labels that the source's own filter asks for: one value, or one of several."""
    expression = source.entry_filter
    terms = expression.terms if isinstance(expression, lql.And) else (expression,)
    labels: dict[str, str | tuple[str, ...]] = {}
    for term in terms:
        found = [_label_and_value(one) for one in (term.terms if isinstance(term, lql.Or) else (term,))]
        pairs = [one for one in found if one is not None]
        if len(pairs) == len(found) and len({name for name, _ in pairs}) == 1:
            values = tuple(value for _, value in pairs)
            labels[pairs[0][0]] = values[0] if len(values) == 1 else values
    return labels


def _label_and_value(term: lql.Expr) -> tuple[str, str] | None:
    match term:
        case lql.Comparison(
            field=lql.FieldPath(segments=("resource", "labels", name)),
            operator=lql.Operator.EQUAL,
            value=lql.Text(text=value),
        ):
            return name, value
        case _:
            return None


def overdue(success: Series | LogLines, every: timedelta, *, name: str, subject: str) -> AlertSpec:
    """Return the page that something did not succeed in time, even where it never did."""
    return expected(success, every=every).alert(
        name=name,
        severity=AlertSeverity.PAGE,
        summary=f"{subject} did not succeed in time",
        runbook=f"google-cloud/{name}",
    )
