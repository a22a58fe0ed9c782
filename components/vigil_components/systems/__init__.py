"""The parts of a system, each with the metrics, charts, alerts and proofs that its kind brings along.

`http_service`, `worker_pool`, `workers`, `database`, `frontend`, `calls`, `logging_itself` and others say
what is watched, as values; the `...Part` components register it for one source and its owner.
"""

from vigil_components.systems.cloud_run import (
    CloudRunServicePart,
    HttpLimits,
    JobPart,
    WorkerPoolPart,
    http_service,
    job,
    resource_plots,
    worker_pool,
)
from vigil_components.systems.frontend import FrontendLimits, VercelPart, frontend
from vigil_components.systems.llm import LlmLimits, LlmPart, calls
from vigil_components.systems.observability import (
    AuditPart,
    HourlyCanary,
    LoggingPart,
    VolumeLimits,
    canary,
    logging_itself,
    uptime_of,
)
from vigil_components.systems.part import Part, PartArgs
from vigil_components.systems.supabase import DatabaseLimits, SupabasePart, database
from vigil_components.systems.temporal import TemporalCloudPart, TemporalWorkersPart, WorkerLimits, cloud, workers

__all__ = [
    "AuditPart",
    "CloudRunServicePart",
    "DatabaseLimits",
    "FrontendLimits",
    "HourlyCanary",
    "HttpLimits",
    "JobPart",
    "LlmLimits",
    "LlmPart",
    "LoggingPart",
    "Part",
    "PartArgs",
    "SupabasePart",
    "TemporalCloudPart",
    "TemporalWorkersPart",
    "VercelPart",
    "VolumeLimits",
    "WorkerLimits",
    "WorkerPoolPart",
    "calls",
    "canary",
    "cloud",
    "database",
    "frontend",
    "http_service",
    "job",
    "logging_itself",
    "resource_plots",
    "uptime_of",
    "worker_pool",
    "workers",
]
