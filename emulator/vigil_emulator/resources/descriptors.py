"""Metric descriptors: those that clients make, and those of log-based metrics."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ClassVar, Protocol

from vigil_apimodel.json_values import JsonObject, child, children, json_list, text
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument, missing_field
from vigil_emulator.resources.collection import Change, Collection, Context
from vigil_emulator.resources.log_metrics import USER_METRICS
from vigil_emulator.resources.projects import project_of
from vigil_emulator.times import moment, nanoseconds, parse_time

RESOURCE_TYPES = (
    "aws_ec2_instance",
    "aws_lambda_function",
    "aws_sqs_queue",
    "baremetalsolution.googleapis.com/Instance",
    "cloud_composer_environment",
    "cloud_composer_workflow",
    "cloud_dataproc_batch",
    "dataflow_job",
    "gae_instance",
    "gce_instance",
    "generic_node",
    "generic_task",
    "gke_container",
    "global",
    "k8s_cluster",
    "k8s_container",
    "k8s_node",
    "k8s_pod",
    "k8s_service",
    "prometheus_target",
)
"""What a user's metric can be written about (corpus/recorded-http, metric descriptor)."""

MAX_LABELS = 30
"""Labels of a user's metric (docs.cloud.google.com/monitoring/quotas)."""

_TYPE = re.compile(
    r"(custom|workload|external|prometheus|agent)\.googleapis\.com/[A-Za-z0-9_/.\-:]+|[a-z0-9.\-]+/[A-Za-z0-9_/.\-]+"
)


class Written(Protocol):
    """What the data plane knows of metrics that nobody declared: Google's own, and those that were simply written."""

    def get(self, project: str, metric: str, now: int) -> JsonObject | None:
        """Return the descriptor of a metric type at a time in nanoseconds."""
        ...

    def all(self, project: str, now: int) -> list[JsonObject]:
        """Return every descriptor that the project has."""
        ...


class Descriptors(Collection):
    """`monitoring.metricDescriptors`; ids hold slashes."""

    kind = "monitoring.metricDescriptors"
    api = "monitoring.v3"
    schema = "MetricDescriptor"
    segment = "metricDescriptors"
    any_depth = True
    server_fields = frozenset({"name", "monitoredResourceTypes"})
    limit: ClassVar[tuple[int, str] | None] = (10_000, "metric descriptors")

    def __init__(self, context: Context, written: Written | None = None) -> None:
        """`written` is None where there is no data plane."""
        super().__init__(context)
        self._written = written

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the verbs; a descriptor is replaced by creating it again."""
        return {"create": self.create, "get": self.get, "list": self.page, "delete": self.delete}

    def create(self, call: Call) -> JsonObject:
        """Create or replace. The answer is the request; what is read later is the server's form of it."""
        parent = self.parent(call)
        self.context.projects.ensure(parent)
        metric_type = text(call.body, "type")
        if not _TYPE.fullmatch(metric_type) or metric_type.startswith("logging.googleapis.com/"):
            raise invalid_argument(
                f'Field metric_descriptor.type had an invalid value of "{metric_type}": a user\'s metric begins'
                " with custom.googleapis.com, workload.googleapis.com or external.googleapis.com",
            )
        name = f"{parent}/{self.segment}/{metric_type}"
        before = self.store.get(self.kind, name)
        body = {key: value for key, value in call.body.items() if key not in self.not_for_clients()}
        answer: JsonObject = {**body, "name": name}
        self.put(name, dict(body), before, call)
        return answer

    def prepare(self, change: Change) -> JsonObject:
        """Check kind and labels; sort labels, as the server does."""
        body = change.body
        for field, name in (("metricKind", "metric_kind"), ("valueType", "value_type")):
            if not text(body, field):
                raise missing_field(f"metric_descriptor.{name}")
            if change.before is not None and change.before.get(field) != body[field]:
                raise invalid_argument(
                    f"Field metric_descriptor.{name} cannot be changed: delete the descriptor first.",
                )
        labels = children(body, "labels")
        if len(labels) > MAX_LABELS:
            raise invalid_argument(f"A metric may have at most {MAX_LABELS} labels.")
        if labels:
            body["labels"] = json_list(sorted(labels, key=lambda label: text(label, "key")))
        body.pop("launchStage", None)
        body.pop("metadata", None)
        return {**body, "monitoredResourceTypes": list(RESOURCE_TYPES)}

    def names(self, call: Call) -> list[str]:
        """Return the descriptors that were made, those of visible log-based metrics, and those only written."""
        parent = self.parent(call)
        metrics = self.store.names("logging.metrics", parent)
        visible = [name for metric in metrics if (name := self._descriptor_name(metric)) and self._of_log_metric(name)]
        known = [*super().names(call), *visible]
        written = self._written.all(project_of(parent), self._now()) if self._written else []
        others = (f"{parent}/{self.segment}/{text(descriptor, 'type')}" for descriptor in written)
        return [*known, *(name for name in others if name not in known and f"/{USER_METRICS}" not in name)]

    def filtered(self, body: JsonObject) -> JsonObject:
        """Return the body as filters see it: they say `metric.type`."""
        return {**body, "metric": body}

    def existing(self, name: str) -> JsonObject:
        """Return a descriptor of any kind."""
        if f"/{USER_METRICS}" in name:
            found = self._of_log_metric(name)
        else:
            found = self.store.get(self.kind, name)
            if found is None and self._written is not None:
                metric_type = name.partition(f"/{self.segment}/")[2]
                found = self._written.get(project_of(name), metric_type, self._now())
        if found is None:
            raise self.not_found(name)
        return found

    def _now(self) -> int:
        return nanoseconds(self.context.clock.now())

    def before_delete(self, change: Change) -> None:
        """Refuse that of a log-based metric, which goes with the metric."""
        if f"/{USER_METRICS}" in change.name:
            raise invalid_argument("The descriptor of a log-based metric cannot be deleted; delete the metric.")

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words."""
        return ApiError(
            "NOT_FOUND", f"Could not find descriptor for metric '{name.partition('/metricDescriptors/')[2]}'."
        )

    @staticmethod
    def _descriptor_name(metric: str) -> str:
        project, _, identifier = metric.partition("/metrics/")
        return f"{project}/metricDescriptors/{USER_METRICS}{identifier}"

    def _of_log_metric(self, name: str) -> JsonObject | None:
        project, found, identifier = name.partition(f"/metricDescriptors/{USER_METRICS}")
        metric = self.store.get("logging.metrics", f"{project}/metrics/{identifier}") if found else None
        if metric is None:
            return None
        since = moment(parse_time(text(metric, "createTime")))
        if since + timedelta(seconds=self.context.visibility_seconds) > self.context.clock.now():
            return None
        return child(metric, "metricDescriptor")
