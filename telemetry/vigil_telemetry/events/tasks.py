"""Tasks of a queue such as Celery's: each attempt of a worker."""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Event
from vigil_telemetry.events.common import Attempt, ErrorType
from vigil_telemetry.fields import Bounded, Identifier, Label, Measure, Seconds, Text
from vigil_telemetry.severity import Severity

Task = Annotated[str, Bounded(at_most=200, by="the tasks in the code")]


class TaskCompleted(Event, tag="task.completed"):
    """An attempt of a task ended well."""

    severity: ClassVar = Severity.INFO
    message: ClassVar = "task {task} took {duration:.3f} s"
    metric_labels: ClassVar = ("task",)

    task: Label[Task]
    """The task's name in the code."""
    attempt: Label[Attempt]
    """Which attempt this was, from 1."""
    duration: Measure[Seconds]
    """From the attempt's start to its end."""
    task_id: Identifier[str]
    """The queue's id of the task, the same in all attempts."""


class TaskFailed(Event, tag="task.failed"):
    """An attempt of a task ended in an exception."""

    severity: ClassVar = Severity.ERROR
    message: ClassVar = "task {task} failed, {consequence}: {error}"
    metric_labels: ClassVar = ("task", "consequence")
    reported: ClassVar = True

    task: Label[Task]
    """The task's name in the code."""
    attempt: Label[Attempt]
    """Which attempt this was, from 1."""
    consequence: Label[Literal["retried", "final"]]
    """Whether the queue tries again."""
    error_type: Label[ErrorType]
    """The exception's class."""
    error: Text
    """The exception's message, redacted."""
    duration: Measure[Seconds]
    """From the attempt's start to its end."""
    task_id: Identifier[str]
    """The queue's id of the task, the same in all attempts."""
