"""What an estimate reads of a render: resources by type, labels of metrics, who reads what."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from vigil_apimodel import promql, tokens
from vigil_apimodel.json_values import JsonObject, child, children, text, texts

EVENT_METRICS: Final = "vigil:metrics:EventMetrics"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document of `vigil render --json`."""

    resources: tuple[JsonObject, ...]

    def inputs(self, type_: str) -> Iterator[JsonObject]:
        """Yield the inputs of each resource of a type."""
        yield from (child(one, "inputs") for one in self.resources if text(one, "type") == type_)

    def ancestors(self, resource: JsonObject) -> str:
        """Return the types of a resource's ancestors, as its URN has them."""
        return text(resource, "urn").rpartition("::")[0]


def rendered(document: JsonObject) -> Rendered:
    """Return a document of `vigil render --json`."""
    return Rendered(tuple(children(document, "resources")))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMetric:
    """A log-based metric."""

    name: str
    labels: tuple[str, ...]
    values: Mapping[str, int]
    """How many values each label can have, where its event declares that."""
    distribution: bool
    filter: str

    @property
    def promql(self) -> str:
        """Its name in PromQL."""
        return promql.metric_name(f"logging.googleapis.com/user/{self.name}")

    @property
    def unknown(self) -> tuple[str, ...]:
        """Labels of which nobody says how many values they have."""
        return tuple(one for one in self.labels if one not in self.values)


def log_metrics(stack: Rendered, *, like: Rendered | None = None) -> list[LogMetric]:
    """Return the log-based metrics; `like` is a render that may know labels which this one does not."""
    known: dict[str, Mapping[str, int]] = {}
    for source in (like, stack):
        for inputs in source.inputs(EVENT_METRICS) if source is not None else ():
            for metric, values in child(inputs, "labelValues").items():
                if isinstance(values, dict):
                    counts = {label: size for label, size in values.items() if isinstance(size, int)}
                    known[metric] = counts
    found: list[LogMetric] = []
    for inputs in stack.inputs(tokens.LOG_METRIC):
        descriptor = child(inputs, "metricDescriptor")
        name = text(inputs, "name")
        found.append(
            LogMetric(
                name=name,
                labels=tuple(sorted(child(inputs, "labelExtractors"))),
                values=known.get(name, {}),
                distribution=text(descriptor, "valueType") == "DISTRIBUTION" or bool(text(inputs, "valueExtractor")),
                filter=text(inputs, "filter"),
            )
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of an alert policy."""

    policy: str
    name: str
    body: JsonObject
    channels: tuple[str, ...]
    severity: str

    @property
    def query(self) -> str:
        """Its PromQL; empty where it has none."""
        return text(child(self.body, "conditionPrometheusQueryLanguage"), "query")


def conditions(stack: Rendered) -> list[Condition]:
    """Return the conditions of all policies that are on."""
    return [
        Condition(
            policy=text(inputs, "displayName"),
            name=text(body, "displayName"),
            body=body,
            channels=tuple(sorted(texts(inputs, "notificationChannels"))),
            severity=text(inputs, "severity"),
        )
        for inputs in stack.inputs(tokens.ALERT_POLICY)
        if inputs.get("enabled") is not False
        for body in children(inputs, "conditions")
    ]


def readers(stack: Rendered) -> str:
    """Return everything that reads metrics as one text: conditions, dashboards and objectives."""
    kept = [
        json.dumps(child(one, "inputs"))
        for one in stack.resources
        if text(one, "type") == tokens.ALERT_POLICY or text(one, "type").startswith("gcp:monitoring/slo")
    ]
    return "\n".join([*kept, *(text(one, "dashboardJson") for one in stack.inputs(tokens.DASHBOARD))])
