"""What a model answered, whoever the provider is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from vigil_telemetry.events.llm import FinishReason
from vigil_telemetry.instrument.duck import Duck


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call."""

    input: int
    """Read by the model: all of them, also those from the cache and those put into it."""
    output: int
    """Written by the model, reasoning among them."""
    cached: int | None = None
    """Of the input, read from the provider's cache."""
    cache_write: int | None = None
    """Of the input, put into the provider's cache."""
    reasoning: int | None = None
    """Of the output, not shown."""


@dataclass(slots=True)
class Answer:
    """What is known of an answer; a stream fills it part by part."""

    usage: Usage | None = None
    finish_reason: FinishReason = "stop"
    model: str | None = None
    """The exact model that answered."""
    tool_calls: int = 0
    text: list[str] = field(default_factory=list[str])
    """Kept only where content is captured."""
    begun: bool = False
    """Whether a part of the answer itself has come."""
    ended: bool = False
    """Whether a stream has marked the answer as complete: more may follow, such as its tokens."""
    counts: dict[str, int] = field(default_factory=dict[str, int])
    """Tokens as a stream has sent them so far, by the provider's names."""


class Reader(Protocol):
    """Reads one provider's objects into an `Answer`."""

    @property
    def whole(self) -> Callable[[Answer, Duck], None]:
        """Reads an answer that came at once."""
        ...

    @property
    def part(self) -> Callable[[Answer, Duck], None]:
        """Reads a part of a stream."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader made of two functions."""

    whole: Callable[[Answer, Duck], None]
    part: Callable[[Answer, Duck], None]


def get(thing: Duck, *names: str) -> Duck:
    """Return a member of a member of an object or mapping; None where one of them is not there."""
    for name in names:
        if thing is None:
            return None
        thing = cast("dict[str, Duck]", thing).get(name) if isinstance(thing, dict) else getattr(thing, name, None)
    return thing


def number(thing: Duck, *names: str) -> int | None:
    """Return the same where it is a count."""
    found = get(thing, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
