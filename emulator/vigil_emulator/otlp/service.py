"""The three services: a request's message in, a response's message out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from vigil_apimodel.json_values import JsonObject, json_list
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.errors import ApiError, too_many
from vigil_emulator.otlp import limits, logs, metrics, spans
from vigil_emulator.otlp.attributes import attributes_of, texts_of
from vigil_emulator.otlp.resources import project_of
from vigil_emulator.otlp.times import Times
from vigil_emulator.tracing import Span

REASONS = 3
"""Reasons that a partial success names."""


class Otlp:
    """Takes exports into a data plane. `ensure` makes a project on its first use (`projects/P`)."""

    def __init__(self, data: DataPlane, ensure: Callable[[str], None], *, mapped: bool = True) -> None:
        """Without `mapped` the senders' times are on the emulator's clock already, as in a test."""
        self._data = data
        self._ensure = ensure
        self._times = Times(data.onto_clock if mapped else _same)

    def export(self, request: Message, caller: str = "") -> Message:
        """Return the answer to any of the three requests. `caller` is the project of `x-goog-user-project`."""
        match request:
            case ExportLogsServiceRequest():
                return self.logs(request, caller)
            case ExportMetricsServiceRequest():
                return self.metrics(request, caller)
            case ExportTraceServiceRequest():
                return self.traces(request, caller)
            case _:
                raise TypeError(f"{request.DESCRIPTOR.full_name} is no request of OTLP")

    def logs(self, request: ExportLogsServiceRequest, caller: str) -> ExportLogsServiceResponse:
        """Write entries; those that Logging refuses are rejected, and the others kept."""
        entries: list[JsonObject] = []
        for resource in request.resource_logs:
            project, attributes = self._project(resource.resource, caller)
            entries += logs.entries_of(project, attributes, resource, self._times, self._data.now())
        answer = ExportLogsServiceResponse()
        if not entries:
            return answer
        try:
            self._data.write({"entries": json_list(entries), "partialSuccess": True})
        except ApiError as error:
            rejected = _rejected(error)
            if rejected is None:
                raise
            answer.partial_success.rejected_log_records = len(rejected)
            answer.partial_success.error_message = _because(rejected)
        return answer

    def metrics(self, request: ExportMetricsServiceRequest, caller: str) -> ExportMetricsServiceResponse:
        """Write points; the others are kept where some are rejected. Raises ApiError beyond a request's limits."""
        if len(request.resource_metrics) > limits.RESOURCE_METRICS:
            raise too_many("resource_metrics", len(request.resource_metrics), limits.RESOURCE_METRICS)
        count = sum(
            len(metrics.points_of(metric))
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        )
        if count > limits.POINTS:
            raise too_many("data_points", count, limits.POINTS)
        rejected: list[str] = []
        for resource in request.resource_metrics:
            project, attributes = self._project(resource.resource, caller)
            found = metrics.mapped(attributes, resource, self._times)
            rejected += found.rejected
            for batch in metrics.batches(found.series):
                rejected += [error.message for error in self._data.write_series(project, batch)]
        answer = ExportMetricsServiceResponse()
        if rejected:
            answer.partial_success.rejected_data_points = len(rejected)
            answer.partial_success.error_message = _because(rejected)
        return answer

    def traces(self, request: ExportTraceServiceRequest, caller: str) -> ExportTraceServiceResponse:
        """Store spans; those beyond a limit are rejected, and the others kept."""
        stored: list[Span] = []
        rejected: list[str] = []
        for resource in request.resource_spans:
            project, _ = self._project(resource.resource, caller)
            found = spans.mapped(project, resource, self._times)
            stored += found.spans
            rejected += found.rejected
        if stored:
            self._data.spans.add(stored)
        answer = ExportTraceServiceResponse()
        if rejected:
            answer.partial_success.rejected_spans = len(rejected)
            answer.partial_success.error_message = _because(rejected)
        return answer

    def _project(self, resource: Resource, caller: str) -> tuple[str, Mapping[str, str]]:
        attributes = texts_of(attributes_of(resource.attributes))
        project = project_of(attributes, caller)
        self._ensure(f"projects/{project}")
        return project, attributes


def _same(written: int) -> int:
    return written


def _rejected(error: ApiError) -> Sequence[str] | None:
    """Why single entries were refused; None where the request was."""
    for detail in error.details:
        reasons = detail.get("logEntryErrors")
        if isinstance(reasons, dict):
            return [str(one.get("message")) if isinstance(one, dict) else str(one) for one in reasons.values()]
    return None


def _because(reasons: Sequence[str]) -> str:
    """The most frequent reasons, with how often each was one."""
    counted = Counter(reasons).most_common()
    shown = [f"{reason} ({count})" if count > 1 else reason for reason, count in counted[:REASONS]]
    more = len(counted) - REASONS
    return "; ".join(shown) + (f"; and {more} other reasons" if more > 0 else "")
