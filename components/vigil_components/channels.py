"""Notification channels: where an alert's notification goes.

Each kind has two class variables: `wakes`, whether it wakes people, and `spoken`, its name in the titles of channels.
`routing` chooses the channels of an alert.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, TypeAlias

import pulumi
from pulumi_gcp import monitoring

from vigil_components.arguments import (
    Address,
    InputName,
    InputProject,
    Name,
    ResourceName,
    SecretAddress,
    Version,
    validated,
    without_credential,
)
from vigil_components.checked import checked
from vigil_telemetry.arguments import matching

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TOPIC = re.compile(r"projects/[^/\s]+/topics/[^/\s]+")
_SLACK = re.compile(r"#[^\s#]{1,80}")
_SPACE = re.compile(r"spaces/[A-Za-z0-9_-]+")
_CHANNEL = re.compile(r"projects/[^/\s]+/notificationChannels/[^/\s]+")


EmailAddress: TypeAlias = Annotated[str, matching(_EMAIL, "give one address, such as 'shop@example.com'")]
"""An email address."""

TopicName: TypeAlias = Annotated[
    str,
    matching(_TOPIC, "give the topic's full name, 'projects/PROJECT/topics/TOPIC'"),
]
"""The full name of a Pub/Sub topic."""

SlackName: TypeAlias = Annotated[str, matching(_SLACK, "give the channel with its '#', such as '#shop'")]
"""The name of a Slack channel."""

SpaceName: TypeAlias = Annotated[
    str,
    matching(
        _SPACE,
        "give the space's resource name, 'spaces/ID', as its address in Google Chat ends",
    ),
]
"""The resource name of a Google Chat space."""

ChannelName: TypeAlias = Annotated[
    str,
    matching(
        _CHANNEL,
        "give the channel's resource name, 'projects/PROJECT/notificationChannels/ID'",
    ),
]
"""The resource name of a notification channel."""


@validated
@dataclass(frozen=True, kw_only=True)
class Email:
    """A mailbox that Monitoring writes to."""

    address: pulumi.Input[EmailAddress]
    """Address of a group rather than of a person, who is on holiday when it matters."""

    wakes: ClassVar[bool] = False
    spoken: ClassVar[str] = "email"


@validated
@dataclass(frozen=True, kw_only=True)
class Webhook:
    """An HTTP endpoint with basic authentication."""

    url: pulumi.Input[Address] = field(repr=False)
    """Address that Monitoring posts to."""
    username: InputName
    """User of the basic authentication."""
    password: InputName = field(repr=False)
    """Password of the basic authentication. It goes into a write-only field, so it is never in the state."""
    password_version: Version = 1
    """Raised when the password changes, since a write-only field shows no change. Default: 1."""

    wakes: ClassVar[bool] = False
    spoken: ClassVar[str] = "webhook"


@validated
@dataclass(frozen=True, kw_only=True)
class TokenWebhook:
    """An HTTP endpoint that knows its caller by a token in the address (`?auth_token=...`), or by the address alone.

    The API has no secret field for it: the whole address is marked secret, and is encrypted in the state. Prefer
    `Webhook` where the receiver takes basic authentication.
    """

    url: pulumi.Input[SecretAddress] = field(repr=False)
    """Address that Monitoring posts to; a secret where it identifies the caller by itself."""
    token: InputName | None = field(default=None, repr=False)
    """Value of `auth_token`. Default: none, the address alone."""

    wakes: ClassVar[bool] = False
    spoken: ClassVar[str] = "webhook"


@validated
@dataclass(frozen=True, kw_only=True)
class Slack:
    """A channel of a Slack workspace. The app whose token it is must have been invited to the channel.

    Slack has no quiet hours or escalation that Monitoring knows of: route pages to a service that has.
    """

    channel: pulumi.Input[SlackName]
    """Name of the channel with its `#`."""
    team: InputName
    """Name of the Slack workspace: Monitoring writes it back, and without it each preview shows a change."""
    token: InputName = field(repr=False)
    """Bot token with the scope `chat:write`. It goes into a write-only field, so it is never in the state."""
    token_version: Version = 1
    """Raised when the token changes, since a write-only field shows no change. Default: 1."""

    wakes: ClassVar[bool] = False
    spoken: ClassVar[str] = "Slack"


@validated
@dataclass(frozen=True, kw_only=True)
class GoogleChat:
    """A Google Chat space. Somebody adds the app "Google Cloud Monitoring" to the space first."""

    space: pulumi.Input[SpaceName]
    """Resource name of the space, `spaces/ID`."""

    wakes: ClassVar[bool] = False
    spoken: ClassVar[str] = "Google Chat"


@validated
@dataclass(frozen=True, kw_only=True)
class PagerDuty:
    """A PagerDuty service. It wakes people, so environments that do not page leave it out."""

    service_key: InputName = field(repr=False)
    """Integration key of the service. It goes into a write-only field, so it is never in the state."""
    service_key_version: Version = 1
    """Raised when the key changes, since a write-only field shows no change. Default: 1."""

    wakes: ClassVar[bool] = True
    spoken: ClassVar[str] = "PagerDuty"


@validated
@dataclass(frozen=True, kw_only=True)
class PubSub:
    """A Pub/Sub topic. Monitoring's service agent needs the permission to publish to it."""

    topic: pulumi.Input[TopicName]
    """Full name, `projects/PROJECT/topics/TOPIC`: the `id` of a `pubsub.Topic`."""

    wakes: ClassVar[bool] = False
    spoken: ClassVar[str] = "Pub/Sub"


@validated
@dataclass(frozen=True, kw_only=True)
class ExistingChannel:
    """A channel made by hand: SMS and the console's Slack integration ask a person to verify or authorise them."""

    name: pulumi.Input[ChannelName]
    """Resource name, `projects/PROJECT/notificationChannels/ID`."""
    wakes: bool = False
    """Whether it wakes people, as SMS does. Default: no."""

    spoken: ClassVar[str] = "a channel made by hand"


CreatedChannel: TypeAlias = Email | Webhook | TokenWebhook | Slack | GoogleChat | PagerDuty | PubSub
"""A channel that the stack makes."""

Channel: TypeAlias = CreatedChannel | ExistingChannel
"""A channel that alerts notify."""


@validated
@dataclass(frozen=True, kw_only=True)
class NotificationChannelArgs:
    """One notification channel."""

    project: InputProject
    """Project that the channel belongs to."""
    display_name: Name
    """What people read in Monitoring."""
    channel: CreatedChannel
    """What is behind it."""
    user_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the channel. Default: none."""


class NotificationChannel(pulumi.ComponentResource):
    """One notification channel. Deleting it also takes it off the policies that still name it."""

    TYPE = "vigil:channels:NotificationChannel"

    channel: monitoring.NotificationChannel
    channel_name: pulumi.Output[str]

    @validated
    def __init__(
        self, name: ResourceName, args: NotificationChannelArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register the channel."""
        super().__init__(self.TYPE, name, {"displayName": args.display_name, "kind": type(args.channel).__name__}, opts)
        self.channel = monitoring.NotificationChannel(
            f"{name}-channel", checked(name, channel_args(args)), opts=pulumi.ResourceOptions(parent=self)
        )
        self.channel_name = self.channel.name
        self.register_outputs({"channelName": self.channel.name})


@validated
def channel_args(args: NotificationChannelArgs) -> monitoring.NotificationChannelArgs:
    """Return the channel's arguments."""
    kind, labels, secrets = _kind(args.channel)
    return monitoring.NotificationChannelArgs(
        project=args.project,
        display_name=args.display_name,
        type=kind,
        labels=labels or None,
        sensitive_labels=secrets,
        user_labels=dict(args.user_labels) or None,
        enabled=True,
        force_delete=True,
    )


def _kind(  # noqa: PLR0911 - one for each kind of channel
    channel: CreatedChannel,
) -> tuple[str, dict[str, pulumi.Input[str]], monitoring.NotificationChannelSensitiveLabelsArgs | None]:
    """Return the API's type, its labels and its secrets (projects.notificationChannelDescriptors)."""
    match channel:
        case Email(address=address):
            return "email", {"email_address": address}, None
        case Webhook(url=url, username=username, password=password, password_version=version):
            secrets = monitoring.NotificationChannelSensitiveLabelsArgs(
                password_wo=pulumi.Output.secret(password), password_wo_version=str(version)
            )
            address = without_credential("Webhook: url", url)
            return "webhook_basicauth", {"url": address, "username": username}, secrets
        case TokenWebhook(url=url, token=None):
            return "webhook_tokenauth", {"url": pulumi.Output.secret(url)}, None
        case TokenWebhook(url=url, token=token):
            address = pulumi.Output.all(pulumi.Output.from_input(url), pulumi.Output.secret(token)).apply(_with_token)
            return "webhook_tokenauth", {"url": address}, None
        case Slack(channel=name, team=team, token=token, token_version=version):
            secrets = monitoring.NotificationChannelSensitiveLabelsArgs(
                auth_token_wo=pulumi.Output.secret(token), auth_token_wo_version=str(version)
            )
            return "slack", {"channel_name": name, "team": team}, secrets
        case GoogleChat(space=space):
            return "google_chat", {"space": space}, None
        case PagerDuty(service_key=key, service_key_version=version):
            secrets = monitoring.NotificationChannelSensitiveLabelsArgs(
                service_key_wo=pulumi.Output.secret(key), service_key_wo_version=str(version)
            )
            return "pagerduty", {}, secrets
        case PubSub(topic=topic):
            return "pubsub", {"topic": topic}, None


def _with_token(parts: list[str]) -> str:
    url, token = parts
    return f"{url}{'&' if '?' in url else '?'}auth_token={token}"
