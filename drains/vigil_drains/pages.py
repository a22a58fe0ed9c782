"""Pages as a label: templates of routes, a bounded number of them."""

import re

PATTERN_MAX = 100
"""Characters of a page."""
PATH_MAX = 2_000
"""Characters of a path that are looked at. What is longer was made up to be long."""
OTHER = "(other)"
_VARIABLE = re.compile(
    r"\d+|[0-9a-fA-F]{8,}|[0-9a-fA-F-]{32,}|(?=.*\d)[\w.~%-]{16,}|.{41,}|.*[@%].*|(?=.*\d)[A-Za-z0-9_]{12,}", re.ASCII
)


class Pages:
    """Turns routes and paths into at most ``most`` different labels; what comes after those is ``(other)``."""

    def __init__(self, most: int = 200) -> None:
        self._most = most - 1
        self._known: set[str] = set()

    def of(self, route: str | None, path: str | None = None) -> str:
        """The route where there is one, else the path with what varies in it replaced."""
        page = _template(route or path or "")
        if page in self._known:
            return page
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(page)
        return page


def _template(text: str) -> str:
    path = text[:PATH_MAX].split("?", 1)[0].split("#", 1)[0]
    if "://" in path:
        path = "/" + path.split("://", 1)[1].partition("/")[2]
    parts = [part for part in path.split("/")[:PATTERN_MAX] if part]
    if parts[:1] == ["_next"] or parts[:1] == ["_vercel"]:
        return f"/{parts[0]}"
    named = ["[id]" if _VARIABLE.fullmatch(part) else part for part in parts]
    return ("/" + "/".join(named))[:PATTERN_MAX]
