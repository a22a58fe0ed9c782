"""One call of a model, from its first attempt to its outcome."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from time import perf_counter
from types import TracebackType
from typing import Self, cast, get_args
from uuid import uuid4

from vigil_telemetry.context import put_back
from vigil_telemetry.emitter import emit, enabled
from vigil_telemetry.event import Event
from vigil_telemetry.events.llm import (
    FinishReason,
    LlmCallAttempted,
    LlmCallCompleted,
    LlmCallFailed,
    LlmContentCaptured,
    LlmErrorType,
    LlmOperation,
    Provider,
)
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reader, Usage
from vigil_telemetry.instrument.llm.content import capturing, characters
from vigil_telemetry.instrument.llm.errors import classify, describe, of_status, status_of
from vigil_telemetry.instrument.llm.fallback import current_chain
from vigil_telemetry.instrument.llm.prices import cost_of
from vigil_telemetry.instrument.llm.tally import current_tally
from vigil_telemetry.instrument.places import caller_place
from vigil_telemetry.safe import encode_safe

_PROVIDERS = frozenset(get_args(Provider))
_REDIRECTS = 400
current_call: ContextVar[LlmCall | None] = ContextVar("vigil_llm_call", default=None)


class LlmCall:
    """A call: writes `llm.call.attempted`, and `.completed` or `.failed` when its outcome is known, with one `call_id`.

    For calls that no adapter knows; as `with` or `async with`:

    ```python
    async with LlmCall("mistral_ai", "mistral-large") as call:
        reply = await client.post(...)
        call.answered(Answer(usage=Usage(input=reply["in"], output=reply["out"])))
    ```

    Args:
        provider: by OpenTelemetry's names; one that it does not know is `other`.
        model: the model that the request names.
        operation: what it does, such as `chat` or `embeddings`.
        streamed: whether the answer comes in parts.
        prompt: what is sent; its length is written, itself only where content is captured.
    """

    def __init__(
        self,
        provider: str,
        model: str,
        operation: LlmOperation = "chat",
        *,
        streamed: bool = False,
        prompt: object = None,
    ) -> None:
        self.call_id = uuid4().hex
        self._provider: Provider = provider if provider in _PROVIDERS else "other"  # pyright: ignore[reportAttributeAccessIssue] - just checked
        self._operation: LlmOperation = operation
        self._model, self._streamed = model, streamed
        self._prompt = prompt if capturing() else None
        self._characters = characters(prompt) if prompt is not None else None
        self._place = caller_place()
        self._chain, self._tally = current_chain(), current_tally()
        self._fallback_of = self._chain.failed if self._chain is not None else None
        self._context = copy_context()
        self._attempt = 1
        self._started = self._attempt_started = perf_counter()
        self._first: float | None = None
        self._broken: tuple[LlmErrorType, int | None, str] | None = None
        self._sent = False
        self.ended = False
        self.reading: tuple[Reader, Callable[[Duck], bool] | None] | None = None
        """How the bytes of the answer are read, and which parts of a stream the caller did not ask for."""
        self.watched = self.returned = False
        """Whether the bytes of the answer are read as they come; whether the caller has its response."""
        self._emit_attempt()

    def sending(self) -> None:
        """Note that the library sends the request: again, where the last time failed."""
        broken, self._broken = self._broken, None
        if self._sent and broken is not None:
            kind, status, text = broken
            self._emit_failure(kind, status, text, retried=True)
            self._attempt += 1
            self._attempt_started = perf_counter()
            self._emit_attempt()
        self._sent = True

    def replied(self, status: int) -> None:
        """Note the status with which the provider answered the request."""
        if status >= _REDIRECTS:
            self._broken = (of_status(status), status, f"answered {status}")

    def broke(self, error: BaseException) -> None:
        """Note that the request got no answer; the library may try again."""
        self._broken = (classify(error), None, describe(error))

    def refused(self, status: int) -> None:
        """Write that the provider answered with an error, and that the library does not ask again."""
        if not self.ended:
            self._fail(of_status(status), status, f"answered {status}", None)

    def first_part(self) -> None:
        """Note that the first part of the answer itself is there."""
        if self._first is None:
            self._first = perf_counter() - self._started

    def answered(self, answer: Answer) -> None:
        """Write that the answer is complete."""
        if self.ended:
            return
        self.ended = True
        usage = answer.usage
        cost = cost_of(answer.model or self._model, usage) or cost_of(self._model, usage) if usage is not None else None
        if self._tally is not None:
            self._tally.add(usage, cost[0] if cost is not None else None)
        self._emit(
            LlmCallCompleted(
                provider=self._provider,
                model=self._model,
                operation=self._operation,
                finish_reason=answer.finish_reason,
                call_id=self.call_id,
                attempt=self._attempt,
                streamed=self._streamed,
                duration=self._since(self._started),
                input_tokens=usage.input if usage is not None else None,
                output_tokens=usage.output if usage is not None else None,
                total_tokens=usage.input + usage.output if usage is not None else None,
                first_token=self._first_token(),
                cached_tokens=usage.cached if usage is not None else None,
                reasoning_tokens=usage.reasoning if usage is not None else None,
                cache_write_tokens=usage.cache_write if usage is not None else None,
                tool_calls=answer.tool_calls or None,
                cost=cost[0] if cost is not None else None,
                prices_of=cost[1].isoformat() if cost is not None else None,
                response_model=answer.model,
                fallback_of=self._fallback_of,
            )
        )
        self._emit_content(answer)

    def failed(self, error: BaseException, answer: Answer | None = None) -> None:
        """Write that the call ended in an error, for good. `answer`: what had come before."""
        if self.ended:
            return
        self._fail(classify(error), status_of(error), describe(error), answer)

    def abandoned(self, answer: Answer | None = None) -> None:
        """Write how a stream ended that nobody reads any more; an answer that had come to its end is complete."""
        if self.ended:
            return
        if answer is not None and answer.ended:
            self.answered(answer)
        else:
            self._fail("cancelled", None, "the stream was abandoned by its reader", answer)

    def usage(self, input_tokens: int, output_tokens: int, finish_reason: FinishReason = "stop") -> None:
        """Write that the answer is complete: the short form of `answered`."""
        self.answered(Answer(usage=Usage(input_tokens, output_tokens), finish_reason=finish_reason))

    def _fail(self, kind: LlmErrorType, status: int | None, text: str, answer: Answer | None) -> None:
        self.ended = True
        if self._chain is not None:
            self._chain.failed = self.call_id
        usage = answer.usage if answer is not None else None
        if self._tally is not None and usage is not None:
            self._tally.add(usage, None)
        self._emit_failure(kind, status, text, retried=False, usage=usage)

    def _emit_attempt(self) -> None:
        self._emit(
            LlmCallAttempted(
                provider=self._provider,
                model=self._model,
                operation=self._operation,
                call_id=self.call_id,
                attempt=self._attempt,
                streamed=self._streamed,
                prompt_characters=self._characters,
                fallback_of=self._fallback_of,
            )
        )

    def _emit_failure(
        self, kind: LlmErrorType, status: int | None, text: str, *, retried: bool, usage: Usage | None = None
    ) -> None:
        self._emit(
            LlmCallFailed(
                provider=self._provider,
                model=self._model,
                operation=self._operation,
                error_type=kind,
                call_id=self.call_id,
                attempt=self._attempt,
                retried=retried,
                streamed=self._streamed,
                duration=self._since(self._attempt_started if retried else self._started),
                error=text,
                first_token=self._first_token(),
                input_tokens=usage.input if usage is not None else None,
                output_tokens=usage.output if usage is not None else None,
                status=status,
            )
        )

    def _emit_content(self, answer: Answer) -> None:
        if self._prompt is not None and capturing() and enabled(LlmContentCaptured):
            self._emit(
                LlmContentCaptured(
                    provider=self._provider,
                    model=self._model,
                    call_id=self.call_id,
                    prompt=encode_safe(_plain(self._prompt)).decode(),
                    answer="".join(answer.text) or None,
                )
            )

    def _emit(self, event: Event) -> None:
        """Write under the ids of the call's start: a stream may end anywhere, and be collected anywhere."""
        self._context.copy().run(emit, event, place=self._place)

    def _first_token(self) -> float | None:
        return round(self._first, 6) if self._first is not None else None

    @staticmethod
    def _since(start: float) -> float:
        return round(perf_counter() - start, 6)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if value is not None:
            self.failed(value)
        else:
            self.answered(Answer())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, value, trace)


class Current:
    """Makes a call the current one inside a `with` block, and notes that it failed where the block raises."""

    __slots__ = ("_call", "_token")

    def __init__(self, call: LlmCall) -> None:
        self._call = call

    def __enter__(self) -> None:
        self._token = current_call.set(self._call)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                self._call.failed(error)
        finally:
            put_back(current_call, self._token)


def _plain(value: object, depth: int = 8) -> object:
    """Return what is sent as JSON can hold it."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if depth == 0:
        return f"<{type(value).__name__}>"
    if isinstance(value, dict):
        items = cast("dict[object, object]", value)
        return {str(key): _plain(item, depth - 1) for key, item in items.items()}
    if isinstance(value, list | tuple):
        members = cast("list[object] | tuple[object, ...]", value)
        return [_plain(item, depth - 1) for item in members]
    return f"<{type(value).__name__}>"
