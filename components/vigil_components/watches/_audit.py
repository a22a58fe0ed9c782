"""What people and programs change in a project, from its audit log."""

from vigil_components.arguments import validated
from vigil_components.log_lines import Extract, LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import log_match
from vigil_components.watch import Watch
from vigil_components.watches._recorded import entry

_BY = {"by": Extract(path="protoPayload.authenticationInfo.principalEmail", doc="Who did it")}


def _change(method: str, service: str, resource: str = "project") -> dict[str, object]:
    proto = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "authenticationInfo": {"principalEmail": "person@example.com"},
        "methodName": method,
        "serviceName": service,
    }
    return entry("cloudaudit.googleapis.com/activity", resource, "NOTICE", proto=proto)


_LOGGING, _MONITORING, _IAM = "logging.googleapis.com", "monitoring.googleapis.com", "iam.googleapis.com"
_CONFIG = "google.logging.v2.ConfigServiceV2"
_ALERTS = "google.monitoring.v3"

IAM_CHANGED = LogLines(
    name="audit.iam.changed",
    doc="Who may do what in the project was changed.",
    filter='protoPayload.methodName="SetIamPolicy" AND resource.type="project"',
    matching=(_change("SetIamPolicy", "cloudresourcemanager.googleapis.com"),),
    near_misses=(
        _change("GetIamPolicy", "cloudresourcemanager.googleapis.com"),
        _change("SetIamPolicy", "pubsub.googleapis.com", "pubsub_topic"),
    ),
    labels=_BY,
)
LOGGING_CHANGED = LogLines(
    name="audit.logging.changed",
    doc="A log sink, bucket or exclusion was changed: entries may be lost from now on.",
    filter=(
        f'protoPayload.serviceName="{_LOGGING}" AND '
        r'protoPayload.methodName=~"^google\.logging\.v2\.ConfigServiceV2\.(Update|Delete)(Sink|Bucket|Exclusion)"'
    ),
    matching=(
        _change(f"{_CONFIG}.DeleteSink", _LOGGING, "logging_sink"),
        _change(f"{_CONFIG}.UpdateBucket", _LOGGING, "audited_resource"),
    ),
    near_misses=(
        _change(f"{_CONFIG}.ListSinks", _LOGGING, "logging_sink"),
        _change(f"{_CONFIG}.DeleteSink", "x.example.com"),
    ),
    labels=_BY,
)
ALERTING_CHANGED = LogLines(
    name="audit.alerting.changed",
    doc="An alert policy or a notification channel was changed or deleted.",
    filter=(
        f'protoPayload.serviceName="{_MONITORING}" AND '
        r'protoPayload.methodName=~"\.(Update|Delete)(AlertPolicy|NotificationChannel)$"'
    ),
    matching=(
        _change(f"{_ALERTS}.AlertPolicyService.DeleteAlertPolicy", _MONITORING, "audited_resource"),
        _change(f"{_ALERTS}.NotificationChannelService.UpdateNotificationChannel", _MONITORING, "audited_resource"),
    ),
    near_misses=(
        _change(f"{_ALERTS}.AlertPolicyService.CreateAlertPolicy", _MONITORING, "audited_resource"),
        _change(f"{_ALERTS}.AlertPolicyService.DeleteAlertPolicy", "x.example.com", "audited_resource"),
    ),
    labels=_BY,
)
KEY_CREATED = LogLines(
    name="audit.key.created",
    doc="A key of a service account was created: a credential that never expires.",
    filter='protoPayload.methodName="google.iam.admin.v1.CreateServiceAccountKey"',
    matching=(_change("google.iam.admin.v1.CreateServiceAccountKey", _IAM, "service_account"),),
    near_misses=(_change("google.iam.admin.v1.ListServiceAccountKeys", _IAM, "service_account"),),
    labels=_BY,
)


@validated
def audit() -> Watch:
    """Return what a project's audit log is watched for; the source is an `AuditLog`."""
    ticket = AlertSeverity.TICKET
    return Watch(
        alerts=(
            log_match(IAM_CHANGED).alert(
                name="audit-iam",
                severity=ticket,
                summary="Access to the project was changed",
                runbook="google-cloud/audit-change",
            ),
            log_match(LOGGING_CHANGED).alert(
                name="audit-logging",
                severity=ticket,
                summary="A log sink, bucket or exclusion was changed",
                runbook="google-cloud/audit-change",
            ),
            log_match(ALERTING_CHANGED).alert(
                name="audit-alerting",
                severity=ticket,
                summary="An alert policy or a channel was changed",
                runbook="google-cloud/audit-change",
            ),
            log_match(KEY_CREATED).alert(
                name="audit-key",
                severity=AlertSeverity.PAGE,
                summary="A key of a service account was created",
                runbook="google-cloud/audit-key",
            ),
        ),
    )
