"""Cloud Functions of the first generation; those of the second are Cloud Run services."""

from dataclasses import dataclass

from vigil_apimodel.metrics import functions
from vigil_components.arguments import Name, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import growth, growth_ratio, series_quantile
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, series


@validated
def cloud_function(name: Name, *, region: Name) -> MonitoredResource:
    """Return a Cloud Function of the first generation as a source; one of the second is a Cloud Run service."""
    return MonitoredResource(
        name=name, id=id_of(name), type=functions.RESOURCE, labels={"function_name": name, "region": region}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class FunctionLimits:
    """What a function may do before somebody is notified."""

    errors: Share = 0.05
    """Part of the executions that do not end well. Default: 5 %, one in twenty."""
    p95_nanoseconds: Positive = 30e9
    """Nanoseconds that one execution in twenty may exceed. Default: 30 s, half of the default time limit."""


@validated
def function_health(source: MonitoredResource, limits: FunctionLimits | None = None) -> Watch:
    """Return what a Cloud Function of the first generation is watched for."""
    chosen = limits or FunctionLimits()
    all_of_them = series(source, functions.EXECUTIONS)
    failing = growth_ratio(series(source, functions.EXECUTIONS, unless={"status": "ok"}), of=all_of_them)
    slow = series_quantile(0.95, series(source, functions.EXECUTION_TIMES))
    return Watch(
        alerts=(
            failing.alert(
                above=chosen.errors,
                lasting=minutes(5),
                name="function-errors",
                severity=AlertSeverity.PAGE,
                summary="The function fails",
                runbook="google-cloud/function-errors",
            ),
            slow.alert(
                above=chosen.p95_nanoseconds,
                lasting=minutes(5),
                name="function-slow",
                severity=AlertSeverity.TICKET,
                summary="The function is slow",
                runbook="google-cloud/function-errors",
            ),
        ),
        charts=(Chart(title="Executions by status", signals=(growth(all_of_them, by=("status",)),)),),
    )
