"""Labels, and values of labels, that a metric, a resource or an event does not have: refused with one error."""

from collections.abc import Iterable

from vigil_apimodel.metrics import Metric, ResourceType, UnknownLabelError
from vigil_components.arguments import unknown_name


def refuse_unknown_label(owner: str, name: str, known: Iterable[str], remark: str = "") -> None:
    """Refuse a label that is not in `known`. Raises UnknownLabelError, which names the nearest and all there are."""
    offered = tuple(known)
    if name not in offered:
        raise UnknownLabelError(unknown_name(f"{owner} has no label", name, offered) + remark)


def refuse_unknown_value(label: str, value: str, known: Iterable[str] | None) -> None:
    """Refuse a value that the label never has; with no known values, it may have any. Raises UnknownLabelError."""
    offered = tuple(known or ())
    if offered and value not in offered:
        raise UnknownLabelError(f"{label} is never {value!r}; its values: {', '.join(offered)}")


def refuse_metric_label(metric: Metric, name: str, wanted: Iterable[str] = (), argument: str = "") -> None:
    """Refuse a label, or values of it, that no series of the metric has. Raises UnknownLabelError."""
    known = {label.key: label for label in metric.labels}
    if metric.labels_known:
        refuse_unknown_label(f"{argument}{metric.type}", name, known)
    for value in wanted if name in known else ():
        refuse_unknown_value(f"{argument}{metric.type}: {name}", value, known[name].values)


def refuse_resource_label(resource: ResourceType | None, name: str, argument: str = "") -> None:
    """Refuse a label that resources of the type do not have, where all of theirs are known."""
    if resource is not None and resource.labels_known:
        refuse_unknown_label(f"{argument}the resource {resource.type}", name, resource.labels)
