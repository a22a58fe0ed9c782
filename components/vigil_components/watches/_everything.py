"""Everything in a program, watched: a watch for each supported resource, and a report of the others."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

import pulumi

from vigil_components.arguments import LabelValue, Name, OneLine, ResourceName, is_label_value, unknown_name, validated
from vigil_components.context import MonitoringContext
from vigil_components.service import ServiceMonitoring, ServiceMonitoringArgs
from vigil_components.sources import Source
from vigil_components.watch import Watch
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
    """Region of resources that name none, such as the provider's `gcp:region`. Default: such resources are reported."""
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
    """The monitoring of each resource, by its name in the program; `TYPE::NAME` where several have one name."""
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
            called: ServiceMonitoring(
                f"{name}-{called}".replace("::", "-"),
                ServiceMonitoringArgs(
                    context=args.context,
                    source=plan.source,
                    team=_given(args.teams, plan.resource) or args.team,
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


def _refuse_unknown(args: EverythingArgs, found: Sequence[ProgramResource]) -> None:
    names = {each for one in found for each in (one.name, one.urn_end)}
    for argument, given in (("known", args.known), ("teams", args.teams), ("adjust", args.adjust)):
        for each in given:
            where = f"watch_everything: {argument}"
            if each not in names:
                raise ValueError(unknown_name(f"{where}: no resource is named", each, names))
            meant = {one.urn_end: one for one in found if each in (one.name, one.urn_end) and one.type in SUPPORTED}
            if len(meant) > 1:
                raise ValueError(f"{where}: several resources are named {each!r}; give one of {', '.join(meant)}")
            if argument == "known":
                for one in meant.values():
                    _refuse_inputs(f"{where}: {each!r}: its watch reads no input", args.known[each], one)


def _refuse_inputs(where: str, given: Mapping[str, str], one: ProgramResource) -> None:
    inputs = SUPPORTED[one.type].inputs
    for name in given:
        if name not in inputs:
            raise ValueError(unknown_name(where, name, inputs))


_Given = TypeVar("_Given")


def _given(by_name: Mapping[str, _Given], one: ProgramResource) -> _Given | None:
    """Return what is given for a resource: by its type and name, or by its name."""
    return by_name.get(one.urn_end, by_name.get(one.name))


def _planned(args: EverythingArgs, found: Sequence[ProgramResource]) -> tuple[list[_Plan], dict[str, str]]:
    plans: list[_Plan] = []
    unwatched: dict[str, str] = {}
    others: dict[str, int] = {}
    left = {*args.leave_out}
    for one in found:
        shown = f"{one.name} ({one.type})"
        if not left.isdisjoint((one.name, one.type, one.urn_end)):
            unwatched[shown] = "the program leaves it out"
        elif one.type not in SUPPORTED:
            others[one.type] = others.get(one.type, 0) + 1
        else:
            plan = _plan(one, args)
            if isinstance(plan, str):
                unwatched[shown] = plan
            elif any(plan.source == other.source for other in plans):
                unwatched[shown] = "the watch of another resource includes it"
            else:
                plans.append(plan)
    for type_, count in sorted(others.items()):
        unwatched[f"{count} {type_}"] = OTHERWISE.get(type_, "there is no watch for this type")
    plans = list(_named_apart(plans))
    alerts = {alert.name for plan in plans for alert in plan.watch.alerts}
    used = {each for one in found for each in (one.name, one.type, one.urn_end)}
    for each in args.leave_out:
        if each not in used and each not in alerts:
            raise ValueError(
                unknown_name("watch_everything: leave_out: no resource, type or alert is named", each, used | alerts)
            )
    return [replace(plan, watch=_without(plan.watch, left & alerts)) for plan in plans], unwatched


def _plan(one: ProgramResource, args: EverythingArgs) -> _Plan | str:
    supported = SUPPORTED[one.type]
    known = _given(args.known, one) or {}
    inputs: dict[str, object] = {**_defaults(one, args), **_not_none(one.inputs), **known}
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
        source, watch = supported.watched({needed: str(inputs[needed]) for needed in supported.needs}, inputs)
    except (ValueError, TypeError) as error:
        return text_without_call(error)
    adjust = _given(args.adjust, one)
    adjusted = watch if adjust is None else _adjusted(one.name, watch, adjust)
    return _Plan(resource=one, source=source, watch=adjusted, kind=supported.watch)


def _adjusted(name: str, watch: Watch, adjust: Callable[[Watch], object]) -> Watch:
    where = f"watch_everything: adjust: {name!r}"
    try:
        adjusted = adjust(watch)
    except ValueError as error:
        raise ValueError(f"{where}: {text_without_call(error)}") from error
    if not isinstance(adjusted, Watch):
        raise TypeError(f"{where}: the function returns {adjusted!r}; return a Watch, such as watch.without(...)")
    return adjusted


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
    names = Counter(plan.resource.name for plan in plans)
    ends = Counter[str]()
    for plan in plans:
        end = plan.resource.urn_end
        ends[end] += 1
        again = f"-{ends[end]}" if ends[end] > 1 else ""  # components of two types may each have one
        yield (plan.resource.name if names[plan.resource.name] == 1 else end) + again, plan


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
