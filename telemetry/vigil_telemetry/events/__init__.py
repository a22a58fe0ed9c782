"""The catalog's own events, one module per area; a team declares its own in its own package."""

from vigil_telemetry.events.agent import AgentRunCompleted, AgentRunFailed, AgentRunStarted, ToolCallAttempted, ToolCallCompleted, ToolCallFailed
from vigil_telemetry.events.database import DatabasePoolExhausted, DatabaseQueryCompleted, DatabaseQueryFailed, DatabaseQuerySlow
from vigil_telemetry.events.frontend import DeploymentChanged, FrontendErrorRaised, FrontendRequestCompleted, PageViewed, WebVitalMeasured
from vigil_telemetry.events.http import HttpRequestCompleted, HttpRequestFailed, HttpRequestReceived
from vigil_telemetry.events.llm import LlmCallAttempted, LlmCallCompleted, LlmCallFailed, LlmContentCaptured
from vigil_telemetry.events.outbound import ServiceCallAttempted, ServiceCallCompleted
from vigil_telemetry.events.process import ConfigurationInvalid, ConfigurationLoaded, ServiceHeartbeat, ServiceStarted, ServiceStopping
from vigil_telemetry.events.telemetry import EntryTruncated, EventFailed, EventRepaired, LinesDropped, RedactionFailed
from vigil_telemetry.events.temporal import ActivityCompleted, ActivityFailed, ActivityStarted, ActivityTimedOut, ChildWorkflowEnded, WorkerStarted, WorkflowCancelled, WorkflowCompleted, WorkflowContinued, WorkflowEnded, WorkflowFailed, WorkflowSignalled, WorkflowStarted, WorkflowTaskFailed

__all__ = ["ActivityCompleted", "ActivityFailed", "ActivityStarted", "ActivityTimedOut", "AgentRunCompleted", "AgentRunFailed", "AgentRunStarted", "ChildWorkflowEnded", "ConfigurationInvalid", "ConfigurationLoaded", "DatabasePoolExhausted", "DatabaseQueryCompleted", "DatabaseQueryFailed", "DatabaseQuerySlow", "DeploymentChanged", "EntryTruncated", "EventFailed", "EventRepaired", "FrontendErrorRaised", "FrontendRequestCompleted", "HttpRequestCompleted", "HttpRequestFailed", "HttpRequestReceived", "LinesDropped", "LlmCallAttempted", "LlmCallCompleted", "LlmCallFailed", "LlmContentCaptured", "PageViewed", "RedactionFailed", "ServiceCallAttempted", "ServiceCallCompleted", "ServiceHeartbeat", "ServiceStarted", "ServiceStopping", "ToolCallAttempted", "ToolCallCompleted", "ToolCallFailed", "WebVitalMeasured", "WorkerStarted", "WorkflowCancelled", "WorkflowCompleted", "WorkflowContinued", "WorkflowEnded", "WorkflowFailed", "WorkflowSignalled", "WorkflowStarted", "WorkflowTaskFailed"]
