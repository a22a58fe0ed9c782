"""Alerts before and after: condition in words, threshold, duration, severity, channels, and who is paged."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vigil_apimodel import promql, tokens
from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text
from vigil_components.documents import ALERT
from vigil_runner.preview._changes import Change, Kind
from vigil_runner.preview._declared import Declared, Resource
from vigil_runner.preview._words import duration, shown

_CONDITIONS = {
    "conditionThreshold": "filter",
    "conditionAbsent": "filter",
    "conditionMatchedLog": "filter",
    "conditionPrometheusQueryLanguage": "query",
    "conditionMonitoringQueryLanguage": "query",
    "conditionSql": "query",
}
"""Kinds of conditions, and their field that a person would read."""
_COMPARED = {
    "COMPARISON_GT": ">", "COMPARISON_GE": ">=", "COMPARISON_LT": "<", "COMPARISON_LE": "<=",
    "COMPARISON_EQ": "=", "COMPARISON_NE": "!=",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One alert, as people speak of it."""

    name: str
    """`service/alert`, or the policy's display name where no component declares it."""
    key: str
    """Name of the component in the program, which proofs use; empty for a policy without one."""
    condition: str
    """The condition in words, or its kind."""
    threshold: str
    """What is compared with what number, empty where nothing is."""
    lasting: str
    """How long the condition must hold."""
    severity: str
    team: str
    channels: tuple[str, ...]
    """Channels that it notifies, as people call them."""
    enabled: bool
    queries: tuple[str, ...]
    """The queries or filters of its conditions."""
    proof: JsonObject = field(default_factory=dict[str, JsonValue])
    """The cases that prove it, as the component registers them."""

    @property
    def notified(self) -> str:
        """Who is notified, in words."""
        if not self.enabled:
            return "nobody: the policy is off"
        return ", ".join(self.channels) or "nobody"

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield what a table shows of it, row by row."""
        yield "condition", self.condition
        yield "threshold", self.threshold
        yield "holds for", self.lasting
        yield "severity", self.severity
        yield "team", self.team
        yield "pages" if self.severity in ("page", "CRITICAL") else "notifies", self.notified


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """An alert before and after; None where it is not there."""

    change: Change
    before: AlertView | None
    after: AlertView | None

    @property
    def view(self) -> AlertView:
        """The alert after the change, or as it was."""
        view = self.after or self.before
        assert view is not None  # noqa: S101 - a change has one of them
        return view

    def rows(self) -> list[tuple[str, str, str]]:
        """Return what differs: (what, before, after)."""
        before = dict(self.before.rows()) if self.before else {}
        after = dict(self.after.rows()) if self.after else {}
        if "pages" in after and "notifies" in before:
            before["pages"] = before.pop("notifies")
        elif "notifies" in after and "pages" in before:
            before["notifies"] = before.pop("pages")
        return [
            (aspect, before.get(aspect, ""), after.get(aspect, ""))
            for aspect in (after or before)
            if before.get(aspect, "") != after.get(aspect, "")
        ]


def alert_changes(found: tuple[Change, ...], before: Declared, after: Declared) -> tuple[AlertChange, ...]:
    """Return the alerts among the changes, with what they were and will be."""
    return tuple(
        AlertChange(
            change=each,
            before=view(each.before, before) if each.before is not None else None,
            after=view(each.after, after) if each.after is not None else None,
        )
        for each in found
        if each.resource.type == tokens.ALERT_POLICY and each.kind is not Kind.RENAMED
    )


def view(policy: Resource, declared: Declared) -> AlertView:
    """Return an alert policy as people speak of it, with what its component says where one declares it."""
    inputs = policy.inputs
    parent = declared.resources.get(policy.parent or "")
    args = parent.inputs if parent is not None and parent.type == ALERT else {}
    conditions = [_kind(each) for each in children(inputs, "conditions")]
    labels = child(inputs, "userLabels")
    channels = inputs.get("notificationChannels")
    title = text(args, "title")
    return AlertView(
        name=f"{args['service']}/{args['alert']}" if args.get("alert") else text(inputs, "displayName") or policy.name,
        key=parent.name if args and parent is not None else "",
        condition=title or " or ".join(dict.fromkeys(_words(kind, body) for kind, body in conditions)),
        threshold="; ".join(one for kind, body in conditions if (one := _threshold(kind, body))),
        lasting=" or ".join(dict.fromkeys(_lasting(kind, body) for kind, body in conditions)),
        severity=text(args, "severity") or text(inputs, "severity") or "none",
        team=text(args, "team") or text(labels, "team"),
        channels=tuple(str(each) for each in channels) if isinstance(channels, list) else (),
        enabled=inputs.get("enabled") is True,
        queries=tuple(text(body, _CONDITIONS.get(kind, "")) for kind, body in conditions),
        proof=child(args, "proof"),
    )


def _kind(condition: JsonObject) -> tuple[str, JsonObject]:
    kind = next((key for key in condition if key.startswith("condition")), "")
    return kind, child(condition, kind)


def _words(kind: str, body: JsonObject) -> str:
    match kind:
        case "conditionAbsent":
            return f"no data of {_metric(body)}"
        case "conditionMatchedLog":
            return "a log entry matches its filter"
        case "conditionThreshold":
            return f"{_metric(body)} {_threshold(kind, body)}"
        case "conditionPrometheusQueryLanguage":
            return "its PromQL query returns a value"
        case _:
            return shown(kind.removeprefix("condition"))


def _metric(body: JsonObject) -> str:
    _, found, rest = text(body, "filter").partition("metric.type")
    return rest.split('"')[1] if found and rest.count('"') > 1 else "its metric"


def _threshold(kind: str, body: JsonObject) -> str:
    if kind == "conditionThreshold":
        value = body.get("thresholdValue", 0)
        return f"{_COMPARED.get(text(body, 'comparison'), text(body, 'comparison'))} {shown(value)}"
    if kind == "conditionPrometheusQueryLanguage":
        found = (f"{one.operator} {one.threshold:.6g}" for one in promql.comparisons(text(body, "query")))
        return ", ".join(dict.fromkeys(found))
    return ""


def _lasting(kind: str, body: JsonObject) -> str:
    if kind == "conditionMatchedLog":
        return "at once"
    written = text(body, "duration")
    return duration(written) if written not in ("", "0s") else "at once"


def same_alert(one: AlertView, other: AlertView) -> bool:
    """Return whether two alerts open at the same minutes: what they watch and how their proofs play is the same."""
    return (one.queries, one.threshold, one.lasting, one.proof) == (
        other.queries, other.threshold, other.lasting, other.proof,
    )  # fmt: skip
