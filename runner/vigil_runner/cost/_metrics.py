"""What metrics cost: log-based ones by their points, scraped and sent ones by their samples."""

import re
from typing import Final

from vigil_apimodel.json_values import JsonObject, child, text, texts
from vigil_runner.cost._estimate import Item, Part
from vigil_runner.cost._prices import PRICES
from vigil_runner.cost._range import Range, exactly
from vigil_runner.cost._series import GUESSED, series_of
from vigil_runner.cost._stack import LogMetric, Rendered
from vigil_runner.cost._traffic import MINUTES, MONTH, Traffic

NUMBER_BYTES: Final = 8
DISTRIBUTION_BYTES: Final = 80
"""Bytes of a point (https://cloud.google.com/stackdriver/pricing, "Metrics charged by bytes ingested")."""
MIB: Final = 1024.0**2
_COLLECTOR: Final = "vigil:collector:MetricsCollector"
_INTERVAL: Final = re.compile(r"scrape_interval[\"']?:\s*[\"']?(\d+)(s|m)")
_EVERY: Final = 60.0


def parts(stack: Rendered, metrics: list[LogMetric], traffic: Traffic) -> list[Part]:
    """Return what log-based, scraped and sent metrics cost."""
    return [
        Part(
            title="Log-based metrics",
            price=PRICES["metric-bytes"],
            items=tuple(_log_metric(one, traffic) for one in metrics),
        ),
        Part(
            title="Scraped and sent metrics", price=PRICES["prometheus-samples"], items=tuple(_scraped(stack, traffic))
        ),
    ]


def series(metric: LogMetric, traffic: Traffic) -> Range:
    """Return how many series a log-based metric has: as counted, else as its labels allow and its lines can fill."""
    counted = traffic.counted(metric.name)
    if counted is not None:
        return exactly(counted)
    lines = traffic.of(metric.name)
    possible = series_of(metric)
    return possible if lines is None else Range(min(1, lines.per_month), min(possible.high, lines.per_month))


def _log_metric(metric: LogMetric, traffic: Traffic) -> Item:
    size = DISTRIBUTION_BYTES if metric.distribution else NUMBER_BYTES
    counted = traffic.counted(metric.name) is not None
    lines = traffic.of(metric.name)
    found = series(metric, traffic)
    points = found * MINUTES
    if not counted:
        points = Range(min(points.low, lines.per_month) if lines is not None else 0, points.high)
    if counted:
        labels = "settings"
    elif metric.labels:
        labels = " * ".join(
            f"{label} {metric.values.get(label, f'at most {GUESSED.high:g}, a guess')}" for label in metric.labels
        )
    else:
        labels = "no label"
    return Item(
        name=metric.name,
        quantity=points * (size / MIB),
        how=f"{_count(found)} series ({labels}) * {MINUTES:,.0f} minutes * {size} B",
    )


def _count(found: Range) -> str:
    return f"{found.high:,.0f}" if found.low == found.high else f"{found.low:,.0f} to {found.high:,.0f}"


def _scraped(stack: Rendered, traffic: Traffic) -> list[Item]:
    found = [
        _collector(text(one, "name"), child(one, "inputs"))
        for one in stack.resources
        if text(one, "type") == _COLLECTOR
    ]
    if traffic.samples:
        found.append(
            Item(
                name="sent by applications",
                quantity=exactly(traffic.samples * MONTH / 1e6),
                how=f"{traffic.samples:g} samples/s (settings) * {MONTH:,.0f} s",
            )
        )
    return found


def _collector(name: str, inputs: JsonObject) -> Item:
    kept, jobs = texts(inputs, "metrics"), texts(inputs, "jobs")
    written = _INTERVAL.search(text(inputs, "configuration"))
    every = float(written[1]) * (60 if written[2] == "m" else 1) if written else _EVERY
    samples = GUESSED * (len(kept) * MONTH / every / 1e6)
    return Item(
        name=name,
        quantity=samples,
        how=f"{len(kept)} metrics of {', '.join(jobs)} * {_count(GUESSED)} series each (a guess) every {every:g} s",
    )
