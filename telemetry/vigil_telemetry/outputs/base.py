"""What an output is."""

from __future__ import annotations

from typing import Protocol


class Output(Protocol):
    """Takes finished lines. Neither method raises: what cannot be written is counted in `counters.dropped`."""

    def write(self, line: bytes) -> object:
        """Takes one line: UTF-8 JSON and its newline."""
        ...

    def flush(self, deadline: float) -> None:
        """Writes what is still held, for at most `deadline` seconds."""
        ...
