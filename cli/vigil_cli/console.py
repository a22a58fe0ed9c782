"""What a command shows while it works: a line a step, alive on a terminal and plain elsewhere."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Final, TextIO

from rich.console import Console
from rich.markup import escape

PACE: Final = 10.0
"""Seconds between two lines of one long step, at least."""


class Progress:
    """Reports the steps of a command as they are made.

    On a terminal the step under way has a spinner; elsewhere (pipes, CI) each line is plain text, and nothing moves.
    """

    def __init__(
        self, console: Console, *, started: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`console` decides where the lines go; `started` is when the command began (default: now).

        It is on the scale of `clock`.
        """
        self.console = console
        self.started = clock() if started is None else started
        self._clock, self._shown = clock, self.started
        self._status = console.status("") if console.is_terminal else None

    @contextmanager
    def shown(self) -> Generator["Progress"]:
        """Show the spinner inside the block, where there is a terminal."""
        if self._status is None:
            yield self
            return
        with self._status:
            yield self

    def doing(self, step: str) -> None:
        """Show what happens now, until the next call; it prints no result."""
        if self._status is not None:
            self._status.update(escape(step))

    def so_far(self, step: str) -> None:
        """Show how far a long step is: beside the spinner, or elsewhere as a line at most every ten seconds."""
        self.doing(step)
        if not self.console.is_terminal and self._clock() - self._shown >= PACE:
            self._shown = self._clock()
            self.done(step)

    def done(self, step: str, *, details: str = "") -> None:
        """Print a step that is made."""
        elapsed = self._clock() - self.started
        if self.console.is_terminal:
            self.console.print(f"[dim]{elapsed:5.1f} s[/]  [green]✓[/] {escape(step)}  [dim]{escape(details)}[/]")
        else:
            tail = f" ({details})" if details else ""
            self.console.print(f"{elapsed:5.1f} s  {step}{tail}", markup=False, highlight=False, soft_wrap=True)


def output() -> Console:
    """Return the console of standard output."""
    return Console(highlight=False)


def errors() -> Console:
    """Return the console of errors, and of progress where standard output is for machines."""
    return Console(stderr=True, highlight=False)


def documents() -> TextIO:
    """Return standard output for documents and modules, in UTF-8 whatever the locale is."""
    _write_utf_8(sys.stdout)
    return sys.stdout


def _write_utf_8(out: TextIO) -> None:
    if isinstance(out, TextIOWrapper):
        out.reconfigure(encoding="utf-8")


def write_document(text: str) -> None:
    """Write a document for machines to standard output: exactly the text, one line's end after it."""
    out = documents()
    out.write(text.rstrip("\n") + "\n")
    out.flush()


def write_json(document: object) -> None:
    """Write a JSON document for machines to standard output, on one line."""
    import msgspec

    write_document(msgspec.json.encode(document).decode())
