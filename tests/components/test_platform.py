"""What Cloud Run and the audit log say is watched by default; each alert can be adjusted and left out."""

import pytest

from vigil_components import AlertSeverity, Email, MonitoringContext, Routing, RoutingArgs, Team, Watch, hours, watches
from vigil_components.sources import AuditLog, CloudRunJob, CloudRunService, CloudRunWorkerPool, DockerHost, Source
from vigil_components.systems import AuditPart, CloudRunServicePart, HttpLimits, JobPart, PartArgs, http_service
from vigil_components.testing import record

SERVICE = CloudRunService(name="shop", location="europe-west1")
JOB = CloudRunJob(name="nightly", location="europe-west1")
INSTANCES = ["run-out-of-memory", "run-crashed", "run-memory", "run-cpu"]
ROLLOUTS = ["run-not-ready", "run-not-started", "run-exited"]
TEAM = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})


def arguments(source: Source, *, watch: Watch | None = None, platform: Watch | None = None, of: str = "r") -> PartArgs:
    routing = Routing(of, RoutingArgs(project="example-shop", environment="prod", pages=False, teams=[TEAM]))
    context = MonitoringContext(
        project="example-shop", environment="prod", routing=routing, runbooks_url="https://shop.example"
    )
    return PartArgs(context=context, source=source, team="shop", watch=watch or Watch(), platform=platform)


@pytest.mark.parametrize(
    ("part", "source", "expected"),
    [
        (
            CloudRunServicePart,
            SERVICE,
            [*ROLLOUTS, "run-no-instance", "run-instances", "run-slow-start", *INSTANCES],
        ),
        (CloudRunServicePart, CloudRunWorkerPool(name="work", location="europe-west1"), [*ROLLOUTS, *INSTANCES]),
        (JobPart, JOB, ["job-failed", *INSTANCES]),
        (AuditPart, AuditLog(), ["audit-iam", "audit-logging", "audit-alerting", "audit-key"]),
        (CloudRunServicePart, DockerHost(name="shop"), []),
    ],
    ids=["service", "worker pool", "job", "audit log", "elsewhere"],
)
def test_a_part_has_the_alerts_of_its_platform_without_naming_them(part, source, expected):
    run = record(lambda: part("shop", arguments(source)))
    policies = run.of_type("gcp:monitoring/alertPolicy:AlertPolicy")
    assert [one.name for one in policies] == [f"shop-{name}-policy" for name in expected]
    runbooks = [one.inputs["runbook"] for one in run.of_type("vigil:alerts:Alert")]
    assert all(one.startswith("google-cloud/") for one in runbooks)


def names(args: PartArgs) -> list[str]:
    return [alert.name for alert in args.all_alerts]


def test_each_alert_can_be_adjusted_and_each_left_out():
    default = watches.platform(SERVICE)
    built: list[PartArgs] = []

    def program() -> None:
        adjusted = default.changed("run-memory", above=0.8)
        own = watches.cloud_run_service(SERVICE, watches.CloudRunLimits(cpu=0.5))
        built.extend(
            [
                arguments(SERVICE, platform=adjusted.without("run-cpu", "run-crashed"), of="some"),
                arguments(SERVICE, platform=Watch(), of="none"),
                arguments(SERVICE, watch=http_service(HttpLimits()).along_with(own), of="own"),
                arguments(JOB, platform=watches.cloud_run_job(JOB, every=hours(24)), of="job"),
            ]
        )

    record(program)
    some, none, own, job = built
    assert set(names(some)) == {one.name for one in default.alerts} - {"run-cpu", "run-crashed"}
    assert next(one for one in some.all_alerts if one.name == "run-memory").condition.threshold == 0.8
    assert names(none) == []
    assert names(own).count("run-cpu") == 1
    assert next(one for one in own.all_alerts if one.name == "run-cpu").condition.threshold == 0.5
    assert "job-overdue" in names(job)
