"""Everything in a program, watched: a watch for each supported resource, and a report of the others."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

import pulumi

from vigil_components.arguments import (
    LabelValue,
    Name,
    OneLine,
    PositiveCount,
    ResourceName,
    is_label_value,
    unknown_name,
    validated,
)
from vigil_components.context import MonitoringContext
from vigil_components.service import ServiceMonitoring, ServiceMonitoringArgs
from vigil_components.sources import CloudRunService, Source
from vigil_components.watch import Watch
from vigil_components.watches._fleet import cloud_run_fleet, fleet_health
from vigil_components.watches._program import UNKNOWN, ProgramResource, ProgramResources
from vigil_components.watches._supported import OTHERWISE, SUPPORTED
from vigil_telemetry.arguments import text_without_call


@validated
@dataclass(frozen=True, kw_only=True)
class EverythingArgs:
    """What `watch_everything` watches, and how."""

    context: MonitoringContext
    """What the watches share with the stack's other services."""
    team: LabelValue
    """Name of the team that owns the resources; the routing knows it."""
    resources: ProgramResources
    """The resources of the program: make it above them, `resources = ProgramResources()`."""
    region: OneLine = ""
    """Region of resources that name none, where the stack's `gcp:region` or their provider names none either.

    Default: such resources are reported.
    """
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Inputs that are Outputs, by the name of the resource in the program: `{"uploads": {"name": "shop-uploads"}}`.

    Where resources of several types have one name, write the type before it: `gcp:storage/bucket:Bucket::uploads`.
    """
    teams: Mapping[str, LabelValue] = field(default_factory=dict[str, str])
    """Team of a resource that belongs to another, by its name in the program. Default: `team`."""
    adjust: Mapping[str, Callable[[Watch], Watch]] = field(default_factory=dict[str, Callable[[Watch], Watch]])
    """What to make of a resource's watch, by its name in the program: `{"db": lambda it: it.without("sql-cpu")}`."""
    leave_out: Sequence[Name] = ()
    """Resources by their name in the program, types such as `gcp:storage/bucket:Bucket`, or alerts by their name."""
    fleet_from: PositiveCount = 20
    """From how many Cloud Run services of a region and a team on they are watched as one fleet, `fleet-REGION`.

    A service that `adjust` names keeps its own watch. Default: 20, whose own watches would be 200 alerts, of the 500
    that a project may have.
    """


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A resource with its watch."""

    resource: ProgramResource
    source: Source
    watch: Watch
    kind: str
    part: str = ""
    """What part of the resource it is, where several have a watch each; empty for the first."""
    members: tuple[str, ...] = ()
    """Resources that it stands for, by their names; empty for one resource."""
    team: str = ""
    """Team of a fleet; empty where the arguments say it."""

    @property
    def called(self) -> str:
        """Its name for `adjust`, `teams` and `leave_out`, and in reports."""
        return f"{self.resource.name}-{self.part}" if self.part else self.resource.name


class Everything(pulumi.ComponentResource):
    """The watches of everything in a program, a `ServiceMonitoring` for each resource.

    Its inputs list what is watched, by which alerts, and what is not, with the reason; the same is logged.
    """

    TYPE = "vigil:watches:Everything"

    services: Mapping[str, ServiceMonitoring]
    """The monitoring of each resource, by its name in the program; `TYPE::NAME` where several have one name."""
    reasons: Mapping[str, str]
    """What is not watched, each resource or type with the reason."""

    @validated
    def __init__(self, name: ResourceName, args: EverythingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the watches. Raises ValueError for a name of `args` that no resource has."""
        unseen = args.resources.unseen
        found = args.resources.close(name)
        plans, unwatched = _planned(args, found)
        unwatched |= dict.fromkeys(unseen, "it was made before ProgramResources(): make that first, or use its add")
        super().__init__(
            self.TYPE,
            name,
            {
                "watched": [
                    {
                        "resource": plan.called,
                        "type": plan.resource.type,
                        "watch": plan.kind,
                        "alerts": [alert.name for alert in plan.watch.alerts],
                        **({"members": list(plan.members)} if plan.members else {}),
                    }
                    for plan in plans
                ],
                "unwatched": unwatched,
            },
            opts,
        )
        for what, reason in unwatched.items():
            pulumi.log.warn(f"{name}: not watched: {what}: {reason}", self)
        for plan in plans:
            alerts = ", ".join(alert.name for alert in plan.watch.alerts) or "no alert"
            what = f"{len(plan.members)} {plan.resource.type}" if plan.members else plan.resource.type
            pulumi.log.info(f"{name}: {plan.called} ({what}): {plan.kind}: {alerts}", self)
        self.reasons = unwatched
        self.services = {
            called: ServiceMonitoring(
                f"{name}-{called}".replace("::", "-"),
                ServiceMonitoringArgs(
                    context=args.context,
                    source=plan.source,
                    team=_team(args, plan),
                    watch=plan.watch,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for called, plan in _called_apart(plans)
        }
        self.register_outputs({"resources": sorted(self.services)})


@validated
def watch_everything(
    name: ResourceName, args: EverythingArgs, opts: pulumi.ResourceOptions | None = None
) -> Everything:
    """Watch every supported resource that a program made since `ProgramResources()`, and report the others.

    Call it at the end of the program: what is made later is reported and not watched. Raises ValueError for a name in
    `known`, `teams`, `adjust` or `leave_out` that nothing has.
    """
    return Everything(name, args, opts)


def _refuse_unknown(args: EverythingArgs, found: Sequence[ProgramResource], plans: Sequence[_Plan]) -> None:
    names = {each for one in found for each in (one.name, one.urn_end)}
    parts = {plan.called for plan in plans}
    for argument, mapping in (("known", args.known), ("teams", args.teams), ("adjust", args.adjust)):
        offered = names if argument == "known" else names | parts
        for each in mapping:
            where = f"watch_everything: {argument}"
            if each not in offered:
                raise ValueError(unknown_name(f"{where}: no resource is named", each, offered))
            meant = {one.urn_end: one for one in found if each in (one.name, one.urn_end) and one.type in SUPPORTED}
            if len(meant) > 1:
                raise ValueError(f"{where}: several resources are named {each!r}; give one of {', '.join(meant)}")
            if argument == "known":
                for one in meant.values():
                    _refuse_inputs(f"{where}: {each!r}: its watch reads no input", args.known[each], one)


def _refuse_inputs(where: str, known: Mapping[str, str], one: ProgramResource) -> None:
    inputs = SUPPORTED[one.type].inputs
    for name in known:
        if name not in inputs:
            raise ValueError(unknown_name(where, name, inputs))


_Value = TypeVar("_Value")


def _value_of(by_name: Mapping[str, _Value], one: ProgramResource) -> _Value | None:
    """Return what is given for a resource: by its type and name, or by its name."""
    return by_name.get(one.urn_end, by_name.get(one.name))


def _planned(args: EverythingArgs, found: Sequence[ProgramResource]) -> tuple[list[_Plan], dict[str, str]]:
    """Return what is watched, and what is not with the reason. Raises ValueError for a name that nothing has."""
    plans, unwatched = _possible(args, found)
    plans = _fleets(plans, args)
    _refuse_unknown(args, found, plans)
    left, parts = {*args.leave_out}, {plan.called: plan for plan in plans}
    unwatched |= {f"{name} ({parts[name].resource.type})": _LEFT_OUT for name in args.leave_out if name in parts}
    plans = list(_named_apart(_adjusted(plan, args) for plan in plans if plan.called not in left))
    alerts = {alert.name for plan in plans for alert in plan.watch.alerts}
    used = {each for one in found for each in (one.name, one.type, one.urn_end)} | {*parts}
    for each in args.leave_out:
        if each not in used and each not in alerts:
            raise ValueError(
                unknown_name("watch_everything: leave_out: no resource, type or alert is named", each, used | alerts)
            )
    return [replace(plan, watch=_without(plan.watch, left & alerts)) for plan in plans], unwatched


_LEFT_OUT = "the program leaves it out"


def _possible(args: EverythingArgs, found: Sequence[ProgramResource]) -> tuple[list[_Plan], dict[str, str]]:
    """Return a watch for each resource that can have one, and why the others have none."""
    plans: list[_Plan] = []
    unwatched: dict[str, str] = {}
    others, left = Counter[str](), {*args.leave_out}
    for one in found:
        shown = f"{one.name} ({one.type})"
        if not left.isdisjoint((one.name, one.type, one.urn_end)):
            unwatched[shown] = _LEFT_OUT
        elif one.type not in SUPPORTED:
            others[one.type] += 1
        else:
            made = _plans_of(one, args, found)
            if isinstance(made, str):
                unwatched[shown] = made
            elif any(made[0].source == other.source for other in plans):
                unwatched[shown] = "the watch of another resource includes it"
            else:
                plans += made
    for type_, count in sorted(others.items()):
        unwatched[f"{count} {type_}"] = OTHERWISE.get(type_, "there is no watch for this type")
    return plans, unwatched


def _plans_of(one: ProgramResource, args: EverythingArgs, found: Sequence[ProgramResource]) -> list[_Plan] | str:
    """Return the watches of a resource, or why it has none."""
    supported = SUPPORTED[one.type]
    known = _value_of(args.known, one) or {}
    inputs: dict[str, object] = {
        **_defaults(one, args),
        **supported.around(found),
        **_not_none(supported.derived(one.inputs)),
        **_not_none(one.inputs),
        **known,
    }
    project = inputs["project"]
    if isinstance(project, str) and project != args.context.project:
        return f"it is in the project {project}; watch it in a program whose context has that project"
    if project is UNKNOWN:
        return "its provider was made before ProgramResources(), so that its project is not known; make that first"
    missing = [needed for needed in supported.needs if not isinstance(inputs.get(needed), str)]
    if missing:
        which = " and ".join(f"its {needed} is {_unknown(needed, inputs.get(needed))}" for needed in missing)
        remedy = ", ".join(f'"{needed}": "..."' for needed in missing)
        return f'{which}; name it in the program, or give known={{"{one.name}": {{{remedy}}}}}'
    try:
        texts = {needed: str(inputs[needed]) for needed in supported.needs}
        parts = {"": supported.watched(texts, inputs), **supported.more(texts, inputs)}
    except (ValueError, TypeError) as error:
        return text_without_call(error)
    kinds = supported.watch.split(", ")
    return [
        _Plan(resource=one, source=source, watch=watch, kind=kinds[min(number, len(kinds) - 1)], part=part)
        for number, (part, (source, watch)) in enumerate(parts.items())
    ]


def _fleets(plans: Sequence[_Plan], args: EverythingArgs) -> list[_Plan]:
    """Return the plans with one for all Cloud Run services of a region and a team, where they are many."""
    groups: dict[tuple[str, str], list[_Plan]] = {}
    for plan in plans:
        if isinstance(plan.source, CloudRunService) and _value_of(args.adjust, plan.resource) is None:
            groups.setdefault((plan.source.location, _team(args, plan)), []).append(plan)
    many = {key: group for key, group in groups.items() if len(group) >= args.fleet_from}
    within = {id(plan) for group in many.values() for plan in group}
    fleets = [_fleet(location, team, group, args) for (location, team), group in many.items()]
    return [plan for plan in plans if id(plan) not in within] + fleets


def _fleet(location: str, team: str, group: Sequence[_Plan], args: EverythingArgs) -> _Plan:
    name = f"fleet-{location}" + ("" if team == args.team else f"-{team}")
    services = sorted(cast("CloudRunService", plan.source).name for plan in group)
    source = cloud_run_fleet(name, location=location, services=services)
    return _Plan(
        resource=ProgramResource(name=name, type=group[0].resource.type),
        source=source,
        watch=fleet_health(source),
        kind="fleet_health",
        members=tuple(plan.resource.name for plan in group),
        team=team,
    )


def _team(args: EverythingArgs, plan: _Plan) -> str:
    return args.teams.get(plan.called) or _value_of(args.teams, plan.resource) or plan.team or args.team


def _adjusted(plan: _Plan, args: EverythingArgs) -> _Plan:
    """Return the plan with its watch as `adjust` makes it. Raises TypeError where that is no watch."""
    adjust = args.adjust.get(plan.called) if plan.part else _value_of(args.adjust, plan.resource)
    if adjust is None:
        return plan
    where = f"watch_everything: adjust: {plan.called!r}"
    try:
        adjusted = cast("object", adjust(plan.watch))
    except ValueError as error:
        raise ValueError(f"{where}: {text_without_call(error)}") from error
    if not isinstance(adjusted, Watch):
        raise TypeError(f"{where}: the function returns {adjusted!r}; return a Watch, such as watch.without(...)")
    return replace(plan, watch=adjusted)


def _not_none(inputs: Mapping[str, object]) -> dict[str, object]:
    return {key: held for key, held in inputs.items() if held is not None}


def _defaults(one: ProgramResource, args: EverythingArgs) -> dict[str, object]:
    region = one.defaults.get("region", args.region or None)
    return _not_none({"project": args.context.project, **one.defaults, "region": region, "location": region})


def _unknown(name: str, value: object) -> str:
    if value is not None:
        return "an Output, which a preview does not know"
    return "not given, so that Pulumi makes one up" if name == "name" else "not given"


def _called_apart(plans: Sequence[_Plan]) -> Iterator[tuple[str, _Plan]]:
    """Yield each plan with what it is called: its name in the program, with its type where several have the name."""
    names = Counter(plan.called for plan in plans)
    ends = Counter[str]()
    for plan in plans:
        end = f"{plan.resource.type}::{plan.called}"
        ends[end] += 1
        again = f"-{ends[end]}" if ends[end] > 1 else ""  # components of two types may each have one
        yield (plan.called if names[plan.called] == 1 else end) + again, plan


def _named_apart(plans: Iterable[_Plan]) -> Iterator[_Plan]:
    """Yield the plans with an id for each source whose name an earlier one has, since ids of metrics begin with it."""
    taken: set[str] = set()  # as PromQL writes them, where dashes are underscores
    for plan in plans:
        source = plan.source
        if _in_promql(source.service) in taken:
            kind = plan.resource.type.rpartition(":")[2].lower()
            beside = f"{source.service}-{kind}"[:63]
            number = 1
            while _in_promql(beside) in taken or not is_label_value(beside):
                number += 1
                beside = f"{source.service[:40]}-{kind[:16]}-{number}"
            source = cast("Source", replace(source, id=beside))  # pyright: ignore[reportArgumentType] - all sources are dataclasses
        taken.add(_in_promql(source.service))
        yield replace(plan, source=source)


def _in_promql(service: str) -> str:
    return service.replace("-", "_")


def _without(watch: Watch, alerts: set[str]) -> Watch:
    return watch.without(*(alert.name for alert in watch.alerts if alert.name in alerts))
