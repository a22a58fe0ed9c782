"""Metrics of a catalog as an endpoint serves them: by their names there, in Prometheus' text format."""

from collections.abc import Iterable

from vigil_apimodel.metrics.model import Metric


def exposed(metrics: Iterable[Metric], number: float) -> str:
    """Each metric once, at this value; an untyped one without a type."""
    lines: list[str] = []
    for metric in sorted(metrics, key=lambda one: one.type):
        shape, name = metric.type.rpartition("/")[2], metric.origin
        if shape != "unknown":
            lines.append(f"# TYPE {name} {shape}")
        if shape == "histogram":
            lines += [f'{name}_bucket{{le="5"}} {number}', f'{name}_bucket{{le="+Inf"}} {number}']
            lines += [f"{name}_sum {number}", f"{name}_count {number}"]
        else:
            lines.append(f"{name} {number}")
    return "\n".join(lines) + "\n"
