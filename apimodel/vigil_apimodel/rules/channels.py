"""Rules of notification channels."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vigil_apimodel import limits
from vigil_apimodel.rules.inputs import blank, literal, mapping, opaque, present, too_long
from vigil_apimodel.rules.model import Finding, Inputs, rule
from vigil_apimodel.tokens import CHANNEL

_DESCRIPTORS = "https://cloud.google.com/monitoring/alerts/using-channels-api (channel descriptors)"
_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+\Z")
_SECRETS: Mapping[str, str] = MappingProxyType(
    {"auth_token": "authToken", "password": "password", "service_key": "serviceKey"}
)
"""Labels that are secrets, with the provider's field in sensitiveLabels."""


@dataclass(frozen=True, slots=True)
class _Type:
    """What a channel type needs: plain labels, and secret ones."""

    labels: tuple[str, ...]
    secrets: tuple[str, ...] = ()


TYPES: Mapping[str, _Type] = MappingProxyType(
    {
        "email": _Type(("email_address",)),
        "google_chat": _Type(("space",)),
        "pagerduty": _Type((), ("service_key",)),
        "pubsub": _Type(("topic",)),
        "slack": _Type(("channel_name",), ("auth_token",)),
        "sms": _Type(("number",)),
        "webhook_basicauth": _Type(("url", "username"), ("password",)),
        "webhook_tokenauth": _Type(("url",)),
    }
)
"""The channel types that can be created by the API, with the labels that they need."""


@rule("channel-description", CHANNEL, source="google/monitoring/v3/notification.proto")
def description(inputs: Inputs) -> Iterator[Finding]:
    """A channel's description has at most 1,024 characters."""
    yield from too_long(inputs, "description", chars=limits.CHANNEL_DESCRIPTION_CHARS)


_LEGACY = ("mobile", "campfire", "hipchat")
"""Types that a project may still have, and nobody makes by the API."""


@rule(
    "channel-type",
    CHANNEL,
    source=_DESCRIPTORS,
    server='Field notification_channel.type had an invalid value of "...": Unrecognized channel type.',
)
def channel_type(inputs: Inputs) -> Iterator[Finding]:
    """A channel's type is one that Monitoring describes."""
    found = literal(inputs, "type")
    if found and found not in TYPES and found not in _LEGACY:
        yield "type", f"there is no type {found!r}: give one of {', '.join(TYPES)}"


@rule("channel-labels", CHANNEL, source=_DESCRIPTORS)
def labels(inputs: Inputs) -> Iterator[Finding]:
    """A channel has the labels that its type needs."""
    found = TYPES.get(literal(inputs, "type") or "")
    if found is None:
        return
    plain, sensitive = mapping(inputs, "labels"), mapping(inputs, "sensitiveLabels")
    for name in found.labels:
        if (not present(plain, name) or blank(plain, name)) and not opaque(inputs, "labels"):
            yield f"labels.{name}", f"a channel of type {inputs.get('type')} needs it"
    for name in found.secrets:
        field = _SECRETS[name]
        secret = present(sensitive, field) or present(sensitive, f"{field}Wo") or present(plain, name)
        if not secret and not opaque(inputs, "sensitiveLabels"):
            yield f"sensitiveLabels.{field}", f"a channel of type {inputs.get('type')} needs it, as a secret"


@rule(
    "channel-secret",
    CHANNEL,
    source="hashicorp/terraform-provider-google#2839, #9564, #22052: the API obfuscates them, each update differs",
)
def secret(inputs: Inputs) -> Iterator[Finding]:
    """Secrets stand in sensitiveLabels."""
    for name, field in _SECRETS.items():
        if present(mapping(inputs, "labels"), name):
            yield f"labels.{name}", f"this is a secret: move it to sensitiveLabels.{field}"


@rule("channel-topic", CHANNEL, source=_DESCRIPTORS)
def topic(inputs: Inputs) -> Iterator[Finding]:
    """A Pub/Sub channel names its topic in full."""
    found = literal(mapping(inputs, "labels"), "topic")
    if literal(inputs, "type") == "pubsub" and found is not None and not _TOPIC.match(found):
        yield "labels.topic", f"{found!r}: use the topic's .id, projects/P/topics/T"


@rule("channel-url", CHANNEL, source=_DESCRIPTORS)
def url(inputs: Inputs) -> Iterator[Finding]:
    """A webhook's address is a URL."""
    found = literal(mapping(inputs, "labels"), "url")
    webhook = (literal(inputs, "type") or "").startswith("webhook")
    if webhook and found is not None and not found.startswith(("https://", "http://")):
        yield "labels.url", "this is no URL: write https://..."
