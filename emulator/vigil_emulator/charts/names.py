"""What a series is called: by the widget's template, or by the labels that tell it from its neighbours."""

import re
from collections.abc import Iterable, Mapping, Sequence

_PLACEHOLDER = re.compile(r"\$\{\s*([^}]+?)\s*\}|\{\{\s*([^}]+?)\s*\}\}")
_PARTING = " :/|,;-·"
_PREFIXES = ("metric.labels.", "metric.label.", "resource.labels.", "resource.label.", "labels.", "label.")
_PROMETHEUS_KINDS = frozenset({"gauge", "counter", "histogram", "summary", "unknown"})
_PLAIN = ("project_id", "monitored_resource", "__name__")
"""Labels that are in a name only where nothing else tells two series apart, in this order."""


def filled(template: str, labels: Mapping[str, str]) -> str:
    """Return the template with its labels' values; a label that is not there leaves nothing, and no separator."""
    values = [_value(match, labels) for match in _PLACEHOLDER.finditer(template)]
    left = iter(values)
    written = _PLACEHOLDER.sub(lambda _: next(left), template).strip()
    return written if all(values) else written.strip(_PARTING)


def _value(match: re.Match[str], labels: Mapping[str, str]) -> str:
    name = match[1] or match[2]
    if name in {"metric_name", "metric.type", "__name__"}:
        return labels.get("__name__", "")
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return labels.get(name.removeprefix(prefix), "")
    return labels.get(name) or labels.get(name.replace(".", "_"), "")


def names_of(series: Sequence[Mapping[str, str]], template: str = "") -> list[str]:
    """Return a name for each label set. What all have alike is left out, unless there is nothing else to say.

    Project, resource type and metric stand in a name only where two series would look the same without them.
    """
    varying = _varying(series, sorted({name for labels in series for name in labels} - {*_PLAIN}))
    names = [_name(labels, varying, template, alone=len(series) == 1) for labels in series]
    for more in _varying(series, _PLAIN):
        if len(set(names)) == len(names):
            break
        alike = {name for name in names if names.count(name) > 1}
        names = [
            f"{name} · {labels.get(more) or '(none)'}" if name in alike else name
            for name, labels in zip(names, series, strict=True)
        ]
    if template and len(set(names)) < len(names):  # a template that leaves out what tells them apart
        alike = {name for name in names if names.count(name) > 1}
        names = [
            " · ".join([name, *(labels[key] for key in varying if labels.get(key))]) if name in alike else name
            for name, labels in zip(names, series, strict=True)
        ]
    return names


def _varying(series: Sequence[Mapping[str, str]], names: Iterable[str]) -> list[str]:
    """The labels in which the series differ."""
    return [name for name in names if len({labels.get(name, "") for labels in series}) > 1]


def _name(labels: Mapping[str, str], varying: Sequence[str], template: str, *, alone: bool) -> str:
    parts = [labels[name] for name in varying if labels.get(name)]
    if template:
        name = filled(template, labels)
        if not alone and not _PLACEHOLDER.search(template) and parts:
            name = f"{name} · {' · '.join(parts)}"
    elif varying:
        name = " · ".join(parts) or "(none)"
    else:
        name = " · ".join(value for key, value in sorted(labels.items()) if key not in _PLAIN and value)
    return name or short_metric(labels.get("__name__", "")) or "value"


def short_metric(metric: str) -> str:
    """Return the telling end of a metric's type or PromQL name."""
    parts = metric.rpartition(":")[2].split("/")
    if len(parts) > 1 and parts[-1] in _PROMETHEUS_KINDS:
        parts.pop()
    return parts[-1].removeprefix("user_")
