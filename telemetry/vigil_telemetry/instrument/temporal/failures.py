"""What Temporal's errors mean."""

from __future__ import annotations

import asyncio

from temporalio.client import WorkflowContinuedAsNewError, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ApplicationErrorCategory,
    CancelledError,
    ChildWorkflowError,
    FailureError,
    TerminatedError,
    TimeoutType,
)
from temporalio.exceptions import TimeoutError as TemporalTimeout

from vigil_telemetry.events.temporal import Timeout, WorkflowOutcome
from vigil_telemetry.exceptions import error_text, error_type
from vigil_telemetry.redaction import redact_text
from vigil_telemetry.safe import safe_text

TIMEOUTS: dict[TimeoutType, Timeout] = {
    TimeoutType.START_TO_CLOSE: "start_to_close",
    TimeoutType.SCHEDULE_TO_CLOSE: "schedule_to_close",
    TimeoutType.SCHEDULE_TO_START: "schedule_to_start",
    TimeoutType.HEARTBEAT: "heartbeat",
}


def root_of(error: BaseException) -> BaseException:
    """Return the failure behind those that only say where it happened."""
    seen = 0
    while isinstance(error, ActivityError | ChildWorkflowError | WorkflowFailureError) and seen < 20:  # noqa: PLR2004 - a chain
        cause = error.cause
        if cause is None:
            break
        error, seen = cause, seen + 1
    return error


def type_of(error: BaseException) -> str:
    """Type of an application error as it was named, else the class of the root."""
    root = root_of(error)
    if isinstance(root, ApplicationError):
        return root.type or "ApplicationError"
    if isinstance(root, TemporalTimeout) and root.type is not None:
        return f"Timeout.{TIMEOUTS.get(root.type, 'unknown')}"
    return error_type(root)


def text_of(error: BaseException) -> str:
    """Return the root's message, redacted; an application error's without its type, which stands beside it."""
    root = root_of(error)
    if isinstance(root, FailureError) and root.message:
        return redact_text(safe_text(root.message))
    return error_text(root)


def is_benign(error: BaseException) -> bool:
    """Whether the SDK's failure metrics leave this error out: it looks at the error itself, not at its causes."""
    return isinstance(error, ApplicationError) and error.category == ApplicationErrorCategory.BENIGN


def is_cancelled(error: BaseException) -> bool:
    """Return whether it is a cancellation."""
    return isinstance(error, asyncio.CancelledError | CancelledError)


def is_final(error: BaseException, attempt: int, policy: RetryPolicy | None) -> bool:
    """Whether no other attempt follows, as far as the worker knows (the server also counts the time that is left)."""
    if isinstance(error, ApplicationError) and error.non_retryable:
        return True
    if policy is None:
        return False
    if policy.maximum_attempts and attempt >= policy.maximum_attempts:
        return True
    name = error.type if isinstance(error, ApplicationError) else type(error).__name__
    return name in (policy.non_retryable_error_types or ())


def outcome_of(error: BaseException) -> WorkflowOutcome | None:
    """How the workflow ended that a client or parent awaited; None where the error does not tell (the call failed)."""
    if isinstance(error, WorkflowContinuedAsNewError):
        return "continued_as_new"
    if not isinstance(error, WorkflowFailureError | ChildWorkflowError):
        return None
    cause = error.cause
    if isinstance(cause, CancelledError):
        return "cancelled"
    if isinstance(cause, TerminatedError):
        return "terminated"
    return "timed_out" if isinstance(cause, TemporalTimeout) else "failed"
