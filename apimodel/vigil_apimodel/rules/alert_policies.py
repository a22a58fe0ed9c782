"""Rules of an alert policy as a whole: its texts, its strategy, its channels."""

import re
from collections.abc import Iterator

from vigil_apimodel import limits
from vigil_apimodel.rules.conditions import KINDS, kinds_of
from vigil_apimodel.rules.inputs import (
    items,
    literal,
    malformed_duration,
    mapping,
    messages,
    opaque,
    present,
    seconds,
    text,
    too_long,
    user_labels,
    within,
)
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.tokens import ALERT_POLICY, CHANNEL, CUSTOM_SERVICE, SLO, UPTIME_CHECK

_ALERT_PROTO = "google/monitoring/v3/alert.proto"
_SOLE = {"conditionMatchedLog": "log match", "conditionMonitoringQueryLanguage": "MQL"}
_CHANNEL_NAME = re.compile(r"projects/[^/]+/notificationChannels/[^/]+\Z")


def _log_match(inputs: Inputs) -> bool:
    return any("conditionMatchedLog" in kinds_of(condition) for _, condition in messages(inputs, "conditions"))


@rule("alert-condition-count", ALERT_POLICY, source=_ALERT_PROTO)
def condition_count(inputs: Inputs) -> Iterator[Finding]:
    """A policy has 1 to 6 conditions."""
    found = items(inputs, "conditions")
    if len(found) > limits.ALERT_CONDITIONS:
        message = f"{len(found)} conditions, at most {limits.ALERT_CONDITIONS} are allowed: split the policy"
        yield "conditions", message
    if isinstance(inputs.get("conditions"), list) and not found:
        yield "conditions", "a policy without conditions watches nothing: add one"


@rule("alert-condition-kind", ALERT_POLICY, source=_ALERT_PROTO)
def condition_kind(inputs: Inputs) -> Iterator[Finding]:
    """A condition has exactly one type."""
    for place, condition in messages(inputs, "conditions"):
        found = kinds_of(condition)
        if len(found) != 1:
            choices = ", ".join(KINDS)
            yield place, f"{len(found)} condition types ({', '.join(found) or 'none'}): give exactly one of {choices}"


@rule(
    "alert-sole-condition",
    ALERT_POLICY,
    source=_ALERT_PROTO,
    server="Alert policies with a log matching condition can only have a single condition.",
)
def sole_condition(inputs: Inputs) -> Iterator[Finding]:
    """A log-match or MQL condition is the only one of its policy."""
    conditions = messages(inputs, "conditions")
    if len(conditions) < 2:  # noqa: PLR2004 - more than one
        return
    for place, condition in conditions:
        for kind in kinds_of(condition):
            if kind in _SOLE:
                message = f"a {_SOLE[kind]} condition must be the only condition: put the others into another policy"
                yield f"{place}.{kind}", message


@rule("display-name-length", ALERT_POLICY, CHANNEL, source="google/monitoring/v3/alert.proto, notification.proto")
def display_name(inputs: Inputs) -> Iterator[Finding]:
    """The display name of a policy or channel has at most 512 characters."""
    yield from too_long(inputs, "displayName", chars=limits.DISPLAY_NAME_CHARS)


@rule("alert-documentation-size", ALERT_POLICY, source=_ALERT_PROTO)
def documentation_size(inputs: Inputs) -> Iterator[Finding]:
    """Documentation has at most 8,192 characters and 10,240 bytes, its subject at most 10,240 bytes."""
    found = mapping(inputs, "documentation")
    content = too_long(found, "content", chars=limits.DOCUMENTATION_CHARS, size=limits.DOCUMENTATION_BYTES)
    yield from within("documentation", content)
    yield from within("documentation", too_long(found, "subject", size=limits.DOCUMENTATION_SUBJECT_BYTES))


@rule("alert-subject-length", ALERT_POLICY, severity=Severity.WARNING, source=_ALERT_PROTO)
def subject_length(inputs: Inputs) -> Iterator[Finding]:
    """A subject is cut to 255 bytes."""
    shown = limits.DOCUMENTATION_SUBJECT_SHOWN_BYTES
    yield from within("documentation", too_long(mapping(inputs, "documentation"), "subject", size=shown))


@rule("alert-documentation-format", ALERT_POLICY, source=_ALERT_PROTO)
def documentation_format(inputs: Inputs) -> Iterator[Finding]:
    """Documentation is Markdown."""
    mime = literal(mapping(inputs, "documentation"), "mimeType")
    if mime not in (None, "", "text/markdown"):
        yield "documentation.mimeType", f"{mime!r} is not supported: write text/markdown, or leave it out"


@rule("alert-documentation-links", ALERT_POLICY, source=_ALERT_PROTO)
def documentation_links(inputs: Inputs) -> Iterator[Finding]:
    """At most 3 links, each with a name of 1 to 63 characters and a URL of at most 2,083."""
    documentation = mapping(inputs, "documentation")
    links = messages(documentation, "links")
    if len(links) > limits.DOCUMENTATION_LINKS:
        yield (
            "documentation.links",
            f"{len(links)} links, at most {limits.DOCUMENTATION_LINKS} are allowed: put the others into the content",
        )
    for place, link in links:
        where = f"documentation.{place}"
        yield from within(where, too_long(link, "displayName", chars=limits.DOCUMENTATION_LINK_NAME_CHARS))
        yield from within(where, too_long(link, "url", chars=limits.DOCUMENTATION_LINK_URL_CHARS))
        if text(link, "displayName") == "" or not present(link, "displayName"):
            yield f"{where}.displayName", "a link needs a name of 1 to 63 characters"


@rule("user-labels", ALERT_POLICY, CHANNEL, SLO, UPTIME_CHECK, CUSTOM_SERVICE, source=_ALERT_PROTO)
def labels(inputs: Inputs) -> Iterator[Finding]:
    """User labels: at most 64, lower case, keys and values of at most 63 characters and 128 bytes."""
    yield from user_labels(
        inputs,
        "userLabels",
        most=limits.USER_LABELS,
        chars=limits.USER_LABEL_CHARS,
        size=limits.USER_LABEL_BYTES,
    )


@rule("alert-severity", ALERT_POLICY, source=_ALERT_PROTO)
def severity(inputs: Inputs) -> Iterator[Finding]:
    """A severity is CRITICAL, ERROR or WARNING."""
    found = literal(inputs, "severity")
    if found not in (None, "", "SEVERITY_UNSPECIFIED", "CRITICAL", "ERROR", "WARNING"):
        yield "severity", f"{found!r} is no severity: write CRITICAL, ERROR or WARNING"


@rule("alert-combiner", ALERT_POLICY, source=_ALERT_PROTO)
def combiner(inputs: Inputs) -> Iterator[Finding]:
    """A combiner is AND, OR or AND_WITH_MATCHING_RESOURCE."""
    found = literal(inputs, "combiner")
    if found not in (None, "AND", "OR", "AND_WITH_MATCHING_RESOURCE"):
        yield "combiner", f"{found!r} is no combiner: write AND, OR or AND_WITH_MATCHING_RESOURCE"


@rule(
    "alert-rate-limit-required",
    ALERT_POLICY,
    source=_ALERT_PROTO,
)
def rate_limit_required(inputs: Inputs) -> Iterator[Finding]:
    """A log-match policy limits its notifications."""
    strategy = mapping(inputs, "alertStrategy")
    if opaque(inputs, "alertStrategy") or opaque(strategy, "notificationRateLimit"):
        return
    if _log_match(inputs) and not present(mapping(strategy, "notificationRateLimit"), "period"):
        message = 'a log-match policy needs a rate limit: add notificationRateLimit {period: "300s"}'
        yield "alertStrategy.notificationRateLimit", message


@rule(
    "alert-rate-limit-forbidden",
    ALERT_POLICY,
    source=_ALERT_PROTO,
    server="Field alertStrategy.notificationRateLimit had an invalid value of ...: only log-based alert policies may "
    "specify a notification rate limit",
)
def rate_limit_forbidden(inputs: Inputs) -> Iterator[Finding]:
    """Only a log-match policy limits its notifications."""
    known = [kind for _, condition in messages(inputs, "conditions") for kind in kinds_of(condition)]
    if known and not _log_match(inputs) and present(mapping(inputs, "alertStrategy"), "notificationRateLimit"):
        message = "only log-match policies may have a rate limit: remove it; a condition's duration calms an alert"
        yield "alertStrategy.notificationRateLimit", message


@rule(
    "alert-rate-limit-short",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="https://cloud.google.com/logging/docs/alerting/log-based-incidents",
)
def rate_limit_short(inputs: Inputs) -> Iterator[Finding]:
    """A log-match policy notifies once in 5 minutes at most, whatever its rate limit."""
    found = seconds(mapping(mapping(inputs, "alertStrategy"), "notificationRateLimit"), "period")
    if found is not None and found < limits.NOTIFICATION_PERIOD_SECONDS:
        message = f'{found:g} seconds has no effect, 5 minutes is the least: write "300s" or more'
        yield "alertStrategy.notificationRateLimit.period", message


@rule("alert-prompts", ALERT_POLICY, source=_ALERT_PROTO)
def prompts(inputs: Inputs) -> Iterator[Finding]:
    """A log-match policy notifies when an incident opens, and only then."""
    found = items(mapping(inputs, "alertStrategy"), "notificationPrompts")
    if _log_match(inputs) and any(prompt == "CLOSED" for prompt in found):
        message = "a log-match policy notifies of OPENED only: remove CLOSED"
        yield "alertStrategy.notificationPrompts", message


@rule(
    "alert-auto-close",
    ALERT_POLICY,
    source="server's answer (nomadkaraoke/karaoke-gen#788)",
    server='Field alertStrategy.autoClose had an invalid value of "seconds: 600": the autoclose duration should be at '
    "least 30 minutes",
)
def auto_close(inputs: Inputs) -> Iterator[Finding]:
    """An incident closes by itself after 30 minutes at the earliest."""
    strategy = mapping(inputs, "alertStrategy")
    wrong = malformed_duration(strategy, "autoClose")
    if wrong:
        yield "alertStrategy.autoClose", wrong
    found = seconds(strategy, "autoClose")
    if found is not None and found < limits.AUTO_CLOSE_MINIMUM_SECONDS:
        message = f'{found:g} seconds, at least {limits.AUTO_CLOSE_MINIMUM_SECONDS} are needed: write "1800s"'
        yield "alertStrategy.autoClose", message


@rule(
    "alert-auto-close-long",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="the longest value in GoogleCloudPlatform/monitoring-dashboard-samples; unverified",
)
def auto_close_long(inputs: Inputs) -> Iterator[Finding]:
    """An incident closes by itself within 7 days."""
    found = seconds(mapping(inputs, "alertStrategy"), "autoClose")
    if found is not None and found > limits.AUTO_CLOSE_MAXIMUM_SECONDS:
        message = f'{found:g} seconds is more than 7 days, which may be refused: write "604800s" or less'
        yield "alertStrategy.autoClose", message


@rule(
    "alert-channel-count",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="https://cloud.google.com/monitoring/quotas (an old copy)",
)
def channel_count(inputs: Inputs) -> Iterator[Finding]:
    """A policy has at most 16 channels."""
    found = items(inputs, "notificationChannels")
    if len(found) > limits.POLICY_CHANNELS:
        message = f"{len(found)} channels, at most {limits.POLICY_CHANNELS} are allowed: notify a group instead"
        yield "notificationChannels", message


@rule("alert-channel-name", ALERT_POLICY, source="crossplane/provider-upjet-gcp#498; google/monitoring/v3/alert.proto")
def channel_name(inputs: Inputs) -> Iterator[Finding]:
    """Channels are named in full."""
    found = items(inputs, "notificationChannels")
    for index, name in enumerate(found):
        known = literal({"name": name}, "name")
        if known is not None and not _CHANNEL_NAME.match(known):
            message = f"{known!r} is no channel's name: use the channel's .name, projects/P/notificationChannels/ID"
            yield f"notificationChannels[{index}]", message
