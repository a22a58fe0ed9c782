"""Groups of resources, and snoozes of alert policies."""

from typing import ClassVar

from vigil_apimodel.json_values import JsonObject, child, text, texts
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument, missing_field
from vigil_emulator.resources.collection import Change, Collection, last
from vigil_emulator.times import nanoseconds, parse_time

MAX_POLICIES = 16
"""Policies that a snooze may name (google/monitoring/v3/snooze.proto)."""


class Groups(Collection):
    """Groups of resources (`monitoring.groups`)."""

    kind = "monitoring.groups"
    api = "monitoring.v3"
    schema = "Group"
    segment = "groups"
    limit: ClassVar[tuple[int, str] | None] = (500, "groups")

    def page(self, call: Call) -> JsonObject:
        """Return the groups, under Google's name for the list."""
        for relation in ("childrenOfGroup", "ancestorsOfGroup", "descendantsOfGroup"):
            if call.query.get(relation):
                raise ApiError("UNIMPLEMENTED", f"The emulator does not list groups by {relation}.")
        answer = super().page(call)
        if "groups" in answer:
            answer["group"] = answer.pop("groups")
        return answer

    def prepare(self, change: Change) -> JsonObject:
        """Check that the group says what belongs to it."""
        for field, name in (("displayName", "display_name"), ("filter", "filter")):
            if not text(change.body, field):
                raise missing_field(f"group.{name}")
        parent = text(change.body, "parentName")
        if parent:
            self.existing(self.context.projects.canonical(parent))
        return change.body

    def before_delete(self, change: Change) -> None:
        """Refuse a group with groups below it, unless `recursive` is set."""
        canonical = self.context.projects.canonical
        project = change.name.partition("/groups/")[0]
        below = [
            name
            for name in self.store.names(self.kind, project)
            if canonical(text(self.store.get(self.kind, name) or {}, "parentName")) == change.name
        ]
        if below and change.call.query.get("recursive") != "true":
            raise invalid_argument(
                f"Group '{last(change.name)}' has groups below it; set recursive to delete them too.",
            )
        for name in below:
            self.before_delete(Change(name=name, body=self.existing(name), before=None, call=change.call))
            self.store.delete(self.kind, name)

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words."""
        return ApiError("NOT_FOUND", f"Could not find group definition for '{last(name)}'.")


class Snoozes(Collection):
    """Snoozes of policies (`monitoring.snoozes`)."""

    kind = "monitoring.snoozes"
    api = "monitoring.v3"
    schema = "Snooze"
    segment = "snoozes"

    def prepare(self, change: Change) -> JsonObject:
        """Check that the snooze is of existing policies, and ends in the future."""
        body = change.body
        policies = texts(child(body, "criteria"), "policies")
        if not 1 <= len(policies) <= MAX_POLICIES:
            raise invalid_argument(
                f"Field snooze.criteria.policies had {len(policies)} policies: 1 to {MAX_POLICIES} are allowed.",
            )
        for policy in policies:
            if self.store.get("monitoring.alertPolicies", self.context.projects.canonical(policy)) is None:
                raise invalid_argument(
                    f'Field snooze.criteria.policies had an invalid value of "{policy}": there is no such alert policy',
                )
        interval = child(body, "interval")
        start, end = text(interval, "startTime"), text(interval, "endTime")
        if not text(body, "displayName") or not start or not end:
            raise invalid_argument(
                "Fields snooze.display_name, snooze.interval.start_time and snooze.interval.end_time are required.",
            )
        if parse_time(end) < parse_time(start):
            raise invalid_argument("Field snooze.interval.end_time must not be before start_time.")
        if change.before is None and parse_time(start) < nanoseconds(self.context.clock.now()) - 60 * 10**9:
            raise invalid_argument("Field snooze.interval.start_time must not be in the past.")
        return body

    def not_found(self, name: str) -> ApiError:
        """Return the error, in the manner of the other kinds."""
        return ApiError("NOT_FOUND", f"Could not find snooze '{last(name)}'.")
