"""Where a part's log entries come from: the monitored resource, and the form in which a line arrives.

The source writes filters, extractors and links, since the same event is found differently where an agent parsed the
line and where it is still text.
"""

from vigil_components.sources._cloud_run import CloudRunJob, CloudRunService, CloudRunWorkerPool
from vigil_components.sources._docker import DockerHost
from vigil_components.sources._drain import DrainSource
from vigil_components.sources._resources import AuditLog, GkeWorkload, MonitoredResource, ResourceType
from vigil_components.sources._source import NamedSource, Origin, ParsedSource, Source

__all__ = [
    "AuditLog",
    "CloudRunJob",
    "CloudRunService",
    "CloudRunWorkerPool",
    "DockerHost",
    "DrainSource",
    "GkeWorkload",
    "MonitoredResource",
    "NamedSource",
    "Origin",
    "ParsedSource",
    "ResourceType",
    "Source",
]
