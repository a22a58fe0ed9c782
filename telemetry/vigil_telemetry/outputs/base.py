"""What an output is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Protocol


class Output(Protocol):
    """Takes finished lines, each UTF-8 JSON and its newline.

    No method raises: what cannot be written is counted in `counters.dropped`.
    """

    @property
    def direct(self) -> int | None:
        """A file descriptor to which one `os.write` of a line is all there is to writing it.

        None where there is more to do.
        """
        ...

    @property
    def batches(self) -> bool:
        """Whether several lines at once are cheaper than each alone."""
        ...

    def write(self, line: bytes) -> None:
        """Take one line."""
        ...

    def write_many(self, lines: Sequence[bytes]) -> None:
        """Take several lines at once, in their order."""
        ...

    def flush(self, deadline: float) -> None:
        """Write what is still held, for at most `deadline` seconds."""
        ...


def takes_lines(output: object) -> bool:
    """Return whether an object is an output as far as its form says so. A stream such as `sys.stdout` takes text."""
    return not isinstance(output, type | io.IOBase) and callable(getattr(output, "write", None))
