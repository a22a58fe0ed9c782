"""Errors that end a command early, each in one paragraph: what happened, and what to do about it."""

from dataclasses import dataclass

FAILED = 1
"""Exit code: the command ran, and the expected result did not come."""
REFUSED = 2
"""Exit code: the command could not run here (port, lock, disk, arguments); nothing is half-done."""


_COMMANDS = ("gcloud ", "pulumi ")
"""What a remedy begins with where it is a command: it keeps its small letter."""


class CommandError(Exception):
    """A command that ends early, in words for the person who ran it."""

    exit_code = REFUSED

    def __init__(self, message: str, *, remedy: str) -> None:
        """`message` says what is wrong, naming the thing; `remedy` what to do. Both become sentences."""
        whole = "\n" in message or message.endswith((".", "!", "?", ":"))  # a listing stays as it is
        self.message = message if whole else f"{message}."
        self.remedy = remedy if remedy.startswith(_COMMANDS) else remedy[:1].upper() + remedy[1:]
        super().__init__(self.message)

    def describe(self) -> dict[str, str]:
        """Return the error for machines."""
        return {"message": self.message, "remedy": self.remedy}

    def markup(self) -> str:
        """Return the error for people, in rich's markup."""
        from rich.markup import escape

        between = "\n" if "\n" in self.message else " "
        return f"[bold red]Error[/] {escape(self.message)}{between}{escape(self.remedy)}"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that was seen while something else was awaited."""

    subject: str
    value: str


class MissedDeadlineError(CommandError):
    """Something that should have come about did not, in the time that it had."""

    exit_code = FAILED

    def __init__(self, awaited: str, *, within: float, seen: tuple[Sighting, ...], logs: str) -> None:
        """`within` is in wall seconds; `logs` is the folder where the processes' output is."""
        shown = "".join(f"\n  {sighting.subject}: {sighting.value}" for sighting in seen)
        super().__init__(
            f"Waited {within:.0f} s for {awaited}, in vain. What was seen:{shown}",
            remedy=f"The logs of all processes are in {logs}.",
        )
        self.awaited = awaited
        self.within = within
        self.seen = seen
        self.logs = logs

    def describe(self) -> dict[str, str]:
        """Return the error for machines, with each sighting under its own name."""
        sightings = {f"seen.{sighting.subject}": sighting.value for sighting in self.seen}
        return {**super().describe(), "awaited": self.awaited, "logs": self.logs, **sightings}


class ProcessEndedError(CommandError):
    """A process that the run needs ended too early."""

    exit_code = FAILED
