"""What would make a stack cheaper, each with what it saves."""

import re
from collections.abc import Iterator
from typing import Final

from vigil_runner.cost._logs import DEFAULT, Kept
from vigil_runner.cost._metrics import DISTRIBUTION_BYTES, MIB, NUMBER_BYTES, series
from vigil_runner.cost._prices import PRICES, dollars
from vigil_runner.cost._range import exactly
from vigil_runner.cost._stack import Condition, LogMetric
from vigil_runner.cost._traffic import MINUTES, Lines, Traffic

WORTH: Final = 10
"""How many times a label must multiply a metric's series to be named."""
NAMED: Final = 3
_LITERAL: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_QUIET: Final = frozenset({"DEBUG", "DEFAULT", ""})


def advice(
    kept: list[Kept], metrics: list[LogMetric], found: list[Condition], read: str, traffic: Traffic
) -> tuple[str, ...]:
    """Return advice, what saves most for certain first. `read` is all text that reads metrics."""
    return (
        *_twice(kept),
        *_unread(kept, metrics, read),
        *_multiplying(metrics, read, traffic),
        *_unread_metrics(metrics, read),
        *_alike(found),
    )


def _twice(kept: list[Kept]) -> Iterator[str]:
    others = [one for one in kept if one.name != DEFAULT]
    default = next((one for one in kept if one.name == DEFAULT), None)
    if default is None or not others:
        return
    own = {id(lines): gib.low for lines, gib in default.lines if lines.entry is not None}
    both = {id(lines): own[id(lines)] for one in others for lines, _ in one.lines if id(lines) in own}
    gib = sum(both.values())
    if gib:
        yield (
            f"{gib:.3g} GiB a month are kept twice, in {DEFAULT} and in {', '.join(one.name for one in others)}: "
            f"up to {_price('log-storage', gib)} a month. Exclude from {DEFAULT} what the sink keeps "
            "(DefaultExclusions)."
        )


def _unread(kept: list[Kept], metrics: list[LogMetric], read: str) -> Iterator[str]:
    """Lines of the lowest severity that no metric counts and no alert looks for."""
    sizes: dict[int, tuple[Lines, float]] = {}
    for bucket in kept:
        for lines, gib in bucket.lines:
            sizes[id(lines)] = (lines, sizes.get(id(lines), (lines, 0.0))[1] + gib.low)
    for lines, gib in sorted(sizes.values(), key=lambda one: -one[1]):
        if lines.entry is None or str(lines.entry.get("severity", "")) not in _QUIET or not gib:
            continue
        if any(lines.selected(one.filter) for one in metrics) or f'"{lines.event}"' in read.replace("\\", ""):
            continue
        yield (
            f"Nobody reads {lines.name}, {lines.entry.get('severity') or 'DEFAULT'}: no metric, alert or chart takes "
            f"it. It is {gib:.3g} GiB a month, up to {_price('log-storage', gib)}. Exclude it, or write it only where "
            "somebody looks."
        )


def _multiplying(metrics: list[LogMetric], read: str, traffic: Traffic) -> Iterator[str]:
    found: list[tuple[float, str]] = []
    for one in metrics:
        if traffic.counted(one.name) is not None:
            continue
        queries = _about(one, read)
        for label, values in one.values.items():
            if values < WORTH or re.search(rf"\b{re.escape(label)}\b", queries):
                continue
            size = DISTRIBUTION_BYTES if one.distribution else NUMBER_BYTES
            saved = series(one, traffic).high * (1 - 1 / values) * MINUTES * size / MIB
            sentence = (
                f"Label {label} of {one.name} can have {values} values and multiplies its series by as many, and no "
                f"alert or chart here groups or filters by it: up to {_price('metric-bytes', saved)} a month. Leave "
                "it out of the event's metric_labels."
            )
            found.append((saved, sentence))
    yield from (sentence for _, sentence in sorted(found, reverse=True)[:NAMED])


def _about(metric: LogMetric, read: str) -> str:
    """Return the queries that name a metric, as far as their quotes show."""
    names = (metric.promql, f"user/{metric.name}")
    return "\n".join(line for line in re.split(r'(?<!\\)"', read) if any(one in line for one in names))


def _unread_metrics(metrics: list[LogMetric], read: str) -> Iterator[str]:
    found = [one.name for one in metrics if one.promql not in read and f"user/{one.name}" not in read]
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        yield (
            f"No alert, objective or chart reads {', '.join(found[:NAMED])}{more}: drop the "
            f"metric{'s' if len(found) > 1 else ''}, or chart what they count."
        )


def _alike(found: list[Condition]) -> Iterator[str]:
    """Conditions whose queries differ in numbers or in values of labels alone, and that notify the same people."""
    groups: dict[tuple[str, tuple[str, ...], str], list[Condition]] = {}
    for one in found:
        if one.query:
            form = _NUMBER.sub("0", _LITERAL.sub('""', one.query))
            groups.setdefault((form, one.channels, one.severity), []).append(one)
    for same in groups.values():
        if len(same) > 1:
            saved = PRICES["alert-conditions"].of(exactly(len(same) - 1))
            more = f" and {len(same) - NAMED} more" if len(same) > NAMED else ""
            yield (
                f"{len(same)} conditions could be one that groups by the label in which they differ: "
                f"{', '.join(one.policy for one in same[:NAMED])}{more}. That saves {dollars(saved)} a month."
            )


def _price(key: str, quantity: float) -> str:
    """Return what a quantity costs above what is free."""
    return dollars(exactly(quantity) * PRICES[key].steps[0].high, fine=False)
