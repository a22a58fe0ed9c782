"""A frontend on Vercel: errors, deployments, page views, web vitals, by what its drains deliver."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from vigil_components.charts import Chart
from vigil_components.durations import days, minutes
from vigil_components.severity import Alarm
from vigil_components.signals import Silence, count, quantile, rate, ratio
from vigil_components.systems.part import Part, Watch
from vigil_telemetry.events.frontend import (
    DeploymentChanged,
    FrontendErrorRaised,
    FrontendRequestCompleted,
    PageViewed,
    WebVitalMeasured,
)


class VercelPart(Part):
    """A project on Vercel, as its drains and its webhook tell of it."""

    TYPE: ClassVar[str] = "vigil:vercel:Frontend"


@dataclass(frozen=True, kw_only=True)
class FrontendLimits:
    """What a frontend may do before somebody is told.

    ``error_ratio`` is the part of the requests that may raise an error; ``silence`` how long a frontend that had
    requests within a day may have none, which nobody but its visitors decides: longer than its quietest hour.
    """

    error_ratio: float = 0.05
    silence: timedelta = minutes(60)


def frontend(limits: FrontendLimits) -> Watch:
    """What every frontend is watched for."""
    return Watch(
        alerts=(
            ratio(FrontendErrorRaised, of=FrontendRequestCompleted, window=minutes(10)).above(
                limits.error_ratio,
                lasting=minutes(2),
                name="frontend-errors",
                severity=Alarm.PAGE,
                summary="The frontend raises errors",
                runbook="frontend-errors",
            ),
            # what Vercel tells of requests comes as long as there are visitors and all of the drain's way works
            Silence(of=FrontendRequestCompleted, window=limits.silence, before=days(1), at_least=20).alert(
                name="frontend-unseen",
                severity=Alarm.TICKET,
                summary="Nothing is heard of the frontend",
                runbook="frontend-unseen",
            ),
            count(DeploymentChanged, window=minutes(10), where={"state": "error", "target": "production"}).above(
                0,
                name="deployment-failed",
                severity=Alarm.TICKET,
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
                signals=(quantile(0.75, WebVitalMeasured, "milliseconds", where={"vital": "LCP"}),),
            ),
            Chart(
                title="Layout shift, p75", signals=(quantile(0.75, WebVitalMeasured, "score", where={"vital": "CLS"}),)
            ),
            Chart(title="Deployments in 10 minutes", signals=(count(DeploymentChanged, window=minutes(10)),)),
        ),
    )
