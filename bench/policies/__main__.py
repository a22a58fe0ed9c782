"""`python -m bench.policies`: 500 alert policies of ten kinds, checked, and tests of them derived and played.

The goals are those of two cores: 5 s for the check, 120 s for the derivation. Both are the CPU time of the whole
command, its start included, so that what else runs on the machine does not count; a command that uses one core takes
that long, and one that uses both half of it. Writes build/bench/policies.json.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.figures import against_goal, publish
from bench.processes import children_cpu

POLICIES, ROUNDS = 500, 5
CHECKED, DERIVED = 5.0, 120.0
REQUESTS = 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"'
LATENCIES = 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_latencies"'
CPU = 'resource.type="cloudsql_database" AND metric.type="cloudsql.googleapis.com/database/cpu/utilization"'


def aggregation(aligner: str, reducer: str = "REDUCE_NONE", *by: str) -> list[dict[str, object]]:
    """One aggregation over a minute."""
    one = {"alignmentPeriod": "60s", "perSeriesAligner": aligner, "crossSeriesReducer": reducer}
    return [{**one, "groupByFields": list(by)} if by else one]


def threshold(filter_: str, value: float, how: list[dict[str, object]], **more: object) -> dict[str, object]:
    """A threshold condition."""
    body = {"filter": filter_, "comparison": "COMPARISON_GT", "thresholdValue": value, "aggregations": how}
    return {"conditionThreshold": {"duration": "300s", **body, **more}}


def condition(kind: int, number: int) -> dict[str, object]:
    """One of ten kinds; `number` makes it another one each time."""
    service = f'resource.labels.service_name="service-{number}"'
    rate = aggregation("ALIGN_RATE", "REDUCE_SUM", "resource.labels.service_name")
    failed = f'{REQUESTS} AND {service} AND metric.labels.response_code_class="5xx"'
    whole = {"denominatorFilter": f"{REQUESTS} AND {service}", "denominatorAggregations": rate}
    database = f'{CPU} AND resource.labels.database_id="p:{number}"'
    bad, all_ = f'errors_total{{n="{number}"}}', f'requests_total{{n="{number}"}}'
    kinds = (
        threshold(f"{REQUESTS} AND {service}", 5 + number, rate),
        threshold(failed, 0.05, rate, **whole),
        threshold(f"{LATENCIES} AND {service}", 900 + number, aggregation("ALIGN_PERCENTILE_99")),
        threshold(database, 0.8, aggregation("ALIGN_MEAN")),
        {"conditionAbsent": {"filter": f"{REQUESTS} AND {service}", "duration": "600s", "aggregations": rate}},
        {"conditionMatchedLog": {"filter": f'severity>=ERROR AND jsonPayload.event="order.{number}"'}},
        promql(f'sum by (job) (rate(http_errors_total{{service="s{number}"}}[5m])) > {1 + number}'),
        promql(f"sum(rate({bad}[10m])) / sum(rate({all_}[10m])) > 0.02"),
        promql(f'avg_over_time(queue_depth{{queue="q{number}"}}[15m]) > {50 + number}'),
        promql(f'absent(up{{job="j{number}"}})'),
    )
    return kinds[kind]


def promql(query: str) -> dict[str, object]:
    """A PromQL condition."""
    lasting = {"duration": "300s", "evaluationInterval": "60s", "disableMetricValidation": True}
    return {"conditionPrometheusQueryLanguage": {"query": query, **lasting}}


def policy(number: int) -> dict[str, object]:
    """A policy as gcloud prints it."""
    made = condition(number % 10, number)
    limit = {"alertStrategy": {"notificationRateLimit": {"period": "300s"}, "autoClose": "1800s"}}
    return {
        "name": f"projects/shop/alertPolicies/{number}",
        "displayName": f"policy {number}",
        "combiner": "OR",
        "notificationChannels": ["projects/shop/notificationChannels/1"],
        "documentation": {"content": "Look at the runbook.", "mimeType": "text/markdown"},
        "conditions": [{"displayName": f"condition {number}", **made}],
        **(limit if "conditionMatchedLog" in made else {}),
    }


def cpu(arguments: Sequence[str]) -> float:
    """The CPU time of a command of `vigil`, in seconds. Raises where it does not end well."""
    before = children_cpu()
    ran = subprocess.run([sys.executable, "-m", "vigil_cli", *arguments], capture_output=True, text=True, check=False)
    spent = children_cpu() - before
    if ran.returncode:
        raise SystemExit(ran.stdout + ran.stderr)
    document = json.loads(ran.stdout)
    counted = len(document["conditions"]) if "conditions" in document else sum(document["resources"].values())
    if counted != POLICIES or any(each["status"] != "proven" for each in document.get("conditions", ())):
        raise SystemExit(f"{counted} policies were looked at, or one is not proven: {ran.stdout[:2000]}")
    return spent


def main() -> None:
    """Measure both, and write the figures."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "policies.json"
        file.write_text(json.dumps([policy(number) for number in range(POLICIES)], indent=2))
        checked = statistics.median(cpu(["check", str(file), "--json"]) for _ in range(ROUNDS))
        derived = cpu(["test", "--derive", str(file), "--json"])
    figures = [
        against_goal(f"{POLICIES} policies checked: CPU of `vigil check`", checked, "s", CHECKED),
        against_goal(f"{POLICIES} policies derived and played: CPU of `vigil test --derive`", derived, "s", DERIVED),
    ]
    publish("policies", figures)


if __name__ == "__main__":
    main()
