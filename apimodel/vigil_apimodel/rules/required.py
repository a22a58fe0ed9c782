"""Rules of fields that the API requires.

Pulumi's types refuse a missing one, but not an empty text.
"""

from collections.abc import Iterator

from vigil_apimodel.rules.conditions import of_kind
from vigil_apimodel.rules.inputs import blank, messages, present
from vigil_apimodel.rules.model import Finding, Inputs, rule
from vigil_apimodel.tokens import ALERT_POLICY, CHANNEL, EXCLUSIONS


def _empty(inputs: Inputs, *fields: str) -> Iterator[str]:
    return (field for field in fields if blank(inputs, field))


@rule("alert-required", ALERT_POLICY, source="google/monitoring/v3/alert.proto")
def of_a_policy(inputs: Inputs) -> Iterator[Finding]:
    """A policy has a name and a combiner, each condition a name, a filter and what it compares."""
    for field in _empty(inputs, "displayName", "combiner"):
        yield field, "a policy needs it: give one"
    for place, condition in messages(inputs, "conditions"):
        for field in _empty(condition, "displayName"):
            yield f"{place}.{field}", "a condition needs it: give one"
    for place, condition in of_kind(inputs, "conditionThreshold", "conditionAbsent", "conditionMatchedLog"):
        missing = () if present(condition, "filter") else ("filter",)
        for field in (*missing, *_empty(condition, "filter", "comparison", "duration")):
            yield f"{place}.{field}", "a condition needs it: give one"


@rule("channel-required", CHANNEL, source="google/monitoring/v3/notification.proto")
def of_a_channel(inputs: Inputs) -> Iterator[Finding]:
    """A channel has a type."""
    if not present(inputs, "type") or blank(inputs, "type"):
        yield "type", "a channel needs it: give one, such as email"


@rule("exclusion-required", *EXCLUSIONS, source="google/logging/v2/logging_config.proto")
def of_an_exclusion(inputs: Inputs) -> Iterator[Finding]:
    """An exclusion has a filter."""
    if not present(inputs, "filter"):
        yield "filter", "an exclusion needs it: say which entries it leaves out"
