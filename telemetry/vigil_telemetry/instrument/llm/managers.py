"""Context managers that open a stream: Anthropic's `messages.stream`."""

from __future__ import annotations

from collections.abc import Callable

from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Reader
from vigil_telemetry.instrument.llm.calls import LlmCall, current_call
from vigil_telemetry.instrument.llm.streams import AsyncObservedStream, ObservedStream

_RAW = "_raw_stream"


class _Manager:
    def __init__(self, inner: Duck, begin: Callable[[], LlmCall], reader: Reader) -> None:
        self._inner, self._begin, self._reader = inner, begin, reader

    def __getattr__(self, name: str) -> Duck:
        return getattr(self._inner, name)


class ObservedManager(_Manager):
    """Of a synchronous client."""

    def __enter__(self) -> Duck:
        call = self._begin()
        token = current_call.set(call)
        try:
            stream = self._inner.__enter__()
        except BaseException as error:
            call.failed(error)
            raise
        finally:
            current_call.reset(token)
        setattr(stream, _RAW, ObservedStream(getattr(stream, _RAW), call, self._reader))
        return stream

    def __exit__(self, *error: object) -> Duck:
        return self._inner.__exit__(*error)


class AsyncObservedManager(_Manager):
    """Of an asynchronous client."""

    async def __aenter__(self) -> Duck:
        call = self._begin()
        token = current_call.set(call)
        try:
            stream = await self._inner.__aenter__()
        except BaseException as error:
            call.failed(error)
            raise
        finally:
            current_call.reset(token)
        setattr(stream, _RAW, AsyncObservedStream(getattr(stream, _RAW), call, self._reader))
        return stream

    async def __aexit__(self, *error: object) -> Duck:
        return await self._inner.__aexit__(*error)
