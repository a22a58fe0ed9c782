"""What a team draws on a dashboard: signals of its events, or metrics of others."""

from dataclasses import dataclass

from vigil_components.arguments import Name, OneLine, validated
from vigil_components.dashboards import widgets
from vigil_components.queries import Query
from vigil_components.signals import Signal


@validated
@dataclass(frozen=True, kw_only=True)
class Chart:
    """Signals drawn on one chart. Thresholds of the service's alerts over the same signals appear by themselves."""

    title: Name
    """What people read above the chart."""
    signals: tuple[Signal, ...]
    """Signals of one unit, a line or a group of lines each."""
    plot: widgets.PlotType = "LINE"
    """How they are drawn. Default: as lines."""

    def __post_init__(self) -> None:
        """Refuse a chart that cannot be read: no line, or lines of different units on one axis."""
        units = sorted({signal.unit for signal in self.signals})
        if len(units) != 1:
            wrong = (
                "no signal in signals" if not units else f"signals of different units ({', '.join(units)}) on one axis"
            )
            raise ValueError(f"chart {self.title!r} has {wrong}; give each unit its own chart")


@validated
@dataclass(frozen=True, kw_only=True)
class Plot:
    """Metrics that Google Cloud writes, drawn as its own console would: typed queries instead of signals."""

    title: Name
    """What people read above the chart."""
    queries: tuple[Query, ...]
    """Queries of one unit."""
    axis: OneLine = ""
    """What people read beside the axis. Default: the unit."""
    plot: widgets.PlotType = "LINE"
    """How they are drawn. Default: as lines."""

    def __post_init__(self) -> None:
        """Refuse a chart that cannot be read: no line, or lines of different units on one axis."""
        units = sorted({query.unit for query in self.queries})
        if len(units) != 1:
            wrong = (
                "no query in queries" if not units else f"queries of different units ({', '.join(units)}) on one axis"
            )
            raise ValueError(f"chart {self.title!r} has {wrong}; give each unit its own chart")
