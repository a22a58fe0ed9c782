"""Samples put together into metrics, as the collector's Prometheus receiver does it.

Source: opentelemetry-collector-contrib v0.165, `receiver/prometheusreceiver/internal` (`metricfamily.go`,
`metadata.go`, `transaction.go`). A histogram or summary that does not fit together is left out, never the scrape.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from vigil_emulator.scraping.exposition import NAME_LABEL, Described

TARGET_INFO: Final = "target_info"
SCOPE: Final = "otel_scope_"
OF_THE_SCRAPE: Final[Mapping[str, Described]] = {
    "up": Described("gauge"),
    "scrape_duration_seconds": Described("gauge", "seconds"),
    "scrape_samples_scraped": Described("gauge"),
    "scrape_samples_post_metric_relabeling": Described("gauge"),
    "scrape_series_added": Described("gauge"),
}
"""What is written of each scrape beside what the endpoint serves."""

_SUFFIXES: Final = ("_bucket", "_count", "_sum", "_total", "_info", "_created")
_BOUNDARY: Final = {"histogram": "le", "summary": "quantile"}
_SHAPES: Final = {"counter": "sum", "info": "sum", "stateset": "sum", "histogram": "histogram", "summary": "summary"}

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Point:
    """One point of a family; `parts` are the bounds of buckets or quantiles with their values."""

    labels: Labels
    time: int
    value: float | None = None
    count: float | None = None
    total: float | None = None
    parts: list[tuple[float, float]] = field(default_factory=list["tuple[float, float]"])
    created: float = 0.0
    """Seconds since 1970, 0 where the endpoint does not say."""


@dataclass(slots=True)
class Family:
    """A metric with its points."""

    name: str
    described: Described
    origin: str
    """The name under which the endpoint describes it."""
    points: dict[Labels, Point] = field(default_factory=dict[Labels, Point])

    @property
    def shape(self) -> str:
        """`sum`, `histogram`, `summary`, or `gauge` for all else."""
        return _SHAPES.get(self.described.kind, "gauge")

    def includes(self, name: str) -> bool:
        """Return whether a sample of that name belongs to it."""
        if self.shape == "sum":
            return _trimmed(name) == self.origin
        return (name if self.described.kind in {"gauge", "unknown"} else _trimmed(name)) == self.name

    def add(self, name: str, labels: Mapping[str, str], time: int, value: float) -> None:
        """Take a sample; one without the label that it needs, or of another time than its point's, is left out."""
        boundary = _BOUNDARY.get(self.shape)
        aside = {NAME_LABEL, "job", "instance", boundary}
        key = tuple(
            sorted((label, one) for label, one in labels.items() if label not in aside and not label.startswith(SCOPE))
        )
        point = self.points.setdefault(key, Point(key, time))
        if point.time != time:
            return
        created = name == f"{self.origin}_created"
        if boundary is None:
            if created and self.shape == "sum":
                point.created = value
            else:
                point.value = value
        elif name.endswith("_sum"):
            point.total = value
        elif name.endswith("_count"):
            point.count = value
        elif created:
            point.created = value
        else:
            try:
                point.parts.append((float(labels.get(boundary, "")), value))
            except ValueError:
                return


@dataclass(slots=True)
class Buckets:
    """A histogram's point with the counts between its bounds, the last above all."""

    count: int
    total: float
    bounds: tuple[float, ...]
    counts: tuple[int, ...]


def buckets(point: Point) -> Buckets | None:
    """Return the histogram of a point; None where its counts shrink, it has no sum, or no bound but infinity."""
    if point.count is None or point.total is None or math.isnan(point.count):
        return None
    parts = sorted(point.parts)
    if parts and parts[-1][0] == math.inf:
        parts.pop()
    cumulative = [value for _, value in parts]
    if not parts or any(math.isnan(value) for value in cumulative):
        return None
    steps = [(after - before) for before, after in zip([0.0, *cumulative], [*cumulative, point.count], strict=True)]
    if any(step < 0 for step in steps):
        return None
    bounds = tuple(bound for bound, _ in parts)
    return Buckets(int(point.count), point.total, bounds, tuple(int(step) for step in steps))


@dataclass(slots=True)
class Resource:
    """What one job and instance served: its families, and what it says of itself by `target_info`."""

    job: str
    instance: str
    families: dict[tuple[Labels, str], Family] = field(default_factory=dict[tuple[Labels, str], Family])
    info: dict[str, str] = field(default_factory=dict[str, str])


def assembled(
    samples: Iterable[tuple[Mapping[str, str], int, float]], described: Mapping[str, Described]
) -> list[Resource]:
    """Return resources of samples (labels with the name, time, value); `described` has the endpoint's families."""
    found: dict[tuple[str, str], Resource] = {}
    for labels, time, value in samples:
        job, instance = labels.get("job", ""), labels.get("instance", "")
        resource = found.setdefault((job, instance), Resource(job, instance))
        name = labels[NAME_LABEL]
        if name == TARGET_INFO:
            resource.info |= {key: one for key, one in labels.items() if key not in {NAME_LABEL, "job", "instance"}}
            continue
        scope = tuple(sorted((key, one) for key, one in labels.items() if key.startswith(SCOPE)))
        _family(resource, scope, name, described).add(name, labels, time, value)
    return list(found.values())


def _family(resource: Resource, scope: Labels, name: str, described: Mapping[str, Described]) -> Family:
    known = resource.families.get((scope, name))
    if known is not None:
        return known
    description, origin, family = _described(name, described)
    known = resource.families.get((scope, family))
    if known is not None and known.includes(name):
        return known
    fresh = Family(family, description, origin)
    resource.families[scope, family] = fresh
    return fresh


def _described(name: str, described: Mapping[str, Described]) -> tuple[Described, str, str]:
    """What is known of a sample's metric: description, the name it stands under, and the family's name."""
    description = OF_THE_SCRAPE.get(name) or described.get(name)
    if description is not None:
        return description, name, name
    trimmed = _trimmed(name)
    description = described.get(trimmed)
    if description is None or trimmed == name:
        return Described(), name, name
    if description.kind == "counter":
        return description, trimmed, f"{trimmed}_total" if name.endswith("_created") else name
    return description, trimmed, trimmed


def _trimmed(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and name != suffix:
            return name.removesuffix(suffix)
    return name
