"""Spans of requests, calls, statements, activities, workflows, agents and models, through OpenTelemetry's API.

```python
provider = TracerProvider(resource=...)                       # of opentelemetry-sdk, with an exporter of your choice
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
spans.enable(provider)
```

They come from what is instrumented already: a scope of `bind` that is a request, an activity or an agent's run is a
span for as long as it is open, and an event that reports the end of an operation is a span of the operation's length.
Names and attributes follow OpenTelemetry's conventions 1.44.0, those of models 1.41.1, and Temporal's own plugin:
https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/http/http-spans.md,
https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/db/database-spans.md,
https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-agent-spans.md,
https://github.com/temporalio/sdk-python/blob/main/temporalio/contrib/opentelemetry/README.md.
Where OpenTelemetry's own instrumentation is at work, no second span is made and lines have its ids.
Needs `opentelemetry-api` (the extra `opentelemetry`). Nothing of this costs anything before `enable`.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import Token
from typing import TypeAlias, cast

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TracerProvider,
)

from vigil_telemetry import context, runtime
from vigil_telemetry.bridges import genai
from vigil_telemetry.counters import counters
from vigil_telemetry.emitter import Observer, observe_events
from vigil_telemetry.event import Event
from vigil_telemetry.events.agent import AgentRunCompleted, AgentRunFailed, ToolCallCompleted, ToolCallFailed
from vigil_telemetry.events.database import DatabaseQueryCompleted, DatabaseQueryFailed
from vigil_telemetry.events.http import HttpRequestCompleted
from vigil_telemetry.events.llm import LlmCallCompleted, LlmCallFailed, LlmContentCaptured
from vigil_telemetry.events.outbound import ServiceCallCompleted
from vigil_telemetry.events.temporal import (
    ActivityCompleted,
    ActivityFailed,
    WorkflowCancelled,
    WorkflowCompleted,
    WorkflowFailed,
)
from vigil_telemetry.exceptions import error_type
from vigil_telemetry.redaction import redact_text
from vigil_telemetry.safe import from_value
from vigil_telemetry.trace import TraceContext

NAME = "vigil_telemetry"
Attributes: TypeAlias = dict[str, str | bool | int | float]

_SERVER_ERROR = 500
_INSTRUMENTORS = {
    "http": (
        ("opentelemetry.instrumentation.fastapi", "FastAPIInstrumentor"),
        ("opentelemetry.instrumentation.starlette", "StarletteInstrumentor"),
    ),
    "call": (
        ("opentelemetry.instrumentation.httpx", "HTTPXClientInstrumentor"),
        ("opentelemetry.instrumentation.requests", "RequestsInstrumentor"),
        ("opentelemetry.instrumentation.aiohttp_client", "AioHttpClientInstrumentor"),
    ),
    "db": (
        ("opentelemetry.instrumentation.sqlalchemy", "SQLAlchemyInstrumentor"),
        ("opentelemetry.instrumentation.asyncpg", "AsyncPGInstrumentor"),
        ("opentelemetry.instrumentation.psycopg", "PsycopgInstrumentor"),
        ("opentelemetry.instrumentation.redis", "RedisInstrumentor"),
    ),
    "llm": (
        ("opentelemetry.instrumentation.openai_v2", "OpenAIInstrumentor"),
        ("opentelemetry.instrumentation.anthropic", "AnthropicInstrumentor"),
        ("opentelemetry.instrumentation.google_genai", "GoogleGenAiSdkInstrumentor"),
    ),
}
"""OpenTelemetry's own instrumentations, by what they make spans of."""


def enable(provider: TracerProvider | None = None) -> None:
    """Make spans from here on.

    Args:
        provider: whose tracer makes them; default the process's (`opentelemetry.trace.set_tracer_provider`). Its
            sampler decides; the usual one follows the flag of the request's `traceparent`
            (https://opentelemetry.io/docs/specs/otel/trace/sdk/#parentbased).
    """
    spans = _Spans((provider or trace.get_tracer_provider()).get_tracer(NAME))
    settings = runtime.settings()
    if settings.span is None:
        runtime.replace(dataclasses.replace(settings, span=line_trace))
    context.begin_spans(spans.begin)
    observe_events(spans.observers())


def disable() -> None:
    """Make no more spans; those that are open end as they would."""
    context.begin_spans(None)
    observe_events({})
    settings = runtime.settings()
    if settings.span is line_trace:
        runtime.replace(dataclasses.replace(settings, span=None))


def line_trace() -> TraceContext | None:
    """Return the trace of a line: that of the current span, which the enclosing request takes for its last line."""
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        return None
    ids = _ids(found)
    scope = context.current()
    root = scope.root or scope
    if root.own and root.trace is not None and root.trace.trace_id != ids.trace_id:
        root.follow(ids)  # a span of the team's own instrumentation, begun further in
    return ids


def instrumented(kind: str) -> bool:
    """Return whether OpenTelemetry's own instrumentation makes spans of this kind: `http`, `call`, `db`, `llm`."""
    for module, name in _INSTRUMENTORS.get(kind, ()):
        loaded = sys.modules.get(module)
        made = getattr(getattr(loaded, name, None), "_instance", None)  # the instrumentor is a singleton
        if getattr(made, "_is_instrumented_by_opentelemetry", False):
            return True
    return False


class _Held:
    """The span of a scope."""

    __slots__ = ("_span", "_token", "trace")

    def __init__(self, span: Span) -> None:
        self._span = span
        self.trace = _ids(span.get_span_context())
        self._token: Token[Context] | None = otel_context.attach(trace.set_span_in_context(span))

    @property
    def span(self) -> Span:
        return self._span

    def end(self, error: BaseException | None) -> None:
        try:
            if isinstance(error, Exception):
                self._span.set_attribute("error.type", error_type(error))
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.end()
            if self._token is not None:
                otel_context.detach(self._token)
        except from_value():  # a provider may do anything
            counters.note("failed")


class _Spans:
    """Makes spans of scopes and events."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def begin(self, scope: context.Scope) -> context.Held | None:
        """Return the span of a scope that is one."""
        try:
            return self._begun(scope)
        except from_value():  # as above
            counters.note("failed")
            return None

    def _begun(self, scope: context.Scope) -> context.Held | None:
        own = scope.own
        if "activity_id" in own:
            return self._held(scope, "RunActivity", SpanKind.CONSUMER)
        if "agent_run_id" in own:
            return self._held(scope, "invoke_agent", SpanKind.INTERNAL)
        if "request_id" not in own or "workflow_id" in own:
            return None
        outer = trace.get_current_span().get_span_context()
        if outer.is_valid:  # the team's own instrumentation, further out
            scope.follow(_ids(outer))
            return None
        return None if instrumented("http") else self._held(scope, "HTTP", SpanKind.SERVER)

    def _held(self, scope: context.Scope, name: str, kind: SpanKind) -> _Held:
        return _Held(self._tracer.start_span(name, context=_parent(scope.trace), kind=kind))

    def observers(self) -> Mapping[type[Event], Observer]:
        """Return the events that report an end, by their class."""
        found: dict[type[Event], Callable[..., None]] = {
            HttpRequestCompleted: self._request,
            ActivityCompleted: self._activity,
            ActivityFailed: self._activity,
            AgentRunCompleted: self._agent,
            AgentRunFailed: self._agent,
            ServiceCallCompleted: self._call,
            DatabaseQueryCompleted: self._statement,
            DatabaseQueryFailed: self._statement,
            LlmCallCompleted: self._model,
            LlmCallFailed: self._model,
            LlmContentCaptured: self._content,
            ToolCallCompleted: self._tool,
            ToolCallFailed: self._tool,
            WorkflowCompleted: self._workflow,
            WorkflowFailed: self._workflow,
            WorkflowCancelled: self._workflow,
        }
        return {kind: _safely(observe) for kind, observe in found.items()}

    # -- the end of a scope's own span ------------------------------------------------------------------------------

    def _request(self, event: HttpRequestCompleted) -> None:
        attributes: Attributes = {
            "http.request.method": event.method,
            "http.route": event.route,
            "http.response.status_code": event.status,
        }
        failed = str(event.status) if event.status >= _SERVER_ERROR else None
        _finish(f"{event.method} {event.route}", attributes, failed)

    def _activity(self, event: ActivityCompleted | ActivityFailed) -> None:
        ids = context.current_ids()
        attributes: Attributes = {
            "temporalActivityID": ids.get("activity_id", ""),
            "temporalWorkflowID": ids.get("workflow_id", ""),
            "temporalRunID": ids.get("run_id", ""),
        }
        _finish(f"RunActivity:{event.activity_type}", attributes, getattr(event, "error_type", None))

    def _agent(self, event: AgentRunCompleted | AgentRunFailed) -> None:
        _finish(f"invoke_agent {event.agent}", _genai(event), getattr(event, "error_type", None))

    # -- an operation, once it has ended ----------------------------------------------------------------------------

    def _call(self, event: ServiceCallCompleted) -> None:
        if instrumented("call"):
            return
        attributes: Attributes = {"service.peer.name": event.target}
        method, _, template = event.operation.partition(" ")
        attributes["http.request.method"] = method
        if template:
            attributes["url.template"] = template
        if event.status is not None:
            attributes["http.response.status_code"] = event.status
        failed = event.error_type or (str(event.status) if event.outcome in {"error", "refused"} else None)
        self._ended(event.operation, SpanKind.CLIENT, event.duration, attributes, failed)

    def _statement(self, event: DatabaseQueryCompleted | DatabaseQueryFailed) -> None:
        if instrumented("db"):
            return
        attributes: Attributes = {
            "db.system.name": event.system,
            "db.operation.name": event.verb,
            "db.query.summary": event.query,
        }
        failed = event.error_type if isinstance(event, DatabaseQueryFailed) else None
        name = event.query if event.query != "(unnamed)" else event.verb
        self._ended(name, SpanKind.CLIENT, event.duration, attributes, failed)

    def _model(self, event: LlmCallCompleted | LlmCallFailed) -> None:
        if instrumented("llm") or (isinstance(event, LlmCallFailed) and event.retried):
            return
        failed = event.error_type if isinstance(event, LlmCallFailed) else None
        self._ended(f"{event.operation} {event.model}", SpanKind.CLIENT, event.duration, _genai(event), failed)

    def _content(self, event: LlmContentCaptured) -> None:
        """Prompt and answer, where an application captures them: redacted, on the span around the call."""
        attributes: Attributes = {"gen_ai.input.messages": redact_text(event.prompt or "")}
        if event.answer is not None:
            attributes["gen_ai.output.messages"] = redact_text(event.answer)
        trace.get_current_span().add_event("gen_ai.client.inference.operation.details", attributes)

    def _tool(self, event: ToolCallCompleted | ToolCallFailed) -> None:
        failed = event.error_type if isinstance(event, ToolCallFailed) else None
        self._ended(f"execute_tool {event.tool}", SpanKind.INTERNAL, event.duration, _genai(event), failed)

    def _workflow(self, event: WorkflowCompleted | WorkflowFailed | WorkflowCancelled) -> None:
        ids = context.current_ids()
        attributes: Attributes = {
            "temporalWorkflowID": ids.get("workflow_id", ""),
            "temporalRunID": ids.get("run_id", ""),
        }
        failed = event.error_type if isinstance(event, WorkflowFailed) else None
        self._ended(f"RunWorkflow:{event.workflow_type}", SpanKind.SERVER, event.duration, attributes, failed)

    def _ended(self, name: str, kind: SpanKind, duration: float, attributes: Attributes, failed: str | None) -> None:
        end = time.time_ns()
        start = end - round(duration * 1e9)
        parent = None if trace.get_current_span().get_span_context().is_valid else _parent(context.current_trace())
        span = self._tracer.start_span(name, context=parent, kind=kind, attributes=attributes, start_time=start)
        if failed is not None:
            span.set_attribute("error.type", failed)
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)


def _finish(name: str, attributes: Attributes, failed: str | None) -> None:
    """Name the span of the scope in force, where it is ours."""
    span = trace.get_current_span()
    scope = context.current()
    held = (scope.root or scope).trace
    found = span.get_span_context()
    if held is None or not found.is_valid or held.span_id != f"{found.span_id:016x}" or not span.is_recording():
        return
    if getattr(getattr(span, "instrumentation_scope", None), "name", NAME) != NAME:
        return  # the team's own
    span.update_name(name)
    span.set_attributes(attributes)
    if failed is not None:
        span.set_attribute("error.type", failed)
        span.set_status(Status(StatusCode.ERROR))


def _safely(observe: Callable[..., None]) -> Observer:
    def observed(event: Event) -> None:
        try:
            observe(event)
        except from_value():  # a provider may do anything
            counters.note("failed")

    return observed


def _genai(event: Event) -> Attributes:
    found: Attributes = {}
    for name, value in genai.attributes(event).items():
        if isinstance(value, str | bool | int | float):
            found[name] = value
        elif isinstance(value, list):
            found[name] = ",".join(str(each) for each in cast("list[object]", value))
    return found


def _ids(found: SpanContext) -> TraceContext:
    return TraceContext(f"{found.trace_id:032x}", f"{found.span_id:016x}", found.trace_flags.sampled)


def _parent(trace_context: TraceContext | None) -> Context | None:
    """Return the context of a span from elsewhere; None for the current one, where nothing came from elsewhere."""
    if trace_context is None or trace_context.span_id is None:
        return None
    current = trace.get_current_span().get_span_context()
    if current.is_valid and f"{current.trace_id:032x}" == trace_context.trace_id:
        return None
    flags = TraceFlags(TraceFlags.SAMPLED if trace_context.sampled else TraceFlags.DEFAULT)
    remote = SpanContext(
        int(trace_context.trace_id, 16), int(trace_context.span_id, 16), is_remote=True, trace_flags=flags
    )
    return trace.set_span_in_context(NonRecordingSpan(remote), Context())
