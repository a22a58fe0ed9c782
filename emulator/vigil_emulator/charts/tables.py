"""Tables: a row for each series, with the labels that tell it from the others."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.charts.contents import Empty, Table
from vigil_emulator.charts.names import names_of
from vigil_emulator.charts.queries import Answer, Found, Reader
from vigil_emulator.charts.units import scale
from vigil_emulator.charts.window import Window


async def table(widget: JsonObject, reader: Reader, window: Window) -> Table | Empty:
    rows: list[tuple[str, ...]] = []
    amounts: list[float] = []
    notes: list[str] = []
    names: list[str] = []
    answers: list[tuple[Answer, str, Found]] = []
    for data in children(widget, "dataSets"):
        found = await reader.answer(child(data, "timeSeriesQuery"), window)
        notes += [found.note] if found.note else []
        answers += [(one, text(data, "tableTemplate"), found) for one in found.series if one.values]
    hidden = {text(one, "column") for one in children(widget, "columnSettings") if one.get("visible") is False}
    for one, _, _ in answers:
        names += [name for name in one.labels if name not in names and name not in hidden.union(_APART)]
    names += _telling_apart([one.labels for one, _, _ in answers], names, hidden)
    templated = bool(answers) and all(template for _, template, _ in answers)
    called = {
        id(one): name
        for template in dict.fromkeys(template for _, template, _ in answers)
        for one, name in _called([one for one, other, _ in answers if other == template], template)
    }
    columns = ("Name",) if templated or not names else tuple(names)
    for one, _, found in sorted(answers, key=lambda each: -each[0].values[-1]):
        value = one.values[-1]
        cells = (
            (called[id(one)] or "value",)
            if templated or not names
            else tuple(one.labels.get(name, "") for name in names)
        )
        rows.append((*cells, scale(found.unit, abs(value), share=found.share).text(value)))
        amounts.append(abs(value))
    if not rows:
        return Empty(" ".join(dict.fromkeys(notes)) or "No data.")
    bars = text(widget, "metricVisualization") == "BAR"
    largest = max(amounts) or 1.0
    return Table(
        columns=(*columns, "Value"),
        rows=tuple(rows),
        shares=tuple(amount / largest for amount in amounts) if bars else (),
        note=" ".join(dict.fromkeys(notes)),
    )


_APART = ("project_id", "__name__")
"""Labels that are a table's columns only where rows would look the same without them."""


def _telling_apart(series: Sequence[Mapping[str, str]], names: Sequence[str], hidden: Collection[str]) -> list[str]:
    """Return the further columns without which rows would look the same."""
    more: list[str] = []
    for name in _APART:
        seen = {tuple(labels.get(column, "") for column in (*names, *more)) for labels in series}
        if len(seen) < len(series) and len({labels.get(name) for labels in series}) > 1 and name not in hidden:
            more.append(name)
    return more


def _called(answers: Sequence[Answer], template: str) -> Iterator[tuple[Answer, str]]:
    return zip(answers, names_of([one.labels for one in answers], template), strict=True)
