# ruff: noqa: INP001 - the engine runs this folder as a program, it is no package
"""The rules of vigil_apimodel as Pulumi policies: errors are mandatory, warnings advisory.

For other programs: `pulumi preview --policy-pack path/to/policy`, or these policies within your own pack.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from vigil_apimodel.rules import PROGRAM_RULES, RULES, UNKNOWN, ProgramRule, Resource, Rule, Severity

NAME = "vigil"
LEVELS = {Severity.ERROR: EnforcementLevel.MANDATORY, Severity.WARNING: EnforcementLevel.ADVISORY}


def policies() -> list[Policy]:
    """A policy for each rule, under the rule's identifier."""
    return [*map(_resource_policy, RULES.values()), *map(_stack_policy, PROGRAM_RULES.values())]


def plain(value: object) -> object:
    """The value without the proxies around it; what is not known during a preview becomes UNKNOWN."""
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        return {key: _known(lambda key=key: fields[key]) for key in fields}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        elements = cast("Sequence[object]", value)
        return [_known(lambda index=index: elements[index]) for index in range(len(elements))]
    return value


def _known(read: Callable[[], object]) -> object:
    try:
        return plain(read())
    except UnknownValueError:
        return UNKNOWN


def _inputs(props: Mapping[str, object]) -> dict[str, object]:
    return cast("dict[str, object]", plain(props))


def _resource_policy(rule: Rule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type in rule.types:
            for field, message in rule.check(_inputs(args.props)):
                report(f"{field}: {message}", None)

    return ResourceValidationPolicy(rule.id, f"{rule.summary}.", validate, LEVELS[rule.severity])


def _stack_policy(rule: ProgramRule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [Resource(found.resource_type, found.urn, _inputs(found.props)) for found in args.resources]
        urns = {resource.name for resource in resources}
        for name, field, message in rule.check(resources):
            report(f"{field}: {message}", name if name in urns else None)

    return StackValidationPolicy(rule.id, f"{rule.summary}.", validate, LEVELS[rule.severity])
