"""Names on a line that no event field, context id or foreign key may take."""

from __future__ import annotations

TRACE = "logging.googleapis.com/trace"
SPAN_ID = "logging.googleapis.com/spanId"
TRACE_SAMPLED = "logging.googleapis.com/trace_sampled"
SOURCE_LOCATION = "logging.googleapis.com/sourceLocation"
LABELS = "logging.googleapis.com/labels"
INSERT_ID = "logging.googleapis.com/insertId"
OPERATION = "logging.googleapis.com/operation"

SPECIAL = frozenset(
    {
        "severity",
        "message",
        "time",
        "timestamp",
        "timestampSeconds",
        "timestampNanos",
        "timeNanos",
        "httpRequest",
        "stack_trace",
        "exception",
        "@type",
        "serviceContext",
        "context",
        TRACE,
        SPAN_ID,
        TRACE_SAMPLED,
        SOURCE_LOCATION,
        LABELS,
        INSERT_ID,
        OPERATION,
    },
)
"""What Cloud Logging's agents and Error Reporting read (`structured_log.py` of google-cloud-logging, and the Fluentd
plugin).
"""

STANDING = frozenset(
    {"event", "service", "environment", "function", "sample_rate", "logger", "dropped_fields", "cut_fields", "extra"}
)
"""What this library writes itself, apart from the context."""

CONTEXT = frozenset(
    {"request_id", "correlation_id", "user", "workflow_id", "run_id", "activity_id", "agent_run_id"},
)
"""Ids that `bind` puts on every line below it."""

RESERVED = SPECIAL | STANDING | CONTEXT
