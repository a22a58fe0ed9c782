"""What a stack declares, by the names under which a project has it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject
from vigil_runner.program import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The resources of a run: metrics and sinks by id, channels and uptime checks by display name, dashboards by title.

    `policies` are display names, `events` by metric id what it counts. `buckets` are log buckets: several
    locations may have the same id.
    """

    stack: str
    metrics: Mapping[str, JsonObject]
    buckets: Sequence[JsonObject]
    sinks: Mapping[str, JsonObject]
    channels: Mapping[str, JsonObject]
    uptime: Mapping[str, JsonObject]
    dashboards: Mapping[str, JsonObject]
    policies: Mapping[str, JsonObject]


def declared(run: Run) -> Declared:
    """Return what a run of the program registered."""

    def by(token: str, name: str) -> dict[str, JsonObject]:
        return {str(one.inputs[name]): cast("JsonObject", one.inputs) for one in run.of_type(token)}

    dashboards = [
        cast("JsonObject", json.loads(str(one.inputs["dashboardJson"]))) for one in run.of_type(tokens.DASHBOARD)
    ]
    return Declared(
        stack=run.stack,
        metrics=by(tokens.LOG_METRIC, "name"),
        buckets=[cast("JsonObject", one.inputs) for one in run.of_type(tokens.PROJECT_BUCKET)],
        sinks=by(tokens.PROJECT_SINK, "name"),
        channels=by(tokens.CHANNEL, "displayName"),
        uptime=by(tokens.UPTIME_CHECK, "displayName"),
        dashboards={str(one["displayName"]): one for one in dashboards},
        policies=by(tokens.ALERT_POLICY, "displayName"),
    )
