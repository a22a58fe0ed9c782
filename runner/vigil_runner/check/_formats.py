"""A report for people, for GitHub, and as SARIF."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

from vigil_apimodel.rules import PROGRAM_RULES, RULES
from vigil_runner.check._finding import Finding, Level, Report
from vigil_runner.check._set_rules import SET_RULES
from vigil_runner.quantities import counted

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
"""The schema of SARIF 2.1.0, which GitHub's code scanning reads."""

_IN_PATHS: Final = "/!$&'()*+,;=@~"
"""What stands in the path of a URI as it is (https://www.rfc-editor.org/rfc/rfc3986#section-3.3), but the colon."""
_COMMANDS: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
"""What GitHub calls each level in a workflow command."""
_NAMED: Final = 5
"""How many files are named that were passed over."""


def lines(report: Report, *, notes: bool = False) -> Iterator[str]:
    """Yield the report for people, a finding in two lines."""
    for each in _shown(report, notes=notes):
        yield f"{each.place}: {each.level.value} {each.rule}: {each.resource}: {each.field}"
        yield f"    {each.message}"
    for each in report.stale:
        yield f"baseline: {each} does not occur any more, remove the entry"
    if report.passed_over:
        more = f" and {len(report.passed_over) - _NAMED} more" if len(report.passed_over) > _NAMED else ""
        yield f"passed over, nothing known in them: {', '.join(report.passed_over[:_NAMED])}{more}"
    yield summary(report, notes=notes)


def _shown(report: Report, *, notes: bool) -> tuple[Finding, ...]:
    return (*report.findings, *(report.notes if notes else ()))


def summary(report: Report, *, notes: bool = False) -> str:
    """Return the report in one line."""
    warnings = len(report.findings) - report.errors
    checked = f"{counted(report.resources, 'resource')} checked"
    parts = [checked, counted(report.errors, "error"), counted(warnings, "warning")]
    if report.accepted:
        parts.append(f"{len(report.accepted)} accepted by the baseline")
    if report.notes and not notes:
        parts.append(f"{counted(len(report.notes), 'note')} (see them with --notes)")
    return ", ".join(parts)


def document(report: Report) -> dict[str, object]:
    """Return the report as JSON."""
    return {
        "findings": [each.document() for each in report.findings],
        "notes": [each.document() for each in report.notes],
        "accepted": [each.document() for each in report.accepted],
        "staleBaseline": list(report.stale),
        "resources": report.counted,
        "passedOver": list(report.passed_over),
    }


def github(report: Report, *, notes: bool = False) -> Iterator[str]:
    """Yield the findings as workflow commands, which GitHub shows at the lines of a pull request."""
    for each in _shown(report, notes=notes):
        line = "" if each.in_one_line else f",line={each.line}"
        place = f"file={_escaped(each.file)}{line},title={_escaped(each.rule)}"
        yield f"::{_COMMANDS[each.level]} {place}::{_data(f'{each.resource}: {each.field}: {each.message}')}"
    yield summary(report, notes=notes)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(report: Report, *, version: str, notes: bool = False) -> Mapping[str, object]:
    """Return the findings in SARIF 2.1.0; `version` is the tool's."""
    shown = _shown(report, notes=notes)
    used = sorted({each.rule for each in shown})
    driver = {
        "name": "vigil check",
        "version": version,
        "rules": [{"id": each, "shortDescription": {"text": _summary(each)}} for each in used],
    }
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(each) for each in shown]}],
    }


def _result(finding: Finding) -> Mapping[str, object]:
    where = {
        "artifactLocation": {"uri": "stdin" if finding.file == "-" else _uri(finding.file)},
        "region": {"startLine": finding.line},
    }
    return {
        "ruleId": finding.rule,
        "level": finding.level.value,
        "message": {"text": f"{finding.resource}: {finding.field}: {finding.message}"},
        "locations": [{"physicalLocation": where, "logicalLocations": [_logical(finding)]}],
        "partialFingerprints": {"vigil/v1": f"{finding.rule}/{finding.resource}/{finding.field}"},
    }


def _uri(file: str) -> str:
    """The file as a URI reference: relative as it was named, an absolute path as a file's address."""
    path = file.replace("\\", "/")
    return f"{'file://' if path.startswith('/') else ''}{quote(path, safe=_IN_PATHS)}"


def _logical(finding: Finding) -> Mapping[str, object]:
    """Where the finding is among the resources, whatever the lines of the file are."""
    return {"name": finding.resource, "fullyQualifiedName": f"{finding.resource}/{finding.field}", "kind": "resource"}


def _summary(rule: str) -> str:
    known = RULES.get(rule) or PROGRAM_RULES.get(rule)
    if known is not None:
        return known.summary
    return next((each.summary for each in SET_RULES if each.id == rule), "A filter matches recorded entries")
