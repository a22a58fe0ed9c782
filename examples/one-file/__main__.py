"""A service with events, an alert with its proof, an objective and a dashboard, in one file."""

from enum import StrEnum

import vigil_components as vigil
from vigil_telemetry import Event, Label, Measure, Seconds


class Reason(StrEnum):
    CARD_DECLINED = "card_declined"
    TIMED_OUT = "timed_out"


class PaymentAttempted(Event, tag="payment.attempted"):
    """A customer tried to pay."""

    waited: Measure[Seconds]


class PaymentFailed(Event, tag="payment.failed"):
    """A payment failed."""

    reason: Label[Reason]


team = vigil.Team(name="shop", channels={vigil.AlertSeverity.TICKET: [vigil.Email(address="shop@example.com")]})
routing = vigil.Routing("routing", vigil.RoutingArgs(project="shop", environment="prod", pages=False, teams=[team]))
context = vigil.MonitoringContext(
    project="shop", environment="prod", routing=routing, runbooks_url="https://shop.example/runbooks"
)
failures = vigil.ratio(PaymentFailed, of=PaymentAttempted).alert(
    above=0.05, name="failures", severity=vigil.AlertSeverity.PAGE, summary="Payments fail", runbook="payments-fail"
)
good = vigil.availability(bad=PaymentFailed, total=PaymentAttempted, at_least_good="99%", runbook="payments-fail")
source = vigil.CloudRunService(name="payments", location="europe-west1")
vigil.ServiceMonitoring(
    "payments",
    vigil.ServiceMonitoringArgs(context=context, source=source, team="shop", alerts=[failures], slos=[good]),
)
