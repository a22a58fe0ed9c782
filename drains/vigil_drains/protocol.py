"""HTTP/1.1 for a receiver that anybody may reach: a connection has a limited time to say what it wants."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""Wall seconds in which the head of a request arrives, from its first byte on; of the first one, from the start."""


class ImpatientProtocol(H11Protocol):
    """Closes a connection whose request's line and headers do not arrive in time. uvicorn itself waits for ever."""

    seconds: float = HEAD_SECONDS
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn itself narrows it
        """Start to wait for the first head."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is not complete yet is waited for no longer than before."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on with the next request, which may have come already."""
        super().on_response_complete()
        self._watch(idle=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self, *, idle: bool = False) -> None:
        """Let the time run while a head is awaited, and only then. Between two requests uvicorn's keep-alive counts."""
        begun = self.cycle is not None and not self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison] - None before the first
        if begun or self.transport.is_closing() or (idle and not self.conn.trailing_data[0]):
            self._stop()
        elif self._patience is None:
            self._patience = self.loop.call_later(self.seconds, self.transport.close)

    def _stop(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
