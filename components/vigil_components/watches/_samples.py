"""Google's sample alerts, and which watch covers each: the least that the watches have to hold.

Source: https://github.com/GoogleCloudPlatform/monitoring-dashboard-samples, folder `alerts`, read in 2026.
"""

import dataclasses
from typing import Final


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
    """Sample alerts of one name or folder: the alert here that covers them, or the reason why no alert does."""

    pattern: str
    """Path below `alerts`, where `*` stands for anything."""

    alert: str = ""
    """Name of the alert that covers them; empty if none does."""

    reason: str = ""
    """Why no watch covers them; empty if an alert does."""


_EXPORTER: Final = "metrics of an agent or exporter that you run"
_MESH: Final = "metrics of the program itself, or of its mesh"
_ACCELERATOR: Final = "accelerators are not watched"
_SERVICE: Final = "not among the services watched here"

COVERED: Final = (
    ("google-bigquery/background-metadata-cache-slot-usage.*", "bigquery-background"),
    ("google-bigquery/single-reservation-slot-usage.*", "bigquery-slots"),
    ("google-gke/cpu-limit-utilization-*", "gke-cpu"),
    ("google-gke/utilization-container-cpu-*", "gke-cpu"),
    ("google-gke/cpu-request-utilization-*", "gke-cpu-request"),
    ("google-gke/memory-limit-utilization-*", "gke-memory"),
    ("google-gke/utilization-container-memory-*", "gke-memory"),
    ("google-gke/memory-request-utilization-*", "gke-memory-request"),
    ("google-gke/restarts-*", "gke-restarts"),
    ("google-gke/failedscheduling-*", "gke-pending"),
    ("google-gke/gke-ingress-latency-*", "lb-latency"),
    ("google-gke/gke-ingress-server-errors-*", "lb-errors"),
    ("google-gke/upgrade-notification-gke-security-bulletin-*", "gke-bulletin"),
    ("google-gke/upgrade-notification-upgrade-available-*", "gke-upgrade-available"),
    ("google-gke/upgrade-notification-upgrade-event.*", "gke-upgrade-started"),
    ("google-gke/upgrade-notification-*-end-of-support.*", "gke-end-of-support"),
    ("google-gke/upgrade-notification-*-upgrade-lifecycle.*", "gke-upgrade-ended"),
)
"""Sample alerts that a watch covers, each with the name of its alert."""

LEFT_OUT: Final = (
    (
        "google-bigquery/column-metadata-index-*",
        "the age of an index that makes queries faster: nobody suffers at once",
    ),
    ("google-gke/gpu-*", _ACCELERATOR),
    ("google-gke/tpu-*", _ACCELERATOR),
    ("google-gke/grpc-*", _MESH),
    ("google-gke/http-gmp-*", _MESH),
    ("google-gke/istio-*", _MESH),
    ("google-gke/nginx-ingress-*", _EXPORTER),
    ("google-gke/jobs-failure-*", _EXPORTER),
    ("google-application-integration/*", _SERVICE),
    ("google-cloud-retail/*", _SERVICE),
    ("google-network-intelligence-center/*", _SERVICE),
    ("google-vertex-ai/*", _SERVICE),
    ("google-cloud-agent-for-sap/*", _EXPORTER),
    ("google-workload-manager/*", _EXPORTER),
    *(
        (f"{software}/*", _EXPORTER)
        for software in (
            *("activemq", "aerospike", "apache", "argo-server-gke", "cassandra", "couchdb", "elasticsearch", "hadoop"),
            *("hbase", "jenkins-gke", "jetty", "jvm", "kafka", "kibana-gke", "memcached", "mssql-server", "mysql-gke"),
            *("node-exporter-gke", "postgres-gke", "rabbitmq", "rabbitmq-gke", "redis", "redis-gke", "saphana"),
            *("tomcat", "vault", "velero-gke", "zookeeper-gke"),
        )
    ),
)
"""Sample alerts that no watch covers, each with the reason."""

SAMPLES: Final = (
    *(Sample(pattern=pattern, alert=alert) for pattern, alert in COVERED),
    *(Sample(pattern=pattern, reason=reason) for pattern, reason in LEFT_OUT),
)
"""Each sample alert of Google matches exactly one of these."""
