"""Pies and treemaps: what part of the whole each series has."""

from collections.abc import Sequence

from vigil_apimodel.json_values import JsonObject, child, children, text, texts
from vigil_emulator.charts.contents import Chart, Empty
from vigil_emulator.charts.model import Pie, Share, TreeMap
from vigil_emulator.charts.names import names_of
from vigil_emulator.charts.queries import Answer, Reader
from vigil_emulator.charts.units import scale
from vigil_emulator.charts.window import Window


async def pie(chart: JsonObject, reader: Reader, window: Window) -> Chart | Empty:
    shares: list[Share] = []
    note, unit = "", ""
    for data in children(chart, "dataSets"):
        found = await reader.answer(child(data, "timeSeriesQuery"), window)
        note, unit = found.note or note, found.unit or unit
        names = names_of([one.labels for one in found.series], text(data, "sliceNameTemplate"))
        shares += _shares([((name,), one) for name, one in zip(names, found.series, strict=True)])
    if not shares:
        return Empty(note or "No data.")
    drawing = Pie(shares=tuple(shares), donut=text(chart, "chartType") == "DONUT", unit=unit)
    return Chart(drawing=drawing, summary=_shared(shares, unit), note=note)


async def treemap(chart: JsonObject, reader: Reader, window: Window) -> Chart | Empty:
    shares: list[Share] = []
    note, unit = "", ""
    hierarchy = texts(chart, "treemapHierarchy")
    for data in children(chart, "dataSets"):
        found = await reader.answer(child(data, "timeSeriesQuery"), window)
        note, unit = found.note or note, found.unit or unit
        names = names_of([one.labels for one in found.series])
        for name, one in zip(names, found.series, strict=True):
            labels = [label.rpartition(".")[2] for label in hierarchy]
            path = tuple(one.labels[label] for label in labels if one.labels.get(label)) or (name,)
            shares += _shares([(path, one)])
    if not shares:
        return Empty(note or "No data.")
    return Chart(drawing=TreeMap(shares=tuple(shares), unit=unit), summary=_shared(shares, unit), note=note)


def _shares(named: Sequence[tuple[tuple[str, ...], Answer]]) -> list[Share]:
    return [Share(path=path, value=one.values[-1]) for path, one in named if one.values and one.values[-1] > 0]


def _shared(shares: Sequence[Share], unit: str) -> str:
    total = sum(share.value for share in shares)
    shown = scale(unit, total)
    ordered = sorted(shares, key=lambda share: -share.value)[:6]
    return ", ".join(
        f"{' / '.join(share.path)}: {shown.text(share.value)} ({share.value / total:.0%})" for share in ordered
    )
