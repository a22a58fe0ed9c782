"""Incidents: the list, and the story of one."""

from vigil_apimodel.json_values import child, children, text
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.charts import prose
from vigil_emulator.charts.model import Band
from vigil_emulator.charts.units import scale
from vigil_emulator.charts.window import Window
from vigil_emulator.console import condition_chart
from vigil_emulator.console.frame import Frame
from vigil_emulator.console.time_words import day_time, duration
from vigil_emulator.console.web import PageRequest
from vigil_emulator.rest.api import Answer

_MILLION = 1_000_000
_BEFORE = 30 * 60 * 1000
_AFTER = 15 * 60 * 1000
"""Milliseconds shown around an incident."""


class IncidentPages:
    """Pages about incidents."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._sources = frame.sources

    async def incidents(self, request: PageRequest) -> Answer:
        """Return all incidents, open ones first."""
        project = self._frame.project(request)
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
            request, "incidents.html", title="Incidents", nav="incidents", incidents=found, policies=policies
        )

    async def incident(self, request: PageRequest, identifier: str) -> Answer:
        """Return one incident: why, since when, who was notified, what to do."""
        found = next(
            (each for each in self._sources.data.engine.incidents.values() if each.identifier == identifier), None
        )
        if found is None:
            return self._frame.problem(request, 404, f"There is no incident {identifier}.")
        documentation = child(child(found.notification(number=0), "incident"), "documentation")
        channels = {
            name: text(self._sources.store.get("monitoring.notificationChannels", name) or {}, "displayName")
            or name.rpartition("/")[2]
            for name in {delivery.channel for delivery in self._sources.deliveries(found.name)}
        }
        policy = self._sources.store.get("monitoring.alertPolicies", found.policy)
        now = self._sources.now
        opened, closed = found.opened // _MILLION, (found.closed or now) // _MILLION
        window = Window.around(opened - _BEFORE, min(closed + _AFTER, now // _MILLION), now)
        bands = (Band(start=opened, end=closed, tall=True),)
        image = await condition_chart.image(self._frame, found.project, found.condition_body, window, bands)
        return self._frame.page(
            request,
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
            query=condition_chart.query(found.condition_body),
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
