"""What a project has: every resource of Logging and Monitoring that a program could declare, listed read-only."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

from vigil_apimodel import api_json, tokens
from vigil_apimodel.json_fields import Fields, fields, string
from vigil_apimodel.json_values import JsonObject
from vigil_runner.access import AccessError
from vigil_runner.check import Found
from vigil_runner.items import COMPARED

LIVE: Final = "project"
"""What stands for a file in what was listed."""
_BUILT_IN: Final = frozenset({"_Default", "_Required", "_AllLogs"})
_ENDING: Final = frozenset({"unreachable", "timeout", "quota"})


class Lists(Protocol):
    """What lists resources: `vigil_runner.access.Access`."""

    @property
    def name(self) -> str:
        """The project as `projects/P`."""
        ...

    def monitoring(self, request: str, path: str, items: str) -> Iterator[JsonObject]:
        """Return the items of all pages of a list of the Monitoring API. Raises AccessError."""
        ...

    def logging(self, request: str, path: str, items: str) -> Iterator[JsonObject]:
        """Return the items of all pages of a list of the Logging API. Raises AccessError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What was found in a project."""

    project: str
    found: tuple[Found, ...]
    """What somebody made, in the order in which others refer to it."""
    built_in: int = 0
    """How many resources every project has, and Google's own services."""
    unread: Mapping[str, str] | None = None
    """Kinds that could not be listed, with the reason."""


def read(lists: Lists) -> Inventory:
    """List a project. Writes nothing.

    A kind that may not be listed is in `unread` with the reason. Raises AccessError where nobody answers.
    """
    found: list[Found] = []
    unread: dict[str, str] = {}
    skipped = 0
    for type_, listing in _LISTINGS:
        try:
            for body in listing(lists):
                if _is_built_in(type_, body):
                    skipped += 1
                else:
                    found.append(_found(type_, cast("Fields", body)))
        except AccessError as error:
            if error.kind in _ENDING:
                raise
            unread[COMPARED[type_]] = str(error)
    return Inventory(project=lists.name.partition("/")[2], found=tuple(found), built_in=skipped, unread=unread)


def _found(type_: str, body: Fields) -> Found:
    return Found(
        type=type_,
        name=api_json.name_of(body),
        inputs=api_json.wire(type_, body),
        file=LIVE,
        deployed=True,
        body=body,
    )


def _is_built_in(type_: str, body: JsonObject) -> bool:
    """Whether every project has it as it is, or Google made it."""
    last = string(body.get("name")).rpartition("/")[2]
    if type_ == tokens.CUSTOM_SERVICE:
        return "custom" not in body
    if type_ == tokens.SAVED_QUERY:
        return body.get("visibility") != "SHARED"
    if type_ == tokens.PROJECT_BUCKET and last == "_Default":
        settings = fields(body)
        return body.get("retentionDays") == _USUAL_DAYS and not any(
            settings.get(key) for key in ("analyticsEnabled", "locked", "cmekSettings", "indexConfigs")
        )
    if type_ == tokens.PROJECT_SINK and last == "_Default":
        return (
            not body.get("exclusions") and not body.get("disabled") and "/_Default" in string(body.get("destination"))
        )
    return last in _BUILT_IN and type_ in {
        tokens.PROJECT_BUCKET,
        tokens.PROJECT_SINK,
        tokens.LOG_VIEW,
        tokens.LOG_SCOPE,
    }


_USUAL_DAYS = 30


def _monitoring(path: str, items: str) -> Callable[[Lists], Iterator[JsonObject]]:
    version = "v1" if path == "dashboards" else "v3"
    return lambda lists: lists.monitoring(f"listing {items}", f"{version}/{lists.name}/{path}", items)


def _logging(path: str, items: str) -> Callable[[Lists], Iterator[JsonObject]]:
    return lambda lists: lists.logging(f"listing {items}", f"v2/{lists.name}/{path}", items)


def _buckets(lists: Lists) -> Iterator[JsonObject]:
    return _logging("locations/-/buckets", "buckets")(lists)


def _views(lists: Lists) -> Iterator[JsonObject]:
    for bucket in list(_buckets(lists)):
        yield from lists.logging("listing views", f"v2/{bucket['name']}/views", "views")


def _objectives(lists: Lists) -> Iterator[JsonObject]:
    for service in list(_monitoring("services", "services")(lists)):
        path = f"v3/{service['name']}/serviceLevelObjectives"
        yield from lists.monitoring("listing SLOs", path, "serviceLevelObjectives")


_LISTINGS: Final[tuple[tuple[str, Callable[[Lists], Iterator[JsonObject]]], ...]] = (
    (tokens.CHANNEL, _monitoring("notificationChannels", "notificationChannels")),
    (tokens.UPTIME_CHECK, _monitoring("uptimeCheckConfigs", "uptimeCheckConfigs")),
    (tokens.CUSTOM_SERVICE, _monitoring("services", "services")),
    (tokens.LOG_METRIC, _logging("metrics", "metrics")),
    (tokens.PROJECT_BUCKET, _buckets),
    (tokens.LOG_VIEW, _views),
    (tokens.PROJECT_SINK, _logging("sinks", "sinks")),
    (tokens.PROJECT_EXCLUSION, _logging("exclusions", "exclusions")),
    (tokens.SAVED_QUERY, _logging("locations/global/savedQueries", "savedQueries")),
    (tokens.LOG_SCOPE, _logging("locations/global/logScopes", "logScopes")),
    (tokens.SLO, _objectives),
    (tokens.ALERT_POLICY, _monitoring("alertPolicies", "alertPolicies")),
    (tokens.DASHBOARD, _monitoring("dashboards", "dashboards")),
)
