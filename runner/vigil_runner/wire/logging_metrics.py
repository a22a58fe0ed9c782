"""Wire of log-based metrics."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text
from vigil_runner.wire.base import RestWire


class MetricWire(RestWire):
    """Counters and distributions. An update sends the whole metric, to the name that the program gives it now.

    So a new name makes another metric and leaves the old one behind, unless the program asks for a replacement
    (https://github.com/hashicorp/terraform-provider-google/issues/18144).
    """

    type: ClassVar[str] = tokens.LOG_METRIC
    immutable: ClassVar[frozenset[str]] = frozenset({"project", "metricDescriptor.labels"})
    autonamed: ClassVar[bool] = True
    version: ClassVar[str] = "/v2/"
    fields: ClassVar[tuple[str, ...]] = (
        "name",
        "description",
        "filter",
        "disabled",
        "bucketName",
        "metricDescriptor",
        "labelExtractors",
        "valueExtractor",
        "bucketOptions",
    )
    verb: ClassVar[str] = "PUT"
    masked: ClassVar[bool] = False

    def defaults(self, inputs: JsonObject) -> JsonObject:
        """Return the unit 1, labels of type STRING in order of their keys (they are a set)."""
        descriptor = child(inputs, "metricDescriptor")
        if not descriptor:
            return inputs
        labels = sorted(children(descriptor, "labels"), key=lambda label: text(label, "key"))
        typed: list[JsonValue] = [{"valueType": "STRING", **label} for label in labels]
        described: JsonObject = {"unit": "1", **descriptor}
        if typed:
            described["labels"] = typed
        return {**inputs, "metricDescriptor": described}

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the short name."""
        return text(inputs, "name")

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's metrics."""
        return f"projects/{text(inputs, 'project')}/metrics"

    def path(self, id: str, inputs: Mapping[str, JsonValue]) -> str:  # noqa: A002 - Pulumi's word
        """Return the name that the inputs give now, as one segment: a slash in it is encoded."""
        return f"{self.collection(inputs)}/{quote(text(inputs, 'name') or id, safe='!$&()*+,;=:@')}"

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return nothing: the API computes nothing."""
        del inputs, response
        return {}
