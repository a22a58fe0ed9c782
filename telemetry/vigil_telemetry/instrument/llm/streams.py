"""Streams that say how they ended: read to the end, broken off, closed early, or forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self, cast

from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reader
from vigil_telemetry.instrument.llm.calls import LlmCall, current_call

Hidden = Callable[[Duck], bool]


class _Observed:
    """Passes for the stream that it stands for: its class, its attributes."""

    def __init__(self, inner: Duck, call: LlmCall, reader: Reader, hidden: Hidden | None = None) -> None:
        self._inner, self._call, self._reader, self._hidden = inner, call, reader, hidden
        self._answer = Answer()

    @property
    def __class__(self) -> type[object]:  # pyright: ignore[reportIncompatibleMethodOverride] - so that `isinstance` tells what the stream is
        return type(cast("object", self._inner))

    def __getattr__(self, name: str) -> Duck:
        return getattr(self._inner, name)

    def _read(self, part: Duck) -> bool:
        """Read a part; whether the caller is to see it."""
        self._reader.part(self._answer, part)
        if self._answer.begun:
            self._call.first_part()
        return self._hidden is None or not self._hidden(part)

    def __del__(self) -> None:
        call = self.__dict__.get("_call")
        if call is not None:
            call.abandoned(self._answer)


class ObservedStream(_Observed):
    """Of a synchronous client."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Duck:
        while True:
            token = current_call.set(self._call)  # a stream may send its request only now
            try:
                part = next(self._inner)
            except StopIteration:
                self._call.answered(self._answer)
                raise
            except BaseException as error:
                self._call.failed(error, self._answer)
                raise
            finally:
                current_call.reset(token)
            if self._read(part):
                return part

    def close(self) -> None:
        """Close the stream."""
        self._inner.close()
        self._call.abandoned(self._answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncObservedStream(_Observed):
    """Of an asynchronous client."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Duck:
        while True:
            token = current_call.set(self._call)
            try:
                part = await anext(self._inner)
            except StopAsyncIteration:
                self._call.answered(self._answer)
                raise
            except BaseException as error:
                self._call.failed(error, self._answer)
                raise
            finally:
                current_call.reset(token)
            if self._read(part):
                return part

    async def aclose(self) -> None:
        """Close the stream."""
        try:
            await (self._inner.aclose if hasattr(self._inner, "aclose") else self._inner.close)()
        finally:
            self._call.abandoned(self._answer)

    close = aclose

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
