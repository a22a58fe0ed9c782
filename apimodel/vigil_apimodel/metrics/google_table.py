"""Tables of Google's metrics as they are read from a listing: one line a metric."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType

READ = "kind, value type, unit, stage, resource and labels as Google's list of metrics has them, generated 2026-04-10"
"""What was read of a metric that is read on its page completely."""
LISTED = "kind, value type, unit and stage as listed from Google's descriptors, 2026-04-16; labels as in use"
"""What was read of a metric whose labels are not known completely."""
IN_USE = "kind and labels as Google's sample dashboards and public alert policies use them; the descriptor was not read"
"""What was read of a metric that no listing has."""

MEMORY_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType({"memory_type": ("non-evictable", "evictable")})
_KINDS = {"gauge": Kind.GAUGE, "delta": Kind.DELTA, "cumulative": Kind.CUMULATIVE}


def table(
    prefix: str,
    page: str,
    resource: str,
    rows: str,
    *,
    note: str = READ,
    delay: int = 240,
    values: Mapping[str, tuple[str, ...]] | None = None,
    integers: Iterable[str] = (),
) -> dict[str, Metric]:
    """Return the metrics of a table by their name after `prefix`.

    Each line is the name, kind, value type, unit, launch stage and labels (separated by commas), each `-` where there
    is none or where it was not read, then what is measured. With a note other than `READ` there may be further labels.
    `values` are the values of labels that have few, and `integers` the labels whose type is INT64.
    """
    metrics: dict[str, Metric] = {}
    whole = {*integers}
    for row in rows.strip().splitlines():
        name, kind, value_type, unit, stage, labels, description = row.split(maxsplit=6)
        metrics[name] = Metric(
            f"{prefix}/{name}",
            _KINDS[kind],
            ValueType(value_type),
            "" if unit == "-" else unit,
            Source(page, "2026-04", note),
            tuple(
                MetricLabel(key, (values or {}).get(key, ()), ValueType.INT64 if key in whole else ValueType.STRING)
                for key in ("" if labels == "-" else labels).split(",")
                if key
            ),
            (resource,),
            description.strip(),
            labels_known=note == READ,
            delay=delay,
            stage="" if stage == "-" else stage,
        )
    return metrics
