"""What Google announces about a GKE cluster: security bulletins, the end of a version's support, upgrades."""

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    """A notice as Google writes it, with the alert about it."""

    name: str
    kind: str
    doc: str
    alert: str
    summary: str
    fields: Mapping[str, str]
    labels: Mapping[str, str]
    """Fields that the notification names."""
    event: str = ""
    """What tells it from others of its kind."""

    def entry(self, kind: str = "") -> dict[str, object]:
        """Return a recorded entry, or the same of another kind."""
        event = {"eventType": self.event} if self.event else {}
        json = {"@type": f"{_TYPE}{kind or self.kind}", **event, **self.fields}
        return entry(_LOG, _CLUSTER, "NOTICE", json=json)

    @property
    def filter(self) -> str:
        """The query that selects it."""
        event = f' AND jsonPayload.eventType="{self.event}"' if self.event else ""
        return f'log_id("{_LOG}") AND jsonPayload."@type"="{_TYPE}{self.kind}"{event}'

    @property
    def lines(self) -> LogLines:
        """Its entries. Every other notice comes near, and so does one of another kind with the same fields."""
        return LogLines(
            name=self.name,
            doc=self.doc,
            filter=self.filter,
            matching=(self.entry(),),
            near_misses=(*(other.entry() for other in _NOTICES if other is not self), self.entry("OtherEvent")),
            labels={label: Extract(path=f"jsonPayload.{field}") for label, field in self.labels.items()},
        )


_BULLETIN = _Notice(
    name="gke.bulletin",
    kind="SecurityBulletinEvent",
    doc="A security bulletin of Google affects the cluster.",
    alert="gke-bulletin",
    summary="A security bulletin affects the cluster",
    fields={"bulletinId": "GCP-2026-001", "severity": "High"},
    labels={"bulletin": "bulletinId", "level": "severity"},
)
_END_OF_SUPPORT = _Notice(
    name="gke.end_of_support",
    kind="UpgradeInfoEvent",
    event="END_OF_SUPPORT",
    doc="The cluster's version is supported not much longer.",
    alert="gke-end-of-support",
    summary="The cluster's version loses its support",
    fields={"currentVersion": "1.31.2-gke.100"},
    labels={"version": "currentVersion"},
)
_AVAILABLE = _Notice(
    name="gke.upgrade.available",
    kind="UpgradeAvailableEvent",
    doc="A newer version is available for the cluster.",
    alert="gke-upgrade-available",
    summary="A newer version is available for the cluster",
    fields={"version": "1.34.1-gke.100", "resourceType": "MASTER"},
    labels={"version": "version"},
)
_STARTED = _Notice(
    name="gke.upgrade.started",
    kind="UpgradeEvent",
    doc="Google began to upgrade the cluster.",
    alert="gke-upgrade-started",
    summary="Google upgrades the cluster",
    fields={"currentVersion": "1.33.2-gke.100", "targetVersion": "1.34.1-gke.100"},
    labels={"version": "targetVersion"},
)
_ENDED = _Notice(
    name="gke.upgrade.ended",
    kind="UpgradeInfoEvent",
    event="UPGRADE_LIFECYCLE",
    doc="An upgrade of the cluster changed its state: it succeeded, failed or was cancelled.",
    alert="gke-upgrade-ended",
    summary="An upgrade of the cluster ended",
    fields={"state": "SUCCEEDED"},
    labels={"state": "state"},
)
_ALWAYS = (_BULLETIN, _END_OF_SUPPORT)
_UPGRADES = (_AVAILABLE, _STARTED, _ENDED)
_NOTICES = (*_ALWAYS, *_UPGRADES)


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
    notices = _NOTICES if upgrades else _ALWAYS
    return Watch(
        alerts=tuple(
            log_match(one.lines).alert(
                name=one.alert, severity=AlertSeverity.TICKET, summary=one.summary, runbook="google-cloud/gke-notice"
            )
            for one in notices
        )
    )
