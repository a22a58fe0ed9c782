"""What Google's platform reports about a workload, by the kind of its source."""

from vigil_components.arguments import validated
from vigil_components.sources import AuditLog, CloudRunJob, CloudRunService, CloudRunWorkerPool, Source
from vigil_components.watch import Watch
from vigil_components.watches._audit import audit
from vigil_components.watches._cloud_run import cloud_run_job, cloud_run_service, cloud_run_worker_pool


@validated
def platform(source: Source) -> Watch:
    """Return what the platform says about a source: Cloud Run about what runs on it, the audit log about changes.

    A source of another kind has none: an empty watch. Parts have it by default (`PartArgs.platform`).
    """
    match source:
        case CloudRunService():
            return cloud_run_service(source)
        case CloudRunWorkerPool():
            return cloud_run_worker_pool(source)
        case CloudRunJob():
            return cloud_run_job(source)
        case AuditLog():
            return audit()
        case _:
            return Watch()
