"""Long-running operations: each is done at once, but some say so only at the second request, as at Google."""

import secrets
from collections.abc import Callable, Mapping

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError
from vigil_emulator.resources.collection import Context

KIND = "logging.operations"


class Operations:
    """`logging.operations`: what asynchronous methods answered."""

    kind = KIND

    def __init__(self, context: Context) -> None:
        """`context` is shared by all kinds."""
        self.context = context

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the verbs of the discovery document that are answered."""
        return {"get": self.get, "cancel": self.cancel}

    def get(self, call: Call) -> JsonObject:
        """Return the operation, which is done."""
        operation = self.context.store.get(KIND, self.context.projects.canonical(call.path["name"]))
        if operation is None:
            raise ApiError("NOT_FOUND", "Requested entity was not found.")
        return operation

    def cancel(self, call: Call) -> JsonObject:
        """Do nothing: an operation is done when it is first seen."""
        self.get(call)
        return {}

    def finish(self, location: str, metadata: JsonObject, response: JsonObject) -> JsonObject:
        """Store an operation that has succeeded, and return it. `location` is `projects/p/locations/global`."""
        now = self.context.now()
        name = f"{location}/operations/{secrets.token_hex(10)}"
        operation: JsonObject = {
            "name": self.context.projects.numbered(name),
            "done": True,
            "metadata": {**metadata, "state": "OPERATION_STATE_SUCCEEDED", "startTime": now, "endTime": now},
            "response": response,
        }
        self.context.store.put(KIND, name, operation)
        return operation

    def schedule(self, location: str, metadata: JsonObject, response: JsonObject) -> JsonObject:
        """Do as `finish`, but return what Google answers first: not done yet. `get` says that it is done."""
        operation = self.finish(location, metadata, response)
        started: JsonObject = {**metadata, "state": "OPERATION_STATE_SCHEDULED", "startTime": self.context.now()}
        return {"name": operation["name"], "metadata": started}
