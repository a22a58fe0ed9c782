"""A check: sources read, rules run, findings placed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from vigil_apimodel import rules
from vigil_emulator.logging.entry import Entry
from vigil_runner.check import _baseline
from vigil_runner.check._finding import Finding, Level, Report
from vigil_runner.check._found import Found
from vigil_runner.check._recorded import unmatched
from vigil_runner.check._set_rules import SET_RULES, Broken
from vigil_runner.check._sources import Source


def check(
    sources: Iterable[Source],
    *,
    entries: Sequence[Entry] = (),
    accepted: Sequence[_baseline.Accepted] = (),
    passed_over: Sequence[str] = (),
) -> Report:
    """Run all rules over the resources of the sources together.

    `entries` are log entries that filters should match; without any, that is not checked. `accepted` are findings
    to leave out; `passed_over` are files to name in the report. Raises UnreadableError for a source in which nothing
    is recognised.
    """
    lines: dict[str, Source] = {}
    resources: list[Found] = []
    for source in sources:
        lines[source.file] = source
        resources += source.resources()
    single = list(_single(resources, lines))
    refused = frozenset(_place(each) for each in single if each.level is Level.ERROR)
    several = (each for each in _several(resources, entries, lines) if not _repeats(each, refused))
    found = [*single, *several]
    found.sort(key=lambda each: (each.file, each.line, each.rule))
    serious = [each for each in found if each.level is not Level.NOTE]
    new, known, stale = _baseline.split(serious, accepted)
    return Report(
        findings=tuple(new),
        notes=tuple(each for each in found if each.level is Level.NOTE),
        accepted=tuple(known),
        stale=tuple(f"{one.rule} of {one.resource!r} at {one.field}" for one in stale),
        counted=dict(Counter(each.type for each in resources)),
        passed_over=tuple(passed_over),
    )


def _place(finding: Finding) -> tuple[str, str, str]:
    return finding.file, finding.resource, finding.field


def _repeats(finding: Finding, refused: frozenset[tuple[str, str, str]]) -> bool:
    """Return whether a finding says only what a rule of the field says already, with its remedy."""
    return (
        finding.rule in {"set-refused-field", "set-promql-syntax", "set-unreachable-threshold"}
        and _place(finding) in refused
    )


def _single(resources: Sequence[Found], lines: dict[str, Source]) -> Iterator[Finding]:
    """The rules of apimodel, for each resource and for all together."""
    named = {str(index): each for index, each in enumerate(resources)}
    for broken in rules.check_program(rules.Resource(each.type, key, each.inputs) for key, each in named.items()):
        found = named.get(broken.resource)
        if found is not None:
            yield _finding((found, broken.field, broken.message), broken.rule, Level(broken.severity.value), lines)


def _several(resources: Sequence[Found], entries: Sequence[Entry], lines: dict[str, Source]) -> Iterator[Finding]:
    """The rules over the set."""
    for rule in SET_RULES:
        for broken in rule.check(resources):
            yield _finding(broken, rule.id, rule.level, lines)
    if entries:
        for broken in unmatched(resources, entries):
            yield _finding(broken, "set-filter-matches-none", Level.WARNING, lines)


def _finding(broken: Broken, rule: str, level: Level, lines: dict[str, Source]) -> Finding:
    found, field, message = broken
    return Finding(
        rule=rule,
        level=level,
        file=found.file,
        line=lines[found.file].line(found, field),
        resource=found.name,
        type=found.type,
        field=field,
        message=message,
        in_one_line=lines[found.file].in_one_line,
    )
