"""What must hold of an alert after its cases were played, each breach as one sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vigil_apimodel.json_values import JsonObject, child, children, text, text_map
from vigil_proofs.documents import Case, Further, ProvenAlert
from vigil_proofs.play import OpenedIncident, PlayedCase, query_of
from vigil_proofs.timetable import Times
from vigil_proofs.written import written_for

_NOTHING: JsonObject = {}
SHOWN: Final = 4
"""How many of an alert's incidents a breach names, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """An alert's cases after playing."""

    fires: PlayedCase
    stays_silent: PlayedCase
    too_little: PlayedCase | None = None
    enough: PlayedCase | None = None
    further: tuple[tuple[Further, PlayedCase], ...] = ()

    def all(self) -> Iterator[tuple[str, PlayedCase]]:
        """Yield every case that was played, by its name."""
        yield "fires", self.fires
        yield "near miss", self.stays_silent
        if self.too_little is not None:
            yield "too little", self.too_little
        if self.enough is not None:
            yield "just enough", self.enough
        yield from ((one.name, played) for one, played in self.further)

    def times(self, policy: str) -> tuple[tuple[str, Times], ...]:
        """Return when a policy's incidents opened and closed, by the name of the case."""
        return tuple(
            (label, tuple((one.opened, one.closed) for one in played.of(policy))) for label, played in self.all()
        )


@dataclass(frozen=True, slots=True)
class Breach:
    """What does not hold. `case` is `fires`, `near miss` or `too little`; `kind` a short name of it."""

    case: str
    kind: str
    message: str


def breaches(alert: ProvenAlert, policy: JsonObject, cases: Cases, *, name: str | None = None) -> tuple[Breach, ...]:
    """Return all that fails; empty where the alert is proven. `name` is the policy's, if not the alert's."""
    own = name or alert.policy
    found = [*_fires(alert, policy, cases.fires, cases.fires.of(own))]
    for label, played in (("near miss", cases.stays_silent), ("too little", cases.too_little)):
        if played is not None and (opened := played.of(own)):
            found.append(_opened_in_silence(label, opened[0]))
    if cases.enough is not None and not cases.enough.of(own):
        found.append(Breach("just enough", "silent", "traffic just enough to judge, all of it bad, opened no incident"))
    for one, played in cases.further:
        opened = played.of(own)
        if one.opens and not opened:
            found.append(Breach(one.name, "silent", f"{one.name}: no incident opened"))
        elif opened and not one.opens:
            found.append(_opened_in_silence(one.name, opened[0]))
    return tuple(found)


def _opened_in_silence(label: str, first: OpenedIncident) -> Breach:
    value = first.incident.value
    shown = "" if value is None else f", at a value of {value:.6g}"
    event = {
        "near miss": "the near miss opened an incident",
        "too little": "traffic too little to judge opened an incident",
    }.get(label, "an incident opened")
    return Breach(label, "opened", f"{event} after {first.opened:g} minutes{shown}")


def _fires(
    alert: ProvenAlert, policy: JsonObject, played: PlayedCase, opened: tuple[OpenedIncident, ...]
) -> Iterator[Breach]:
    assert alert.proof is not None  # noqa: S101 - only what has a proof is played
    if not opened:
        yield Breach("fires", "silent", f"no incident opened in {played.until} minutes")
        return
    first, *others = opened
    within = alert.proof.opens_within
    if first.opened > within:
        yield Breach("fires", "late", f"it opened after {first.opened:g} minutes, not within {within}")
    if first.opened < alert.lasting:
        yield Breach(
            "fires", "early", f"it opened after {first.opened:g} minutes, before its {alert.lasting:g} were over"
        )
    if others:
        yield Breach("fires", *_several(opened))
    if first.closed is None:
        yield Breach(
            "fires", "open", f"it had not closed {played.until - played.ended} minutes after the recovery began"
        )
    yield from _severity(alert, first)
    yield from _labels(alert, policy, first, played.case)
    yield from _channels(alert, policy, first)
    yield from _text(alert, first)
    if alert.event and any(played.lines.values()) and not played.found:
        yield Breach("fires", "logs", f"its link to the logs shows none of the entries: {alert.logs}")


def _several(opened: tuple[OpenedIncident, ...]) -> tuple[str, str]:
    """Several incidents at once, of several series; or one after another, of a value that crosses the threshold."""
    count = f"{len(opened)} incidents opened instead of one"
    if len({tuple(sorted(one.incident.metric_labels.items())) for one in opened}) > 1:
        labels = ", ".join(sorted({name for one in opened for name in one.incident.metric_labels}))
        return "several", f"{count} (their labels {labels} differ)"
    more = ", ..." if len(opened) > SHOWN else ""
    times = ", ".join(f"{one.opened:g}" for one in opened[:SHOWN]) + more
    return "again", (
        f"{count}, one after another, after {times} minutes: the value crosses the threshold again and again; "
        "a longer duration (lasting), a longer window or another threshold gives one incident"
    )


def _severity(alert: ProvenAlert, first: OpenedIncident) -> Iterator[Breach]:
    wanted = alert.severity.policy_severity
    if first.incident.severity != wanted:
        yield Breach(
            "fires",
            "severity",
            f"its severity is {first.incident.severity or 'none'}, a {alert.severity} asks for {wanted}",
        )


def _labels(alert: ProvenAlert, policy: JsonObject, first: OpenedIncident, case: Case) -> Iterator[Breach]:
    wanted = {
        "alert": alert.alert,
        "environment": alert.environment,
        "service": alert.service,
        "severity": alert.severity.value,
        "team": alert.team,
    }
    shown = first.incident.user_labels
    for name, value in wanted.items():
        if shown.get(name) != value:
            yield Breach("fires", "labels", f"its label {name} is {shown.get(name)!r}, not {value!r}")
    if first.incident.log_labels or (not query_of(policy) and _log_match(policy)):
        yield from _extracted(alert, first)
        return
    pinned = {name for points in case.points for name in (*points.labels, *points.resource_labels)}
    grouped = {name.removeprefix("resource.") for name in alert.grouped_by}
    apart = set(first.incident.metric_labels) - (pinned - grouped)
    if query_of(policy) and apart != grouped:
        yield Breach(
            "fires",
            "grouping",
            f"its incidents differ by {', '.join(sorted(apart)) or 'nothing'}, the alert says by "
            f"{', '.join(sorted(grouped)) or 'nothing'}",
        )


def _log_match(policy: JsonObject) -> bool:
    (condition, *_) = children(policy, "conditions") or [{}]
    return bool(child(condition, "conditionMatchedLog"))


def _extracted(alert: ProvenAlert, first: OpenedIncident) -> Iterator[Breach]:
    if alert.event is None:
        return
    wanted = written_for(alert, alert.event).labels()
    shown = {name for name, value in first.incident.log_labels.items() if value}
    if missing := wanted - shown:
        yield Breach("fires", "labels", f"its incident lacks the event's labels {', '.join(sorted(missing))}")


def _channels(alert: ProvenAlert, policy: JsonObject, first: OpenedIncident) -> Iterator[Breach]:
    opened = frozenset(one.channel for one in first.notifications if one.event == "open")
    closed = frozenset(one.channel for one in first.notifications if one.event == "closed")
    if not opened:
        yield Breach("fires", "channels", "nobody is notified: the policy has no notification channel")
        return
    if alert.channels is not None and opened != alert.channels:
        wanted = f"{alert.team} {alert.severity} in {alert.environment}"
        lacking, more = sorted(alert.channels - opened), sorted(opened - alert.channels)
        wrong = [f"{', '.join(lacking)} not notified"] * bool(lacking) + [f"{', '.join(more)} notified"] * bool(more)
        yield Breach("fires", "channels", f"the channels are not those of {wanted}: {'; '.join(wrong)}")
    if first.closed is not None and not _log_match(policy) and closed != opened:
        yield Breach("fires", "channels", f"the recovery reaches {len(closed)} of {len(opened)} channels")


def _text(alert: ProvenAlert, first: OpenedIncident) -> Iterator[Breach]:
    (payload, *_) = [one.payload for one in first.notifications if one.event == "open"] or [_NOTHING]
    incident = child(payload, "incident")
    documentation = child(incident, "documentation")
    subject, content = text(documentation, "subject"), text(documentation, "content")
    links = {text(link, "displayName"): text(link, "url") for link in children(documentation, "links")}
    for part, there, wanted in (
        ("subject", subject, (alert.severity.value.upper(), alert.service, alert.environment)),
        ("text", content, (alert.title, alert.team, alert.runbook)),
        ("link Runbook", links.get("Runbook", ""), (alert.runbook,)),
    ):
        lacking = [one for one in wanted if one not in there]
        if first.notifications and lacking:
            yield Breach("fires", "text", f"its {part} does not name {', '.join(map(repr, lacking))}")
    if first.notifications and "Logs" not in links:
        yield Breach("fires", "text", "it has no link Logs")
    if first.notifications and text_map(incident, "policy_user_labels") != first.incident.user_labels:
        yield Breach("fires", "labels", "the notification's labels are not the policy's")
