"""An output that is silent at times."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vigil_telemetry.outputs.base import Output


class MutedOutput:
    """Passes lines on, except while one of the conditions holds: then nothing happened, and nothing is lost."""

    direct = None
    batches = False

    def __init__(self, inner: Output, conditions: Sequence[Callable[[], bool]]) -> None:
        self.inner = inner
        self._write = inner.write
        self._conditions = conditions

    def write(self, line: bytes) -> None:
        """Take a line."""
        for condition in self._conditions:
            if condition():
                return
        self._write(line)

    def write_many(self, lines: Sequence[bytes]) -> None:
        """Take several lines at once."""
        if not any(condition() for condition in self._conditions):
            self.inner.write_many(lines)

    def flush(self, deadline: float) -> None:
        """Flush the output behind it."""
        self.inner.flush(deadline)
