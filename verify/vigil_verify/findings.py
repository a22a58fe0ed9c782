"""What a verification finds, and how it ends."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from vigil_runner.access import AccessError
from vigil_verify.traffic import Traffic

State = Literal["ok", "idle", "failed", "unknown"]
"""`idle`: nothing wrong, and nothing to see either. `unknown`: the query did not succeed."""

OK: Final = 0
FAILED: Final = 1
UNKNOWN: Final = 3
"""Exit codes: all is well; something is broken; nothing is known to be broken, but not every query succeeded."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its kind (`metric`, `sink`, `widget`, ...), its name, how it is."""

    kind: str
    name: str
    state: State
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All findings of a stack."""

    stack: str
    findings: tuple[Finding, ...]
    traffic: tuple[Traffic, ...] = ()
    """How much of each event was logged."""

    def of(self, state: State) -> tuple[Finding, ...]:
        """Return the findings in a state."""
        return tuple(one for one in self.findings if one.state == state)

    @property
    def exit_code(self) -> int:
        """See OK, FAILED, UNKNOWN."""
        if self.of("failed"):
            return FAILED
        return UNKNOWN if self.of("unknown") else OK


def guarded(kind: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield the findings of a check; one that says why where it cannot run, so that the other checks continue."""
    try:
        yield from look()
    except AccessError as error:
        yield Finding(kind, "all", "unknown", f"{error.message} {error.remedy}")
