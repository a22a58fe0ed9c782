"""What log lines cost: which buckets keep each kind, and how long."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, children, text
from vigil_runner.cost._estimate import Item, Part
from vigil_runner.cost._prices import PRICES
from vigil_runner.cost._range import Range, exactly
from vigil_runner.cost._stack import Rendered
from vigil_runner.cost._traffic import MONTH, Lines, Traffic

DEFAULT: Final = "_Default"
"""The bucket that every project has, and the sink that fills it."""
INCLUDED: Final = 30
"""Days of keeping that the price of storage includes."""
_LOGGING: Final = "logging.googleapis.com/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A log bucket, and what reaches it."""

    name: str
    days: float
    filters: tuple[str, ...]
    """Of the sinks that write to it; an empty one takes everything."""
    exclusions: tuple[str, ...] = ()
    lines: tuple[tuple[Lines, Range], ...] = field(default=())
    """Each kind with its GiB a month."""


def buckets(stack: Rendered, traffic: Traffic) -> list[Kept]:
    """Return the log buckets of a stack, each with the lines that its sinks take."""
    days = {_bucket(one): _days(one) for one in stack.inputs(tokens.PROJECT_BUCKET)}
    routes: dict[str, list[JsonObject]] = {}
    for sink in stack.inputs(tokens.PROJECT_SINK):
        destination = text(sink, "destination")
        if destination.startswith(_LOGGING) and sink.get("disabled") is not True:
            routes.setdefault(destination.rpartition("/buckets/")[2], []).append(sink)
    if all(text(one, "name") != DEFAULT for one in stack.inputs(tokens.PROJECT_SINK)):
        routes.setdefault(DEFAULT, []).append({})
    left_out = tuple(
        text(one, "filter") for one in stack.inputs(tokens.PROJECT_EXCLUSION) if one.get("disabled") is not True
    )  # fmt: skip
    found: list[Kept] = []
    for name, sinks in routes.items():
        excluded = tuple(
            text(each, "filter")
            for sink in sinks
            for each in children(sink, "exclusions")
            if each.get("disabled") is not True
        )
        kept = Kept(
            name=name,
            days=days.get(name, INCLUDED),
            filters=tuple(text(one, "filter") for one in sinks),
            exclusions=(*excluded, *(left_out if name == DEFAULT else ())),
        )
        found.append(Kept(
            name=kept.name, days=kept.days, filters=kept.filters, exclusions=kept.exclusions,
            lines=tuple(_reaching(kept, traffic)),
        ))  # fmt: skip
    return found


def _reaching(kept: Kept, traffic: Traffic) -> Iterator[tuple[Lines, Range]]:
    for one in traffic.lines:
        if one.entry is None:
            certain = kept.name == DEFAULT
            yield one, exactly(one.gib) if certain else Range(0, one.gib)
        elif any(not query or one.selected(query) for query in kept.filters) and not any(
            one.selected(query) for query in kept.exclusions
        ):
            yield one, exactly(one.gib)


def parts(kept: list[Kept], traffic: Traffic) -> list[Part]:
    """Return what storing and keeping log lines costs."""
    stored: list[Item] = []
    held: list[Item] = []
    for bucket in kept:
        for lines, gib in bucket.lines:
            stored.append(Item(name=f"{lines.name} in {bucket.name}", quantity=gib, how=_how(lines)))
        other = traffic.other_gib
        if other:
            here = exactly(other) if bucket.name == DEFAULT else Range(0, other)
            stored.append(Item(name=f"other lines in {bucket.name}", quantity=here, how=f"{other:g} GiB, settings"))
        more = max(0.0, bucket.days - INCLUDED) / INCLUDED
        gib = sum((one for _, one in bucket.lines), Range(0, other if bucket.name != DEFAULT else 0)) + (
            exactly(other) if bucket.name == DEFAULT else Range(0, 0)
        )
        if more:
            held.append(
                Item(
                    name=bucket.name,
                    quantity=gib * more,
                    how=f"{_amount(gib)} GiB a month * {bucket.days - INCLUDED:g} of {bucket.days:g} days / {INCLUDED}",
                )
            )
    return [
        Part(title="Log volume", price=PRICES["log-storage"], items=tuple(stored)),
        Part(title="Log retention", price=PRICES["log-retention"], items=tuple(held)),
    ]


def _how(lines: Lines) -> str:
    return f"{lines.per_second:.4g} lines/s ({lines.rate}) * {lines.bytes:.0f} B ({lines.size}) * {MONTH:,.0f} s"


def _amount(gib: Range) -> str:
    return f"{gib.low:.3g}" if gib.low == gib.high else f"{gib.low:.3g} to {gib.high:.3g}"


def _bucket(inputs: JsonObject) -> str:
    return text(inputs, "bucketId")


def _days(inputs: JsonObject) -> float:
    days = inputs.get("retentionDays")
    return float(days) if isinstance(days, int | float) and not isinstance(days, bool) else INCLUDED
