"""Backends of load balancers, as their health checks see them."""

from vigil_components.arguments import Name, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.log_lines import LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._recorded import entry
from vigil_components.watches._shared import id_of

_GROUP, _ENDPOINTS = "gce_instance_group", "gce_network_endpoint_group"
_LOG = "compute.googleapis.com/healthchecks"


def _probe(state: str, before: str) -> dict[str, object]:
    result = {
        "healthState": state,
        "previousHealthState": before,
        "healthCheckProtocol": "HTTP",
        "ipAddress": "10.0.0.2",
        "targetPort": 80,
        "probeResultText": "HTTP response: 503" if state == "UNHEALTHY" else "HTTP response: 200",
    }
    return entry(_LOG, _GROUP, "INFO", json={"healthCheckProbeResult": result})


_STATE = "jsonPayload.healthCheckProbeResult.healthState"
UNHEALTHY = LogLines(
    name="lb.backend.unhealthy",
    doc="A backend fails its health check and gets no requests any more.",
    filter=f'log_id("{_LOG}") AND {_STATE}="UNHEALTHY"',
    matching=(_probe("UNHEALTHY", "HEALTHY"),),
    near_misses=(_probe("HEALTHY", "UNHEALTHY"),),
)
HEALTHY = LogLines(
    name="lb.backend.healthy",
    doc="A backend passes its health check again.",
    filter=f'log_id("{_LOG}") AND {_STATE}="HEALTHY"',
    matching=(_probe("HEALTHY", "UNHEALTHY"),),
    near_misses=(_probe("UNHEALTHY", "HEALTHY"),),
)


@validated
def instance_group(name: Name) -> MonitoredResource:
    """Return an instance group behind a load balancer as a source."""
    return MonitoredResource(name=name, id=id_of(name), type=_GROUP, labels={"instance_group_name": name})


@validated
def endpoint_group(group_id: Name, *, name: Name) -> MonitoredResource:
    """Return a network endpoint group as a source; `group_id` is its number, `name` what it is called in alerts."""
    return MonitoredResource(name=name, id=id_of(name), type=_ENDPOINTS, labels={"network_endpoint_group_id": group_id})


@validated
def backend_health() -> Watch:
    """Return what the backends of a load balancer are watched for.

    Google writes no metric of their health. It writes an entry at each change, if the health check has logging
    switched on (`log_config` in Pulumi, `--enable-logging` in gcloud).
    """
    sick = count(UNHEALTHY, window=minutes(10))
    return Watch(
        alerts=(
            sick.alert(
                above=0,
                name="lb-backend-health",
                severity=AlertSeverity.TICKET,
                summary="A backend fails its health check",
                runbook="google-cloud/lb-backend-health",
            ),
        ),
        charts=(Chart(title="Changes of health", signals=(sick, count(HEALTHY, window=minutes(10)))),),
    )
