"""Facts about a regular expression (RE2 syntax) that need no engine for it."""

import re

_TOKEN = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\(\?P?<[A-Za-z_]|\(\?|\(", re.DOTALL)


def capture_groups(pattern: str) -> int:
    r"""Return the number of capture groups: `(...)` and `(?P<name>...)` count, `(?:...)`, `[(]` and `\(` do not."""
    return sum(1 for match in _TOKEN.finditer(pattern) if match[0] == "(" or match[0].startswith(("(?P<", "(?<")))
