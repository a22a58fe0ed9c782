"""Config Connector's YAML: Kubernetes resources whose `spec` is nearly the API's JSON."""

import json
from collections.abc import Iterator
from typing import Final

from vigil_apimodel import tokens
from vigil_runner.check._found import SECRET, Fields, Found, fields, is_fields, is_list, listed, string, without

KINDS: Final = {
    "MonitoringAlertPolicy": tokens.ALERT_POLICY,
    "MonitoringDashboard": tokens.DASHBOARD,
    "MonitoringNotificationChannel": tokens.CHANNEL,
    "MonitoringServiceLevelObjective": tokens.SLO,
    "MonitoringUptimeCheckConfig": tokens.UPTIME_CHECK,
    "MonitoringService": tokens.CUSTOM_SERVICE,
    "LoggingLogMetric": tokens.LOG_METRIC,
    "LoggingLogSink": tokens.PROJECT_SINK,
    "LoggingLogExclusion": tokens.PROJECT_EXCLUSION,
    "LoggingLogBucket": tokens.PROJECT_BUCKET,
    "LoggingLogView": tokens.LOG_VIEW,
}
"""Config Connector's kinds, as Pulumi's tokens."""
_GROUP = "cnrm.cloud.google.com/"
_SLIS = {"requestBased": "requestBasedSli", "windowsBased": "windowsBasedSli", "basicSli": "basicSli"}
_DAY_SECONDS = 86_400


def is_config_connector(document: Fields) -> bool:
    """Return whether the document is a resource of Config Connector."""
    return _GROUP in string(document.get("apiVersion"))


def read(document: Fields, file: str, number: int) -> Iterator[Found]:
    """Yield the resource of a document, where its kind has rules."""
    type_ = KINDS.get(string(document.get("kind")))
    if type_ is None:
        return
    spec = fields(document.get("spec"))
    name = string(fields(document.get("metadata")).get("name"))
    yield Found(
        type=type_,
        name=string(spec.get("displayName")) or name,
        inputs=_inputs(type_, spec, string(spec.get("resourceID")) or name),
        file=file,
        place=("spec",),
        document=number,
        deployed=True,
    )


def _inputs(type_: str, spec: Fields, name: str) -> Fields:
    plain = fields(_resolved({key: value for key, value in spec.items() if not _points_elsewhere(key)}))
    plain = without(plain, "resourceID")
    if type_ == tokens.DASHBOARD:
        return {"dashboardJson": json.dumps(plain)}
    if type_ == tokens.ALERT_POLICY:
        channels = [_reference(each) for each in listed(spec.get("notificationChannels"))]
        return {**plain, **({"notificationChannels": channels} if channels else {})}
    if type_ == tokens.SLO:
        indicator = fields(plain.pop("serviceLevelIndicator", {}))
        seconds = string(plain.pop("rollingPeriod", "")).rstrip("s")
        days = {"rollingPeriodDays": float(seconds) / _DAY_SECONDS} if seconds else {}
        return {**plain, **days, **{_SLIS.get(key, key): value for key, value in indicator.items()}}
    if type_ == tokens.PROJECT_SINK:
        return {**without(plain, "destination"), "name": name}
    if type_ == tokens.PROJECT_BUCKET:
        return {**plain, "bucketId": name}
    return {**plain, "name": name} if type_ in {tokens.LOG_METRIC, tokens.PROJECT_EXCLUSION, tokens.LOG_VIEW} else plain


def _points_elsewhere(key: str) -> bool:
    return key.endswith("Ref")


def _reference(value: object) -> object:
    """A channel of another resource is known once both exist; an external one has its name."""
    reference = fields(value)
    return reference.get("external", SECRET)


def _resolved(value: object) -> object:
    """The value without references; what comes from a Kubernetes secret is not known here."""
    if is_fields(value):
        inner = fields(value)
        if "valueFrom" in inner:
            return SECRET
        if set(inner) == {"value"}:
            return SECRET
        return {key: _resolved(each) for key, each in inner.items() if not _points_elsewhere(key)}
    return [_resolved(each) for each in listed(value)] if is_list(value) else value
