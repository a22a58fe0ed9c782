"""Temporal's workflows and activities.

Each event is written where it is seen. A worker sees the attempts that it runs itself. The workflow sees that an
activity timed out or lost its heartbeat. No worker sees that a workflow timed out or was terminated: the client that
awaits it does, or the parent.
Ids (`workflow_id`, `run_id`, `activity_id`) are context: `bind` puts them on these lines and on all others below them.
"""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Emitter, Event, SeverityBy
from vigil_telemetry.events.common import Attempt, ErrorType
from vigil_telemetry.fields import Bounded, Identifier, Label, Measure, Number, Seconds, Text
from vigil_telemetry.severity import Severity

WorkflowType = Annotated[str, Bounded(at_most=50, by="the workflow types that are registered")]
ActivityType = Annotated[str, Bounded(at_most=100, by="the activity types that are registered")]
TaskQueue = Annotated[str, Bounded(at_most=20, by="the task queues that are served")]
SignalName = Annotated[str, Bounded(at_most=50, by="the signals and updates that workflows handle")]
Cause = Literal["client", "schedule", "parent", "continued", "retry", "cron", "unknown"]
WorkflowOutcome = Literal["completed", "failed", "cancelled", "terminated", "timed_out", "continued_as_new"]
Timeout = Literal["start_to_close", "schedule_to_close", "schedule_to_start", "heartbeat"]

_BY_OUTCOME = SeverityBy(
    "outcome",
    {
        "failed": Severity.ERROR,
        "timed_out": Severity.ERROR,
        "terminated": Severity.WARNING,
        "cancelled": Severity.NOTICE,
    },
)


class WorkerStarted(Event, tag="temporal.worker.started"):
    """A worker polls its task queue."""

    emitter: ClassVar = Emitter.WORKER
    message: ClassVar = "worker polls {task_queue}"

    task_queue: Label[TaskQueue]
    """What it polls."""
    workflows: Measure[Number]
    """Workflow types that it runs."""
    activities: Measure[Number]
    """Activity types that it runs."""


class WorkflowStarted(Event, tag="temporal.workflow.started"):
    """A worker runs a workflow's first task; not written in replay."""

    emitter: ClassVar = Emitter.WORKER
    message: ClassVar = "workflow {workflow_type} started"
    metric_labels: ClassVar = ("workflow_type", "cause")

    workflow_type: Label[WorkflowType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it runs."""
    attempt: Label[Attempt]
    """Which run of its retry policy this is."""
    cause: Label[Cause] | None = None
    """What started it; `unknown` where it came from outside of instrumented code, such as the command line."""
    schedule: Identifier[str] | None = None
    """The schedule that started it."""
    parent_workflow: Identifier[str] | None = None
    """The workflow that started it as its child."""


class WorkflowCompleted(Event, tag="temporal.workflow.completed"):
    """A workflow returned."""

    emitter: ClassVar = Emitter.WORKER
    message: ClassVar = "workflow {workflow_type} completed after {duration:.1f} s"

    workflow_type: Label[WorkflowType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it ran."""
    duration: Measure[Seconds]
    """Of this run, by the workflow's own clock."""


class WorkflowFailed(Event, tag="temporal.workflow.failed"):
    """A workflow ended in an error that it raised itself."""

    emitter: ClassVar = Emitter.WORKER
    severity: ClassVar = Severity.ERROR
    severity_by: ClassVar = SeverityBy("benign", {"true": Severity.INFO})
    message: ClassVar = "workflow {workflow_type} failed: {error_type}"
    metric_labels: ClassVar = ("workflow_type", "benign")

    workflow_type: Label[WorkflowType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it ran."""
    error_type: Label[ErrorType]
    """Type of the application error or class of the exception."""
    benign: Label[bool]
    """Whether the error is one that Temporal's own failure metrics leave out (category BENIGN)."""
    error: Text
    """Its message, redacted."""
    duration: Measure[Seconds]
    """Of this run, by the workflow's own clock."""


class WorkflowCancelled(Event, tag="temporal.workflow.cancelled"):
    """A workflow ended because somebody cancelled it."""

    emitter: ClassVar = Emitter.WORKER
    severity: ClassVar = Severity.NOTICE
    message: ClassVar = "workflow {workflow_type} cancelled after {duration:.1f} s"

    workflow_type: Label[WorkflowType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it ran."""
    duration: Measure[Seconds]
    """Of this run, by the workflow's own clock."""


class WorkflowTaskFailed(Event, tag="temporal.workflow.task_failed"):
    """Workflow code raised what is no failure of the workflow.

    Temporal tries the task again until the code is mended.
    """

    emitter: ClassVar = Emitter.WORKER
    severity: ClassVar = Severity.ERROR
    message: ClassVar = "workflow {workflow_type} is stuck: {error_type}"
    metric_labels: ClassVar = ("task_queue", "error_type")

    workflow_type: Label[WorkflowType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it runs."""
    error_type: Label[ErrorType]
    """Class of the exception."""
    error: Text
    """Its message, redacted."""


class WorkflowContinued(Event, tag="temporal.workflow.continued"):
    """A workflow continues as a new run."""

    emitter: ClassVar = Emitter.WORKER
    message: ClassVar = "workflow {workflow_type} continues as new"

    workflow_type: Label[WorkflowType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it ran."""
    events: Measure[Number] | None = None
    """Length of the history that is left behind."""


class WorkflowSignalled(Event, tag="temporal.workflow.signalled"):
    """A workflow handles a signal or an update."""

    emitter: ClassVar = Emitter.WORKER
    severity: ClassVar = Severity.DEBUG
    message: ClassVar = "workflow {workflow_type} handles {kind} {name}"
    metric_labels: ClassVar = ("workflow_type", "kind")

    workflow_type: Label[WorkflowType]
    """Its registered name."""
    kind: Label[Literal["signal", "update", "query"]]
    """Which of them."""
    name: Label[SignalName]
    """The handler's name."""


class WorkflowEnded(Event, tag="temporal.workflow.ended"):
    """The outcome of a workflow as the client that awaits it sees it.

    Also time-out and termination, which no worker sees.
    """

    emitter: ClassVar = Emitter.CLIENT
    severity_by: ClassVar = _BY_OUTCOME
    message: ClassVar = "workflow {workflow_type} {outcome}"
    metric_labels: ClassVar = ("workflow_type", "outcome")

    workflow_type: Label[WorkflowType]
    """Its registered name."""
    outcome: Label[WorkflowOutcome]
    """How it ended."""
    duration: Measure[Seconds]
    """From the start until the client knew."""
    error_type: Label[ErrorType] | None = None
    """Of the cause, where it failed."""
    error: Text | None = None
    """Message of the cause, redacted."""


class ChildWorkflowEnded(Event, tag="temporal.child.ended"):
    """The outcome of a child workflow as its parent sees it."""

    emitter: ClassVar = Emitter.WORKFLOW
    severity_by: ClassVar = _BY_OUTCOME
    message: ClassVar = "child workflow {workflow_type} {outcome}"
    metric_labels: ClassVar = ("workflow_type", "outcome")

    workflow_type: Label[WorkflowType]
    """The child's registered name."""
    outcome: Label[WorkflowOutcome]
    """How it ended."""
    duration: Measure[Seconds]
    """By the parent's clock."""
    error_type: Label[ErrorType] | None = None
    """Of the cause, where it failed."""
    child_workflow: Identifier[str] | None = None
    """The child's workflow id."""


class ActivityStarted(Event, tag="temporal.activity.started"):
    """A worker starts an attempt of an activity."""

    emitter: ClassVar = Emitter.WORKER
    message: ClassVar = "activity {activity_type} started, attempt {attempt}"
    metric_labels: ClassVar = ("activity_type",)

    activity_type: Label[ActivityType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it runs."""
    attempt: Label[Attempt]
    """Which attempt this is."""
    waited: Measure[Seconds]
    """From scheduling this attempt to its start."""


class ActivityCompleted(Event, tag="temporal.activity.completed"):
    """An attempt of an activity returned."""

    emitter: ClassVar = Emitter.WORKER
    message: ClassVar = "activity {activity_type} completed after {duration:.3f} s"
    metric_labels: ClassVar = ("activity_type",)

    activity_type: Label[ActivityType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it ran."""
    attempt: Label[Attempt]
    """Which attempt this was."""
    duration: Measure[Seconds]
    """Of this attempt."""


class ActivityFailed(Event, tag="temporal.activity.failed"):
    """An attempt of an activity raised; whether it is tried again is the retry policy's to say."""

    emitter: ClassVar = Emitter.WORKER
    severity: ClassVar = Severity.WARNING
    severity_by: ClassVar = SeverityBy(
        "consequence", {"final": Severity.ERROR, "benign": Severity.INFO, "cancelled": Severity.NOTICE}
    )
    message: ClassVar = "activity {activity_type} failed at attempt {attempt}: {error_type}"
    metric_labels: ClassVar = ("activity_type", "consequence")

    activity_type: Label[ActivityType]
    """Its registered name."""
    task_queue: Label[TaskQueue]
    """Where it ran."""
    attempt: Label[Attempt]
    """Which attempt this was."""
    error_type: Label[ErrorType]
    """Type of the application error or class of the exception."""
    consequence: Label[Literal["retried", "final", "benign", "cancelled"]]
    """`final`: not retryable, or no attempt is left; `benign`: Temporal's own failure metrics leave it out."""
    error: Text
    """Its message, redacted."""
    duration: Measure[Seconds]
    """Of this attempt."""


class ActivityTimedOut(Event, tag="temporal.activity.timed_out"):
    """An activity ran out of time or lost its heartbeat, as its workflow sees it.

    A worker that died could not say so.
    """

    emitter: ClassVar = Emitter.WORKFLOW
    severity: ClassVar = Severity.ERROR
    message: ClassVar = "activity {activity_type} timed out: {timeout}"
    metric_labels: ClassVar = ("activity_type", "timeout")

    activity_type: Label[ActivityType]
    """Its registered name."""
    workflow_type: Label[WorkflowType]
    """The workflow that awaited it."""
    timeout: Label[Timeout]
    """Which limit it passed."""
