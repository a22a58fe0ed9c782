"""The alerts of a run, read from its registrations: owner, severity, texts, channels and proof.

The documents are those of `vigil_components.proofs` and of the registered inputs of `vigil:alerts:Alert`; nothing
is read from a query or a filter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from vigil_apimodel import tokens
from vigil_components import AlertSeverity
from vigil_components.documents import ALERT
from vigil_components.testing import Registration
from vigil_proofs.recorded import Recorded
from vigil_proofs.recorded import read as read_recorded
from vigil_runner.program import Run

CHANNEL = "vigil:channels:NotificationChannel"
ROUTING = "vigil:channels:Routing"
SERVICE = "vigil:service:ServiceMonitoring"
SYSTEM = "vigil:infra:System"

Document: TypeAlias = Mapping[str, object]
FieldValue: TypeAlias = str | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """`per_minute` events of one name; `fields` are set on each. `recorded` are entries of other software."""

    event: str
    per_minute: float
    fields: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    recorded: Recorded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """One point a minute of one series; `value` as in `vigil_components.proofs.Points`."""

    metric: str
    kind: str
    value_type: str
    unit: str
    resource: str
    labels: Mapping[str, str]
    resource_labels: Mapping[str, str]
    value: float
    samples: int
    unless: Mapping[str, str] = field(default_factory=dict[str, str])
    other_value: float = 0.0
    other_samples: int = 0
    bounds: tuple[float, ...] = ()
    further_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values of the labels that the alert leaves open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is emitted and written for `lasting` minutes, then nothing for `then_silent`; `history` before."""

    lasting: int
    then_silent: int = 0
    emissions: tuple[Emission, ...] = ()
    points: tuple[Points, ...] = ()
    history: tuple[Emission, ...] = ()
    history_points: tuple[Points, ...] = ()
    history_lasting: int = 0
    history_unwatched: bool = False
    """Whether the alert is deployed after its history."""

    @property
    def minutes(self) -> int:
        """All of it."""
        return self.lasting + self.then_silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the alert's entries come from; see `vigil_components.sources.Origin`.

    `called` is the event name that its lines have instead of the usual one.
    """

    resource: str
    labels: Mapping[str, str]
    writer: str
    log: str = "run.googleapis.com/stdout"
    text: bool = False
    called: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The two cases, and where traffic is judged only from some volume on, one below it; minutes."""

    fires: Case
    stays_silent: Case
    opens_within: int
    too_little: Case | None = None
    further: "tuple[Further, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """A further case, in which an incident opens or none does."""

    name: str
    opens: bool
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenAlert:
    """One alert of a stack.

    `name` is the registration's (`vigil-api-error-ratio`), `alert` the name within its service. `policy` is the
    policy's resource name, `lasting` how many minutes its condition must hold. `channels` are those that team,
    severity and environment ask for, by resource name, or None where the alert has its own channels. `missing`
    says which part of the proof there is not.
    """

    name: str
    alert: str
    service: str
    team: str
    severity: AlertSeverity
    environment: str
    runbook: str
    title: str
    lasting: float
    event: str | None
    logs: str
    grouped_by: tuple[str, ...]
    origin: Origin
    policy: str
    policy_inputs: Document
    channels: frozenset[str] | None
    proof: Proof | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A stack's alerts, and what they share: the Google project, the environment, the level that is logged from."""

    stack: str
    project: str
    environment: str
    level: str
    alerts: tuple[ProvenAlert, ...]

    def named(self, names: Sequence[str]) -> tuple[ProvenAlert, ...]:
        """Return the alerts of these names (registration, alert or `service/alert`), or all where no name is given.

        Raises LookupError for a name that no alert has, listing those there are.
        """
        if not names:
            return self.alerts
        chosen: list[ProvenAlert] = []
        for name in names:
            found = [each for each in self.alerts if name in (each.name, each.alert, f"{each.service}/{each.alert}")]
            if not found:
                known = ", ".join(sorted(each.name for each in self.alerts))
                raise LookupError(f"stack {self.stack!r} has no alert {name!r}; it has {known}")
            chosen += found
        return tuple({each.name: each for each in chosen}.values())


def subject_of(run: Run, *, project: str) -> Subject:
    """Return the alerts that a run registered, sorted by name; `project` is the Google project that they are in."""
    system = run.of_type(SYSTEM)
    inputs = system[0].inputs if system else {}
    environment = str(inputs.get("environment") or run.stack)
    channels = _Channels(run)
    alerts = tuple(
        sorted((_alert(run, each, environment, channels) for each in run.of_type(ALERT)), key=lambda one: one.name)
    )
    return Subject(
        stack=run.stack,
        project=project,
        environment=environment,
        level=str(inputs.get("logLevel") or "INFO"),
        alerts=alerts,
    )


class _Channels:
    """The channels of a run by team and severity, from what the Routing registered."""

    def __init__(self, run: Run) -> None:
        self._by: dict[tuple[str, AlertSeverity], set[str]] = {}
        policies = {each.urn: each for each in run.registrations}
        for routing in run.of_type(ROUTING):
            by_hand = cast("Mapping[str, Mapping[str, Sequence[str]]]", routing.inputs.get("byHand", {}))
            for team in cast("Sequence[str]", routing.inputs["teams"]):
                for severity in AlertSeverity:
                    prefix = f"{routing.name}-{team}-{severity.value}-"
                    self._by[team, severity] = {
                        str((resource.outputs or {}).get("name"))
                        for component in run.children(routing)
                        if component.type == CHANNEL
                        and component.name.removeprefix(prefix).isdecimal()
                        and component.name.startswith(prefix)
                        for resource in run.children(policies[component.urn])
                    } | set(by_hand.get(team, {}).get(severity.value, ()))

    def of(self, team: str, severity: AlertSeverity) -> frozenset[str]:
        """Return the channels of the severity, or of another where it has none, as `Routing` does."""
        own = self._by.get((team, severity), set[str]())
        others = [self._by.get((team, other), set[str]()) for other in AlertSeverity if other is not severity]
        return frozenset(own or next((some for some in others if some), set[str]()))


def _alert(run: Run, registration: Registration, environment: str, channels: _Channels) -> ProvenAlert:
    inputs = registration.inputs
    (policy,) = [each for each in run.children(registration) if each.type == tokens.ALERT_POLICY]
    parents = {each.urn: each.type for each in run.registrations}
    severity, team = AlertSeverity(str(inputs["severity"])), str(inputs["team"])
    routed = parents.get(registration.parent or "") == SERVICE
    event = inputs.get("event")
    proof, missing = _proof(cast("Document", inputs.get("proof") or {}))
    return ProvenAlert(
        name=registration.name,
        alert=str(inputs["alert"]),
        service=str(inputs["service"]),
        team=team,
        severity=severity,
        environment=environment,
        runbook=str(inputs["runbook"]),
        title=str(inputs["title"]),
        lasting=float(cast("float", inputs["lastingSeconds"])) / 60,
        event=None if event is None else str(event),
        logs=str(inputs["logs"]),
        grouped_by=tuple(cast("Sequence[str]", inputs.get("groupedBy") or ())),
        origin=_origin(cast("Document", inputs["origin"])),
        policy=str((policy.outputs or {})["name"]),
        policy_inputs=policy.inputs,
        channels=channels.of(team, severity) if routed else None,
        proof=proof,
        missing=missing,
    )


def _origin(document: Document) -> Origin:
    return Origin(
        resource=str(document["resource"]),
        labels=cast("Mapping[str, str]", document["labels"]),
        writer=str(document["writer"]),
        log=str(document["log"]),
        text=document.get("text") is True,
    )


def _proof(document: Document) -> tuple[Proof | None, tuple[str, ...]]:
    cases = {name: cast("Document | None", document.get(name)) for name in ("fires", "staysSilent", "tooLittle")}
    read = {name: _case(one) for name, one in cases.items() if one is not None}
    missing = [
        words
        for name, words in (("fires", "a case in which it fires"), ("staysSilent", "a near miss"))
        if name not in read or not read[name].minutes
    ]
    if missing:
        return None, tuple(missing)
    return (
        Proof(
            fires=read["fires"],
            stays_silent=read["staysSilent"],
            opens_within=_minutes(document["opensWithinSeconds"]),
            too_little=read.get("tooLittle"),
            further=tuple(
                Further(name=str(one["name"]), opens=one["opens"] is True, case=_case(cast("Document", one["case"])))
                for one in cast("Sequence[Document]", document.get("further") or ())
            ),
        ),
        (),
    )


def _case(document: Document) -> Case:
    return Case(
        lasting=_minutes(document["lastingSeconds"]),
        then_silent=_minutes(document["thenSilentSeconds"]),
        emissions=_counted_once(cast("Sequence[Document]", document["emissions"])),
        history=_counted_once(cast("Sequence[Document]", document.get("history") or ())),
        history_points=tuple(_points(each) for each in cast("Sequence[Document]", document.get("historyPoints") or ())),
        history_lasting=_minutes(document.get("historySeconds") or 0),
        history_unwatched=document.get("historyUnwatched") is True,
        points=tuple(_points(each) for each in cast("Sequence[Document]", document["points"])),
    )


def _counted_once(documents: Sequence[Document]) -> tuple[Emission, ...]:
    """Return emissions that together write the stated number of entries of each document.

    Where the filter of a whole also takes the entries of its part, as that of all requests takes the failed ones, what
    the part writes is a part of the whole's number.
    """
    found = [_emission(each) for each in documents]
    return tuple(
        replace(one, per_minute=max(0.0, one.per_minute - sum(part.per_minute for part in found if _within(part, one))))
        for one in found
    )


def _within(part: Emission, whole: Emission) -> bool:
    if part.recorded is None or whole.recorded is None or part.event == whole.event:
        return False
    taken = all(whole.recorded.counts(entry) for entry in part.recorded.matching)
    return taken and not all(part.recorded.counts(entry) for entry in whole.recorded.matching)


def _emission(document: Document) -> Emission:
    return Emission(
        event=str(document["event"]),
        per_minute=float(cast("float", document["perMinute"])),
        fields=cast("Mapping[str, FieldValue]", document.get("fields") or {}),
        recorded=read_recorded(cast("Document", document["recorded"])) if "recorded" in document else None,
    )


def _points(document: Document) -> Points:
    return Points(
        metric=str(document["metric"]),
        kind=str(document["kind"]),
        value_type=str(document["valueType"]),
        unit=str(document["unit"]),
        resource=str(document["resource"]),
        labels=cast("Mapping[str, str]", document.get("labels") or {}),
        resource_labels=cast("Mapping[str, str]", document.get("resourceLabels") or {}),
        value=float(cast("float", document["value"])),
        samples=int(cast("int", document["samples"])),
        unless=cast("Mapping[str, str]", document.get("unless") or {}),
        other_value=float(cast("float", document.get("otherValue") or 0.0)),
        other_samples=int(cast("int", document.get("otherSamples") or 0)),
        bounds=tuple(float(one) for one in cast("list[float]", document.get("bounds") or [])),
        further_labels=cast("Mapping[str, str]", document.get("furtherLabels") or {}),
    )


def _minutes(seconds: object) -> int:
    """Whole minutes, a begun one counted: cases are played minute by minute."""
    return -(-int(cast("int", seconds)) // 60)
