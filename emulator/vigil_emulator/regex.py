"""RE2 with types: the expressions of both APIs and of PromQL, in linear time."""

from functools import lru_cache
from typing import Protocol, cast

import re2


class Match(Protocol):
    """A match of an expression."""

    def group(self, group: int | str = 0) -> str | None:
        """Return a group's text, None where it took no part; raise an error where there is no such group."""
        ...


class Pattern(Protocol):
    """A compiled expression."""

    @property
    def groups(self) -> int:
        """How many capture groups it has."""
        ...

    def search(self, text: str) -> Match | None:
        """Return the first match anywhere."""
        ...

    def fullmatch(self, text: str) -> Match | None:
        """Return a match of the whole text."""
        ...


class RegexError(ValueError):
    """A text that is no regular expression of RE2."""


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Pattern:
    """Return the compiled expression; raise RegexError where RE2 does not take it."""
    try:
        return cast("Pattern", re2.compile(pattern))
    except re2.error as error:  # pyright: ignore[reportUnknownVariableType] # the package types its error as unknown
        reason = str(cast("Exception", error))
        raise RegexError(f"Invalid regular expression {pattern!r}: {reason}") from None
