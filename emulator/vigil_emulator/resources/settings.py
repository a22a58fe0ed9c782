"""Logging's settings of a project, folder, organization or billing account. Kept, not acted upon.

What they say is about containers that are made later (where their buckets are, whether their `_Default` sink is
disabled), and the emulator knows no hierarchy.
"""

import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from vigil_apimodel.json_values import JsonObject, child, text
from vigil_emulator.calls import Call
from vigil_emulator.errors import invalid_argument
from vigil_emulator.resources.collection import Context
from vigil_emulator.resources.sinks import service_agent
from vigil_emulator.rest.masks import apply_update_mask, parse_update_mask

_KEY = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")
_LOCATION = re.compile(r"[a-z][a-z0-9\-]*[a-z0-9]")
_MODES = frozenset({"APPEND", "OVERWRITE"})
"""How a default sink's filter joins the built-in one (google/logging/v2/logging_config.proto, FilterWriteMode)."""


class Settings:
    """`logging.settings`: `getSettings`, `updateSettings` and the same of CMEK alone, which share the key."""

    kind: ClassVar[str] = "logging.settings"

    def __init__(self, context: Context) -> None:
        """`context` is shared by all kinds."""
        self._context = context

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the four verbs."""
        return {
            "getSettings": self.get,
            "updateSettings": self.update,
            "getCmekSettings": self.get_cmek,
            "updateCmekSettings": self.update_cmek,
        }

    def get(self, call: Call) -> JsonObject:
        """Return what was set, and the service accounts of the container."""
        container = self._container(call)
        return self._served(container, self._stored(container))

    def update(self, call: Call) -> JsonObject:
        """Change what `updateMask` names, everything without one. Folders and organizations have settings to set."""
        container = self._container(call)
        _refuse(container, {"folders", "organizations"})
        body = self._changed(call, self._stored(container), "Settings")
        location = text(body, "storageLocation")
        if location and not _LOCATION.fullmatch(location):
            raise invalid_argument(f"Location {location} is not supported")
        sink = child(body, "defaultSinkConfig")
        if sink and sink.get("mode") not in _MODES:
            raise invalid_argument("default_sink_config.mode must be specified: APPEND or OVERWRITE")
        self._context.store.put(self.kind, container, body)
        return self._served(container, body)

    def get_cmek(self, call: Call) -> JsonObject:
        """Return the key of the container, if it has one, and who uses it."""
        container = self._container(call)
        return self._cmek(container, self._stored(container))

    def update_cmek(self, call: Call) -> JsonObject:
        """Change the key. Only an organization's can be changed by this method."""
        container = self._container(call)
        _refuse(container, {"organizations"})
        before = self._stored(container)
        body = {**before, **self._changed(call, {"kmsKeyName": text(before, "kmsKeyName")}, "CmekSettings")}
        self._context.store.put(self.kind, container, body)
        return self._cmek(container, body)

    def _container(self, call: Call) -> str:
        container = self._context.projects.canonical(call.path["name"])
        self._context.projects.ensure(container)
        return container

    def _stored(self, container: str) -> JsonObject:
        return self._context.store.get(self.kind, container) or {}

    def _changed(self, call: Call, before: JsonObject, schema: str) -> JsonObject:
        mask = parse_update_mask(call.query.get("updateMask", ""), "logging.v2", schema)
        after = dict(call.body) if mask is None else apply_update_mask(before, call.body, mask)
        after = {key: value for key, value in after.items() if key not in _SERVED}
        key = text(after, "kmsKeyName")
        if key and not _KEY.fullmatch(key):
            raise invalid_argument(
                f'Field kmsKeyName had an invalid value of "{key}": it is named '
                '"projects/[PROJECT_ID]/locations/[LOCATION]/keyRings/[KEYRING]/cryptoKeys/[KEY]"'
            )
        return after

    def _served(self, container: str, body: JsonObject) -> JsonObject:
        return {
            **body,
            "name": f"{container}/settings",
            "kmsServiceAccountId": service_agent("cmek", container),
            "loggingServiceAccountId": service_agent("service", container),
        }

    def _cmek(self, container: str, body: JsonObject) -> JsonObject:
        key = text(body, "kmsKeyName")
        return {
            "name": f"{container}/cmekSettings",
            **({"kmsKeyName": key, "kmsKeyVersionName": f"{key}/cryptoKeyVersions/1"} if key else {}),
            "serviceAccountId": service_agent("cmek", container),
        }


_SERVED = frozenset({"name", "kmsServiceAccountId", "loggingServiceAccountId", "serviceAccountId", "kmsKeyVersionName"})
"""What the server alone says."""


def _refuse(container: str, settable: set[str]) -> None:
    if container.partition("/")[0] not in settable:
        having = " and ".join(sorted(settable))
        raise invalid_argument(f"{container} has no such settings itself, only {having} have")
