"""Scrapes Prometheus endpoints once in a cloud minute, and writes what the stack reads as the collector does.

The series are those of Managed Service for Prometheus: ``prometheus.googleapis.com/NAME/KIND``.
"""

import asyncio
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from cli.local.emulator import Emulator
from vigil_apimodel.metrics.prometheus import PREFIX, exported_label

INTERVAL = 60.0
"""Cloud seconds between two scrapes."""
_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)", re.ASCII)
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"', re.ASCII)
_ESCAPE = re.compile(r"\\(.)")

Labels = tuple[tuple[str, str], ...]
Json = dict[str, object]


@dataclass(slots=True)
class Metric:
    """One series of a family; a histogram has its buckets, which count what is at most their bound."""

    name: str
    kind: str
    labels: Labels
    value: float = 0.0
    total: float = 0.0
    buckets: list[tuple[float, float]] = field(default_factory=list["tuple[float, float]"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An endpoint: its address, who asks, and what it is called."""

    job: str
    url: str
    auth: tuple[str, str] | None = None


def read(text: str) -> list[Metric]:
    """The series of Prometheus' text format (version 0.0.4). Lines that are none of it are passed over."""
    kinds: dict[str, str] = {}
    found: dict[tuple[str, Labels], Metric] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            parts = line.split()
            if len(parts) == 4:  # noqa: PLR2004 - "# TYPE name kind"
                kinds[parts[2]] = parts[3]
            continue
        sample = _SAMPLE.fullmatch(line.strip())
        if sample is None or line.startswith("#"):
            continue
        name, inside, value = sample.groups()
        labels = {key: _ESCAPE.sub(_unescaped, given) for key, given in _LABEL.findall(inside or "")}
        try:
            number = float(value)
        except ValueError:
            continue
        _put(found, kinds, name, labels, number)
    return list(found.values())


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def _put(
    found: dict[tuple[str, Labels], Metric], kinds: Mapping[str, str], name: str, labels: dict[str, str], value: float
) -> None:
    base, part = name, ""
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(suffix) and kinds.get(name.removesuffix(suffix)) == "histogram":
            base, part = name.removesuffix(suffix), suffix
    bound = labels.pop("le", "") if part == "_bucket" else ""
    key = (base, tuple(sorted(labels.items())))
    metric = found.setdefault(key, Metric(base, kinds.get(base, "unknown"), key[1]))
    if part == "_bucket":
        metric.buckets.append((float(bound.replace("+Inf", "inf")), value))
    elif part == "_sum":
        metric.total = value
    else:
        metric.value = value


def series(
    metrics: Iterable[Metric], target: Target, *, project: str, since: datetime, now: datetime
) -> Iterator[Json]:
    """What ``timeSeries.create`` takes of them; counters and histograms count from ``since``."""
    resource = {"location": "local", "cluster": "vigil", "namespace": "", "job": target.job, "instance": target.job}
    for metric in metrics:
        if not math.isfinite(metric.value):
            continue
        gauge = metric.kind not in ("counter", "histogram")
        interval = {"endTime": now.isoformat()} | ({} if gauge else {"startTime": since.isoformat()})
        value: Json = {"distributionValue": _distribution(metric)} if metric.buckets else {"doubleValue": metric.value}
        yield {
            "metric": {
                "type": f"{PREFIX}{metric.name}/{metric.kind}",
                "labels": {exported_label(key): given for key, given in metric.labels},
            },
            "resource": {"type": "prometheus_target", "labels": {"project_id": project, **resource}},
            "metricKind": "GAUGE" if gauge else "CUMULATIVE",
            "points": [{"interval": interval, "value": value}],
        }


def _distribution(metric: Metric) -> Json:
    buckets = sorted(metric.buckets)
    counts = [int(count - before) for (_, count), (_, before) in zip(buckets, [(0.0, 0.0), *buckets], strict=False)]
    return {
        "count": str(int(metric.value)),
        "mean": metric.total / metric.value if metric.value else 0.0,
        "sumOfSquaredDeviation": 0.0,
        "bucketOptions": {"explicitBuckets": {"bounds": [bound for bound, _ in buckets if math.isfinite(bound)]}},
        "bucketCounts": [str(count) for count in counts],
    }


class Scraper:
    """Scrapes targets until it is cancelled; one that does not answer is asked again next time."""

    def __init__(self, emulator: Emulator, targets: Sequence[Target], *, project: str, read_by_stack: str) -> None:
        """``read_by_stack`` is the text of policies and dashboards: metrics whose names are not in it are left out."""
        self._emulator, self._targets, self._project, self._names = emulator, targets, project, read_by_stack
        self.scrapes = 0
        self.failures = 0
        self.points = 0

    async def run(self) -> None:
        """Scrape once in a cloud minute."""
        clock = await self._emulator.clock()
        since = clock.now - timedelta(seconds=1)
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            while True:
                for target in self._targets:
                    await self._scrape(http, target, since)
                await asyncio.sleep(INTERVAL / clock.speed)

    async def _scrape(self, http: httpx.AsyncClient, target: Target, since: datetime) -> None:
        self.scrapes += 1
        try:
            answer = await http.get(target.url, auth=target.auth)
            answer.raise_for_status()
            wanted = [each for each in read(answer.text) if each.name in self._names]
            now = (await self._emulator.clock()).now
            found = list(series(wanted, target, project=self._project, since=since, now=now))
            await self._emulator.write_series(self._project, found)
        except httpx.HTTPError:
            self.failures += 1
        else:
            self.points += len(found)
