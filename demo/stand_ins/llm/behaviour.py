"""How the provider answers."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Trouble(StrEnum):
    """What goes wrong, as providers do it."""

    RATE_LIMIT = "rate_limit"
    """429, with `retry-after`."""
    AUTH = "auth"
    """401: the key is not accepted."""
    INVALID_REQUEST = "invalid_request"
    """400: the request is malformed or too long."""
    CONTENT_FILTER = "content_filter"
    """400 (OpenAI), or an answer that was stopped (Anthropic: `refusal`, Google: `SAFETY`)."""
    SERVER = "server"
    """500."""
    OVERLOADED = "overloaded"
    """503, with Anthropic 529."""
    HANG = "hang"
    """No answer, until the caller gives up."""
    CUT = "cut"
    """A stream that breaks off after its first pieces, and an answer whose connection is closed."""


class Behaviour(BaseModel):
    """How the next calls are answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latency: float = Field(default=0.0, ge=0, description="seconds until an answer begins")
    per_piece: float = Field(default=0.0, ge=0, description="seconds between the pieces of a stream")
    text: str = Field(default="All is well.", description="what the model says")
    input_tokens: int = Field(default=120, ge=0, description="all of the prompt, cached ones included")
    cached_tokens: int = Field(default=20, ge=0, description="of the prompt, read from the provider's cache")
    output_tokens: int = Field(default=30, ge=0, description="all of the answer, reasoning included")
    reasoning_tokens: int = Field(default=10, ge=0, description="of the answer, not shown")
    finish_length: bool = Field(default=False, description="whether the answer was cut at the limit of tokens")
    tool: str | None = Field(default=None, description="a tool that the model asks for in place of an answer")
    arguments: str = Field(default="{}", description="the tool's arguments, as JSON")
    trouble: Trouble | None = Field(default=None, description="what goes wrong")
    times: int | None = Field(default=None, ge=1, description="for how many calls it goes wrong; default: all")

    def pieces(self) -> list[str]:
        """Return the text as a stream sends it: word by word."""
        words = self.text.split(" ")
        return [word if place == 0 else f" {word}" for place, word in enumerate(words)]

    def healed(self) -> Self:
        """Return the same without its trouble."""
        return self.model_copy(update={"trouble": None, "times": None})

    def once_less(self) -> Self:
        """After one more call went wrong."""
        if self.times is None:
            return self
        return self.healed() if self.times == 1 else self.model_copy(update={"times": self.times - 1})
