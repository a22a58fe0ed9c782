"""What a check found, and the whole report."""

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Google refuses it, or it can never do what it says."""
    WARNING = "warning"
    """It is accepted but known to go wrong."""
    NOTE = "note"
    """Worth knowing; it never fails a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with one resource."""

    rule: str
    """The rule's identifier, such as `alert-duration`."""
    level: Level
    """How much it matters."""
    file: str
    """The file as it was named; `-` is standard input."""
    line: int
    """The line of the field, or of the nearest thing around it, from 1."""
    resource: str
    """The resource's display name or address."""
    type: str
    """Pulumi's type token."""
    field: str
    """Where in the resource, such as `conditions[0].conditionThreshold.duration`."""
    message: str
    """What is wrong, then what to do."""
    in_one_line: bool = False
    """Whether the file has but one line, as a plan of Terraform has, so that the line says nothing."""

    @property
    def place(self) -> str:
        """The file, with the line where there are several."""
        return self.file if self.in_one_line else f"{self.file}:{self.line}"

    @property
    def reason(self) -> str:
        """What is wrong, without the remedy."""
        return _parts(self.message)[0]

    @property
    def remedy(self) -> str:
        """What to do, empty where the message has no second part."""
        return _parts(self.message)[1]

    def document(self) -> dict[str, object]:
        """Return the finding as JSON."""
        return {
            "rule": self.rule,
            "level": self.level.value,
            "file": self.file,
            "line": self.line,
            "resource": self.resource,
            "type": self.type,
            "field": self.field,
            "reason": self.reason,
            "remedy": self.remedy,
        }


def _parts(message: str) -> tuple[str, str]:
    reason, colon, remedy = message.rpartition(": ")
    return (reason, remedy) if colon else (message, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check of some files found."""

    findings: tuple[Finding, ...]
    """Errors and warnings that are not accepted, by file and line."""
    notes: tuple[Finding, ...] = ()
    """What is worth knowing."""
    accepted: tuple[Finding, ...] = ()
    """Findings that the baseline accepts."""
    stale: tuple[str, ...] = ()
    """Entries of the baseline that nothing broke any more, in words."""
    counted: dict[str, int] = field(default_factory=dict[str, int])
    """How many resources of each kind were checked."""
    passed_over: tuple[str, ...] = ()
    """Files of folders that hold nothing known."""

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(1 for each in self.findings if each.level is Level.ERROR)

    @property
    def resources(self) -> int:
        """How many resources were checked."""
        return sum(self.counted.values())

    def fails(self, *, strict: bool = False) -> bool:
        """Return whether the check fails: at an error, with `strict` at a warning too."""
        return bool(self.findings) if strict else self.errors > 0
