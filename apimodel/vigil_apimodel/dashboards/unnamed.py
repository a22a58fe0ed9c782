"""Fields of dashboards that no published description names.

The API serves some: Google's own samples have `category`, `showLegend`, `apiSource` and others that neither the protos
(google/monitoring/dashboard/v1) nor the discovery document know. Whether one is served only Google knows, so a
name that is close to a known one counts as a slip of the pen, and any other as one that the API may know.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple, cast

from vigil_apimodel.dashboards.fields import FIELDS

SEEN: Final[Mapping[str, frozenset[str]]] = {
    "ChartOptions": frozenset({"showLegend"}),
    "Dashboard": frozenset({"category", "description"}),
    "IncidentList": frozenset({"groupBy", "userLabels"}),
    "OpsAnalyticsQuery": frozenset({"queryExecutionRules", "queryHandle", "savedQueryId"}),
    "PieChart": frozenset({"showTotal", "sliceAggregatedThreshold"}),
    "TableDataSet": frozenset({"breakdowns"}),
    "TimeSeriesQuery": frozenset({"apiSource"}),
    "TimeSeriesTable": frozenset({"displayColumnType", "opsAnalyticsSettings"}),
}
"""By message: fields without a description that Google's sample dashboards and consoles write."""

WHOLE: Final = frozenset({"Column", "ColumnLayout", "GridLayout", "MosaicLayout", "Row", "RowLayout", "Tile"})
"""Messages that have their published fields only: the API refuses `legacyRows` of a layout
(GoogleCloudPlatform/monitoring-dashboard-samples#694)."""

_CLOSE: Final = 0.8


class Unnamed(NamedTuple):
    """A field that nobody describes."""

    message: str
    """The message that it stands in."""
    path: str
    """Where it stands: `mosaicLayout.tiles[0].widget.xyChart`, empty for the dashboard itself."""
    name: str
    refused: bool
    """Whether it counts as a mistake."""
    meant: str
    """The known field that it is close to, empty where there is none."""


def accepted(message: str, name: str) -> bool:
    """Whether a field that the API's description does not name may be one of `message` all the same."""
    return message in FIELDS and message not in WHOLE and not _meant(message, name)


def unnamed(document: Mapping[str, object]) -> Iterator[Unnamed]:
    """The fields of a dashboard that are neither described nor seen in Google's own dashboards."""
    yield from _of("Dashboard", document, "")


def _of(message: str, body: Mapping[str, object], path: str) -> Iterator[Unnamed]:
    known = FIELDS[message]
    for key, value in body.items():
        name = _camel(key)
        inner = known.get(name)
        here = f"{path}.{key}" if path else key
        if inner is None:
            if name not in SEEN.get(message, ()):
                yield Unnamed(message, path, key, not accepted(message, key), _meant(message, key))
        elif inner:
            for place, item in _messages(value, here):
                yield from _of(inner, item, place)


def _messages(value: object, path: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    if isinstance(value, Mapping):
        yield path, cast("Mapping[str, object]", value)
    elif isinstance(value, list):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield from _messages(item, f"{path}[{index}]")


def _meant(message: str, name: str) -> str:
    """The known field that a name is close to; empty where there is none."""
    if _camel(name) in SEEN.get(message, ()):
        return ""
    folded = {_folded(known): known for known in (*FIELDS[message], *SEEN.get(message, ()))}
    found = get_close_matches(_folded(name), folded, n=1, cutoff=_CLOSE)
    return folded[found[0]] if found else ""


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _camel(name: str) -> str:
    if "_" not in name:
        return name
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)
