"""Runs of AI agents and the tools that they call. The run's id is context: `bind(agent_run_id=...)`."""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Emitter, Event, SeverityBy
from vigil_telemetry.events.common import Attempt, ErrorType
from vigil_telemetry.fields import Bounded, Bytes, Dollars, Identifier, Label, Measure, Number, Seconds, Text, Tokens
from vigil_telemetry.severity import Severity

Agent = Annotated[str, Bounded(at_most=30, by="the agents that are deployed")]
Tool = Annotated[str, Bounded(at_most=100, by="the tools that agents are given")]
RunOutcome = Literal["answered", "gave_up", "step_limit", "budget_limit", "refused", "cancelled"]


class AgentRunStarted(Event, tag="agent.run.started"):
    """An agent begins to work on a task."""

    emitter: ClassVar = Emitter.AGENT
    message: ClassVar = "agent {agent} started"

    agent: Label[Agent]
    """Which agent."""
    revision: Identifier[str] | None = None
    """Of its prompts and tools."""
    parent_run: Identifier[str] | None = None
    """The run of another agent inside which this one began."""
    parent_call: Identifier[str] | None = None
    """The tool call inside which this one began."""


class AgentRunCompleted(Event, tag="agent.run.completed"):
    """An agent ended its work."""

    emitter: ClassVar = Emitter.AGENT
    severity_by: ClassVar = SeverityBy(
        "outcome",
        {
            "gave_up": Severity.WARNING,
            "step_limit": Severity.WARNING,
            "budget_limit": Severity.WARNING,
            "cancelled": Severity.NOTICE,
        },
    )
    message: ClassVar = "agent {agent} {outcome} after {steps} steps and {duration:.1f} s"

    agent: Label[Agent]
    """Which agent."""
    outcome: Label[RunOutcome]
    """How it ended."""
    duration: Measure[Seconds]
    """Of the whole run."""
    steps: Measure[Number]
    """Turns of its loop."""
    tool_calls: Measure[Number]
    """Tools called, failures among them."""
    total_tokens: Measure[Tokens]
    """Of all its model calls."""
    cost: Measure[Dollars] | None = None
    """Of all its model calls: an estimate."""


class AgentRunFailed(Event, tag="agent.run.failed"):
    """An agent's run ended in an error."""

    emitter: ClassVar = Emitter.AGENT
    severity: ClassVar = Severity.ERROR
    reported: ClassVar = True
    message: ClassVar = "agent {agent} failed after {steps} steps: {error_type}"
    metric_labels: ClassVar = ("agent",)

    agent: Label[Agent]
    """Which agent."""
    error_type: Label[ErrorType]
    """Class of the exception."""
    error: Text
    """Its message, redacted."""
    duration: Measure[Seconds]
    """Until it failed."""
    steps: Measure[Number]
    """Turns of its loop until then."""


class ToolCallAttempted(Event, tag="agent.tool.attempted"):
    """An agent calls a tool. Arguments are never written."""

    emitter: ClassVar = Emitter.AGENT
    message: ClassVar = "tool {tool} called by {agent}"
    metric_labels: ClassVar = ("tool",)

    agent: Label[Agent]
    """Which agent."""
    tool: Label[Tool]
    """Which tool."""
    call_id: Identifier[str]
    """Joins attempt and outcome."""
    attempt: Label[Attempt] | None = None
    """Which attempt this is."""


class ToolCallCompleted(Event, tag="agent.tool.completed"):
    """A tool answered. Results are never written."""

    emitter: ClassVar = Emitter.AGENT
    message: ClassVar = "tool {tool} answered after {duration:.3f} s"
    metric_labels: ClassVar = ("tool",)

    agent: Label[Agent]
    """Which agent."""
    tool: Label[Tool]
    """Which tool."""
    call_id: Identifier[str]
    """Joins attempt and outcome."""
    duration: Measure[Seconds]
    """Of the call."""
    result_size: Measure[Bytes] | None = None
    """Of what goes back to the model."""


class ToolCallFailed(Event, tag="agent.tool.failed"):
    """A tool failed; what the agent makes of it is the agent's to say."""

    emitter: ClassVar = Emitter.AGENT
    severity: ClassVar = Severity.WARNING
    message: ClassVar = "tool {tool} failed: {error_type}"
    metric_labels: ClassVar = ("tool",)

    agent: Label[Agent]
    """Which agent."""
    tool: Label[Tool]
    """Which tool."""
    call_id: Identifier[str]
    """Joins attempt and outcome."""
    error_type: Label[ErrorType]
    """Class of the exception."""
    error: Text
    """Its message, redacted."""
    duration: Measure[Seconds]
    """Until it failed."""
