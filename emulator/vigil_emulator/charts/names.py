"""What a series is called: by the widget's template, or by the labels that tell it from its neighbours."""

import re
from collections.abc import Mapping, Sequence

_PLACEHOLDER = re.compile(r"\$\{\s*([^}]+?)\s*\}|\{\{\s*([^}]+?)\s*\}\}")
_PREFIXES = ("metric.labels.", "metric.label.", "resource.labels.", "resource.label.", "labels.", "label.")
_PROMETHEUS_KINDS = frozenset({"gauge", "counter", "histogram", "summary", "unknown"})
_PLAIN = frozenset({"__name__", "monitored_resource", "project_id"})


def filled(template: str, labels: Mapping[str, str]) -> str:
    """The template with its labels' values; a label that is not there leaves nothing."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name in {"metric_name", "metric.type", "__name__"}:
            return labels.get("__name__", "")
        for prefix in _PREFIXES:
            if name.startswith(prefix):
                return labels.get(name.removeprefix(prefix), "")
        return labels.get(name) or labels.get(name.replace(".", "_"), "")

    return _PLACEHOLDER.sub(value, template).strip()


def names_of(series: Sequence[Mapping[str, str]], template: str = "") -> list[str]:
    """A name for each label set. What all have alike is left out, unless there is nothing else to say."""
    varying = [
        name
        for name in sorted({name for labels in series for name in labels} - _PLAIN)
        if len({labels.get(name, "") for labels in series}) > 1
    ]
    names: list[str] = []
    for labels in series:
        parts = [labels[name] for name in varying if labels.get(name)]
        if template:
            name = filled(template, labels)
            if len(series) > 1 and not _PLACEHOLDER.search(template) and parts:
                name = f"{name} · {' · '.join(parts)}"
        elif varying:
            name = " · ".join(parts) or "(none)"
        else:
            name = " · ".join(value for key, value in sorted(labels.items()) if key not in _PLAIN and value)
        names.append(name or short_metric(labels.get("__name__", "")) or "value")
    return names


def short_metric(metric: str) -> str:
    """The telling end of a metric's type or PromQL name."""
    parts = metric.rpartition(":")[2].split("/")
    if len(parts) > 1 and parts[-1] in _PROMETHEUS_KINDS:
        parts.pop()
    return parts[-1].removeprefix("user_")
