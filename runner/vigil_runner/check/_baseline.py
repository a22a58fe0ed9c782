"""The baseline: findings that a team has accepted, each with its reason."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vigil_apimodel import unique_keys
from vigil_runner.check._finding import Finding
from vigil_runner.check._found import UnreadableError, fields, is_list, string

_KEYS = ("rule", "resource", "field", "reason")
_ANEW = "Correct it, or remove it and write one with --accept REASON."


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that is accepted. It is known by rule, resource and field, not by its line, which moves."""

    rule: str
    resource: str
    field: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Return whether the entry accepts the finding."""
        return (self.rule, self.resource, self.field) == (finding.rule, finding.resource, finding.field)


def read(file: Path) -> list[Accepted]:
    """Return the accepted findings of a file. Raises UnreadableError for one without a reason, or another file."""
    try:
        document = unique_keys.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableError(f"{file} cannot be read: {error.strerror}. Write one with --accept REASON.") from error
    except ValueError as error:
        raise UnreadableError(f"{file} is no JSON: {error}. {_ANEW}") from error
    entries = fields(document).get("accepted")
    if not is_list(entries):
        raise UnreadableError(f"{file} is no baseline: it has no list 'accepted'. {_ANEW}")
    found: list[Accepted] = []
    for index, each in enumerate(entries):
        values = [string(fields(each).get(key)) for key in _KEYS]
        missing = [key for key, value in zip(_KEYS, values, strict=True) if not value.strip()]
        if missing:
            raise UnreadableError(f"{file}, accepted[{index}]: {', '.join(missing)} is empty. Say why it is accepted.")
        found.append(Accepted(*values))
    return found


def write(file: Path, kept: Iterable[Accepted], findings: Sequence[Finding], reason: str) -> int:
    """Write what was accepted before and still occurs, and the findings with the reason; returns how many are new."""
    before = list(kept)
    new = {
        (each.rule, each.resource, each.field): Accepted(each.rule, each.resource, each.field, reason)
        for each in findings
    }
    document = {
        "accepted": [
            dict(zip(_KEYS, (a.rule, a.resource, a.field, a.reason), strict=True)) for a in (*before, *new.values())
        ]
    }
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(new)


def split(
    findings: Sequence[Finding], accepted: Sequence[Accepted]
) -> tuple[list[Finding], list[Finding], list[Accepted]]:
    """Return findings that are new, findings that are accepted, and entries that nothing breaks any more."""
    new = [each for each in findings if not any(one.covers(each) for one in accepted)]
    known = [each for each in findings if any(one.covers(each) for one in accepted)]
    stale = [one for one in accepted if not any(one.covers(each) for each in findings)]
    return new, known, stale
