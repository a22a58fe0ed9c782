"""What the shop's own events are watched for, beside the requests that the middleware logs.

Not watched: `order.packed`, `order.released` and `stock.counted`, the single steps of a workflow. A workflow that does
not come to its end is an alert of the workers.
"""

from demo.shop.events import OrderAccepted, OrderConfirmed, OrderRefused, OrdersUnavailable, OrderWaiting
from vigil_components import AlertSeverity, Chart, Watch, count, minutes, rate, unanswered


def orders() -> Watch:
    """Return the alerts and charts of the orders that the API takes."""
    refused = count(OrderRefused, window=minutes(10)).alert(
        above=30,
        lasting=minutes(1),
        name="orders-refused",
        severity=AlertSeverity.TICKET,
        summary="The shop refuses orders",
        runbook="orders-refused",
    )
    waiting = count(OrderWaiting, window=minutes(10)).alert(
        above=3,
        lasting=minutes(1),
        name="orders-waiting",
        severity=AlertSeverity.TICKET,
        summary="Orders are taken and nobody fulfils them",
        runbook="orders-waiting",
    )
    unavailable = count(OrdersUnavailable, window=minutes(10)).alert(
        above=10,
        lasting=minutes(1),
        name="orders-unavailable",
        severity=AlertSeverity.TICKET,
        summary="The shop cannot reach its orders",
        runbook="orders-unavailable",
    )
    unconfirmed = unanswered(OrderAccepted, outcomes=(OrderConfirmed,), window=minutes(60)).alert(
        above=0.2,
        name="orders-unconfirmed",
        severity=AlertSeverity.TICKET,
        summary="Customers hear nothing of their orders",
        runbook="orders-unconfirmed",
    )
    charts = (
        Chart(title="Orders taken and refused", signals=(rate(OrderAccepted), rate(OrderRefused, by=("reason",)))),
    )
    return Watch(alerts=(refused, waiting, unavailable, unconfirmed), charts=charts)
