"""Alert policies, as resources: evaluating them is the data plane's business."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, child, children, json_list, text, texts
from vigil_apimodel.metrics import catalog
from vigil_emulator.errors import ApiError
from vigil_emulator.resources import alert_rules
from vigil_emulator.resources.collection import Change, Collection, last, random_number
from vigil_emulator.resources.log_metrics import USER_METRICS
from vigil_emulator.resources.projects import project_of
from vigil_emulator.times import moment, parse_time


class AlertPolicies(Collection):
    """Alert policies (`monitoring.alertPolicies`)."""

    kind = "monitoring.alertPolicies"
    api = "monitoring.v3"
    schema = "AlertPolicy"
    segment = "alertPolicies"
    total_size = True
    server_fields = frozenset({"name", "creationRecord", "mutationRecord", "validity"})
    limit: ClassVar[tuple[int, str] | None] = (limits.PROJECT_ALERT_POLICIES, "alert policies")

    def prepare(self, change: Change) -> JsonObject:
        """Check the policy as a whole; name its conditions; record who did it."""
        body = change.body
        body.setdefault("enabled", True)
        alert_rules.check(body)
        project = project_of(change.name)
        for query in alert_rules.queries(body):
            metric_types = alert_rules.metric_types(query.filter)
            if query.kind == "conditionThreshold":
                self._check_visible(project, metric_types)
            if len(metric_types) == 1:
                self._check_aligners(project, metric_types[0], query.aggregations)
        for channel in texts(body, "notificationChannels"):
            self._check_channel(channel)
        known = {text(condition, "name") for condition in children(change.before or {}, "conditions")}
        conditions = children(body, "conditions")
        for condition in conditions:
            if text(condition, "name") not in known or not text(condition, "name"):
                condition["name"] = f"{change.name}/conditions/{random_number()}"
        body["conditions"] = json_list(conditions)
        record: JsonObject = {"mutateTime": self.context.now(), "mutatedBy": self.context.identity}
        body["mutationRecord"] = record
        body["creationRecord"] = change.before["creationRecord"] if change.before else dict(record)
        return body

    def not_found(self, name: str) -> ApiError:
        """Return the error, in the manner of channels."""
        return ApiError("NOT_FOUND", f"The alert policy {name} was not found: Cannot find AlertPolicy {last(name)}.")

    def _check_visible(self, project: str, metric_types: Sequence[str]) -> None:
        """A log-based metric is known to Monitoring some time after it was made (terraform-provider-google #11102)."""
        for metric_type in metric_types:
            if not metric_type.startswith(USER_METRICS):
                continue
            metric = self._log_metric(project, metric_type)
            delay = timedelta(seconds=self.context.visibility_seconds)
            if metric is None or moment(parse_time(text(metric, "createTime"))) + delay > self.context.clock.now():
                raise ApiError(
                    "NOT_FOUND",
                    f'Cannot find metric(s) that match type = "{metric_type}". If a metric was created recently,'
                    " it could take"
                    " up to 10 minutes to become available. Please try again soon.",
                )

    def _check_aligners(self, project: str, metric_type: str, aggregations: Sequence[JsonObject]) -> None:
        """Only the first aggregation sees the metric itself, and only metrics that are known are judged."""
        known = catalog.lookup(metric_type)
        declared = self.store.get("monitoring.metricDescriptors", f"projects/{project}/metricDescriptors/{metric_type}")
        if metric_type.startswith(USER_METRICS):
            declared = child(self._log_metric(project, metric_type) or {}, "metricDescriptor")
        kind = known.kind if known else text(declared or {}, "metricKind")
        value_type = known.value_type if known else text(declared or {}, "valueType")
        if kind and value_type and aggregations:
            alert_rules.check_aligner(aggregations[0], kind, value_type)

    def _log_metric(self, project: str, metric_type: str) -> JsonObject | None:
        return self.store.get("logging.metrics", f"projects/{project}/metrics/{metric_type.removeprefix(USER_METRICS)}")

    def _check_channel(self, channel: str) -> None:
        if self.store.get("monitoring.notificationChannels", self.context.projects.canonical(channel)) is None:
            raise ApiError(
                "NOT_FOUND",
                f'Field alert_policy.notification_channels had an invalid value of "{channel}": The notification'
                " channel was not found.",
            )
