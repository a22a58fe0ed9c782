"""What the library could not do, counted: nothing of it is raised to the application."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Since the process started."""

    lines: int = 0
    """Written, as far as the outputs that count know (the queue)."""
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

    def snapshot(self) -> dict[str, int]:
        """The numbers now."""
        return asdict(self)


counters = Counters()
