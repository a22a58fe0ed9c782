"""Any function that calls a model, as one that logs it: sync or async, whole answers or streams."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from inspect import isawaitable
from typing import ParamSpec, TypeVar, cast

from vigil_telemetry.events.llm import LlmOperation
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reader, Reading
from vigil_telemetry.instrument.llm.calls import Current, LlmCall
from vigil_telemetry.instrument.llm.content import capturing
from vigil_telemetry.instrument.llm.streams import AsyncObservedStream, Hidden, ObservedStream
from vigil_telemetry.safe import from_value

P = ParamSpec("P")
R = TypeVar("R")


def wrap(
    function: Callable[P, R],
    *,
    provider: str,
    model: str | Callable[[Mapping[str, Duck]], str],
    operation: LlmOperation = "chat",
    read: Callable[[Answer, Duck], None] | None = None,
    read_part: Callable[[Answer, Duck], None] | None = None,
) -> Callable[P, R]:
    """Return a function that does the same and logs it as a call of a model.

    Args:
        function: what makes the call: sync, async, or giving back a stream.
        provider: by OpenTelemetry's names.
        model: the model, or how it follows from the keyword arguments.
        operation: what it does, such as `chat` or `embeddings`.
        read: fills the answer from what the function gives back.
        read_part: the same from a part of a stream.
    """
    reader = Reading(read or _nothing, read_part or _nothing)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        name = model if isinstance(model, str) else model(kwargs)
        streamed = bool(kwargs.get("stream"))
        begun = LlmCall(provider, name, operation, streamed=streamed, prompt=kwargs or None)
        return made(begun, reader, lambda: function(*args, **kwargs))

    return call


def made(call: LlmCall, reader: Reader, function: Callable[[], R], hidden: Hidden | None = None) -> R:
    """Make a call that has begun."""
    with Current(call):
        result = function()
    if isawaitable(result):
        return _awaited(call, reader, result, hidden)  # pyright: ignore[reportReturnType] - a coroutine that gives what was awaited
    return finished(call, reader, result, hidden)


async def _awaited(call: LlmCall, reader: Reader, pending: Awaitable[R], hidden: Hidden | None) -> R:
    with Current(call):
        result = await pending
    return finished(call, reader, result, hidden)


def finished(call: LlmCall, reader: Reader, result: R, hidden: Hidden | None = None) -> R:
    """Read what a call gave back: a whole answer, or a stream, which is read as it goes."""
    inside: Duck = result
    if hasattr(inside, "__anext__"):
        return cast("R", AsyncObservedStream(inside, call, reader, hidden))
    if hasattr(inside, "__next__"):
        return cast("R", ObservedStream(inside, call, reader, hidden))
    answer = Answer()
    try:
        reader.whole(answer, inside)
    except from_value():  # an answer of unknown form is one all the same
        answer = Answer(finish_reason="other")
    if not capturing():
        answer.text.clear()
    call.answered(answer)
    return result


def _nothing(answer: Answer, result: Duck) -> None:
    """Knows nothing of the answer but that it came."""
