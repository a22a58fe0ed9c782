"""Log-based metrics, as resources: what they count is the data plane's business."""

import re
from typing import ClassVar

import re2

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, child, children, json_list, text, text_map
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument, missing_field
from vigil_emulator.metrics.distribution import bounds_of
from vigil_emulator.numerals import number
from vigil_emulator.resources.collection import Change, Collection
from vigil_emulator.resources.lql import check_filter
from vigil_emulator.resources.sinks import check_description

USER_METRICS = "logging.googleapis.com/user/"
"""What the type of every log-based metric of a user begins with."""

_EXTRACTOR = re.compile(
    r"\s*(?:EXTRACT\((?P<field>[^,]+)\)|REGEXP_EXTRACT\((?P<source>[^,]+),\s*\"(?P<regex>(?:[^\"\\]|\\.)*)\"\s*\))\s*"
)


class LogMetrics(Collection):
    """`logging.metrics`; stored under `projects/P/metrics/ID`, ids may hold slashes."""

    kind = "logging.metrics"
    api = "logging.v2"
    schema = "LogMetric"
    segment = "metrics"
    id_pattern = re.compile(r"(?!/)[A-Za-z0-9_\-.,+!*',()%/]{1,100}")
    timestamps = True
    any_depth = True
    limit: ClassVar[tuple[int, str] | None] = (limits.PROJECT_LOG_METRICS, "log-based metrics")

    def new_id(self, call: Call) -> str:
        """Return the body's name."""
        name = text(call.body, "name")
        if not name:
            raise missing_field("metric.name")
        return self.valid_id(name)

    def update(self, call: Call) -> JsonObject:
        """Create or replace, as Google does (`projects.metrics.update`)."""
        name = self.name(call)
        self.context.projects.ensure(name)
        if self.store.get(self.kind, name) is not None:
            return super().update(call)
        self.valid_id(metric_id(name))
        body = {key: value for key, value in call.body.items() if key not in self.not_for_clients()}
        return self.put(name, body, None, call)

    def served_name(self, name: str) -> str:
        """Return an id alone."""
        return metric_id(name)

    def prepare(self, change: Change) -> JsonObject:
        """Check the definition and complete the descriptor."""
        body = change.body
        if not text(body, "filter"):
            raise missing_field("metric.filter")
        check_filter(text(body, "filter"), "filter")
        check_description(body)
        project, _, _id = change.name.partition("/metrics/")
        metric_type = USER_METRICS + metric_id(change.name)
        descriptor = {
            key: value
            for key, value in child(body, "metricDescriptor").items()
            if key not in {"launchStage", "metadata"}
        }
        descriptor.setdefault("metricKind", "DELTA")
        descriptor.setdefault("valueType", "INT64")
        if descriptor["valueType"] != "DISTRIBUTION":
            descriptor.setdefault("unit", "1")
        descriptor |= {"name": f"{project}/metricDescriptors/{metric_type}", "type": metric_type}
        descriptor.pop("description", None)
        if text(body, "description"):
            descriptor["description"] = text(body, "description")
        _check_labels(body, descriptor)
        _check_value(body, descriptor)
        if change.before is not None:
            _check_change(child(change.before, "metricDescriptor"), descriptor)
        return {**body, "metricDescriptor": descriptor, "resourceName": change.name}

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words."""
        return ApiError("NOT_FOUND", f"Metric {metric_id(name)} does not exist.")

    def already_exists(self, name: str) -> ApiError:
        """Return the error, in the manner of `not_found`."""
        return ApiError("ALREADY_EXISTS", f"Metric {metric_id(name)} already exists.")


def metric_id(name: str) -> str:
    """Return the id in a metric's full name, slashes included."""
    return name.partition("/metrics/")[2]


def _check_labels(body: JsonObject, descriptor: JsonObject) -> None:
    labels, extractors = children(descriptor, "labels"), text_map(body, "labelExtractors")
    if len(labels) != len(extractors):
        raise invalid_argument("Number of label descriptors must match number of label extractors")
    if len(labels) > limits.LOG_METRIC_LABELS:
        raise invalid_argument(f"A log-based metric may have at most {limits.LOG_METRIC_LABELS} labels")
    keys = {text(label, "key") for label in labels}
    for key, extractor in extractors.items():
        if key not in keys:
            raise invalid_argument(f"No label descriptor found for label extractor with key {key}")
        check_extractor(extractor)
    if labels:
        descriptor["labels"] = json_list(labels)


def _check_value(body: JsonObject, descriptor: JsonObject) -> None:
    distribution = descriptor["valueType"] == "DISTRIBUTION"
    extractor = text(body, "valueExtractor")
    if distribution and not extractor:
        raise invalid_argument("A value extractor is required for a metric of value type DISTRIBUTION")
    if extractor and not distribution:
        raise invalid_argument("A value extractor requires a metric of value type DISTRIBUTION")
    if extractor:
        check_extractor(extractor)
    if descriptor["metricKind"] != "DELTA" or descriptor["valueType"] not in {"INT64", "DISTRIBUTION"}:
        raise invalid_argument("Log-based metrics must be of kind DELTA and value type INT64 or DISTRIBUTION")
    _check_buckets(child(body, "bucketOptions"))


def _check_buckets(options: JsonObject) -> None:
    exponential, linear = child(options, "exponentialBuckets"), child(options, "linearBuckets")
    if "exponentialBuckets" in options and not (
        number(exponential, "growthFactor") > 1
        and number(exponential, "scale") > 0
        and number(exponential, "numFiniteBuckets") > 0
    ):
        raise invalid_argument("Exponential buckets need growth_factor > 1, scale > 0 and num_finite_buckets > 0")
    if "linearBuckets" in options and not (number(linear, "width") > 0 and number(linear, "numFiniteBuckets") > 0):
        raise invalid_argument("Linear buckets need width > 0 and num_finite_buckets > 0")
    kinds = [kind for kind in ("exponentialBuckets", "linearBuckets", "explicitBuckets") if kind in options]
    if options and len(kinds) != 1:
        raise invalid_argument("Bucket options need exactly one of linear, exponential and explicit buckets")
    bounds = child(options, "explicitBuckets").get("bounds")
    explicit = len(bounds) if isinstance(bounds, list) else 0
    if "explicitBuckets" in options and not explicit:
        raise invalid_argument("Explicit buckets need at least one bound")
    finite = max(number(exponential, "numFiniteBuckets"), number(linear, "numFiniteBuckets"), explicit)
    if finite > limits.DISTRIBUTION_BUCKETS:
        raise invalid_argument(f"A distribution may have at most {limits.DISTRIBUTION_BUCKETS} buckets")
    if options:
        bounds_of(options)


def check_extractor(extractor: str) -> None:
    """Raise ApiError unless it is `EXTRACT(field)` or `REGEXP_EXTRACT(field, regex)` with exactly one group."""
    found = _EXTRACTOR.fullmatch(extractor)
    if found is None:
        raise invalid_argument(f"Unparseable extractor: {extractor}")
    if found["regex"] is None:
        return
    try:
        groups: int = re2.compile(re.sub(r"\\([\"\\])", r"\1", found["regex"])).groups  # pyright: ignore[reportUnknownVariableType] - google-re2 has no types
    except re2.error as error:  # pyright: ignore[reportUnknownVariableType] - google-re2 has no types
        raise invalid_argument(f"Invalid regular expression in extractor {extractor}: {error}") from None
    if groups != 1:
        raise invalid_argument(f"The regular expression in extractor {extractor} must have exactly one capture group")


def _check_change(before: JsonObject, after: JsonObject) -> None:
    for field in ("metricKind", "valueType"):
        if before.get(field) != after.get(field):
            raise invalid_argument(f"Field metric_descriptor.{field} cannot be changed")
    old = {text(label, "key"): label.get("valueType") for label in children(before, "labels")}
    new = {text(label, "key"): label.get("valueType") for label in children(after, "labels")}
    for key, kind in old.items():
        if key not in new or new[key] != kind:
            raise invalid_argument(f"Label {key} of a log-based metric cannot be removed or changed")
