"""Everything in a program, watched: a watch for each supported resource, and a report of the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import pulumi

from vigil_components.arguments import LabelValue, Name, OneLine, ResourceName, is_label_value, unknown_name, validated
from vigil_components.context import MonitoringContext
from vigil_components.service import ServiceMonitoring, ServiceMonitoringArgs
from vigil_components.sources import Source
from vigil_components.watch import Watch
from vigil_components.watches._program import ProgramResource, ProgramResources
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
    """Region of resources that name none, such as the provider's `gcp:region`. Default: such resources are reported."""
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Inputs that are Outputs, by the name of the resource in the program: `{"uploads": {"name": "shop-uploads"}}`."""
    teams: Mapping[str, LabelValue] = field(default_factory=dict[str, str])
    """Team of a resource that belongs to another, by its name in the program. Default: `team`."""
    adjust: Mapping[str, Callable[[Watch], Watch]] = field(default_factory=dict[str, Callable[[Watch], Watch]])
    """What to make of a resource's watch, by its name in the program: `{"db": lambda it: it.without("sql-cpu")}`."""
    leave_out: Sequence[Name] = ()
    """Resources by their name in the program, types such as `gcp:storage/bucket:Bucket`, or alerts by their name."""


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A resource with its watch."""

    resource: ProgramResource
    source: Source
    watch: Watch
    kind: str


class Everything(pulumi.ComponentResource):
    """The watches of everything in a program, a `ServiceMonitoring` for each resource.

    Its inputs list what is watched, by which alerts, and what is not, with the reason; the same is logged.
    """

    TYPE = "vigil:watches:Everything"

    services: Mapping[str, ServiceMonitoring]
    """The monitoring of each resource, by its name in the program."""
    reasons: Mapping[str, str]
    """What is not watched, each resource or type with the reason."""

    @validated
    def __init__(self, name: ResourceName, args: EverythingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the watches. Raises ValueError for a name of `args` that no resource has."""
        unseen = args.resources.unseen
        found = args.resources.close(name)
        _refuse_unknown(args, found)
        plans, unwatched = _planned(args, found)
        unwatched |= dict.fromkeys(unseen, "it was made before ProgramResources(): make that first, or use its add")
        super().__init__(
            self.TYPE,
            name,
            {
                "watched": [
                    {
                        "resource": plan.resource.name,
                        "type": plan.resource.type,
                        "watch": plan.kind,
                        "alerts": [alert.name for alert in plan.watch.alerts],
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
            pulumi.log.info(f"{name}: {plan.resource.name} ({plan.resource.type}): {plan.kind}: {alerts}", self)
        self.reasons = unwatched
        self.services = {
            plan.resource.name: ServiceMonitoring(
                f"{name}-{plan.resource.name}",
                ServiceMonitoringArgs(
                    context=args.context,
                    source=plan.source,
                    team=args.teams.get(plan.resource.name, args.team),
                    watch=plan.watch,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for plan in plans
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


def _refuse_unknown(args: EverythingArgs, found: Sequence[ProgramResource]) -> None:
    names = {one.name for one in found}
    for argument, given in (("known", args.known), ("teams", args.teams), ("adjust", args.adjust)):
        for each in given:
            if each not in names:
                raise ValueError(unknown_name(f"watch_everything: {argument}: no resource is named", each, names))


def _planned(args: EverythingArgs, found: Sequence[ProgramResource]) -> tuple[list[_Plan], dict[str, str]]:
    plans: list[_Plan] = []
    unwatched: dict[str, str] = {}
    others: dict[str, int] = {}
    left = {*args.leave_out}
    for one in found:
        if one.name in left or one.type in left:
            unwatched[one.name] = "the program leaves it out"
        elif one.type not in SUPPORTED:
            others[one.type] = others.get(one.type, 0) + 1
        else:
            plan = _plan(one, args)
            if isinstance(plan, str):
                unwatched[f"{one.name} ({one.type})"] = plan
            elif any(plan.source == other.source for other in plans):
                unwatched[one.name] = "the watch of another resource includes it"
            else:
                plans.append(plan)
    for type_, count in sorted(others.items()):
        unwatched[f"{count} {type_}"] = OTHERWISE.get(type_, "there is no watch for this type")
    plans = list(_named_apart(plans))
    alerts = {alert.name for plan in plans for alert in plan.watch.alerts}
    used = {one.name for one in found} | {one.type for one in found}
    for each in args.leave_out:
        if each not in used and each not in alerts:
            raise ValueError(
                unknown_name("watch_everything: leave_out: no resource, type or alert is named", each, used | alerts)
            )
    return [replace(plan, watch=_without(plan.watch, left & alerts)) for plan in plans], unwatched


def _plan(one: ProgramResource, args: EverythingArgs) -> _Plan | str:
    supported = SUPPORTED[one.type]
    inputs: dict[str, object] = {
        **_defaults(args),
        **{key: held for key, held in one.inputs.items() if held is not None},
    }
    inputs |= args.known.get(one.name, {})
    missing = [needed for needed in supported.needs if not isinstance(inputs.get(needed), str)]
    if missing:
        which = " and ".join(f"its {needed} is {_unknown(inputs.get(needed))}" for needed in missing)
        remedy = ", ".join(f'"{needed}": "..."' for needed in missing)
        return f'{which}; name it in the program, or give known={{"{one.name}": {{{remedy}}}}}'
    try:
        source, watch = supported.watched({needed: str(inputs[needed]) for needed in supported.needs}, inputs)
    except (ValueError, TypeError) as error:
        return text_without_call(error)
    adjust = args.adjust.get(one.name)
    return _Plan(resource=one, source=source, watch=watch if adjust is None else adjust(watch), kind=supported.watch)


def _defaults(args: EverythingArgs) -> dict[str, object]:
    region = {"region": args.region, "location": args.region} if args.region else {}
    return {**region, "project": args.context.project}


def _unknown(value: object) -> str:
    return "not given, so that Pulumi makes one up" if value is None else "an Output, which a preview does not know"


def _named_apart(plans: Iterable[_Plan]) -> Iterator[_Plan]:
    """Yield the plans with an id for each source whose name an earlier one has, since ids of metrics begin with it."""
    taken: set[str] = set()
    for plan in plans:
        source = plan.source
        if source.service in taken:
            kind = plan.resource.type.rpartition(":")[2].lower()
            beside = f"{source.service}-{kind}"[:63]
            number = 1
            while beside in taken or not is_label_value(beside):
                number += 1
                beside = f"{source.service[:40]}-{kind[:16]}-{number}"
            source = cast("Source", replace(source, id=beside))  # pyright: ignore[reportArgumentType] - all sources are dataclasses
        taken.add(source.service)
        yield replace(plan, source=source)


def _without(watch: Watch, alerts: set[str]) -> Watch:
    return watch.without(*(alert.name for alert in watch.alerts if alert.name in alerts))
