"""Certificates of Certificate Manager: close to their end, and expired."""

from vigil_components.arguments import Name, validated
from vigil_components.durations import minutes
from vigil_components.log_lines import LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._recorded import entry

_RESOURCE = "certificatemanager.googleapis.com/Project"
_LOG = "certificatemanager.googleapis.com/certificates_expiry"


def _report(state: str) -> dict[str, object]:
    payload = {
        "@type": "type.googleapis.com/google.cloud.certificatemanager.logging.v1.CertificatesExpiry",
        "count": "1",
        "certificates": ["projects/p/locations/global/certificates/shop"],
        "state": state,
        "expireTime": "2026-11-16T00:00:00Z",
    }
    return entry(_LOG, _RESOURCE, "WARNING", json=payload)


CLOSE_TO_EXPIRY = LogLines(
    name="certificates.close_to_expiry",
    doc="Certificates of the project end soon.",
    filter=f'log_id("{_LOG}") AND jsonPayload.state="CLOSE_TO_EXPIRY"',
    matching=(_report("CLOSE_TO_EXPIRY"),),
    near_misses=(_report("EXPIRED"),),
)
EXPIRED = LogLines(
    name="certificates.expired",
    doc="Certificates of the project ended.",
    filter=f'log_id("{_LOG}") AND jsonPayload.state="EXPIRED"',
    matching=(_report("EXPIRED"),),
    near_misses=(_report("CLOSE_TO_EXPIRY"),),
)


@validated
def certificates(name: Name = "certificates") -> MonitoredResource:
    """Return all certificates of Certificate Manager in the project as a source."""
    return MonitoredResource(name=name, type=_RESOURCE, labels={})


@validated
def certificate_health() -> Watch:
    """Return the watch of the project's certificates.

    To watch the certificate that a site serves, use `uptime_of(host, secure=True)`: it alerts days before its end.
    """
    close, ended = count(CLOSE_TO_EXPIRY, window=minutes(10)), count(EXPIRED, window=minutes(10))
    return Watch(
        alerts=(
            close.alert(
                above=0,
                name="certificate-close",
                severity=AlertSeverity.TICKET,
                summary="A certificate ends soon",
                runbook="google-cloud/certificate",
            ),
            ended.alert(
                above=0,
                name="certificate-expired",
                severity=AlertSeverity.PAGE,
                summary="A certificate has ended; browsers refuse the site",
                runbook="google-cloud/certificate",
            ),
        ),
    )
