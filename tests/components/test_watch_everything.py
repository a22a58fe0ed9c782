"""`watch_everything`: what it finds in a program, what it adds, and what it reports."""

import re
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_gcp as gcp
import pytest

import vigil_components as vigil
from vigil_components import watches
from vigil_components.testing import Recorded, record
from vigil_components.watches._supported import OTHERWISE, SUPPORTED

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "watch-everything.md").read_text()


def context() -> vigil.MonitoringContext:
    channels = {vigil.AlertSeverity.TICKET: (vigil.Email(address="team@example.com"),)}
    teams = [vigil.Team(name=name, channels=channels) for name in ("shop", "data")]
    args = vigil.RoutingArgs(project="p-1", environment="test", pages=False, teams=teams)
    return vigil.MonitoringContext(
        project="p-1",
        environment="test",
        routing=vigil.Routing("routing", args),
        runbooks_url="https://example.com/runbooks",
    )


def watched(
    make: Callable[[watches.ProgramResources], object], config: dict[str, str] | None = None, **args: object
) -> Recorded:
    def program() -> None:
        resources = watches.ProgramResources()
        make(resources)
        given = watches.EverythingArgs(context=context(), team="shop", resources=resources, **args)  # pyright: ignore[reportArgumentType]
        watches.watch_everything("everything", given)

    return record(program, preview=True, config=config)


def found(run: Recorded) -> dict[str, list[str]]:
    """The alerts of each watched resource."""
    (everything,) = run.of_type("vigil:watches:Everything")
    return {one["resource"]: one["alerts"] for one in everything.inputs["watched"]}  # type: ignore[index, union-attr]


def unwatched(run: Recorded) -> dict[str, str]:
    (everything,) = run.of_type("vigil:watches:Everything")
    return everything.inputs["unwatched"]  # type: ignore[return-value]


def bucket(resource: str, /, **inputs: object) -> gcp.storage.Bucket:
    return gcp.storage.Bucket(resource, location="EU", **inputs)  # type: ignore[arg-type]


def higher(watch: vigil.Watch) -> vigil.Watch:
    return watch.changed("bucket-errors", above=0.5)


def test_each_supported_resource_gets_its_watch_and_a_preview_lists_it() -> None:
    def make(_: watches.ProgramResources) -> None:
        bucket("uploads", name="shop-uploads")
        gcp.sql.DatabaseInstance("db", name="orders", database_version="POSTGRES_17", region="europe-west1")
        gcp.cloudscheduler.Job("hourly", name="hourly", region="europe-west1", schedule="0 * * * *")
        gcp.cloudscheduler.Job("nightly", name="nightly", region="europe-west1", schedule="0 3 * * *")

    run = watched(make)
    alerts = found(run)
    assert alerts["uploads"] == ["bucket-errors"]
    assert "sql-disk" in alerts["db"]
    assert alerts["hourly"] == ["scheduler-failed", "scheduler-overdue"]
    assert alerts["nightly"] == ["scheduler-failed"], "once a day in twice a day is more than Google can look back"
    policies = [str(one.inputs["displayName"]) for one in run.of_type("gcp:monitoring/alertPolicy:AlertPolicy")]
    assert "shop-uploads: bucket-errors (test)" in policies
    assert "everything: uploads (gcp:storage/bucket:Bucket): bucket_health: bucket-errors" in run.diagnostics.infos


def test_a_deployment_registers_what_the_preview_showed() -> None:
    def program() -> None:
        resources = watches.ProgramResources()
        bucket("uploads", name="uploads")
        args = watches.EverythingArgs(context=context(), team="shop", resources=resources)
        watches.watch_everything("everything", args)

    run = record(program)
    (everything,) = run.of_type("vigil:watches:Everything")
    assert everything.outputs == {"resources": ["uploads"]}
    assert list(found(run)) == ["uploads"]


def test_the_database_of_the_preview_is_the_one_that_the_program_names() -> None:
    run = watched(lambda _: gcp.sql.DatabaseInstance("db", name="orders", database_version="POSTGRES_17"))
    policy = next(one for one in run.of_type("gcp:monitoring/alertPolicy:AlertPolicy") if "sql-cpu" in one.name)
    assert "p-1:orders" in str(policy.inputs["conditions"])


def test_names_that_a_preview_does_not_know_are_reported_with_what_mends_them() -> None:
    def make(_: watches.ProgramResources) -> None:
        bucket("auto")
        bucket("late", name=pulumi.Output.concat("shop-", "late"))
        gcp.redis.Instance("cache", name="cache", memory_size_gb=1)

    reported = unwatched(watched(make))
    auto, late = reported["auto (gcp:storage/bucket:Bucket)"], reported["late (gcp:storage/bucket:Bucket)"]
    assert auto.startswith("its name is not given, so that Pulumi makes one up")
    assert late.startswith("its name is an Output, which a preview does not know")
    assert 'known={"late": {"name": "..."}}' in late
    mended = watched(make, known={"auto": {"name": "up-1"}, "late": {"name": "shop-late"}}, region="europe-west1")
    assert list(found(mended)) == ["auto", "late", "cache"]


def test_what_has_no_watch_is_reported_and_never_passed_over() -> None:
    def make(_: watches.ProgramResources) -> None:
        for name in ("a", "b"):
            gcp.projects.IAMMember(name, project="p-1", role="roles/viewer", member="user:a@example.com")
        gcp.pubsub.Topic("orders", name="orders")

    run = watched(make)
    assert unwatched(run) == {
        "2 gcp:projects/iAMMember:IAMMember": "there is no watch for this type",
        "1 gcp:pubsub/topic:Topic": "its subscriptions are watched",
    }
    assert all(f"everything: not watched: {what}" in "\n".join(run.diagnostics.warnings) for what in unwatched(run))


def test_resources_made_before_and_after_are_reported_and_can_be_added() -> None:
    def program() -> None:
        bucket("first", name="first")
        bucket("early", name="early")
        resources = watches.ProgramResources()
        resources.add("gcp:storage/bucket:Bucket", "first", {"name": "first"})
        args = watches.EverythingArgs(context=context(), team="shop", resources=resources)
        watches.watch_everything("everything", args)
        bucket("last", name="last")

    run = record(program, preview=True)
    assert list(found(run)) == ["first"]
    assert unwatched(run)["early (gcp:storage/bucket:Bucket)"].startswith("it was made before ProgramResources()")
    assert any(
        "last (gcp:storage/bucket:Bucket) is made after watch_everything" in one for one in run.diagnostics.warnings
    )


def test_each_can_be_adjusted_left_out_or_given_to_another_team() -> None:
    def make(_: watches.ProgramResources) -> None:
        bucket("uploads", name="uploads")
        bucket("exports", name="exports")
        gcp.sql.DatabaseInstance("db", name="orders", database_version="POSTGRES_17")

    run = watched(
        make,
        adjust={"uploads": higher},
        leave_out=["exports", "sql-cpu"],
        teams={"db": "data"},
    )
    assert unwatched(run) == {"exports (gcp:storage/bucket:Bucket)": "the program leaves it out"}
    assert "sql-cpu" not in found(run)["db"]
    services = {
        str(one.inputs["service"]): one.inputs["team"] for one in run.of_type("vigil:service:ServiceMonitoring")
    }
    assert services == {"uploads": "shop", "orders": "data"}
    (policy,) = (one for one in run.of_type("gcp:monitoring/alertPolicy:AlertPolicy") if "bucket-errors" in one.name)
    assert "> 0.5" in str(policy.inputs["conditions"])


@pytest.mark.parametrize("argument", ["known", "teams", "adjust", "leave_out"])
def test_a_name_that_nothing_has_is_an_error(argument: str) -> None:
    given: dict[str, object] = {"known": {"uplods": {}}, "teams": {"uplods": "shop"}, "adjust": {"uplods": higher}}
    with pytest.raises(ValueError, match=rf"{argument}: no resource.* named 'uplods'.*uploads"):
        watched(lambda _: bucket("uploads", name="uploads"), **{argument: given.get(argument, ["uplods"])})


def test_two_resources_of_one_name_keep_their_alerts_apart() -> None:
    def make(_: watches.ProgramResources) -> None:
        bucket("b", name="orders")
        gcp.pubsub.Subscription("s", name="orders", topic="projects/p-1/topics/orders")

    run = watched(make)
    assert [one.inputs["service"] for one in run.of_type("vigil:service:ServiceMonitoring")] == [
        "orders", "orders-subscription",
    ]  # fmt: skip


def queries(run: Recorded, alert: str) -> list[str]:
    """The conditions of the policies of an alert, as text."""
    policies = run.of_type("gcp:monitoring/alertPolicy:AlertPolicy")
    return [str(one.inputs["conditions"]) for one in policies if alert in one.name]


def test_resources_of_several_types_may_have_one_name_in_the_program() -> None:
    def make(_: watches.ProgramResources) -> None:
        bucket("cargo", name="cargo")
        gcp.pubsub.Subscription("cargo", name="cargo", topic="projects/p-1/topics/cargo")

    bucket_of, subscription_of = "gcp:storage/bucket:Bucket::cargo", "gcp:pubsub/subscription:Subscription::cargo"
    run = watched(make, adjust={bucket_of: higher}, teams={subscription_of: "data"})
    assert [one.inputs["team"] for one in run.of_type("vigil:service:ServiceMonitoring")] == ["shop", "data"]
    assert "> 0.5" in queries(run, "bucket-errors")[0]
    assert unwatched(watched(make, leave_out=[bucket_of])) == {
        "cargo (gcp:storage/bucket:Bucket)": "the program leaves it out"
    }
    with pytest.raises(
        ValueError, match=rf"several resources are named 'cargo'; give one of {bucket_of}, {subscription_of}"
    ):
        watched(make, adjust={"cargo": higher})


def test_names_that_promql_writes_alike_are_distinguished() -> None:
    def make(_: watches.ProgramResources) -> None:
        for name in ("tide-in", "tide_in"):
            gcp.cloudscheduler.Job(name, name=name, region="europe-west1", schedule="0 3 * * *")

    services = [one.inputs["service"] for one in watched(make).of_type("vigil:service:ServiceMonitoring")]
    assert services == ["tide-in", "tide_in-job"]


def test_a_watch_is_fitted_to_what_the_resource_says() -> None:
    def make(_: watches.ProgramResources) -> None:
        gcp.sql.DatabaseInstance("crm", name="crm", database_version="MYSQL_8_0")
        gcp.cloudrunv2.Service(
            "api", name="api", location="europe-west1", template={"scaling": {"maxInstanceCount": 5}}, scaling=None
        )
        gcp.cloudrunv2.Service(
            "web",
            name="web",
            location="europe-west1",
            template=gcp.cloudrunv2.ServiceTemplateArgs(
                scaling=gcp.cloudrunv2.ServiceTemplateScalingArgs(max_instance_count=20)
            ),
            scaling={"max_instance_count": 10},
        )

    run = watched(make)
    assert "sql-transaction-ids" not in found(run)["crm"], "MySQL has none"
    assert "network_connections" in queries(run, "sql-connections")[0]
    assert ["> 4.5" in queries(run, "run-instances")[0], "> 9" in queries(run, "run-instances")[1]] == [True, True]


def test_the_place_of_a_resource_is_its_own_else_its_providers_else_the_arguments() -> None:
    def make(_: watches.ProgramResources) -> None:
        near = gcp.Provider("near", project="p-1", region="us-east1")
        far = gcp.Provider("far", project="p-2")
        holder = pulumi.ComponentResource("shop:index:Depot", "depot", {}, pulumi.ResourceOptions(providers=[near]))
        holder.register_outputs({})
        for name, opts in (
            ("default", None),
            ("given", pulumi.ResourceOptions(provider=near)),
            ("inherited", pulumi.ResourceOptions(parent=holder, protect=True)),
            ("elsewhere", pulumi.ResourceOptions(provider=far)),
        ):
            gcp.redis.Instance(name, name=name, memory_size_gb=1, opts=opts)
        gcp.redis.Instance("own", name="own", memory_size_gb=1, project="p-2")

    run = watched(make, region="europe-west1")
    assert [one.partition("/instances/")[0][-12:] for one in map(instance_of, queries(run, "redis-memory"))] == [
        "europe-west1",
        "ons/us-east1",
        "ons/us-east1",
    ]
    run = watched(make, config={"gcp:region": "europe-west4"}, region="europe-west1")
    assert "europe-west4/instances/default" in instance_of(queries(run, "redis-memory")[0]), "the stack's own provider"
    other = "it is in the project p-2; watch it in a program whose context has that project"
    assert unwatched(run) == {f"{name} (gcp:redis/instance:Instance)": other for name in ("elsewhere", "own")}


def instance_of(condition: str) -> str:
    return condition.partition("instance_id=")[2]


def test_machines_workflows_queries_and_certificates_are_watched_by_their_names() -> None:
    def make(_: watches.ProgramResources) -> None:
        gcp.compute.Instance(
            "bastion",
            name="bastion",
            zone="europe-west1-b",
            machine_type="e2-micro",
            boot_disk={},
            network_interfaces=[],
        )
        gcp.workflows.Workflow("dock", name="dock", region="europe-west1", source_contents="main: {}")
        gcp.bigquery.Reservation("reports", name="reports", location="EU", slot_capacity=100)
        for name in ("a", "b"):
            gcp.bigquery.Dataset(name, dataset_id=name)
            gcp.certificatemanager.Certificate(f"tls-{name}", name=name)
        gcp.eventarc.Trigger("ship", name="ship", location="europe-west1", matching_criterias=[], destination={})

    run = watched(make, known={"ship": {"subscription": "eventarc-europe-west1-ship-sub-1"}})
    assert list(found(run)) == ["bastion", "dock", "reports", "a", "tls-a", "ship"]
    assert 'instance_name="bastion"' in queries(run, "machine-cpu")[0]
    assert "> 95" in queries(run, "bigquery-slots")[0]
    assert set(unwatched(run).values()) == {"the watch of another resource includes it"}
    assert unwatched(watched(make))["ship (gcp:eventarc/trigger:Trigger)"].startswith("its subscription is not given;")


def test_wrong_adjustments_name_the_resource() -> None:
    def make(_: watches.ProgramResources) -> None:
        bucket("uploads", name="uploads")

    with pytest.raises(ValueError, match=r"adjust: 'uploads': .*no alert.*sql-cpu.*bucket-errors"):
        watched(make, adjust={"uploads": lambda watch: watch.without("sql-cpu")})
    with pytest.raises(TypeError, match=r"adjust: 'uploads': the function returns None; return a Watch"):
        watched(make, adjust={"uploads": lambda _: None})
    with pytest.raises(ValueError, match=r"known: 'uploads': its watch reads no input 'nam'.*name"):
        watched(make, known={"uploads": {"nam": "x"}})


GIVEN = {"database_version": "POSTGRES_17", "load_balancing_scheme": "INTERNAL_MANAGED"}


def run_services(number: int, *, location: str = "europe-west1") -> None:
    for index in range(number):
        gcp.cloudrunv2.Service(f"s{index}-{location}", name=f"s{index}", location=location, template={})


def test_many_services_of_a_region_share_their_metrics_and_policies() -> None:
    def make(_: watches.ProgramResources) -> None:
        run_services(21)
        run_services(2, location="us-east1")

    run = watched(
        make,
        adjust={"s0-europe-west1": lambda it: it.without("run-cpu"), "fleet-europe-west1": lambda it: it.without("fleet-cpu")},
        fleet_from=20,
    )  # fmt: skip
    assert list(found(run)) == ["s0-europe-west1", "s0-us-east1", "s1-us-east1", "fleet-europe-west1"]
    (metric,) = [
        one.inputs for one in run.of_type("gcp:logging/metric:Metric") if one.inputs["name"] == "fleet-europe-west1/run.exited"
    ]  # fmt: skip
    assert 'resource.labels.service_name=("s1" OR "s10" OR ' in str(metric["filter"])
    assert '"s0"' not in str(metric["filter"])
    (query,) = queries(run, "fleet-exited")
    assert "sum by (service_name) (increase(" in query
    assert 'service_name=~"s1|s10|s11' in queries(run, "fleet-errors")[0]
    of_fleet = [
        one for one in run.of_type("gcp:monitoring/alertPolicy:AlertPolicy") if "fleet-europe-west1" in one.name
    ]
    assert len(of_fleet) == 9
    info = "everything: fleet-europe-west1 (20 gcp:cloudrunv2/service:Service): fleet_health: fleet-errors"
    assert any(one.startswith(info) for one in run.diagnostics.infos)


class Workload(pulumi.CustomResource):
    """A Deployment of pulumi_kubernetes, as much of it as matters here."""

    def __init__(self, name: str, **inputs: object) -> None:
        super().__init__("kubernetes:apps/v1:Deployment", name, inputs)


def containers(*names: str) -> dict[str, object]:
    return {"template": {"spec": {"containers": [{"name": name} for name in names]}}}


def test_workloads_run_in_the_only_cluster_and_each_container_has_a_watch() -> None:
    def make(_: watches.ProgramResources) -> None:
        gcp.container.Cluster("main", name="main", location="europe-west1")
        Workload("pay", metadata={"name": "pay", "namespace": "shop"}, spec=containers("payer", "proxy"))
        Workload("odd", metadata={}, spec=containers("odd"))

    run = watched(make, leave_out=["main-pods", "gke-cpu"])
    assert list(found(run)) == ["main", "pay", "pay-proxy"]
    assert "gke-oom" in found(run)["main"]
    assert found(run)["pay-proxy"] == ["gke-restarts", "gke-memory", "gke-memory-request", "gke-cpu-request"]
    restarts = queries(run, "gke-restarts")
    assert [f'container_name="{name}"' in query for name, query in zip(("payer", "proxy"), restarts, strict=True)] == [
        True, True,
    ]  # fmt: skip
    assert 'cluster_name="main"' in restarts[0]
    reasons = unwatched(run)
    assert reasons["main-pods (gcp:container/cluster:Cluster)"] == "the program leaves it out"
    assert reasons["odd (kubernetes:apps/v1:Deployment)"].startswith("its name is not given")


def test_regional_balancers_groups_and_caches_are_watched_by_what_the_program_knows() -> None:
    def make(_: watches.ProgramResources) -> None:
        gcp.compute.RegionUrlMap("stock", name="stock", region="europe-west1")
        gcp.compute.RegionBackendService("b", name="b", region="europe-west1", load_balancing_scheme="INTERNAL_MANAGED")
        for name, size in (("web", 3), ("grows", None)):
            gcp.compute.RegionInstanceGroupManager(
                name, name=name, region="europe-west1", base_instance_name=name, versions=[], target_size=size
            )
        gcp.redis.Cluster("carts", name="carts", region="europe-west1", shard_count=3)
        gcp.memorystore.Instance("sessions", instance_id="sessions", location="europe-west1", shard_count=1)
        gcp.memcache.Instance("pages", name="pages", node_count=1, node_config={"cpu_count": 1, "memory_size_mb": 1024})

    run = watched(make)
    assert list(found(run)) == ["stock", "web", "carts", "sessions", "pages"]
    assert "https_internal_request_count" in queries(run, "lb-errors")[0]
    assert "< 3" in queries(run, "group-small")[0]
    reason = unwatched(run)["grows (gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager)"]
    assert "give its autoscaler's sizes" in reason
    sized = watched(make, known={"grows": {"min_replicas": "2", "max_replicas": "10"}})
    assert found(sized)["grows"] == ["group-small", "group-full"]
    assert "> 9" in queries(sized, "group-full")[0]


def test_every_supported_type_is_one_of_the_provider_and_makes_its_watch() -> None:
    for type_, supported in SUPPORTED.items():
        known = {**dict.fromkeys(supported.needs, "europe-west1"), **GIVEN}
        source, watch = supported.watched(known, {"slot_capacity": 100, "target_size": 2})
        assert source.resource_type
        assert watch.alerts
        assert f"| `{type_}` | `{supported.watch}` | {', '.join(supported.needs)} |" in PAGE
    provider = Path(gcp.__file__).read_text()  # importing each of its modules would take half a minute
    of_gcp = [type_ for type_ in (*SUPPORTED, *OTHERWISE) if type_.startswith("gcp:")]
    assert [type_ for type_ in of_gcp if f'"{type_}"' not in provider] == []


def test_the_pages_program_runs() -> None:
    (block,) = re.findall(r"```python file=__main__.py\n(.*?)```", PAGE, flags=re.DOTALL)
    run = record(
        lambda: exec(compile(block, "watch-everything.md", "exec"), {}), preview=True, config={"gcp:project": "p-1"}
    )
    assert list(found(run)) == ["uploads", "db", "api"]
    assert "run-cpu" not in found(run)["api"]
