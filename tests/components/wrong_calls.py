"""Mistakes that a type checker reports before anything runs: each line that ends in `# error` has one, no other does.

`test_types.py` runs the checker over this file. Nothing imports it.
"""

from typing import ClassVar, Literal

import vigil_components as v
import vigil_proofs
import vigil_runner
import vigil_telemetry as t
from vigil_components import collector, dashboards, systems
from vigil_telemetry import instrument
from vigil_telemetry.instrument import instrument_httpx


class Sent(t.Event, tag="types.sent"):
    """A parcel was sent."""

    severity: ClassVar[t.Severity] = t.Severity.INFO
    carrier: t.Label[Literal["land", "sea"]]
    waited: t.Measure[t.Seconds]


# what is right, as a control
sent = v.rate(Sent, by=("carrier",))
late = v.quantile(0.95, Sent, "waited").alert(
    above=60, lasting=v.minutes(5), name="late", severity=v.AlertSeverity.PAGE, summary="Late", runbook="late"
)
t.emit(Sent(carrier="sea", waited=12.5))
v.Chart(title="Sent", signals=(sent,))
v.Team(name="shop", channels={v.AlertSeverity.PAGE: (v.Email(address="shop@example.com"),)})

# an application's
t.emit("sent")  # error
t.emit(Sent)  # error
t.emit(Sent(carrier="sea"))  # error
t.emit(Sent(carrier="air", waited=12.5))  # error
t.emit(Sent(carrier="sea", waited="12.5"))  # error
t.emit(Sent(carrier="sea", waited=12.5, weight=3))  # error
t.bind(trace="abc")  # error
t.configure(service=5)  # error
t.configure(servce="parcels")  # error
t.flush(deadline="5")  # error
t.schema_of(Sent(carrier="sea", waited=1))  # error
t.set_sampling("half", family="types")  # error
t.Bounded(at_most="3", by="the shops")  # error
instrument_httpx(object(), target=5)  # error

# a program's
v.rate(Sent, window=5)  # error
v.count("types.sent")  # error
v.count(Sent, were={"carrier": "sea"})  # error
v.ratio(Sent)  # error
v.minutes("5")  # error
sent.alert(above="5%", name="a", severity=v.AlertSeverity.PAGE, summary="s", runbook="r")  # error
sent.alert(above=5, name="a", severity="page", summary="s", runbook="r")  # error
sent.alert(above=5, name="a", severity=v.AlertSeverity.PAGE, summary="s", runbook="r", lasting=5)  # error
sent.alert(above=5, name="a", severity=v.AlertSeverity.PAGE, runbook="r")  # error
v.Chart(title="Sent", signals=sent)  # error
v.Chart(title="Sent", signals=(late,))  # error
v.availability(bad=Sent, total=Sent, at_least_good=0.99, runbook="slo")  # error
v.Slo(name="a", indicator=v.Availability(bad=Sent, total=Sent), goal=0.99, runbook="slo")  # error
v.CloudRunService(name=5, location="europe-west1")  # error
v.CloudRunService(name="api")  # error
v.DockerHost(name="api", shipper="opsagent")  # error
v.Team(name="shop", channels={"page": (v.Email(address="shop@example.com"),)})  # error
v.Team(name="shop", channels={v.AlertSeverity.PAGE: ("shop@example.com",)})  # error
v.LogBucketArgs(project="p", bucket_id="b", location="l", retention_days="30")  # error
v.LogBucket("a", {"bucket_id": "b"})  # error
v.UptimeCheckArgs(project="p", display_name="d", url="https://shop.example", period=60)  # error
v.Watch(alerts=late)  # error
v.Watch(alerts=(late,)).changed("late", above="1")  # error
v.ExplicitBuckets(bounds=5)  # error
systems.http_service(systems.LlmLimits())  # error
collector.SupabaseEndpoint(project="shop", secret=5)  # error
dashboards.rows("Rows", {"title": "one"})  # error

# names that are imported when they are first used
loaded: object = (t.flush, vigil_proofs.Story, vigil_runner.Run, instrument.instrument_llm)
loaded = t.flushed  # error
loaded = vigil_proofs.Storey  # error
loaded = vigil_runner.Runs  # error
loaded = instrument.instrument_lm  # error
