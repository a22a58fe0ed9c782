"""Events written by the real library, and read back as the agent of their origin reads them."""

import dataclasses
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import contextmanager

from vigil_apimodel.json_values import JsonObject, json_map
from vigil_emulator.logging.agent import LineContext, entries_of_line
from vigil_emulator.times import format_time
from vigil_proofs.documents import Origin
from vigil_telemetry import Event, emit, runtime


class _Kept:
    """An output of the library that keeps the lines."""

    direct = None
    batches = False

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        """Keep the line."""
        self.lines.append(line)

    def write_many(self, lines: Sequence[bytes]) -> None:
        """Keep the lines."""
        self.lines.extend(lines)

    def flush(self, deadline: float) -> None:
        """Do nothing: no line is held."""


class Library:
    """`vigil_telemetry` set up as the services of a stack set it up: their environment, its log level.

    The library's settings are the process's: `in_force` puts them back as they were.
    """

    def __init__(self, *, project: str, environment: str, level: str) -> None:
        self._kept = _Kept()
        self.project = project
        self._settings = runtime.from_environment(
            service="", version="1", environment=environment, project=project, level=level, output=self._kept
        )
        self._writer = ""
        self._in_force = False
        self._known: dict[Hashable, list[JsonObject]] = {}

    @contextmanager
    def in_force(self) -> Generator[None]:
        """Have the library write for the stack inside the block."""
        before, outer = runtime.settings(), self._in_force
        runtime.replace(self._settings)
        self._writer, self._in_force = "", True
        try:
            yield
        finally:
            runtime.replace(before)
            self._in_force = outer

    def same(self, event: Callable[[], Event], identity: Hashable, origin: Origin, at: int) -> list[JsonObject]:
        """Return the log entries of an event that is the same for each `identity`.

        The library, while it is in force, writes the event once for each origin, in whatever case comes first. Later
        entries differ in nothing but their time.
        """
        if not self._in_force:
            return self.entries(event(), origin, at)
        whence = (origin.resource, *origin.labels.items(), origin.writer, origin.log, origin.text, origin.called)
        found = self._known.get((identity, whence))
        if found is None:
            found = self._known[identity, whence] = self.entries(event(), origin, at)
            return found
        when = format_time(at)
        return [{**entry, "timestamp": when} for entry in found]

    def entries(self, event: Event, origin: Origin, at: int) -> list[JsonObject]:
        """Return the log entries of an event that an instance of `origin` emits at a time (ns).

        None where the stack's level leaves the event out.
        """
        if origin.writer != self._writer:
            runtime.replace(dataclasses.replace(self._settings, service=origin.writer))
            self._writer = origin.writer
        self._kept.lines.clear()
        emit(event)
        lines = self._kept.lines
        if origin.called:
            own, other = (f'"event":"{name}"'.encode() for name in (type(event).__struct_config__.tag, origin.called))
            lines = [line.replace(own, other, 1) for line in lines]
        about: JsonObject = {
            "logName": f"projects/{self.project}/logs/{origin.log.replace('/', '%2F')}",
            "resource": {"type": origin.resource, "labels": json_map({"project_id": self.project, **origin.labels})},
        }
        if origin.text:
            return [
                {"timestamp": format_time(at), "jsonPayload": {"message": line.decode().rstrip("\n")}, **about}
                for line in lines
            ]
        context = LineContext(arrival_ns=at, project=self.project, clock=lambda _written: at)
        return [{**entry, **about} for line in lines for entry in entries_of_line(line.decode(), context)]
