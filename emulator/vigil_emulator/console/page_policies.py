"""Alert policies: the list, and the page of one policy."""

import re

from vigil_apimodel.json_values import JsonObject, child, children, flag, text, text_map, texts
from vigil_emulator import annotations
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.alerting.policy import policy_of, snoozed
from vigil_emulator.charts import prose
from vigil_emulator.charts.model import Band, Lanes, Moment, Size
from vigil_emulator.console import condition_chart
from vigil_emulator.console.condition_words import notifies, opens
from vigil_emulator.console.frame import Frame, Image
from vigil_emulator.console.time_words import duration
from vigil_emulator.console.web import PageRequest
from vigil_emulator.rest.api import Answer

POLICIES = "monitoring.alertPolicies"
_MILLION = 1_000_000
_MINUTE_US = 60_000_000
_SPAN = re.compile(r"([\d.]+) to (the end|[\d.]+)")
_LANE_PIXELS = 30
_AXIS_PIXELS = 56
_NEVER_SHOWN = frozenset({"auth_token", "password"})
"""Labels of a channel that are secrets."""


class PolicyPages:
    """Pages about alert policies."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._sources = frame.sources

    async def policies(self, request: PageRequest) -> Answer:
        """Return all policies of the project, those with open incidents first."""
        project = self._frame.project(request)
        incidents = self._sources.incidents(project)
        rows = [self._row(name, incidents) for name in self._sources.store.names(POLICIES, f"projects/{project}")]
        rows.sort(key=lambda row: (-int(str(row["open"])), str(row["title"]).casefold()))
        return self._frame.page(request, "policies.html", title="Alert policies", nav="alerts", policies=rows)

    async def policy(self, request: PageRequest, identifier: str) -> Answer:
        """Return one policy: its condition in words and drawn, its proof, its runbook, its incidents, its channels."""
        name = next((one for one in self._sources.store.names(POLICIES) if one.rpartition("/")[2] == identifier), "")
        body = self._sources.store.get(POLICIES, name)
        if body is None:
            return self._frame.problem(
                request, 404, f"There is no alert policy {identifier}: it may have been deleted."
            )
        policy = policy_of(name, body)
        window = self._frame.window(request)
        incidents = [each for each in self._sources.incidents(policy.project) if each.policy == name]
        now = self._sources.now
        bands = [
            Band(start=each.opened // _MILLION, end=(each.closed or now) // _MILLION, tall=True) for each in incidents
        ]
        conditions = [
            {
                "name": one.display_name or "Condition",
                "words": opens(one),
                "query": condition_chart.query(one.body),
                "image": await condition_chart.image(self._frame, policy.project, one.body, window, bands),
            }
            for one in policy.conditions
        ]
        labels = text_map(body, "userLabels")
        cases = annotations.proof(self._sources.store, labels.get("service", ""), labels.get("alert", ""))
        guide = text(policy.documentation, "content")
        return self._frame.page(
            request,
            "policy.html",
            title=policy.display_name,
            nav="alerts",
            project=policy.project,
            policy=policy,
            state=self._state(name, body, incidents),
            combiner=policy.combiner,
            conditions=conditions,
            notifies=notifies(policy, body),
            subject=text(policy.documentation, "subject"),
            guide=prose.html(guide) if guide else None,
            links=[
                link
                for link in children(policy.documentation, "links")
                if text(link, "url").startswith(("https://", "http://"))
            ],
            cases=cases,
            timeline=self._timeline(cases),
            channels=[self._channel(one) for one in texts(body, "notificationChannels")],
            incidents=[
                {"incident": each, "length": duration((each.closed or now) - each.opened)} for each in incidents[:20]
            ],
            labels=labels,
        )

    def _row(self, name: str, incidents: list[Incident]) -> dict[str, object]:
        body = self._sources.store.get(POLICIES, name) or {}
        policy = policy_of(name, body)
        mine = [each for each in incidents if each.policy == name]
        return {
            "id": name.rpartition("/")[2],
            "title": policy.display_name,
            "severity": policy.severity.lower(),
            "state": self._state(name, body, mine),
            "open": sum(1 for each in mine if each.open),
            "last": mine[0] if mine else None,
            "words": " ".join(opens(one) for one in policy.conditions),
            "channels": len(policy.channels),
        }

    def _state(self, name: str, body: JsonObject, incidents: list[Incident]) -> tuple[str, str]:
        """Return the colour and the word of a policy's state."""
        if not flag(body, "enabled", default=True):
            return "none", "disabled"
        if any(each.open for each in incidents):
            return "critical", "open"
        if any(snoozed(each, name, self._sources.now) for each in self._sources.store.list("monitoring.snoozes")):
            return "warning", "snoozed"
        return "ok", "quiet"

    def _timeline(self, cases: list[tuple[str, str]]) -> Image | None:
        """Return the proof as a chart with a lane for each case; None where no case opened the alert."""
        moments: list[Moment] = []
        ends = [
            float(number) for _, when in cases for pair in _SPAN.findall(when) for number in pair if "end" not in number
        ]
        last = max(ends, default=0.0) * 1.1
        for case, when in cases:
            for begun, ended in _SPAN.findall(when):
                until = last if ended == "the end" else float(ended)
                moments.append(
                    Moment(
                        lane=case,
                        start=round(float(begun) * _MINUTE_US),
                        end=round(until * _MINUTE_US),
                        level="critical",
                    )
                )
        if not moments:
            return None
        lanes = tuple(case for case, _ in cases)
        height = _AXIS_PIXELS + _LANE_PIXELS * len(lanes)
        alt = "; ".join(f"{case}: {when}" for case, when in cases)
        return self._frame.image(
            Lanes(moments=tuple(moments), lanes=lanes, since="the start of the case"),
            Size(1320, height),
            f"Proof in minutes: {alt}.",
            narrow=Size(380, height),
        )

    def _channel(self, name: str) -> dict[str, object]:
        body = self._sources.store.get("monitoring.notificationChannels", name)
        if body is None:
            return {"title": name.rpartition("/")[2], "kind": "deleted", "where": ""}
        where = [value for key, value in child(body, "labels").items() if key not in _NEVER_SHOWN]
        return {
            "title": text(body, "displayName") or name.rpartition("/")[2],
            "kind": text(body, "type"),
            "where": ", ".join(str(value).partition("?")[0] for value in where),
        }
