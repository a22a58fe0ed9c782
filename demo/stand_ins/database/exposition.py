"""Figures in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

USERNAME = "service_role"
PASSWORD = "sb_secret_local_only"  # noqa: S105 - guards nothing but a test on loopback
"""What Supabase's endpoint asks of a scraper."""
LABELS = {"service_type": "db", "supabase_project_ref": "local"}
"""What each of Supabase's metrics of a database says."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value under the name of a metric of Supabase's; a name that ends in `_total` is a counter's."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


def exposition(figures: Iterable[Figure]) -> str:
    """Return the text. Figures of one name stand together, as the format wants it."""
    by_name: dict[str, list[Figure]] = {}
    for each in figures:
        by_name.setdefault(each.name, []).append(each)
    lines: list[str] = []
    for name, group in by_name.items():
        lines.append(f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}")
        lines += [f"{name}{{{_labels(each.labels)}}} {each.value!r}" for each in group]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in {**LABELS, **labels}.items())


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
