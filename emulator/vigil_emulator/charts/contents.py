"""What a tile of a dashboard shows, as values: a drawing, or text and rows that a page sets itself."""

from dataclasses import dataclass
from typing import TypeAlias

from vigil_emulator.charts.model import Drawing, Level, Spark


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing. `summary` says in words what it shows, for who does not see it."""

    drawing: Drawing
    summary: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """One value in large letters, its past, and how it stands to the thresholds."""

    value: str
    level: Level = "none"
    verdict: str = ""
    spark: Spark | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of texts; with bars, also each row's share of the largest value."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """A text, in Markdown or not."""

    content: str
    markdown: bool


@dataclass(frozen=True, slots=True)
class LogsPanel:
    """Entries that a filter selects."""

    filter: str
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentList:
    """Incidents, of some resource types only or of some policies only."""

    resource_types: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorPanel:
    """Groups of errors, of some services only."""

    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's title."""

    subtitle: str
    divider: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A frame around other tiles."""

    collapsed: bool
    tabs: bool


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing to show, and why."""

    note: str


Content: TypeAlias = Chart | Scorecard | Table | Prose | LogsPanel | IncidentList | ErrorPanel | Heading | Group | Empty
