"""Pages as a label: templates of routes, a bounded number of them."""

import re

from vigil_telemetry.redaction import redact_text

PATTERN_MAX = 100
"""Characters of a page."""
PATH_MAX = 2_000
"""Characters of a path that are looked at. What is longer was made up to be long."""
OTHER = "(other)"
_VARIABLE = re.compile(
    r"\d+|[0-9a-fA-F]{8,}|[0-9a-fA-F-]{32,}|(?=.*\d)[\w.~%-]{16,}|.{41,}|.*[@%].*|(?=.*\d)[A-Za-z0-9_]{12,}", re.ASCII
)


_OWNERS = frozenset({
    "u", "user", "users", "profile", "profiles", "member", "members", "people", "person", "account", "accounts",
    "customer", "customers", "author", "authors", "channel", "reset", "verify", "confirm", "confirmation",
    "activate", "invite", "invites", "invitation", "unsubscribe", "token", "tokens", "k", "key", "keys", "otp",
    "magic", "auth", "s", "share", "shared", "d", "dl", "download", "downloads", "t", "track", "tracking",
    "geb", "dob", "birthday", "born", "mail", "email", "phone", "tel", "search", "q", "tag",
})  # fmt: skip
"""Segments after which stands what names a person, a secret or whatever a visitor typed."""
_WORDS = re.compile(
    r"\[[\w.\-\[\]]{1,40}\]|:[\w-]{1,40}|new|edit|me|settings|login|logout|index|all|list|password|overview"
)


class Pages:
    """Turns routes and paths into at most `most` different labels; what comes after those is `(other)`.

    Only an answered path takes a place: what a scanner tries and does not find is `(other)` at once.
    """

    def __init__(self, most: int = 200) -> None:
        self._most = most - 1
        self._known: set[str] = set()

    def of(self, route: str | None, path: str | None = None, *, found: bool = True) -> str:
        """Return the route where there is one, else the path with what varies in it replaced.

        Args:
            route: the route's own pattern, where the sender knows it.
            path: the path of the request.
            found: whether there is such a page: the answer was below 400.
        """
        page = _template(route or path or "")
        if page in self._known:
            return page
        if not found or len(self._known) >= self._most:
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
    named = ["[id]" if _varies(part, parts[place - 1] if place else "") else part for place, part in enumerate(parts)]
    return ("/" + "/".join(named))[:PATTERN_MAX]


def _varies(part: str, before: str) -> bool:
    """Whether a segment is not the page's own: an id, a secret, a name, personal data."""
    if _WORDS.fullmatch(part) is not None:
        return False
    if _VARIABLE.fullmatch(part) is not None or before.lower() in _OWNERS:
        return True
    return any(character.isdigit() for character in part) and redact_text(part) != part
