"""Notification channels, and which of them a team's alert uses in which environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pulumi
from pulumi_gcp import monitoring

from vigil_components.checked import checked
from vigil_components.severity import Alarm


@dataclass(frozen=True, kw_only=True)
class Email:
    """A mailbox. ``address`` should be a group's: a person's mailbox is on holiday when it matters."""

    address: str

    wakes = False
    spoken = "email"


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """An HTTP endpoint with basic authentication.

    The password goes into a write-only field, so it is never in the state; raise ``password_version`` when it changes.
    """

    url: str
    username: str
    password: pulumi.Input[str] = field(repr=False)
    password_version: int = 1

    wakes = False
    spoken = "webhook"


@dataclass(frozen=True, kw_only=True)
class TokenWebhook:
    """An HTTP endpoint that knows its caller by a token in the address (``?auth_token=...``), or by the address alone.

    The API has no secret field for it: the whole address is marked secret, and ends up encrypted in the state. Prefer
    Webhook where the receiver takes basic authentication.
    """

    url: str
    token: pulumi.Input[str] | None = field(default=None, repr=False)

    wakes = False
    spoken = "webhook"


@dataclass(frozen=True, kw_only=True)
class PagerDuty:
    """A PagerDuty service, by its integration key: it wakes people, so environments that do not page leave it out."""

    service_key: pulumi.Input[str] = field(repr=False)
    service_key_version: int = 1

    wakes = True
    spoken = "PagerDuty"


@dataclass(frozen=True, kw_only=True)
class PubSub:
    """A Pub/Sub topic: ``projects/PROJECT/topics/TOPIC``. The Monitoring service agent needs to publish to it."""

    topic: str

    wakes = False
    spoken = "Pub/Sub"


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A channel made by hand, by its resource name: Slack and SMS ask a person to authorise or verify them.

    ``wakes`` says whether it is one that wakes people, such as SMS.
    """

    name: str
    wakes: bool = False

    spoken = "a channel made by hand"


Channel: TypeAlias = Email | Webhook | TokenWebhook | PagerDuty | PubSub | Existing


@dataclass(frozen=True, kw_only=True)
class ChannelArgs:
    """``display_name`` is what people see in Monitoring; ``channel`` what is behind it."""

    project: str
    display_name: str
    channel: Email | Webhook | TokenWebhook | PagerDuty | PubSub
    user_labels: Mapping[str, str] = field(default_factory=dict[str, str])


class NotificationChannel(pulumi.ComponentResource):
    """One notification channel. Deleting it also takes it off the policies that still name it."""

    TYPE = "vigil:channels:NotificationChannel"

    channel: monitoring.NotificationChannel
    channel_name: pulumi.Output[str]

    def __init__(self, name: str, args: ChannelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the channel."""
        super().__init__(self.TYPE, name, {"displayName": args.display_name, "kind": type(args.channel).__name__}, opts)
        self.channel = monitoring.NotificationChannel(
            f"{name}-channel", checked(name, channel_args(args)), opts=pulumi.ResourceOptions(parent=self)
        )
        self.channel_name = self.channel.name
        self.register_outputs({"channelName": self.channel.name})


def channel_args(args: ChannelArgs) -> monitoring.NotificationChannelArgs:
    """The channel's arguments."""
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


def _kind(
    channel: Email | Webhook | TokenWebhook | PagerDuty | PubSub,
) -> tuple[str, dict[str, pulumi.Input[str]], monitoring.NotificationChannelSensitiveLabelsArgs | None]:
    """The API's type, its labels and its secrets (projects.notificationChannelDescriptors)."""
    match channel:
        case Email(address=address):
            return "email", {"email_address": address}, None
        case Webhook(url=url, username=username, password=password, password_version=version):
            secrets = monitoring.NotificationChannelSensitiveLabelsArgs(
                password_wo=pulumi.Output.secret(password), password_wo_version=str(version)
            )
            return "webhook_basicauth", {"url": url, "username": username}, secrets
        case TokenWebhook(url=url, token=None):
            return "webhook_tokenauth", {"url": pulumi.Output.secret(url)}, None
        case TokenWebhook(url=url, token=token):
            joint = "&" if "?" in url else "?"
            address = pulumi.Output.secret(token).apply(lambda value: f"{url}{joint}auth_token={value}")
            return "webhook_tokenauth", {"url": address}, None
        case PagerDuty(service_key=key, service_key_version=version):
            secrets = monitoring.NotificationChannelSensitiveLabelsArgs(
                service_key_wo=pulumi.Output.secret(key), service_key_wo_version=str(version)
            )
            return "pagerduty", {}, secrets
        case PubSub(topic=topic):
            return "pubsub", {"topic": topic}, None


@dataclass(frozen=True, kw_only=True)
class Team:
    """Who owns alerts, and how they hear of them: channels by severity.

    A severity without channels of its own uses those of the next milder one.
    """

    name: str
    channels: Mapping[Alarm, Sequence[Channel]]


@dataclass(frozen=True, kw_only=True)
class RoutingArgs:
    """``pages`` says whether this environment may wake people; staging's is False."""

    project: str
    environment: str
    pages: bool
    teams: Sequence[Team]


class Routing(pulumi.ComponentResource):
    """The channels of all teams in one environment, and the choice among them by (team, severity).

    Where the environment does not page, channels that wake people are not even created.
    """

    TYPE = "vigil:channels:Routing"

    def __init__(self, name: str, args: RoutingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register each channel once. Raises ValueError for a team without any channel left in this environment."""
        super().__init__(
            self.TYPE,
            name,
            {"environment": args.environment, "pages": args.pages, "teams": sorted(team.name for team in args.teams)},
            opts,
        )
        self._channels: dict[tuple[str, Alarm], tuple[pulumi.Input[str], ...]] = {}
        for team in args.teams:
            for alarm in Alarm:
                channels = team.channels.get(alarm, ())
                self._channels[team.name, alarm] = tuple(
                    self._channel(
                        f"{name}-{team.name}-{alarm.value}-{index}",
                        args,
                        team,
                        f"{team.name} {alarm.value} by {_how(channels, index)} ({args.environment})",
                        channel,
                    )
                    for index, channel in enumerate(channels)
                    if args.pages or not channel.wakes
                )
            if not any(self._channels[team.name, alarm] for alarm in Alarm):
                raise ValueError(
                    f"team {team.name!r} would hear of nothing in {args.environment}: it has no channel but ones that "
                    f"wake people, and this environment does not page. Give it a ticket channel, such as an Email"
                )
        self.register_outputs({"teams": sorted(team.name for team in args.teams)})

    def _channel(self, name: str, args: RoutingArgs, team: Team, title: str, channel: Channel) -> pulumi.Input[str]:
        if isinstance(channel, Existing):
            return channel.name
        return NotificationChannel(
            name,
            ChannelArgs(
                project=args.project,
                display_name=title,
                channel=channel,
                user_labels={"environment": args.environment, "managed-by": "vigil", "team": team.name},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).channel_name

    def channels(self, team: str, alarm: Alarm) -> tuple[pulumi.Input[str], ...]:
        """The channels of ``team`` for ``alarm``, or those of the milder severity where it has none.

        Raises KeyError naming the teams there are.
        """
        if not any(name == team for name, _ in self._channels):
            raise KeyError(f"no team {team!r}; the teams are {sorted({name for name, _ in self._channels})}")
        own = self._channels[team, alarm]
        others = [self._channels[team, other] for other in Alarm if other is not alarm]
        return own or next((channels for channels in others if channels), ())


def _how(channels: Sequence[Channel], index: int) -> str:
    """What tells a channel from its team's others of the same severity: its kind, and which one of that kind."""
    kind = channels[index].spoken
    before = sum(other.spoken == kind for other in channels[:index])
    return f"{kind} {before + 1}" if before else kind
