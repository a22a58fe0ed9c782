"""What the library could not do, counted: nothing of it is raised to the application."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Literal


@dataclass(slots=True)
class Counts:
    """Numbers since the process started."""

    dropped: int = 0
    """Lines lost: the output failed, the queue was full, or the deadline at the end passed."""
    failed: int = 0
    """Events that could not be turned into a line at all."""
    repaired: int = 0
    """Lines of events whose fields held what their types do not allow; written without those values."""
    truncated: int = 0
    """Lines cut to Cloud Logging's limit for an entry."""
    redaction_failed: int = 0
    """Texts replaced as a whole because scanning them failed."""


@dataclass(slots=True)
class Counters(Counts):
    """The process's counts, and those that were last reported."""

    reported: Counts = field(default_factory=Counts)
    reason: str = ""
    """What was last refused, and why."""
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    """The same for each count that gives one: `failed`, `repaired`."""
    tell: Callable[[], None] | None = field(default=None, repr=False)
    """Called after something was noted; set by `notices`."""
    owe: Callable[[], None] | None = field(default=None, repr=False)
    """Called after anything was counted, so that the end of the process reports it; set by `shutdown`."""
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def note(self, name: Literal["failed", "repaired", "truncated", "redaction_failed"], reason: str = "") -> None:
        """Count one, and let a notice report it soon, with the reason where there is one."""
        if reason:
            self.reason = self.reasons[name] = reason
        with self.lock:
            match name:  # no call inside an addition: a signal handler may note something there
                case "failed":
                    self.failed += 1
                case "repaired":
                    self.repaired += 1
                case "truncated":
                    self.truncated += 1
                case "redaction_failed":
                    self.redaction_failed += 1
        if self.owe is not None:
            self.owe()
        if self.tell is not None:
            self.tell()

    def lost(self, lines: int) -> None:
        """Count lost lines, from any thread. They are reported by `regained`, or at the end of the process."""
        with self.lock:
            self.dropped += lines
        if self.owe is not None:
            self.owe()

    def regained(self) -> None:
        """Have lost lines reported soon, since the output writes again."""
        if self.dropped != self.reported.dropped and self.tell is not None:
            self.tell()

    def forked(self) -> None:
        """Begin anew in a child: what its parent counted is the parent's to report, and no thread holds the lock."""
        self.lock = threading.RLock()
        self.reported = self._now()

    def snapshot(self) -> dict[str, int]:
        """Return the numbers now, by name."""
        return asdict(self._now())

    def unreported(self) -> Counts:
        """Return what was added since the last call."""
        now, reported = asdict(self._now()), asdict(self.reported)
        self.reported = Counts(**now)
        return Counts(**{name: now[name] - reported[name] for name in now})

    def _now(self) -> Counts:
        return Counts(self.dropped, self.failed, self.repaired, self.truncated, self.redaction_failed)


counters = Counters()
