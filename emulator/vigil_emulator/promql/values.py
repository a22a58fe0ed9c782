"""Numbers as Prometheus' HTTP API writes them: shortest form, no exponent, `NaN`, `+Inf`, `-Inf`."""

import math
from decimal import Decimal


def format_number(value: float) -> str:
    """Return the number as text."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact, and its repr has no exponent
        return "-0" if value == 0 and math.copysign(1, value) < 0 else str(int(value))
    return format(Decimal(repr(value)), "f")


def parse_number(text: str) -> float | None:
    """Return the number that a label value such as `le` holds, or None."""
    try:
        return float(text)
    except ValueError:
        return None
