"""Texts of senders, cut to a length before anything looks at every character of them."""

import re

_GAP = re.compile(r"(?<![\d\s=:-])\s+(?![\d\s=:-])")
"""Between two words, not inside of a card's number, and not between a name and its value."""


def shortened(text: str, size: int) -> str:
    """Return the start of a text, at most `size` characters and a mark.

    The cut is at the end of a line where there is one in the second half, else between two words, so that no address,
    number or secret is left as a fragment that nothing recognises any more.
    """
    if len(text) <= size:
        return text
    start = text[:size]
    end = start.rfind("\n", size // 2)
    if end < 0:
        end = next((found.start() for found in reversed(list(_GAP.finditer(start, size // 2)))), 0)
    return f"{start[:end]} [{len(text) - end} characters cut]".lstrip()
