"""One valid call of each widget, watch, part and constructor that stands below the top of `vigil_components`.

`test_arguments` adds them to its list, and derives wrong calls from each.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import vigil_components as v
from vigil_apimodel.metrics import Metric, supabase
from vigil_components import collector, dashboards, links, slos, uptime, vercel, watches

Call = tuple[Callable[..., object], dict[str, Any]]
P = "example-shop"
PLACE = {"location": "europe-west1"}
LINE = dashboards.Line(query="sum(pg_up)")
BUCKET = v.LogBucketArgs(project=P, bucket_id="b", location="europe-west1")
CHECK = v.UptimeCheckArgs(project=P, display_name="d", url="https://shop.example")
VIEW = v.LogViewArgs(project=P, location="europe-west1", bucket_id="b", bucket="b", view_id="v", readers=["group:a@b"])
DASHBOARD = v.DashboardArgs(project=P, title="t", sections=[])
SCRAPED: tuple[Metric, ...] = (supabase.get("pg_up"),)

WIDGETS: dict[str, Call] = {
    "Filter": (dashboards.Filter, {"label": "service_name"}),
    "Line": (dashboards.Line, {"query": "sum(pg_up)"}),
    "Section": (dashboards.Section, {"title": "t", "tiles": ()}),
    "Threshold": (dashboards.Threshold, {"label": "page", "value": 1}),
    "Tile": (dashboards.Tile, {"widget": {}, "x": 0, "y": 0, "width": 24, "height": 16}),
    "alert_chart": (dashboards.alert_chart, {"title": "t", "policy_name": "projects/p/alertPolicies/1"}),
    "collapsible_group": (dashboards.collapsible_group, {"title": "t"}),
    "document": (dashboards.document, {"args": DASHBOARD}),
    "error_panel": (dashboards.error_panel, {"title": "t"}),
    "filter_control": (dashboards.filter_control, {"variable": "service"}),
    "gauge": (dashboards.gauge, {"title": "t", "line": LINE, "lowest": 0, "highest": 1}),
    "incident_list": (dashboards.incident_list, {"title": "t"}),
    "logs_panel": (dashboards.logs_panel, {"title": "t", "query": "severity>=ERROR"}),
    "mosaic": (dashboards.mosaic, {"sections": []}),
    "pie": (dashboards.pie, {"title": "t", "line": LINE}),
    "scorecard": (dashboards.scorecard, {"title": "t", "line": LINE}),
    "section_header": (dashboards.section_header, {"title": "t"}),
    "single_view_group": (dashboards.single_view_group, {"title": "t"}),
    "table": (dashboards.table, {"title": "t", "lines": []}),
    "treemap": (dashboards.treemap, {"title": "t", "line": LINE, "hierarchy": ["zone"]}),
}

WATCHES: dict[str, Call] = {
    "CloudRunLimits": (watches.CloudRunLimits, {"memory": 0.9}),
    "CloudSqlLimits": (watches.CloudSqlLimits, {"disk": 0.9}),
    "ProgramResource": (watches.ProgramResource, {"name": "uploads", "type": "gcp:storage/bucket:Bucket"}),
    "GkeLimits": (watches.GkeLimits, {"restarts": 5}),
    "LoadBalancerLimits": (watches.LoadBalancerLimits, {"error_ratio": 0.05}),
    "MachineLimits": (watches.MachineLimits, {"cpu": 0.9}),
    "StorageLimits": (watches.StorageLimits, {"errors": 0.1}),
    "FunctionLimits": (watches.FunctionLimits, {"errors": 0.1}),
    "BigQueryLimits": (watches.BigQueryLimits, {"billed_bytes_a_day": 1e12}),
    "NamedMachine": (watches.NamedMachine, {"name": "vm", "labels": {"zone": "z"}}),
    "named_machine": (watches.named_machine, {"name": "vm", "zone": "z"}),
    "QueueLimits": (watches.QueueLimits, {"depth": 10}),
    "RedisLimits": (watches.RedisLimits, {"memory": 0.9}),
    "SubscriptionLimits": (watches.SubscriptionLimits, {"backlog": 10}),
    "bigquery_cost": (watches.bigquery_cost, {"source": watches.bigquery_project(P)}),
    "bigquery_project": (watches.bigquery_project, {"project": P}),
    "bucket": (watches.bucket, {"name": "uploads"}),
    "QuotaLimits": (watches.QuotaLimits, {"near": 0.8}),
    "TriggerLimits": (watches.TriggerLimits, {"oldest_seconds": 600}),
    "bigquery_slots": (
        watches.bigquery_slots,
        {"source": watches.bigquery_project(P), "reservation": "projects/a/reservations/r", "slots": 500},
    ),
    "certificates": (watches.certificates, {"name": "certificates"}),
    "endpoint_group": (watches.endpoint_group, {"group_id": "42", "name": "web"}),
    "eventarc_trigger": (watches.eventarc_trigger, {"name": "uploads", "subscription": "eventarc-uploads"}),
    "gke_control_plane": (watches.gke_control_plane, {"cluster": "main", "location": "europe-west1"}),
    "gke_notices": (watches.gke_notices, {"upgrades": True}),
    "instance_group": (watches.instance_group, {"name": "web"}),
    "machine_inside": (watches.machine_inside, {"source": watches.machine("1", zone="z", name="vm")}),
    "trigger_health": (watches.trigger_health, {"source": watches.eventarc_trigger("uploads", subscription="s")}),
    "workflow": (watches.workflow, {"name": "nightly", "location": "europe-west1"}),
    "workflow_health": (watches.workflow_health, {"source": watches.workflow("nightly", location="europe-west1")}),
    "bucket_health": (watches.bucket_health, {"source": watches.bucket("uploads")}),
    "cloud_function": (watches.cloud_function, {"name": "resize", "region": "europe-west1"}),
    "cloud_run_fleet": (watches.cloud_run_fleet, {"name": "fleet", **PLACE}),
    "cloud_run_regions": (watches.cloud_run_regions, {"name": "shop"}),
    "regions_health": (watches.regions_health, {"source": watches.cloud_run_regions("shop")}),
    "cloud_run_job": (watches.cloud_run_job, {"source": v.CloudRunJob(name="report", **PLACE)}),
    "cloud_run_service": (watches.cloud_run_service, {"source": v.CloudRunService(name="api", **PLACE)}),
    "cloud_run_worker_pool": (watches.cloud_run_worker_pool, {"source": v.CloudRunWorkerPool(name="w", **PLACE)}),
    "cloud_sql": (watches.cloud_sql, {"source": watches.sql_instance(P, "main")}),
    "firestore_database": (watches.firestore_database, {"database": "(default)"}),
    "firestore_health": (watches.firestore_health, {"source": watches.firestore_database()}),
    "fleet_health": (watches.fleet_health, {"source": watches.cloud_run_fleet(**PLACE)}),
    "function_health": (watches.function_health, {"source": watches.cloud_function("f", region="r")}),
    "gke_cluster": (watches.gke_cluster, {"cluster": "main", **PLACE}),
    "gke_namespace": (watches.gke_namespace, {"cluster": "main", "namespace": "shop", **PLACE}),
    "gke_nodes": (watches.gke_nodes, {"source": watches.gke_cluster("main", **PLACE)}),
    "gke_pods": (watches.gke_pods, {"source": watches.gke_namespace("main", "shop", **PLACE)}),
    "gke_workload": (watches.gke_workload, {"source": v.GkeWorkload(name="cart", cluster="main", **PLACE)}),
    "load_balancer": (watches.load_balancer, {"source": watches.url_map("web")}),
    "machine": (watches.machine, {"instance_id": "1", "zone": "europe-west1-b", "name": "vm"}),
    "machine_health": (watches.machine_health, {"source": watches.machine("1", zone="z", name="vm")}),
    "platform": (watches.platform, {"source": watches.machine("1", zone="z", name="vm")}),
    "quota": (watches.quota, {"service": "run.googleapis.com"}),
    "quota_health": (watches.quota_health, {"source": watches.quota("run.googleapis.com")}),
    "redis": (watches.redis, {"source": watches.redis_instance(P, "cache", region="europe-west1")}),
    "redis_instance": (watches.redis_instance, {"project": P, "instance": "cache", "region": "europe-west1"}),
    "scheduler_health": (watches.scheduler_health, {"every": v.hours(1)}),
    "scheduler_job": (watches.scheduler_job, {"name": "nightly", **PLACE}),
    "sql_instance": (watches.sql_instance, {"project": P, "instance": "main"}),
    "subscription": (watches.subscription, {"name": "orders"}),
    "subscription_health": (watches.subscription_health, {"source": watches.subscription("orders")}),
    "task_queue": (watches.task_queue, {"name": "mail", **PLACE}),
    "task_queue_health": (watches.task_queue_health, {"source": watches.task_queue("mail", **PLACE)}),
    "url_map": (watches.url_map, {"name": "web"}),
    "CloudRunFleet": (
        watches.CloudRunFleet,
        {"name": "fleet", "id": "fleet", "labels": {"location": "europe-west1"}, "services": ("api",)},
    ),
    "MemcachedLimits": (watches.MemcachedLimits, {"memory": 0.9}),
    "ShardLimits": (watches.ShardLimits, {"memory": 0.9}),
    "gke_cluster_pods": (watches.gke_cluster_pods, {"cluster": "main", **PLACE}),
    "managed_group": (watches.managed_group, {"name": "web", **PLACE}),
    "managed_group_health": (
        watches.managed_group_health,
        {"source": watches.managed_group("web", **PLACE), "least": 2},
    ),
    "memcached": (watches.memcached, {"source": watches.memcached_instance("cache")}),
    "memcached_instance": (watches.memcached_instance, {"instance": "cache"}),
    "redis_cluster": (watches.redis_cluster, {"cluster": "cache", **PLACE}),
    "redis_cluster_health": (watches.redis_cluster_health, {"source": watches.redis_cluster("cache", **PLACE)}),
    "regional_url_map": (watches.regional_url_map, {"name": "web", "region": "europe-west1"}),
    "valkey": (watches.valkey, {"source": watches.valkey_instance("cache", **PLACE)}),
    "valkey_instance": (watches.valkey_instance, {"instance": "cache", **PLACE}),
}

CONSTRUCTORS: dict[str, Call] = {
    "BurnWindow": (slos.BurnWindow, {"budget": Decimal("0.02"), "long": v.hours(1)}),
    "Credential": (collector.Credential, {"variable": "KEY", "secret": "supabase-metrics-key"}),
    "Destination": (collector.Destination, {"project": P, "location": "europe-west1", "namespace": "prod"}),
    "DrainArgs": (
        vercel.DrainArgs,
        {
            "name": "views",
            "schema": "analytics",
            "team": "t",
            "project_ids": ("prj_1",),
            "endpoint": "https://r.example",
            "secret": "s" * 32,
        },
    ),
    "alert_policy": (links.alert_policy, {"project": P, "policy_id": "7"}),
    "check_args": (uptime.check_args, {"args": CHECK}),
    "collector_config": (
        collector.collector_config,
        {
            "endpoints": [collector.SupabaseEndpoint(project="shop", secret="key")],
            "metrics": SCRAPED,
            "destination": collector.Destination(project=P, location="europe-west1", namespace="prod"),
        },
    ),
    "dashboard": (links.dashboard, {"project": P, "dashboard_id": "d"}),
    "goal": (slos.goal, {"text": "99.5%"}),
    "last_segment": (links.last_segment, {"name": "projects/p/dashboards/d"}),
    "listing": (links.listing, {"project": P, "place": "monitoring/uptime"}),
    "logs": (links.logs, {"project": P, "query": "severity>=ERROR"}),
    "logs_within": (links.logs_within, {"project": P, "query": "severity>=ERROR", "longest": 2083}),
    "plain": (slos.plain, {"value": Decimal("0.5")}),
    "render": (collector.render, {"config": {}}),
    "used_metrics": (collector.used_metrics, {"watches": [v.Watch()]}),
    "verification_code": (vercel.verification_code, {"team": "t"}),
    "view_filter": (v.logs.view_filter, {"args": VIEW}),
}

CALLS: dict[str, Call] = WIDGETS | WATCHES | CONSTRUCTORS

BETWEEN = "; give a part between 0 and 1, such as 0.9 for 90 %"
WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "type",
        "xy_chart",
        {"lines": "sum(pg_up)"},
        "xy_chart: lines is 'sum(pg_up)'; give a list or tuple of which each is a Line",
    ),
    ("type", "scorecard", {"line": "sum(pg_up)"}, "scorecard: line is 'sum(pg_up)'; give a Line"),
    ("type", "table", {"bars": "yes"}, "table: bars is 'yes'; give True or False"),
    ("type", "treemap", {"hierarchy": "zone"}, "treemap: hierarchy is 'zone'; give a tuple, even of one: ('zone',)"),
    ("type", "Line", {"plot": "AREA"}, "Line: plot is 'AREA'; give 'LINE' or"),
    ("type", "Filter", {"on": "LABEL"}, "Filter: on is 'LABEL'; give 'RESOURCE_LABEL' or"),
    ("type", "Threshold", {"direction": "UP"}, "Threshold: direction is 'UP'; give 'ABOVE' or 'BELOW'"),
    ("type", "listing", {"place": "uptime"}, "listing: place is 'uptime'; give"),
    ("type", "cloud_run_job", {"source": v.CloudRunService(name="api", **PLACE)}, "cloud_run_job: source is CloudRunS"),
    ("type", "cloud_sql", {"limits": watches.RedisLimits()}, "cloud_sql: limits is RedisLimits("),
    ("type", "scheduler_health", {"every": 6}, "scheduler_health: every is 6; give a duration such as minutes(5)"),
    ("type", "plain", {"value": 0.5}, "plain: value is 0.5; give a Decimal"),
    ("type", "goal", {"text": 0.99}, "goal: text is 0.99; give a text"),
    ("type", "DrainArgs", {"schema": "log"}, "DrainArgs: schema is 'log'; give 'analytics' or 'speed_insights'"),
    ("type", "DrainArgs", {"project_ids": "prj_1"}, "project_ids is 'prj_1'; give a tuple, even of one: ('prj_1',)"),
    ("type", "used_metrics", {"watches": v.Watch()}, "used_metrics: watches is Watch("),
    ("range", "gauge", {"highest": 0}, "gauge: highest is 0; give more than lowest, which is 0"),
    ("range", "Tile", {"x": 48}, "Tile: x is 48; give 0 to 47"),
    ("range", "Tile", {"width": 0}, "Tile: width is 0; give 1 to 48"),
    ("range", "Tile", {"height": 0}, "Tile: height is 0; give 1 or more"),
    ("range", "Section", {"title": ""}, "Section: title is ''; give a text that is not empty"),
    ("range", "CloudRunLimits", {"memory": 90}, f"CloudRunLimits: memory is 90{BETWEEN}"),
    ("range", "CloudSqlLimits", {"disk": 85}, f"CloudSqlLimits: disk is 85{BETWEEN}"),
    ("range", "GkeLimits", {"restarts": 0}, "GkeLimits: restarts is 0; give a number above 0"),
    ("range", "QueueLimits", {"failures": 20}, f"QueueLimits: failures is 20{BETWEEN}"),
    ("range", "RedisLimits", {"evicted": -1}, "RedisLimits: evicted is -1; give 0 or more"),
    ("range", "bucket", {"name": ""}, "bucket: name is ''; give a text that is not empty"),
    ("range", "BurnWindow", {"budget": Decimal(2)}, "BurnWindow: budget is Decimal('2'); give a part of the budget"),
    ("range", "Destination", {"project": "projects/p"}, "Destination: project is 'projects/p'; give the project's id"),
    ("range", "DrainArgs", {"sampling_rate": 10}, "DrainArgs: sampling_rate is 10; give more than 0 and at most 1"),
    ("range", "collector_config", {"memory_mib": 0}, "collector_config: memory_mib is 0; give 1 or more"),
    ("range", "goal", {"text": "99.9"}, "for 99.9 % write '99.9%'"),
    ("range", "logs", {"project": "projects/p"}, "logs: project is 'projects/p'; give the project's id alone"),
]
