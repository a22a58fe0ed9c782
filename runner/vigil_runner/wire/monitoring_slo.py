"""Cloud Monitoring's services and service level objectives."""

from collections.abc import Mapping
from typing import ClassVar

from vigil_apimodel import tokens
from vigil_apimodel.api_json import SINGULAR
from vigil_apimodel.json_values import JsonObject, JsonValue, child, text
from vigil_runner.wire.base import RestWire
from vigil_runner.wire.exchange import compact, number, pick

_DAY = 86_400
"""Seconds."""


class _ServiceWire(RestWire):
    """Services, under an id that the user may choose."""

    immutable: ClassVar[frozenset[str]] = frozenset({"project", "serviceId"})
    version: ClassVar[str] = "/v3/"
    always: ClassVar[Mapping[str, JsonValue]] = {"userLabels": {}}

    def id(self, inputs: Mapping[str, JsonValue]) -> str | None:
        """Return the service's full name, where the program chose its id."""
        chosen = text(inputs, "serviceId")
        return f"{self.collection(inputs)}/{chosen}" if chosen else None

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's services."""
        return f"projects/{text(inputs, 'project')}/services"

    def create_query(self, inputs: Mapping[str, JsonValue]) -> Mapping[str, str]:
        """Return the id, empty where the server is to choose."""
        return {"serviceId": text(inputs, "serviceId")}

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Name, and the id also where the server chose it."""
        del inputs
        name = text(response, "name")
        return {"name": name, "serviceId": name.rpartition("/")[2]}


class CustomServiceWire(_ServiceWire):
    """Services that are what their owner says."""

    type: ClassVar[str] = tokens.CUSTOM_SERVICE
    fields: ClassVar[tuple[str, ...]] = ("displayName", "userLabels", "telemetry")
    always: ClassVar[Mapping[str, JsonValue]] = {"custom": {}, "userLabels": {}}


class GenericServiceWire(_ServiceWire):
    """Services of a kind that Google knows, as Cloud Run's."""

    type: ClassVar[str] = tokens.GENERIC_SERVICE
    immutable: ClassVar[frozenset[str]] = frozenset({"project", "serviceId", "basicService"})
    fields: ClassVar[tuple[str, ...]] = ("displayName", "userLabels", "basicService")
    fixed: ClassVar[frozenset[str]] = frozenset({"basicService"})


_RATIO_PATHS = tuple(f"goodTotalRatio.{kind}ServiceFilter" for kind in ("bad", "good", "total"))
_CUT_PATHS = ("distributionCut.range", "distributionCut.distributionFilter")
_REQUEST_PATHS = (*_RATIO_PATHS, *_CUT_PATHS)
_WINDOW_PATHS = (
    "windowPeriod",
    "goodBadMetricFilter",
    "goodTotalRatioThreshold.threshold",
    *(f"goodTotalRatioThreshold.performance.{path}" for path in _REQUEST_PATHS),
    "goodTotalRatioThreshold.basicSliPerformance",
    *(f"metric{kind}InRange.{path}" for kind in ("Mean", "Sum") for path in ("timeSeries", "range")),
)
"""What the provider's mask names when an indicator of a kind changes: each leaf, whether it is set or not
(terraform-provider-google-beta, resource_monitoring_slo.go)."""


class SloWire(RestWire):
    """Service level objectives. The indicator is one field to the API, whichever kind it is."""

    type: ClassVar[str] = tokens.SLO
    immutable: ClassVar[frozenset[str]] = frozenset({"project", "service", "sloId"})
    version: ClassVar[str] = "/v3/"
    fields: ClassVar[tuple[str, ...]] = ("displayName", "goal", "calendarPeriod", "userLabels")
    watched: ClassVar[tuple[str, ...]] = (
        "displayName",
        "goal",
        "rollingPeriodDays",
        "calendarPeriod",
        "userLabels",
        "basicSli",
        "requestBasedSli",
        "windowsBasedSli",
    )
    mask_names: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "rollingPeriodDays": ("rollingPeriod",),
        "basicSli": ("serviceLevelIndicator.basicSli",),
        "requestBasedSli": tuple(f"serviceLevelIndicator.requestBased.{path}" for path in _REQUEST_PATHS),
        "windowsBasedSli": tuple(f"serviceLevelIndicator.windowsBased.{path}" for path in _WINDOW_PATHS),
    }
    fixed: ClassVar[frozenset[str]] = frozenset({"name"})
    always: ClassVar[Mapping[str, JsonValue]] = {"userLabels": {}}

    def id(self, inputs: Mapping[str, JsonValue]) -> str | None:
        """Return the objective's full name, where the program chose its id."""
        chosen = text(inputs, "sloId")
        return f"{self.collection(inputs)}/{chosen}" if chosen else None

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the service's objectives."""
        return f"projects/{text(inputs, 'project')}/services/{text(inputs, 'service')}/serviceLevelObjectives"

    def create_query(self, inputs: Mapping[str, JsonValue]) -> Mapping[str, str]:
        """Return the id, empty where the server is to choose."""
        return {"serviceLevelObjectiveId": text(inputs, "sloId")}

    def body(self, inputs: Mapping[str, JsonValue]) -> JsonObject:
        """Return the objective; days of a rolling period as seconds."""
        days = number(inputs, "rollingPeriodDays")
        kinds: JsonObject = {
            "requestBased": child(inputs, "requestBasedSli"),
            "windowsBased": child(inputs, "windowsBasedSli"),
        }
        indicator = compact(kinds)
        if windows := child(indicator, "windowsBased"):
            indicator["windowsBased"] = _windows(windows)
        if basic := _basic(child(inputs, "basicSli")):
            indicator["basicSli"] = basic
        more: JsonObject = {"name": text(inputs, "sloId"), "rollingPeriod": f"{days * _DAY}s" if days else ""}
        return {**super().body(inputs), **compact(more), "serviceLevelIndicator": indicator}

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Name, and the id also where the server chose it."""
        del inputs
        name = text(response, "name")
        return {"name": name, "sloId": name.rpartition("/")[2]}


def _basic(sli: JsonObject) -> JsonObject:
    """Return a basic indicator as the API has it: lists named in the singular, and availability as an empty object.

    AvailabilityCriteria has no fields; to the provider it has `enabled`.
    """
    kept: JsonObject = {SINGULAR.get(key, key): value for key, value in compact(sli).items()}
    return {**kept, "availability": {}} if "availability" in kept else kept


def _windows(sli: JsonObject) -> JsonObject:
    """Return an indicator by windows, whose performance may be a basic indicator."""
    threshold = child(sli, "goodTotalRatioThreshold")
    if "basicSliPerformance" not in threshold:
        return sli
    basic = _basic(child(threshold, "basicSliPerformance"))
    return {**sli, "goodTotalRatioThreshold": {**threshold, "basicSliPerformance": basic}}


class DescriptorWire(RestWire):
    """Metric descriptors. Creating one that exists changes it."""

    type: ClassVar[str] = tokens.METRIC_DESCRIPTOR
    immutable: ClassVar[frozenset[str]] = frozenset(
        {"project", "type", "labels", "metricKind", "valueType", "launchStage"}
    )
    version: ClassVar[str] = "/v3/"
    fields: ClassVar[tuple[str, ...]] = (
        "type",
        "labels",
        "metricKind",
        "valueType",
        "unit",
        "description",
        "displayName",
        "metadata",
        "launchStage",
    )
    verb: ClassVar[str] = "POST"
    masked: ClassVar[bool] = False

    def defaults(self, inputs: JsonObject) -> JsonObject:
        """Return labels of type STRING."""
        labels = inputs.get("labels")
        if not isinstance(labels, list):
            return inputs
        typed: list[JsonValue] = [{"valueType": "STRING", **each} for each in labels if isinstance(each, dict)]
        return {**inputs, "labels": typed}

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the descriptor's full name, which ends in the metric's type."""
        return f"{self.collection(inputs)}/{text(inputs, 'type')}"

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's descriptors."""
        return f"projects/{text(inputs, 'project')}/metricDescriptors"

    def path(self, id: str, inputs: Mapping[str, JsonValue]) -> str:  # noqa: A002 - Pulumi's word
        """Return the path for reading and removing, which is its own."""
        del inputs
        return id

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Name and what may carry it."""
        del inputs
        return {**pick(response, ("name",)), "monitoredResourceTypes": response.get("monitoredResourceTypes") or []}
