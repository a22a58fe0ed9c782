"""Lines for people: one colourful row for each, the stack trace below it. For development only."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Protocol, TypeAlias, runtime_checkable

import msgspec

from vigil_telemetry.arguments import Wanted, validated
from vigil_telemetry.counters import counters
from vigil_telemetry.reserved import CONTEXT, SPECIAL, STANDING

_COLOURS = {
    "DEBUG": "2",
    "INFO": "32",
    "NOTICE": "36",
    "WARNING": "33",
    "ERROR": "31",
    "CRITICAL": "1;31",
    "ALERT": "1;31",
    "EMERGENCY": "1;31",
}
_HIDDEN = (SPECIAL | STANDING | CONTEXT) - {"sample_rate", "dropped_fields"}


@runtime_checkable
class TextStream(Protocol):
    """What is used of `sys.stdout`."""

    def write(self, text: str, /) -> object:
        """Take a text."""
        ...

    def flush(self) -> object:
        """Write what is still held."""
        ...

    def isatty(self) -> bool:
        """Return whether a person looks at it."""
        ...


Terminal: TypeAlias = Annotated[TextStream, Wanted("a stream of text, such as sys.stderr")]
"""Where rows for people go."""


class ConsoleOutput:
    """Writes lines for a person at a terminal.

    Args:
        stream: where to; default standard output.
        colour: default: where the stream is a terminal and `NO_COLOR` is not set.

    Raises TypeError for what takes no text.
    """

    direct = None
    batches = False

    @validated
    def __init__(self, stream: Terminal | None = None, *, colour: bool | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._colour = colour if colour is not None else self._stream.isatty() and "NO_COLOR" not in os.environ

    def write(self, line: bytes) -> None:
        try:
            row = self.rendered(line)
            try:
                self._stream.write(row)
            except UnicodeEncodeError:  # a terminal that has no such characters
                self._stream.write(row.encode("ascii", "backslashreplace").decode())
            self._stream.flush()
        except Exception:  # noqa: BLE001 - the stream is closed, or anything else's
            counters.lost(1)

    def write_many(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self.write(line)

    def flush(self, deadline: float) -> None:
        """Do nothing: nothing is held."""

    def rendered(self, line: bytes) -> str:
        """Return a line as a row: time, severity, message, then the event's fields and ids."""
        entry = msgspec.json.decode(line, type=dict[str, object])
        severity = str(entry.get("severity", ""))
        ids = [
            f"{name}={_short(str(entry[name]))}"
            for name in ("request_id", "workflow_id", "agent_run_id", "user")
            if name in entry
        ]
        fields = [f"{name}={_shown(value)}" for name, value in entry.items() if name not in _HIDDEN]
        row = " ".join(
            [
                self._in("2", str(entry.get("time", ""))[11:23]),
                self._in(_COLOURS.get(severity, "0"), f"{severity:<8}"),
                self._in("1", _printable(str(entry.get("message", "")))),
                self._in("36", str(entry.get("event", entry.get("logger", "")))),
                *fields,
                self._in("2", " ".join(ids)),
            ],
        )
        trace = entry.get("stack_trace")
        return f"{row.rstrip()}\n{self._in('31', _printable(str(trace), lines=True))}" if trace else f"{row.rstrip()}\n"

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text


def _printable(text: str, *, lines: bool = False) -> str:
    """Without control characters, which could rewrite what a terminal shows."""
    return "".join(c if c.isprintable() or (lines and c == "\n") else f"\\x{ord(c):02x}" for c in text)


def _shown(value: object) -> str:
    return _printable(value) if isinstance(value, str) else msgspec.json.encode(value).decode()


def _short(text: str) -> str:
    return _printable(text[:13])
