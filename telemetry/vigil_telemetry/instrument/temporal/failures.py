"""What Temporal's errors mean."""

from __future__ import annotations

import asyncio

from temporalio.activity import ActivityCancellationDetails
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
    """Return type of an application error as it was named, else the class of the root."""
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
    """Return whether the SDK's failure metrics leave this error out: they look at the error, not at its causes."""
    return isinstance(error, ApplicationError) and error.category == ApplicationErrorCategory.BENIGN


def is_cancelled(error: BaseException) -> bool:
    """Return whether it is a cancellation."""
    return isinstance(error, asyncio.CancelledError | CancelledError)


def unrequested(
    error: BaseException, details: ActivityCancellationDetails | None, given_up: Timeout | None
) -> str | None:
    """Return why an attempt ended in a cancellation that nobody requested, which Temporal takes for failed; else None.

    The SDK completes an attempt as cancelled only where the cancellation of the activity was requested.

    Args:
        error: what the attempt raised.
        details: why the SDK cancelled it; None where it did not.
        given_up: which time-out has passed. The server answers a heartbeat after it as it does after the workflow's
            end: it does not know the attempt.
    """
    if not is_cancelled(error) or (details is not None and details.cancel_requested):
        return None
    if details is None:
        return type_of(error)  # a subtask that the activity itself has cancelled
    if details.timed_out or (details.not_found and given_up is not None):
        return f"Timeout.{given_up or 'heartbeat'}"
    if details.not_found:
        return None  # the workflow has ended: nobody waits for the attempt
    if details.worker_shutdown:
        return "WorkerShutdown"
    return "ActivityPause" if details.paused else "ActivityReset" if details.reset else type_of(error)


def is_final(error: BaseException, attempt: int, policy: RetryPolicy | None) -> bool:
    """Return whether no other attempt follows, as far as the worker knows (the server also counts the time left)."""
    if isinstance(error, ApplicationError) and error.non_retryable:
        return True
    if policy is None:
        return False
    if policy.maximum_attempts and attempt >= policy.maximum_attempts:
        return True
    name = error.type if isinstance(error, ApplicationError) else type(error).__name__
    return name in (policy.non_retryable_error_types or ())


def outcome_of(error: BaseException) -> WorkflowOutcome | None:
    """Return how a workflow ended that a client or parent awaited; None where the error does not say."""
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
