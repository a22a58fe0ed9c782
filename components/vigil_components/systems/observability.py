"""The observability itself: sinks that fail, metrics that are throttled, volume over budget, certificates, a canary."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from vigil_apimodel.metrics import logging as logging_metrics
from vigil_apimodel.metrics import uptime
from vigil_components.alertable import Occurrence
from vigil_components.arguments import Positive, validated
from vigil_components.charts import Chart
from vigil_components.conditions import PromqlCondition
from vigil_components.durations import days, minutes
from vigil_components.proofs import Case, Proof
from vigil_components.severity import AlertSeverity
from vigil_components.signals import Series, growth, level
from vigil_components.sources import Source
from vigil_components.systems.part import Part
from vigil_components.watch import Watch
from vigil_telemetry.arguments import Constraint


class LoggingPart(Part):
    """Logging and Monitoring themselves."""

    TYPE: ClassVar[str] = "vigil:observability:Logging"


class AuditPart(Part):
    """What people and programs change in the project; its source is an `AuditLog`, its alerts are the platform's."""

    TYPE: ClassVar[str] = "vigil:observability:Audit"


Host: TypeAlias = Annotated[
    str,
    Constraint(
        lambda value: bool(value) and "/" not in value and ":" not in value,
        "give the host alone, such as 'shop.example'",
    ),
]
"""The name of a host, without scheme, port and path."""


@validated
@dataclass(frozen=True, kw_only=True)
class VolumeLimits:
    """What the project's logs may take before somebody is notified."""

    gigabytes_a_day: Positive = 10
    """Gigabytes (10^9 bytes) in a day. Default: 10."""


@validated
def logging_itself(limits: VolumeLimits) -> Watch:
    """Return what every project's logging is watched for."""
    sinks = growth(
        Series(metric=logging_metrics.EXPORTS_ERROR_COUNT, resource="logging_sink"), by=("name",), window=minutes(10)
    )
    throttled = level(Series(metric=logging_metrics.METRIC_THROTTLED, resource="metric"), reduce="max")
    late = growth(
        Series(metric=logging_metrics.LOGS_BASED_METRICS_ERROR_COUNT, resource="cloud_run_revision"),
        window=minutes(10),
    )
    volume = growth(Series(metric=logging_metrics.BYTES_INGESTED, resource="global"), window=days(1))
    return Watch(
        alerts=(
            sinks.alert(
                above=0,
                name="sink-errors",
                severity=AlertSeverity.PAGE,
                summary="A sink cannot deliver log entries",
                runbook="sink-errors",
            ),
            throttled.alert(
                above=0,
                lasting=minutes(5),
                name="metric-throttled",
                severity=AlertSeverity.TICKET,
                summary="A log-based metric has too many series and loses some",
                runbook="metric-throttled",
            ),
            late.alert(
                above=0,
                name="entries-not-counted",
                severity=AlertSeverity.TICKET,
                summary="Log entries with a wrong clock are not counted in metrics",
                runbook="entries-not-counted",
            ),
            volume.alert(
                above=limits.gigabytes_a_day * 1e9,
                name="log-volume",
                severity=AlertSeverity.TICKET,
                summary="Logs take more in a day than planned",
                runbook="log-volume",
            ),
        ),
        charts=(
            Chart(title="Errors of sinks, by sink", signals=(sinks,)),
            Chart(title="Entries that metrics did not count", signals=(late,)),
            Chart(title="Bytes of logs in a day", signals=(volume,)),
        ),
    )


@validated
def uptime_of(host: Host, *, secure: bool = True) -> Watch:
    """Return the watch of a host's uptime check: that it passes, and that its certificate lives for a fortnight.

    A host that is not `secure` is requested over plain HTTP, and has no certificate to watch.
    """
    where = {"host": host}
    passed = level(
        Series(metric=uptime.CHECK_PASSED, where_resource=where, resource="uptime_url"),
        reduce="avg",
        smooth=True,
    )
    reached = Watch(
        alerts=(
            passed.alert(
                below=0.5,
                lasting=minutes(3),
                name="unreachable",
                severity=AlertSeverity.PAGE,
                summary="The service cannot be reached from outside",
                runbook="unreachable",
            ),
        ),
        charts=(Chart(title="Checks that pass", signals=(passed,)),),
    )
    return reached.along_with(_certificate_of(where)) if secure else reached


def _certificate_of(where: Mapping[str, str]) -> Watch:
    certificate = level(
        Series(metric=uptime.TIME_UNTIL_SSL_CERT_EXPIRES, where_resource=where, resource="uptime_url"),
        reduce="min",
    )
    return Watch(
        alerts=(
            certificate.alert(
                below=14,
                lasting=minutes(10),
                name="certificate-expiry",
                severity=AlertSeverity.TICKET,
                summary="The certificate expires within a fortnight",
                runbook="certificate-expiry",
            ),
        ),
        charts=(Chart(title="Days until the certificate expires", signals=(certificate,)),),
    )


@validated
@dataclass(frozen=True, kw_only=True)
class HourlyCanary(PromqlCondition, Occurrence):
    """The condition that holds for the first minutes of every hour, whatever else happens.

    Its incidents go through their own channel to an outside dead-man's switch, which calls when they stop coming:
    nothing inside can report that the evaluation of alerts itself has stopped.
    """

    minutes_open: Annotated[int, Constraint(lambda value: 1 <= value < 60, "give 1 to 59 minutes")] = 5  # noqa: PLR2004 - an hour
    """Minutes of each hour that it holds, 1 to 59. Default: 5."""

    @property
    def title(self) -> str:
        """When the condition holds, in words."""
        return f"the first {self.minutes_open} minutes of every hour"

    def promql(self, source: Source) -> str:  # noqa: ARG002 - it reads the clock alone
        """Return a query over the clock."""
        return f"vector(1) and on () (minute() < {self.minutes_open})"

    def proof(self) -> Proof:
        """Return two cases: within an hour it opens, whatever happens; between its openings it is silent.

        Cases begin ten minutes past an hour.
        """
        return Proof(
            fires=Case(lasting=minutes(62)),
            stays_silent=Case(lasting=minutes(45)),
            opens_within=minutes(62),
        )


@validated
def canary() -> Watch:
    """Return the alert that opens and closes each hour."""
    return Watch(
        alerts=(
            HourlyCanary().alert(
                name="canary",
                severity=AlertSeverity.TICKET,
                summary="The hourly proof that alerts are evaluated and delivered",
                runbook="canary",
            ),
        )
    )
