"""A frontend on Vercel: errors, deployments, page views, web vitals, by what its drains deliver."""

from dataclasses import dataclass
from typing import ClassVar

from vigil_components.arguments import Fraction, NotNegative, Window, validated
from vigil_components.charts import Chart
from vigil_components.durations import days, minutes
from vigil_components.metrics import ExplicitBuckets
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count, quantile, rate, ratio, silence
from vigil_components.systems.part import Part
from vigil_components.watch import Watch
from vigil_telemetry.events.frontend import (
    DeploymentChanged,
    FrontendErrorRaised,
    FrontendRequestCompleted,
    PageViewed,
    WebVitalMeasured,
)

VITAL_BUCKETS = ExplicitBuckets(
    bounds=(
        *(10, 25, 50, 100, 150, 200, 300, 400, 500, 650, 800),
        *(1000, 1300, 1800, 2500, 3000, 4000, 5000, 7500, 10_000, 15_000, 30_000, 60_000),
    )
)
"""Milliseconds, with the bounds of good and poor of each vital among them (https://web.dev/articles/vitals)."""

SHIFT_BUCKETS = ExplicitBuckets(bounds=(0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1, 2, 5))
"""Layout shift has no unit; 0.1 is the bound of good, 0.25 of poor (https://web.dev/articles/cls)."""


class VercelPart(Part):
    """A project on Vercel, as its drains and its webhook report it."""

    TYPE: ClassVar[str] = "vigil:vercel:Frontend"


@validated
@dataclass(frozen=True, kw_only=True)
class FrontendLimits:
    """What a frontend may do before somebody is notified."""

    error_ratio: Fraction = 0.05
    """Part of the requests that may raise an error, between 0 and 1. Default: 5 %."""
    at_least: NotNegative = 20
    """Requests in ten minutes before errors are judged; 0: one is enough. Default: 20."""
    silence: Window = minutes(60)
    """How long a frontend that had requests within a day may have none: longer than its quietest hour. Default: 1 h."""


@validated
def frontend(limits: FrontendLimits) -> Watch:
    """Return what every frontend is watched for."""
    return Watch(
        alerts=(
            ratio(FrontendErrorRaised, of=FrontendRequestCompleted, window=minutes(10), at_least=limits.at_least).alert(
                above=limits.error_ratio,
                lasting=minutes(2),
                name="frontend-errors",
                severity=AlertSeverity.PAGE,
                summary="The frontend raises errors",
                runbook="frontend-errors",
            ),
            # what Vercel reports about requests comes as long as there are visitors and all of the drain's way works
            silence(FrontendRequestCompleted, window=limits.silence, before=days(1), at_least=20).alert(
                name="frontend-unseen",
                severity=AlertSeverity.TICKET,
                summary="No data arrives from the frontend",
                runbook="frontend-unseen",
            ),
            count(DeploymentChanged, window=minutes(10), where={"state": "error", "target": "production"}).alert(
                above=0,
                name="deployment-failed",
                severity=AlertSeverity.TICKET,
                summary="A production deployment of the frontend failed",
                runbook="deployment-failed",
            ),
        ),
        charts=(
            Chart(title="Page views, by page", signals=(rate(PageViewed, by=("page",)),), plot="STACKED_AREA"),
            Chart(title="Requests, by status", signals=(rate(FrontendRequestCompleted, by=("status_class",)),)),
            Chart(title="Errors, by page", signals=(rate(FrontendErrorRaised, by=("page",)),)),
            Chart(
                title="Largest contentful paint, p75",
                signals=(
                    quantile(0.75, WebVitalMeasured, "milliseconds", where={"vital": "LCP"}, buckets=VITAL_BUCKETS),
                ),
            ),
            Chart(
                title="Layout shift, p75",
                signals=(quantile(0.75, WebVitalMeasured, "score", where={"vital": "CLS"}, buckets=SHIFT_BUCKETS),),
            ),
            Chart(title="Deployments in 10 minutes", signals=(count(DeploymentChanged, window=minutes(10)),)),
        ),
    )
