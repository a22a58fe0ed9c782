"""What can only be read: types of channels, members of groups, where uptime checks come from."""

from collections.abc import Callable, Mapping

from vigil_emulator.calls import Call, JsonObject, JsonValue
from vigil_emulator.errors import ApiError
from vigil_emulator.resources.channels import LABELS
from vigil_emulator.resources.collection import Context, last

Verbs = Mapping[str, Callable[[Call], JsonObject]]


class ChannelDescriptors:
    """``monitoring.notificationChannelDescriptors``: the types that channels may have, with the labels they need."""

    kind = "monitoring.notificationChannelDescriptors"

    def handlers(self) -> Verbs:
        """The verbs of the discovery document."""
        return {"list": self.page, "get": self.get}

    def page(self, call: Call) -> JsonObject:
        """All types, on one page."""
        project = call.path["name"]
        return {"channelDescriptors": [_descriptor(project, kind) for kind in LABELS]}

    def get(self, call: Call) -> JsonObject:
        """One type."""
        project, kind = call.path["name"].split("/notificationChannelDescriptors/")[0], last(call.path["name"])
        if kind not in LABELS:
            raise ApiError("NOT_FOUND", f'Could not find notification channel descriptor "{kind}".')
        return _descriptor(project, kind)


def _descriptor(project: str, kind: str) -> JsonObject:
    labels: list[JsonValue] = [{"key": label} for label in LABELS[kind]]
    return {"name": f"{project}/notificationChannelDescriptors/{kind}", "type": kind, "labels": labels}


class GroupMembers:
    """``monitoring.members``: the resources of a group. The emulator has no infrastructure, so there are none."""

    kind = "monitoring.members"

    def __init__(self, context: Context) -> None:
        """``context`` is shared by all kinds."""
        self._context = context

    def handlers(self) -> Verbs:
        """The verb of the discovery document."""
        return {"list": self.page}

    def page(self, call: Call) -> JsonObject:
        """Nothing, for a group that is there."""
        name = self._context.projects.canonical(call.path["name"])
        if self._context.store.get("monitoring.groups", name) is None:
            raise ApiError("NOT_FOUND", f"Could not find group definition for '{last(name)}'.")
        return {}


class UptimeCheckIps:
    """``monitoring.uptimeCheckIps``: probes come from the machine that the emulator runs on."""

    kind = "monitoring.uptimeCheckIps"

    def handlers(self) -> Verbs:
        """The verb of the discovery document."""
        return {"list": self.page}

    def page(self, _call: Call) -> JsonObject:
        """Loopback, for each region that a check may name."""
        regions = ("USA", "EUROPE", "SOUTH_AMERICA", "ASIA_PACIFIC")
        return {
            "uptimeCheckIps": [
                {"region": region, "location": "this machine", "ipAddress": "127.0.0.1"} for region in regions
            ]
        }
