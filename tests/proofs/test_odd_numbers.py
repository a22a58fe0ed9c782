"""Numbers that are small, odd or whole: whatever an alert may ask for is proven."""

from pathlib import Path

from tests.proofs.programs import failures, suite_of

PROGRAM = """
from vigil_telemetry import Event, HttpRequestCompleted, HttpRequestFailed, Measure

class Weighed(Event, tag="odd.parcel.weighed"):
    '''A parcel was weighed.'''

    grams: Measure[int]
    worth: Measure[float]

done = declare_metric("custom.googleapis.com/jobs/done", kind=Kind.CUMULATIVE, value_type=ValueType.INT64, unit="1",
                      resources=["generic_task"])
jobs = Series(metric=done, resource="generic_task")
bad, all_ = HttpRequestFailed, HttpRequestCompleted
more = {
    "few-of-a-counter": (growth(jobs, window=minutes(10)), 3),
    "few-in-an-hour": (growth(jobs, window=minutes(61)), 3),
    "many-in-a-while": (count(bad, window=minutes(37)), 19),
    "seldom": (rate(bad, window=minutes(61)), 0.001),
    "a-minute": (ratio(bad, of=all_, window=minutes(1), at_least=3), 0.013),
    "three-are-enough": (ratio(bad, of=all_, window=minutes(5), at_least=3), 0.25),
    "one-is-enough": (ratio(bad, of=all_, window=minutes(33), at_least=1), 0.97),
    "slow": (quantile(0.5, all_, "duration", window=minutes(1), at_least=1), 0.3),
    "two-are-enough": (unanswered(all_, outcomes=[bad], window=minutes(61), at_least=2), 0.33),
    "one-gram": (total(Weighed, "grams", window=minutes(7)), 1),
    "grams": (total(Weighed, "grams", window=minutes(61)), 12345),
    "worth": (total(Weighed, "worth", window=minutes(1)), 0.3),
    "heavy": (quantile(0.9, Weighed, "grams", window=minutes(7)), 7),
}
alerts = [
    signal.alert(above=above, name=name, severity=AlertSeverity.TICKET, summary="Odd", runbook="odd")
    for name, (signal, above) in more.items()
]
fewer = {
    "none-at-all": (count(all_, window=minutes(17)), 1),
    "less-than-two": (count(all_, window=minutes(61)), 2),
    "less-than-three": (count(all_, window=minutes(120)), 3),
    "just-below-few": (count(all_, window=minutes(61)), 13),
    "a-very-low-rate": (rate(all_, window=minutes(61)), 0.001),
    "a-counter-a-day": (growth(jobs, window=hours(24)), 3),
    "a-counter-an-hour": (growth(jobs, window=hours(1)), 1000),
    "less-than-usual": (count(all_, window=minutes(61)), 1000),
    "a-low-rate": (rate(all_, window=minutes(17)), 0.3),
    "a-low-sum": (total(Weighed, "worth", window=minutes(17)), 3),
}
alerts += [
    signal.alert(below=below, name=name, severity=AlertSeverity.TICKET, summary="Odd", runbook="odd")
    for name, (signal, below) in fewer.items()
]
still = silence(all_, window=minutes(1), before=minutes(14), at_least=1)
alerts.append(still.alert(name="still", severity=AlertSeverity.TICKET, summary="Still", runbook="odd"))
ServiceMonitoring("odd", ServiceMonitoringArgs(
    context=shared, team="shop", source=CloudRunService(name="odd", location="europe-west1"), alerts=alerts,
))
"""


def test_every_alert_is_proven(tmp_path: Path) -> None:
    assert failures(suite_of(tmp_path, PROGRAM)) == {}
