"""Fields of dashboards that no published description names.

The API serves some: Google's own samples have `category`, `showLegend`, `apiSource` and others that neither the protos
(google/monitoring/dashboard/v1) nor the discovery document know. Whether one is served only Google knows, so a
name that is close to a known one, or stands in the wrong place, counts as a mistake, and any other as one that the API
may know.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast

from vigil_apimodel.dashboards.fields import FIELDS
from vigil_apimodel.field_names import camel_case
from vigil_apimodel.misnamed import remedy

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

_KNOWN: Final[Mapping[str, Mapping[str, str]]] = {
    message: {**dict.fromkeys(SEEN.get(message, ()), ""), **fields} for message, fields in FIELDS.items()
}


class Unnamed(NamedTuple):
    """A field that nobody describes."""

    message: str
    """The message that it stands in."""
    path: str
    """Where it stands: `mosaicLayout.tiles[0].widget.xyChart`, empty for the dashboard itself."""
    name: str
    refused: bool
    """Whether it counts as a mistake."""
    remedy: str
    """What to write instead, empty where nobody can say."""


def accepted(message: str, name: str) -> bool:
    """Return whether a field that the API's description does not name may be one of `message` all the same."""
    return message in FIELDS and message not in WHOLE and not _remedy(message, name)


def unnamed(document: Mapping[str, object]) -> Iterator[Unnamed]:
    """Yield the fields of a dashboard that are neither described nor seen in Google's own dashboards."""
    yield from _of("Dashboard", document, "")


def _of(message: str, body: Mapping[str, object], path: str) -> Iterator[Unnamed]:
    known = FIELDS[message]
    for key, value in body.items():
        name = camel_case(key)
        inner = known.get(name)
        here = f"{path}.{key}" if path else key
        if inner is None:
            if name not in SEEN.get(message, ()):
                yield Unnamed(message, path, key, not accepted(message, key), _remedy(message, key))
        elif inner:
            for place, item in _messages(value, here):
                yield from _of(inner, item, place)


def _messages(value: object, path: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    if isinstance(value, Mapping):
        yield path, cast("Mapping[str, object]", value)
    elif isinstance(value, list):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield from _messages(item, f"{path}[{index}]")


def _remedy(message: str, name: str) -> str:
    return "" if camel_case(name) in SEEN.get(message, ()) else remedy(_KNOWN, message, name)
