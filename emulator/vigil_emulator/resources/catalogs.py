"""What can only be read: types of channels, members of groups, where uptime checks come from."""

from collections.abc import Callable, Mapping

from vigil_apimodel import metrics
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError
from vigil_emulator.numerals import count
from vigil_emulator.resources.channels import LABELS
from vigil_emulator.resources.collection import Context, last, page_size
from vigil_emulator.resources.descriptors import RESOURCE_TYPES
from vigil_emulator.resources.list_filters import matches

Verbs = Mapping[str, Callable[[Call], JsonObject]]


class ChannelDescriptors:
    """`monitoring.notificationChannelDescriptors`: the types that channels may have, with the labels they need."""

    kind = "monitoring.notificationChannelDescriptors"

    def handlers(self) -> Verbs:
        """Return the verbs of the discovery document."""
        return {"list": self.page, "get": self.get}

    def page(self, call: Call) -> JsonObject:
        """Return all types, on one page."""
        project = call.path["name"]
        return {"channelDescriptors": [_descriptor(project, kind) for kind in LABELS]}

    def get(self, call: Call) -> JsonObject:
        """Return one type."""
        project, kind = call.path["name"].split("/notificationChannelDescriptors/")[0], last(call.path["name"])
        if kind not in LABELS:
            raise ApiError("NOT_FOUND", f'Could not find notification channel descriptor "{kind}".')
        return _descriptor(project, kind)


def _descriptor(project: str, kind: str) -> JsonObject:
    labels: list[JsonValue] = [{"key": label} for label in LABELS[kind]]
    return {"name": f"{project}/notificationChannelDescriptors/{kind}", "type": kind, "labels": labels}


class ResourceDescriptors:
    """`monitoredResourceDescriptors` of either API: the types that the emulator knows, with their labels."""

    def __init__(self, kind: str) -> None:
        """`kind` is the store's name of what it is about."""
        self.kind = kind

    def handlers(self) -> Verbs:
        """Return the verbs of the discovery documents: Logging has no `get`."""
        return {"list": self.page, "get": self.get}

    def page(self, call: Call) -> JsonObject:
        """Return a page of the types, those that a filter of `resource.type` names."""
        filter_text = call.query.get("filter", "")
        found = [one for one in sorted(_RESOURCES) if matches(filter_text, {"type": one, "resource": {"type": one}})]
        size, start = page_size(call), count(call.query.get("pageToken") or "0")
        if start is None:
            raise ApiError("INVALID_ARGUMENT", "page_token is invalid")
        answer: JsonObject = {"resourceDescriptors": [_resource(call, one) for one in found[start : start + size]]}
        return answer | {"nextPageToken": str(start + size)} if start + size < len(found) else answer

    def get(self, call: Call) -> JsonObject:
        """Return one type."""
        kind = last(call.path["name"])
        if kind not in _RESOURCES:
            raise ApiError("NOT_FOUND", f"The monitored resource type {kind} is not known here.")
        return _resource(call, kind)


_RESOURCES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(RESOURCE_TYPES, ("project_id",)),
    **{kind: known.labels for kind, known in metrics.RESOURCES.items()},
}
"""Labels by type: those of `vigil_apimodel.metrics`; of the others that metrics can be written about, the project."""


def _resource(call: Call, kind: str) -> JsonObject:
    labels: list[JsonValue] = [{"key": label} for label in _RESOURCES[kind]]
    project = call.path.get("name", "").split("/monitoredResourceDescriptors")[0]
    named: JsonObject = {"name": f"{project}/monitoredResourceDescriptors/{kind}"} if project else {}
    return {**named, "type": kind, "displayName": kind.replace("_", " "), "labels": labels}


class GroupMembers:
    """`monitoring.members`: the resources of a group. The emulator has no infrastructure, so there are none."""

    kind = "monitoring.members"

    def __init__(self, context: Context) -> None:
        """`context` is shared by all kinds."""
        self._context = context

    def handlers(self) -> Verbs:
        """Return the verb of the discovery document."""
        return {"list": self.page}

    def page(self, call: Call) -> JsonObject:
        """Return nothing, for a group that is there."""
        name = self._context.projects.canonical(call.path["name"])
        if self._context.store.get("monitoring.groups", name) is None:
            raise ApiError("NOT_FOUND", f"Could not find group definition for '{last(name)}'.")
        return {}


class UptimeCheckIps:
    """`monitoring.uptimeCheckIps`: probes come from the machine that the emulator runs on."""

    kind = "monitoring.uptimeCheckIps"

    def handlers(self) -> Verbs:
        """Return the verb of the discovery document."""
        return {"list": self.page}

    def page(self, _call: Call) -> JsonObject:
        """Return loopback, for each region that a check may name."""
        regions = ("USA", "EUROPE", "SOUTH_AMERICA", "ASIA_PACIFIC")
        return {
            "uptimeCheckIps": [
                {"region": region, "location": "this machine", "ipAddress": "127.0.0.1"} for region in regions
            ]
        }
