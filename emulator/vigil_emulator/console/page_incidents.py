"""Incidents: the list, and the story of one."""

from promql_parser import BinaryExpr, Expr, NumberLiteral, ParenExpr

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.charts import prose
from vigil_emulator.charts.model import Band, Line, Rule, Size, TimeChart
from vigil_emulator.charts.names import names_of
from vigil_emulator.charts.tiles import MOST_LINES, summary
from vigil_emulator.charts.units import scale
from vigil_emulator.charts.window import Window
from vigil_emulator.console.frame import Frame, Image
from vigil_emulator.console.shown import day_time, duration
from vigil_emulator.console.web import Asked
from vigil_emulator.numerals import number
from vigil_emulator.promql.evaluate import parse
from vigil_emulator.promql.frame import PromQLError
from vigil_emulator.rest.api import Answer

_MILLION = 1_000_000
_BEFORE = 30 * 60 * 1000
_AFTER = 15 * 60 * 1000
"""Milliseconds shown around an incident."""
_COMPARISONS = {">", "<", ">=", "<=", "==", "!="}


class IncidentPages:
    """Pages about incidents."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._sources = frame.sources

    async def incidents(self, asked: Asked) -> Answer:
        """All incidents, open ones first."""
        project = self._frame.project(asked)
        now = self._sources.now
        found = [
            {
                "incident": each,
                "length": duration((each.closed or now) - each.opened),
                "deliveries": self._sources.deliveries(each.name),
            }
            for each in self._sources.incidents(project)
        ]
        policies = len(self._sources.store.names("monitoring.alertPolicies", f"projects/{project}"))
        return self._frame.page(
            asked, "incidents.html", title="Incidents", nav="incidents", incidents=found, policies=policies
        )

    async def incident(self, asked: Asked, identifier: str) -> Answer:
        """One incident: why, since when, who was told, what to do."""
        found = next(
            (each for each in self._sources.data.engine.incidents.values() if each.identifier == identifier), None
        )
        if found is None:
            return self._frame.problem(asked, 404, f"There is no incident {identifier}.")
        documentation = child(child(found.notification(number=0), "incident"), "documentation")
        channels = {
            name: text(self._sources.store.get("monitoring.notificationChannels", name) or {}, "displayName")
            or name.rpartition("/")[2]
            for name in {delivery.channel for delivery in self._sources.deliveries(found.name)}
        }
        policy = self._sources.store.get("monitoring.alertPolicies", found.policy)
        query, image = await self._chart(found)
        return self._frame.page(
            asked,
            "incident.html",
            title=found.policy_name,
            nav="incidents",
            project=found.project,
            incident=found,
            length=duration((found.closed or self._sources.now) - found.opened),
            deliveries=self._sources.deliveries(found.name),
            channels=channels,
            subject=text(documentation, "subject"),
            guide=prose.html(text(documentation, "content")) if text(documentation, "content") else None,
            links=[
                link
                for link in children(documentation, "links")
                if text(link, "url").startswith(("https://", "http://"))
            ],
            policy=policy,
            query=query,
            image=image,
            events=self._events(found, channels),
            value="" if found.value is None else scale("", abs(found.value)).text(found.value),
            threshold="" if found.threshold is None else scale("", abs(found.threshold)).text(found.threshold),
        )

    def _events(self, incident: Incident, channels: dict[str, str]) -> list[tuple[str, str, str]]:
        """What happened, in order: time, what, how it went."""
        events = [(incident.opened, "Opened", "critical")]
        for delivery in self._sources.deliveries(incident.name):
            word = "opening" if delivery.event == "open" else "closing"
            how = "ok" if delivery.status == "delivered" else ("none" if delivery.status == "pending" else "warning")
            tries = f" after {delivery.attempts} attempts" if delivery.attempts > 1 else ""
            reason = f": {delivery.error}" if delivery.error else ""
            events.append(
                (delivery.time, f"{channels[delivery.channel]}: {word} {delivery.status}{tries}{reason}", how)
            )
        if incident.closed:
            events.append((incident.closed, "Closed", "ok"))
        events.sort(key=lambda event: event[0])
        return [(day_time(at), what, how) for at, what, how in events]

    async def _chart(self, incident: Incident) -> tuple[str, Image | None]:
        """The condition's query, and its value around the incident."""
        condition = incident.condition_body
        now = self._sources.now
        opened, closed = incident.opened // _MILLION, (incident.closed or now) // _MILLION
        window = Window.around(opened - _BEFORE, min(closed + _AFTER, now // _MILLION), now)
        reader = self._sources.reader(incident.project)
        limit: float | None = None
        if promql := text(child(condition, "conditionPrometheusQueryLanguage"), "query"):
            try:
                watched, limit = split(promql)
            except PromQLError:
                return promql, None
            found, query = await reader.answer({"prometheusQuery": watched}, window), promql
        elif "conditionThreshold" in condition or "conditionAbsent" in condition:
            body = child(condition, "conditionThreshold") or child(condition, "conditionAbsent")
            limit = number(body, "thresholdValue") if "conditionThreshold" in condition else None
            query = text(body, "filter")
            found = await reader.answer(_filtered(body), window)
        else:
            return text(child(condition, "conditionMatchedLog"), "filter"), None
        names = names_of([one.labels for one in found.series])
        drawing = TimeChart(
            start=window.start,
            end=window.end,
            step=window.step,
            lines=tuple(
                Line(name=name, times=one.times, values=one.values)
                for name, one in zip(names, found.series, strict=True)
            )[:MOST_LINES],
            rules=() if limit is None else (Rule(value=limit, label="threshold"),),
            bands=(Band(start=opened, end=closed, tall=True),),
            unit=found.unit,
            share=found.share,
            note=found.note,
        )
        return query, self._frame.image(drawing, Size(1320, 300), summary(drawing))


def _filtered(body: JsonObject) -> JsonObject:
    """A threshold's query as a widget has it."""
    aggregations = children(body, "aggregations")
    first = aggregations[0] if aggregations else {}
    below = text(body, "denominatorFilter")
    if below:
        others = children(body, "denominatorAggregations")
        return {
            "timeSeriesFilterRatio": {
                "numerator": {"filter": text(body, "filter"), "aggregation": first},
                "denominator": {"filter": below, "aggregation": others[0] if others else first},
            }
        }
    second = aggregations[1] if len(aggregations) > 1 else {}
    return {"timeSeriesFilter": {"filter": text(body, "filter"), "aggregation": first, "secondaryAggregation": second}}


def split(promql: str) -> tuple[str, float | None]:
    """What a condition watches, and the number that it is compared with.

    Of several comparisons joined by ``and``, ``or`` or ``unless`` the first counts. Raises PromQLError.
    """
    found = _compared(parse(promql))
    return found or (promql, None)


def _compared(expr: Expr) -> tuple[str, float | None] | None:
    while isinstance(expr, ParenExpr):
        expr = expr.expr
    if not isinstance(expr, BinaryExpr):
        return None
    if str(expr.op) in _COMPARISONS:
        if isinstance(expr.rhs, NumberLiteral):
            return expr.lhs.prettify(), expr.rhs.val
        if isinstance(expr.lhs, NumberLiteral):
            return expr.rhs.prettify(), expr.lhs.val
        return None
    return _compared(expr.lhs) if str(expr.op) in {"and", "or", "unless"} else None
