"""What Google announces about a GKE cluster: security bulletins, the end of a version's support, upgrades."""

from vigil_components.arguments import Name, validated
from vigil_components.log_lines import Extract, LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import log_match
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._recorded import entry
from vigil_components.watches._shared import id_of

_CLUSTER = "gke_cluster"
_LOG = "container.googleapis.com/notifications"
_TYPE = "type.googleapis.com/google.container.v1beta1."


def _notice(kind: str, *, log: str = _LOG, **fields: str) -> dict[str, object]:
    return entry(log, _CLUSTER, "NOTICE", json={"@type": f"{_TYPE}{kind}", **fields})


def _elsewhere(kind: str, **fields: str) -> dict[str, object]:
    """Return the same payload in another log."""
    return _notice(kind, log="copies", **fields)


def _filter(kind: str) -> str:
    return f'log_id("{_LOG}") AND jsonPayload."@type"="{_TYPE}{kind}"'


_BULLETIN = _notice("SecurityBulletinEvent", bulletinId="GCP-2026-001", severity="High")
_AVAILABLE = _notice("UpgradeAvailableEvent", version="1.34.1-gke.100", resourceType="MASTER")
_STARTED = _notice("UpgradeEvent", currentVersion="1.33.2-gke.100", targetVersion="1.34.1-gke.100")
_ENDED = _notice("UpgradeInfoEvent", eventType="UPGRADE_LIFECYCLE", state="SUCCEEDED")
_SUPPORT = _notice("UpgradeInfoEvent", eventType="END_OF_SUPPORT", currentVersion="1.31.2-gke.100")

BULLETIN = LogLines(
    name="gke.bulletin",
    doc="A security bulletin of Google affects the cluster.",
    filter=_filter("SecurityBulletinEvent"),
    matching=(_BULLETIN,),
    near_misses=(_AVAILABLE, _STARTED, _elsewhere("SecurityBulletinEvent", bulletinId="GCP-2026-001")),
    labels={"bulletin": Extract(path="jsonPayload.bulletinId"), "level": Extract(path="jsonPayload.severity")},
)
END_OF_SUPPORT = LogLines(
    name="gke.end_of_support",
    doc="The cluster's version is supported not much longer.",
    filter=f'{_filter("UpgradeInfoEvent")} AND jsonPayload.eventType="END_OF_SUPPORT"',
    matching=(_SUPPORT,),
    near_misses=(
        _ENDED,
        _notice("OtherEvent", eventType="END_OF_SUPPORT"),
        _elsewhere("UpgradeInfoEvent", eventType="END_OF_SUPPORT"),
    ),
    labels={"version": Extract(path="jsonPayload.currentVersion")},
)
UPGRADE_AVAILABLE = LogLines(
    name="gke.upgrade.available",
    doc="A newer version is available for the cluster.",
    filter=_filter("UpgradeAvailableEvent"),
    matching=(_AVAILABLE,),
    near_misses=(_STARTED, _BULLETIN, _elsewhere("UpgradeAvailableEvent", version="1.34.1-gke.100")),
    labels={"version": Extract(path="jsonPayload.version")},
)
UPGRADE_STARTED = LogLines(
    name="gke.upgrade.started",
    doc="Google began to upgrade the cluster.",
    filter=_filter("UpgradeEvent"),
    matching=(_STARTED,),
    near_misses=(_AVAILABLE, _ENDED, _elsewhere("UpgradeEvent", targetVersion="1.34.1-gke.100")),
    labels={"version": Extract(path="jsonPayload.targetVersion")},
)
UPGRADE_ENDED = LogLines(
    name="gke.upgrade.ended",
    doc="An upgrade of the cluster changed its state: it succeeded, failed or was cancelled.",
    filter=f'{_filter("UpgradeInfoEvent")} AND jsonPayload.eventType="UPGRADE_LIFECYCLE"',
    matching=(_ENDED,),
    near_misses=(
        _SUPPORT,
        _notice("OtherEvent", eventType="UPGRADE_LIFECYCLE"),
        _elsewhere("UpgradeInfoEvent", eventType="UPGRADE_LIFECYCLE"),
    ),
    labels={"state": Extract(path="jsonPayload.state")},
)


@validated
def gke_control_plane(cluster: Name, *, location: Name) -> MonitoredResource:
    """Return a cluster itself, without its nodes and pods, as a source."""
    name = f"{cluster}-cluster"
    return MonitoredResource(
        name=name, id=id_of(name), type=_CLUSTER, labels={"location": location, "cluster_name": cluster}
    )


@validated
def gke_notices(*, upgrades: bool = False) -> Watch:
    """Return what Google announces about a cluster; with `upgrades`, also each version and each upgrade.

    Google's samples notify about all five. Upgrades are routine in a cluster with a release channel and a maintenance
    window, so they are left out by default.
    """
    notices = [
        (BULLETIN, "gke-bulletin", "A security bulletin affects the cluster"),
        (END_OF_SUPPORT, "gke-end-of-support", "The cluster's version loses its support"),
    ]
    if upgrades:
        notices += [
            (UPGRADE_AVAILABLE, "gke-upgrade-available", "A newer version is available for the cluster"),
            (UPGRADE_STARTED, "gke-upgrade-started", "Google upgrades the cluster"),
            (UPGRADE_ENDED, "gke-upgrade-ended", "An upgrade of the cluster ended"),
        ]
    return Watch(
        alerts=tuple(
            log_match(lines).alert(
                name=name, severity=AlertSeverity.TICKET, summary=summary, runbook="google-cloud/gke-notice"
            )
            for lines, name, summary in notices
        )
    )
