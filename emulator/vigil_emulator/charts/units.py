"""How numbers are shown: the unit that suits their size, three significant digits.

Units are UCUM's, as Cloud Monitoring writes them (monitoring v3, MetricDescriptor.unit).
"""

import math
import re
from dataclasses import dataclass

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIMES = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3600.0, "h"), (86400.0, "d"))
_DECIMAL = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BINARY = {"Ki": 1024.0, "Mi": 1024.0**2, "Gi": 1024.0**3, "Ti": 1024.0**4}
_PREFIXES = _DECIMAL | _BINARY
_SIZES = ((1.0, ""), (1024.0, "Ki"), (1024.0**2, "Mi"), (1024.0**3, "Gi"), (1024.0**4, "Ti"))
_COUNTS = ((1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"))
_SIZE = re.compile(r"(k|M|G|T|Ki|Mi|Gi|Ti)?(By|by|bit)")
_NOTE = re.compile(r"\{([^}]*)\}")
_LARGE = 10_000.0
MOST_SHARE = 2.0
"""Up to which a quotient reads as a share: what began earlier can fail now, so that more than all of it does."""


@dataclass(frozen=True, slots=True)
class Scale:
    """`factor` turns values into what is shown; `label` stands behind the number or on the axis."""

    factor: float
    label: str

    def text(self, value: float) -> str:
        """Return a value as people read it: `12.3 ms`."""
        shown = number(value * self.factor)
        if not self.label:
            return shown
        return f"{shown}{self.label}" if self.label == "%" else f"{shown} {self.label}"


def scale(unit: str, peak: float, *, share: bool = False) -> Scale:
    """Return the scale that suits values up to `peak`; `share` reads plain numbers as percentages."""
    if share and unit in {"", "1"} and peak <= MOST_SHARE:
        return Scale(100.0, "%")
    base, per, rest = unit.partition("/")
    suffix = f"/{rest}" if per else ""
    if base in {"%", "10^2.%"}:
        return Scale(1.0 if base == "%" else 100.0, f"%{suffix}")
    if base in _SECONDS:
        size, name = _fitting(_TIMES, peak * _SECONDS[base])
        return Scale(_SECONDS[base] / size, name + suffix)
    if sized := _SIZE.fullmatch(base):
        prefix = _PREFIXES[sized[1] or ""]
        size, name = _fitting(_SIZES if sized[2] != "bit" else _COUNTS, peak * prefix)
        return Scale(prefix / size, name + ("bit" if sized[2] == "bit" else "B") + suffix)
    plain = _NOTE.sub(r"\1", base)
    name = ("1" if suffix else "") if plain in {"", "1"} else plain
    return Scale(1.0, name + suffix)


def number(value: float) -> str:
    """Return three significant digits, without an exponent where it can be helped."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if value and abs(value) >= _LARGE:
        size, name = _fitting(_COUNTS, abs(value))
        return f"{value / size:.3g}{name}" if abs(value / size) < 1000 else f"{value:.3g}"  # noqa: PLR2004 - past the largest
    if abs(value) >= 100:  # noqa: PLR2004 - three digits before the point
        return f"{value:.0f}"
    return f"{value:.3g}"


def _fitting(steps: tuple[tuple[float, str], ...], peak: float) -> tuple[float, str]:
    """The largest step that leaves a peak of at least one; one step's own size for a peak of nothing."""
    if not peak or not math.isfinite(peak):
        return next(step for step in steps if step[0] == 1.0)
    fitting = [step for step in steps if abs(peak) >= step[0]]
    return fitting[-1] if fitting else steps[0]
