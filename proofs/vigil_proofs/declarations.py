"""The event types that a program declares, made known to another process.

A process that is spawned has imported the library alone, and so knows its events alone. Those of the program are
classes in the program's own modules.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from vigil_proofs.documents import Case, ProvenAlert
from vigil_runner import program
from vigil_runner.errors import EngineError
from vigil_runner.stacks import Stack
from vigil_telemetry import catalog

_PROGRAM: Final = "__main__"
"""The module of what the program file itself declares, which only a run of it makes known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What declares the events of a stack's proofs: modules, and the program itself."""

    stack: Stack
    """The stack whose program ran."""
    events: frozenset[str]
    """The names of the events in the catalog."""
    modules: tuple[str, ...]
    """The modules that declare them."""

    @classmethod
    def of(cls, stack: Stack, alerts: Iterable[ProvenAlert]) -> "Declarations":
        """Return the declarations that these alerts need, as this process knows them after the program has run.

        Raises ProgramError for an event that is not well-formed, or declared twice.
        """
        try:
            places = {schema.name: schema.cls.__module__ for schema in catalog()}
        except (TypeError, ValueError) as error:
            raise program.ProgramError(f"an event of stack {stack.name!r} is declared wrongly: {error}") from error
        # what others log is no event of the catalog: its entries were recorded, and nothing declares them
        events = frozenset(event for alert in alerts for event in _events(alert) if event in places)
        return cls(stack=stack, events=events, modules=tuple(sorted({places[one] for one in events})))

    def declare(self) -> None:
        """Make the events known to this process: import their modules, and run the program for what is in no module.

        An event that is still unknown is reported by the proof that needs it.
        """
        if _PROGRAM not in self.modules:
            program.import_modules(self.stack, self.modules)
        if self.events - {schema.name for schema in catalog()}:
            with suppress(EngineError):
                program.run(self.stack)


def _events(alert: ProvenAlert) -> Iterable[str]:
    if alert.event is not None:
        yield alert.event
    if alert.proof is None:
        return
    cases: list[Case | None] = [alert.proof.fires, alert.proof.stays_silent, alert.proof.too_little]
    for case in (*cases, *(one.case for one in alert.proof.further)):
        if case is not None:
            yield from (one.event for one in (*case.emissions, *case.history))
