"""Replace what a pattern finds and a judge confirms."""

from __future__ import annotations

import re
from collections.abc import Callable

from vigil_telemetry.redaction.budget import Steps

NOT_DIGIT = re.compile(r"[^0-9]+")
HEX = frozenset("0123456789abcdefABCDEF")
Found = tuple[int, int, str]
"""Where what was found begins and ends, and its mark."""


def replaced(
    pattern: re.Pattern[str], text: str, judge: Callable[[str, re.Match[str]], Found | None], steps: Steps, price: int
) -> str:
    """Return the text with what the judge says in place of what it finds; what it refuses may overlap."""
    done = 0
    parts: list[str] = []
    for found in pattern.finditer(text):
        if found.start() < done:
            continue
        steps.spend(price)
        judged = judge(text, found)
        if judged is not None and judged[0] >= done:
            start, end, mark = judged
            parts += [text[done:start], mark]
            done = end
    return "".join(parts) + text[done:] if parts else text
