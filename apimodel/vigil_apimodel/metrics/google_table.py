"""Tables of Google's metrics as they are read from a listing: one line a metric."""

from collections.abc import Iterable

from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType

LISTED = "kind, value type, unit and stage as listed from Google's descriptors, 2026-04-16; labels as in use"
"""What was read of a metric whose labels are not known completely."""
IN_USE = "kind and labels as Google's sample dashboards and public alert policies use them; the descriptor was not read"
"""What was read of a metric that no listing has."""

_KINDS = {"gauge": Kind.GAUGE, "delta": Kind.DELTA, "cumulative": Kind.CUMULATIVE}


def table(
    prefix: str,
    page: str,
    resource: str,
    rows: str,
    labels: Iterable[MetricLabel] = (),
    *,
    note: str = LISTED,
    delay: int = 240,
) -> dict[str, Metric]:
    """Return the metrics of a table by their name after `prefix`.

    Each line is the name, kind, value type, unit (`-` for none) and launch stage (`-` where it was not read), then what
    is measured. `labels` are those of all of them that were read.
    """
    metrics: dict[str, Metric] = {}
    for row in rows.strip().splitlines():
        name, kind, value_type, unit, stage, description = row.split(maxsplit=5)
        metrics[name] = Metric(
            f"{prefix}/{name}",
            _KINDS[kind],
            ValueType(value_type),
            "" if unit == "-" else unit,
            Source(page, "2026-04", note),
            tuple(labels),
            (resource,),
            description.strip(),
            labels_known=False,
            delay=delay,
            stage="" if stage == "-" else stage,
        )
    return metrics
