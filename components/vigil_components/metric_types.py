"""A metric that no constant describes: of the user's own code, an exporter, or a service not listed."""

from collections.abc import Sequence

from vigil_apimodel.metrics import Kind, Metric, MetricLabel, ValueType, declare
from vigil_components.arguments import Name, validated


@validated
def declare_metric(
    type: Name,  # noqa: A002 - what Monitoring calls it
    *,
    kind: Kind,
    value_type: ValueType,
    unit: str,
    resources: Sequence[Name],
    labels: Sequence[MetricLabel] = (),
    description: str = "",
    source: str = "",
) -> Metric:
    """Return a metric by what its descriptor says, for `Series`, `Query` and `written`.

    `unit` is UCUM (`s`, `ms`, `By`, `1`; empty only for BOOL and STRING), `resources` the types of monitored resources
    that it is written against (`prometheus_target` for an exporter's), `source` a link to where this was read.

    Raises ValueError for what Monitoring would not have, and where a constant of this type says otherwise.
    """
    return declare(
        type,
        kind=kind,
        value_type=value_type,
        unit=unit,
        resources=resources,
        labels=labels,
        description=description,
        source=source,
    )
