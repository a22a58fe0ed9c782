"""What other libraries log comes out as our lines: structured, with the context, redacted."""

from __future__ import annotations

import logging
import sys

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from vigil_telemetry import Event, Identifier, TraceContext, bind, emit
from vigil_telemetry.bridges import genai
from vigil_telemetry.bridges import structlog as structlog_bridge
from vigil_telemetry.bridges.opentelemetry import current_span
from vigil_telemetry.bridges.stdlib import BridgeHandler, capture
from vigil_telemetry.counters import counters
from vigil_telemetry.events.agent import ToolCallFailed
from vigil_telemetry.events.llm import LlmCallCompleted
from vigil_telemetry.events.process import ServiceStarted


class Spoken(Event, tag="bridges.spoken"):
    word: Identifier[str]


@pytest.fixture
def logger() -> logging.Logger:
    logger = logging.Logger("sqlalchemy.engine")  # noqa: LOG001 - apart from the process's own loggers
    logger.addHandler(BridgeHandler())
    return logger


def test_a_record_of_logging_has_message_place_context_and_extra(recorded, logger) -> None:
    with bind(request_id="r", trace=TraceContext("a" * 32)):
        logger.warning(
            "slow query for %s", "jane@example.com", extra={"rows": 3, "severity": "EMERGENCY", "sessionToken": "abc"}
        )
    entry = recorded.last
    assert (entry["severity"], entry["event"], entry["logger"], entry["message"]) == (
        "WARNING",
        "log",
        "sqlalchemy.engine",
        "slow query for [email]",
    )
    assert entry["extra"] == {"rows": 3, "severity": "EMERGENCY", "sessionToken": "[redacted]"}
    assert (entry["request_id"], entry["serviceContext"], entry["environment"]) == (
        "r",
        {"service": "orders", "version": "7"},
        "test",
    )
    assert entry["logging.googleapis.com/trace"] == f"projects/shop/traces/{'a' * 32}"
    place = entry["logging.googleapis.com/sourceLocation"]
    assert (place["file"], place["function"]) == (
        __file__,
        "test_bridges.test_a_record_of_logging_has_message_place_context_and_extra",
    )


def test_an_exception_of_logging_is_a_stack_trace_without_its_secrets(recorded, logger) -> None:
    try:
        raise ConnectionError("cannot reach postgres://app:s3cretpw@db:5432/x")  # noqa: TRY301 - raised to be caught
    except ConnectionError:
        logger.exception("failed")
    assert recorded.last["stack_trace"].endswith("ConnectionError: cannot reach postgres://[credentials]@db:5432/x\n")
    assert "s3cretpw" not in recorded.raw[0].decode()


def test_a_filter_of_the_handler_leaves_records_out_and_from_python_3_12_replaces_them(recorded, logger) -> None:
    def short(record: logging.LogRecord) -> bool | logging.LogRecord:
        return record.levelno >= logging.ERROR and logging.makeLogRecord({**vars(record), "msg": "short"})

    logger.handlers[0].addFilter(short)
    logger.warning("first")
    logger.error("second")
    messages = [entry["message"] for entry in recorded.entries]
    assert messages == ["short" if sys.version_info >= (3, 12) else "second"]


@pytest.mark.parametrize(
    ("text", "arguments"), [("%s of %s", ("a",)), ("%d orders", ("many",)), ("plain", ("a",)), ("%(b)s", ({"a": 1},))]
)
def test_arguments_that_do_not_fit_are_counted_with_their_place(recorded, logger, text: str, arguments) -> None:
    logger.warning(text, *arguments)
    assert recorded.last["message"] == text
    line = recorded.last["logging.googleapis.com/sourceLocation"]["line"]
    assert counters.repaired == 1
    assert counters.reason == f"log: arguments do not fit the text at test_bridges:{line}; the line has the text alone"


def test_where_a_call_came_from_is_written_where_it_is_asked_for(recorded, logger) -> None:
    logger.warning("first", stack_info=True)
    assert "in test_where_a_call_came_from" in recorded.last["extra"]["stack_info"]
    assert "stack_trace" not in recorded.last
    logger.warning("second")
    assert "extra" not in recorded.last


def test_levels_of_loggers_are_levels_of_event_families(reconfigured, logger) -> None:
    output = reconfigured(level="INFO", levels={"log.sqlalchemy": "ERROR"})
    logger.warning("not this")
    logger.error("but this")
    assert [entry["message"] for entry in output.entries] == ["but this"]


def test_temporal_puts_its_ids_where_ours_are(recorded, logger) -> None:
    workflow = {"workflow_id": "w-1", "run_id": "r-1", "workflow_type": "Ship"}
    logger.info("working", extra={"temporal_workflow": workflow})
    assert (recorded.last["workflow_id"], recorded.last["run_id"]) == ("w-1", "r-1")
    logger.info(
        "working", extra={"temporal_activity": {"workflow_id": "w-1", "workflow_run_id": "r-1", "activity_id": "a-1"}}
    )
    assert (recorded.last["activity_id"], recorded.last["run_id"]) == ("a-1", "r-1")


def _access_line() -> None:
    access = logging.getLogger("uvicorn.access")
    access.setLevel(logging.INFO)
    access.info('%s - "%s %s HTTP/%s" %d', "203.0.113.7:55000", "GET", "/orders?token=abcdef", "1.1", 200)


def test_capture_leaves_access_lines_out_unless_they_are_named(recorded) -> None:
    logging.getLogger("uvicorn.access").addHandler(logging.StreamHandler(sys.stderr))
    capture()
    _access_line()
    assert logging.getLogger("uvicorn.access").handlers == []
    assert recorded.entries == []
    capture(loggers=["uvicorn.access"])
    _access_line()
    assert [entry["message"] for entry in recorded.entries] == [
        '[ip]:55000 - "GET /orders?token=[redacted] HTTP/1.1" 200'
    ]


def test_an_output_that_logs_does_not_feed_itself(reconfigured) -> None:
    logger = logging.Logger("urllib3")  # noqa: LOG001 - apart from the process's own loggers
    lines: list[bytes] = []

    class Chatty:
        def write(self, line: bytes) -> None:
            lines.append(line)
            logger.warning("sent a line")

        def flush(self, deadline: float) -> None: ...

    logger.addHandler(BridgeHandler())
    reconfigured(output=Chatty())
    logger.warning("first")
    assert len(lines) == 1


def _structlog() -> structlog.typing.FilteringBoundLogger:
    return structlog.wrap_logger(
        None,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[structlog.contextvars.merge_contextvars, structlog_bridge.write],
    )


def test_an_event_of_structlog_is_a_line_with_its_place(recorded) -> None:
    with structlog.contextvars.bound_contextvars(tenant="t"), bind(request_id="r"):
        _structlog().warning("refused jane@example.com", reason="stock", apiKey="k")
    entry = recorded.last
    assert (entry["severity"], entry["message"], entry["request_id"]) == ("WARNING", "refused [email]", "r")
    assert entry["extra"] == {"tenant": "t", "reason": "stock", "apiKey": "[redacted]"}
    assert entry["function"].endswith("test_an_event_of_structlog_is_a_line_with_its_place")


def test_an_exception_of_structlog_is_a_stack_trace(recorded) -> None:
    try:
        raise ValueError("password=abc")  # noqa: TRY301 - raised to be caught
    except ValueError:
        _structlog().exception("failed")
    assert recorded.last["stack_trace"].endswith("ValueError: password=[redacted]\n")
    assert recorded.last["severity"] == "ERROR"


def test_the_line_of_structlog_can_go_to_its_own_bytes_logger(recorded) -> None:
    line = structlog_bridge.line(None, "info", {"event": "hello"})
    assert line.startswith(b'{"severity":"INFO"')
    assert line.endswith(b"}")


def test_the_current_span_of_opentelemetry_is_on_every_line(reconfigured, caplog) -> None:
    output = reconfigured(span=current_span)
    context = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    with bind(trace=TraceContext("a" * 32, "b" * 16)):
        with trace.use_span(NonRecordingSpan(context)):
            emit(Spoken(word="inside"))
        emit(Spoken(word="outside"))
    inside, outside = output.entries
    assert inside["logging.googleapis.com/trace"] == f"projects/shop/traces/{0xABC:032x}"
    assert (inside["logging.googleapis.com/spanId"], inside["logging.googleapis.com/trace_sampled"]) == (
        f"{0xDEF:016x}",
        True,
    )
    assert outside["logging.googleapis.com/spanId"] == "b" * 16


COMPLETED = LlmCallCompleted(
    provider="anthropic", model="m-1", operation="chat", finish_reason="stop", call_id="c", attempt=1, streamed=True, duration=1.5, input_tokens=10,
    output_tokens=5, total_tokens=15, cached_tokens=4,
)  # fmt: skip


def test_language_model_events_have_the_names_of_a_version_of_the_conventions() -> None:
    assert genai.attributes(COMPLETED) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "m-1",
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 4,
    }
    older = genai.attributes(COMPLETED, "1.36.0")
    assert (
        older["gen_ai.system"],
        "gen_ai.provider.name" in older,
        "gen_ai.usage.cache_read.input_tokens" in older,
    ) == ("anthropic", False, False)


def test_tool_calls_are_separate_spans() -> None:
    failed = ToolCallFailed(
        agent="a", tool="search", call_id="t", error_type="TimeoutError", error="late", duration=1.0
    )
    assert genai.attributes(failed) == {
        "gen_ai.operation.name": "execute_tool", "gen_ai.agent.name": "a", "gen_ai.tool.name": "search", "gen_ai.tool.call.id": "t", "error.type": "TimeoutError",
    }  # fmt: skip


def test_what_has_no_place_in_the_conventions_is_refused() -> None:
    with pytest.raises(TypeError, match="ServiceStarted has no place"):
        genai.attributes(ServiceStarted(runtime="python 3.11"))
    with pytest.raises(KeyError, match=r"no map for version '0.9'.*1.41.1, 1.36.0"):
        genai.attributes(COMPLETED, "0.9")
