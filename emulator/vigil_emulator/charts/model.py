"""What is drawn, as values: everything that a chart needs and nothing that it must look up.

A drawing is content: it has no size and no colours yet, so that the same one is drawn wide and narrow, light and dark.
Times are milliseconds since 1970, values are in the unit that is named beside them.
"""

from typing import Literal, TypeAlias

import msgspec

Plot: TypeAlias = Literal["line", "area", "bar"]
Level: TypeAlias = Literal["ok", "warning", "critical", "none"]
ThemeName: TypeAlias = Literal["light", "dark"]
Mark: TypeAlias = Literal["added", "changed", "removed"]
"""What happens to a tile in a picture of a change."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One named series. `right` puts it on the second axis."""

    name: str
    times: tuple[int, ...]
    values: tuple[float, ...]
    plot: Plot = "line"
    right: bool = False
    level: Level | None = None
    """Drawn in the colour of a severity, instead of the next one of the palette."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold: a line across the chart."""

    value: float
    label: str = ""
    level: Level = "critical"
    right: bool = False


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which something was the case: an incident. `tall` marks it over the whole height, else on top."""

    start: int
    end: int
    tall: bool = False


class TimeChart(msgspec.Struct, frozen=True, kw_only=True, tag="time"):
    """Series over time. `note` says why there is none, or what is wrong with one of several."""

    start: int
    end: int
    step: int
    lines: tuple[Line, ...] = ()
    rules: tuple[Rule, ...] = ()
    bands: tuple[Band, ...] = ()
    unit: str = ""
    right_unit: str = ""
    share: bool = False
    """A quotient of like by like, which reads best in percent."""
    label: str = ""
    logarithmic: bool = False
    note: str = ""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """How many values of a heat map were between two bounds, up to a time."""

    time: int
    low: float
    high: float
    count: float


class HeatMap(msgspec.Struct, frozen=True, kw_only=True, tag="heat"):
    """Distributions over time."""

    start: int
    end: int
    step: int
    cells: tuple[Cell, ...] = ()
    unit: str = ""
    note: str = ""


class Gauge(msgspec.Struct, frozen=True, kw_only=True, tag="gauge"):
    """One value on a dial."""

    value: float
    low: float
    high: float
    rules: tuple[Rule, ...] = ()
    unit: str = ""
    level: Level = "none"


class Spark(msgspec.Struct, frozen=True, kw_only=True, tag="spark"):
    """The past of a value, without axes."""

    times: tuple[int, ...]
    values: tuple[float, ...]
    bars: bool = False
    level: Level = "none"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a whole; `path` names it from the outermost group inwards."""

    path: tuple[str, ...]
    value: float


class Pie(msgspec.Struct, frozen=True, kw_only=True, tag="pie"):
    """Shares as slices."""

    shares: tuple[Share, ...]
    donut: bool = False
    unit: str = ""


class TreeMap(msgspec.Struct, frozen=True, kw_only=True, tag="treemap"):
    """Shares as areas."""

    shares: tuple[Share, ...]
    unit: str = ""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """An entry on a lane: when it began and ended, and how it went."""

    lane: str
    start: int
    end: int
    level: Level = "none"


class Lanes(msgspec.Struct, frozen=True, kw_only=True, tag="lanes"):
    """What happened where, one lane for each part of a system. Times are microseconds since the first."""

    moments: tuple[Moment, ...]
    lanes: tuple[str, ...] = ()
    """All lanes in their order, also those without a moment. Default: those of the moments."""
    since: str = "the first entry"
    """What the axis counts from."""


Drawing: TypeAlias = TimeChart | HeatMap | Gauge | Spark | Pie | TreeMap | Lanes


class Size(msgspec.Struct, frozen=True):
    """A size in pixels."""

    width: int
    height: int


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the drawing process: a drawing, or an SVG to turn into a PNG."""

    drawing: Drawing | None = None
    size: Size = Size(400, 240)
    theme: ThemeName = "light"
    svg: str = ""
    scale: float = 2.0


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What it answers."""

    svg: str = ""
    png: bytes = b""
    error: str = ""
