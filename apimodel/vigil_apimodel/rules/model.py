"""What a rule is, and how rules are run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Inputs = Mapping[str, object]
"""A resource's inputs as Pulumi sends them: camelCase keys, plain values."""

Finding = tuple[str, str]
"""The field (`conditions[0].conditionThreshold.duration`) and what is wrong with it, remedy included."""


class Severity(StrEnum):
    """How sure the rule is of its number."""

    ERROR = "error"
    """The API refuses it, or it can never do what it says."""
    WARNING = "warning"
    """It is accepted but known to go wrong, or the number is from an old or conflicting source."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule: which, in which field, and what to do."""

    rule: str
    field: str
    message: str
    severity: Severity = Severity.ERROR
    resource: str = ""
    """The resource's name, where several were checked together."""

    def __str__(self) -> str:
        """`error alert-duration conditions[0]...: message`, the resource first where it is known."""
        place = f"{self.resource}: " if self.resource else ""
        return f"{place}{self.severity} {self.rule} at {self.field}: {self.message}"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a program, for rules that look at several."""

    type: str
    name: str
    inputs: Inputs


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of one resource: its check yields what is wrong."""

    id: str
    types: tuple[str, ...]
    severity: Severity
    summary: str
    source: str
    server: str
    """What Google answers where the rule is broken, as far as it is known; `...` stands for what varies."""
    check: Callable[[Inputs], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class ProgramRule:
    """A rule of all resources of a program together: its check yields (resource name, field, message)."""

    id: str
    severity: Severity
    summary: str
    source: str
    server: str
    check: Callable[[Sequence[Resource]], Iterable[tuple[str, str, str]]]


RULES: dict[str, Rule] = {}
PROGRAM_RULES: dict[str, ProgramRule] = {}
_BY_TYPE: dict[str, list[Rule]] = {}

_Check = Callable[[Inputs], Iterator[Finding]]
_ProgramCheck = Callable[[Sequence[Resource]], Iterator[tuple[str, str, str]]]


def rule(
    identifier: str, *types: str, source: str, severity: Severity = Severity.ERROR, server: str = ""
) -> Callable[[_Check], _Check]:
    """Register a check of one resource's inputs; the first line of its docstring is the rule's summary."""

    def register(check: _Check) -> _Check:
        _new(identifier)
        found = Rule(identifier, types, severity, _summary(check), source, server, check)
        RULES[identifier] = found
        for resource_type in types:
            _BY_TYPE.setdefault(resource_type, []).append(found)
        return check

    return register


def program_rule(
    identifier: str, *, source: str, severity: Severity = Severity.ERROR, server: str = ""
) -> Callable[[_ProgramCheck], _ProgramCheck]:
    """Register a check of all resources together; the first line of its docstring is the rule's summary."""

    def register(check: _ProgramCheck) -> _ProgramCheck:
        _new(identifier)
        PROGRAM_RULES[identifier] = ProgramRule(identifier, severity, _summary(check), source, server, check)
        return check

    return register


def check(resource_type: str, inputs: Inputs) -> list[Violation]:
    """Return all rules that the inputs of a resource break, in the order of the rules.

    `resource_type` is Pulumi's token (`gcp:monitoring/alertPolicy:AlertPolicy`), `inputs` are its wire inputs. What is
    not known yet (an unknown of a preview, a secret, a `${NAME}` placeholder) breaks no rule; a type without rules has
    none to break.
    """
    return [
        Violation(found.id, field, message, found.severity)
        for found in _BY_TYPE.get(resource_type, ())
        for field, message in found.check(inputs)
    ]


def check_program(resources: Iterable[Resource]) -> list[Violation]:
    """Return the rules that a program's resources break, each by itself and together: quotas, colliding names."""
    known = list(resources)
    violations = [
        Violation(broken.rule, broken.field, broken.message, broken.severity, resource.name)
        for resource in known
        for broken in check(resource.type, resource.inputs)
    ]
    return [*violations, *check_together(known)]


def check_together(resources: Iterable[Resource]) -> list[Violation]:
    """Return what only all resources of a program together break: quotas, names that collide."""
    known = list(resources)
    return [
        Violation(found.id, field, message, found.severity, name)
        for found in PROGRAM_RULES.values()
        for name, field, message in found.check(known)
    ]


def _new(identifier: str) -> None:
    if identifier in RULES or identifier in PROGRAM_RULES:
        raise ValueError(f"rule {identifier!r} exists already: choose another identifier")


def _summary(check: object) -> str:
    text = getattr(check, "__doc__", None)
    if not text:
        raise ValueError(f"{check!r} has no docstring: its first line is the rule's summary")
    return str(text).strip().splitlines()[0].rstrip(".")
