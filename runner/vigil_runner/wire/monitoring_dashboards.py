"""Cloud Monitoring's dashboards: one JSON document each."""

import json
from collections.abc import Mapping
from typing import ClassVar

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, JsonValue, text
from vigil_runner.wire.base import ServerNamedWire
from vigil_runner.wire.exchange import json_object

_GO_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""What Go's encoder escapes in strings, and so the provider in the document that it returns."""


class DashboardWire(ServerNamedWire):
    """Dashboards. An update carries the etag of the last answer."""

    type: ClassVar[str] = tokens.DASHBOARD
    version: ClassVar[str] = "/v1/"
    fields: ClassVar[tuple[str, ...]] = ("dashboardJson",)
    masked: ClassVar[bool] = False

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's dashboards."""
        return f"projects/{text(inputs, 'project')}/dashboards"

    def body(self, inputs: Mapping[str, JsonValue]) -> JsonObject:
        """Return the document. Raises ValueError where it is no JSON."""
        try:
            return json_object(json.loads(text(inputs, "dashboardJson")))
        except (json.JSONDecodeError, TypeError) as error:
            raise ValueError(f"dashboardJson is no JSON object: {error}") from error

    def changed(self, old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> tuple[str, ...]:
        """Return whether the documents say something else; their spelling does not count."""
        before = text(old, "dashboardJson")
        try:
            same = before == text(new, "dashboardJson") or json.loads(before) == self.body(new)
        except json.JSONDecodeError:  # a secret's digest
            same = False
        return () if same else self.fields

    def update_body(
        self, inputs: Mapping[str, JsonValue], outputs: Mapping[str, JsonValue], changed: tuple[str, ...]
    ) -> JsonObject:
        """Return the document and the etag."""
        del changed
        known = json_object(json.loads(text(outputs, "dashboardJson", "{}")))
        etag = text(known, "etag")
        return {**self.body(inputs), **({"etag": etag} if etag else {})}

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return the document as the API serves it, with name and etag."""
        del inputs
        document = json.dumps(response, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        for character, escaped in _GO_ESCAPES.items():
            document = document.replace(character, escaped)
        return {"dashboardJson": document}
