"""Routing: which channels a team's alert notifies in which environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from vigil_components.arguments import InputProject, LabelValue, ResourceName, unknown_name, validated
from vigil_components.channels import Channel, ExistingChannel, NotificationChannel, NotificationChannelArgs
from vigil_components.severity import AlertSeverity


@validated
@dataclass(frozen=True, kw_only=True)
class Team:
    """Who owns alerts, and the channels that notify them."""

    name: LabelValue
    """Name of the team: a label of its policies, and what `team=` of a service refers to."""
    channels: Mapping[AlertSeverity, Sequence[Channel]]
    """Channels by severity. A severity without channels uses those of the other one."""

    def __post_init__(self) -> None:
        """Refuse a team that no alert can reach. Raises ValueError."""
        if not any(self.channels.values()):
            raise ValueError(f"Team {self.name!r}: channels is empty; give at least one, such as an Email for tickets")


@validated
@dataclass(frozen=True, kw_only=True)
class RoutingArgs:
    """The teams of one environment."""

    project: InputProject
    """Project that the channels belong to."""
    environment: LabelValue
    """Environment, such as `prod`: part of each channel's name."""
    pages: bool
    """Whether this environment may wake people. Where it may not, channels that do are not created."""
    teams: Sequence[Team]
    """The teams, each with its own name."""

    def __post_init__(self) -> None:
        """Refuse two teams of one name. Raises ValueError."""
        names = [team.name for team in self.teams]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"RoutingArgs: teams has {', '.join(twice)} more than once; give each its own name")


class Routing(pulumi.ComponentResource):
    """The channels of all teams in one environment, and the choice among them by (team, severity).

    Where the environment does not page, channels that wake people are not even created.
    """

    TYPE = "vigil:channels:Routing"

    project: pulumi.Input[str]
    """Project of the channels."""
    environment: str
    """Environment whose channels they are."""

    @validated
    def __init__(self, name: ResourceName, args: RoutingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register each channel once. Raises ValueError for a team without any channel left in this environment."""
        described: dict[str, object] = {
            "environment": args.environment,
            "pages": args.pages,
            "teams": sorted(team.name for team in args.teams),
        }
        if by_hand := _by_hand(args):
            described["byHand"] = by_hand
        super().__init__(self.TYPE, name, described, opts)
        self.project, self.environment = args.project, args.environment
        self._channels: dict[tuple[str, AlertSeverity], tuple[pulumi.Input[str], ...]] = {}
        for team in args.teams:
            for severity in AlertSeverity:
                channels = team.channels.get(severity, ())
                self._channels[team.name, severity] = tuple(
                    self._channel(
                        f"{name}-{team.name}-{severity.value}-{index}",
                        args,
                        team,
                        f"{team.name} {severity.value} by {_how(channels, index)} ({args.environment})",
                        channel,
                    )
                    for index, channel in enumerate(channels)
                    if args.pages or not channel.wakes
                )
            if not any(self._channels[team.name, severity] for severity in AlertSeverity):
                raise ValueError(
                    f"team {team.name!r} would get no notification in {args.environment}: it has only channels that "
                    f"wake people, and this environment does not page. Give it a ticket channel, such as an Email"
                )
        self.register_outputs({"teams": sorted(team.name for team in args.teams)})

    def _channel(self, name: str, args: RoutingArgs, team: Team, title: str, channel: Channel) -> pulumi.Input[str]:
        if isinstance(channel, ExistingChannel):
            return channel.name
        return NotificationChannel(
            name,
            NotificationChannelArgs(
                project=args.project,
                display_name=title,
                channel=channel,
                user_labels={"environment": args.environment, "managed-by": "vigil", "team": team.name},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).channel_name

    @validated
    def channels(self, team: str, severity: AlertSeverity) -> tuple[pulumi.Input[str], ...]:
        """Return the channels of `team` for `severity`, or those of the milder severity where it has none.

        Raises ValueError naming the teams there are.
        """
        if not any(name == team for name, _ in self._channels):
            raise ValueError(unknown_name("no team", team, {name for name, _ in self._channels}))
        own = self._channels[team, severity]
        others = [self._channels[team, other] for other in AlertSeverity if other is not severity]
        return own or next((channels for channels in others if channels), ())


def _by_hand(args: RoutingArgs) -> dict[str, dict[str, list[pulumi.Input[str]]]]:
    """The channels made by hand that alerts use, by team and severity: proofs compare with them who is notified."""
    found: dict[str, dict[str, list[pulumi.Input[str]]]] = {}
    for team in args.teams:
        for severity, channels in team.channels.items():
            names = [one.name for one in channels if isinstance(one, ExistingChannel) and (args.pages or not one.wakes)]
            if names:
                found.setdefault(team.name, {})[severity.value] = names
    return found


def _how(channels: Sequence[Channel], index: int) -> str:
    """Return what distinguishes a channel from others of its team and severity: its kind, and its place there."""
    kind = channels[index].spoken
    before = sum(other.spoken == kind for other in channels[:index])
    return f"{kind} {before + 1}" if before else kind
