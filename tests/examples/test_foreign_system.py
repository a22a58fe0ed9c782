"""A system whose applications do not use Vigil: rendered, proven, and run against the emulator as a whole."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

import vigil_runner
from vigil_proofs import Suite
from vigil_runner import program, stacks

ROOT = Path(__file__).resolve().parents[2] / "examples" / "foreign-system"


def test_the_program_renders_without_an_event_of_vigil() -> None:
    run = program.run("prod", root=ROOT)
    metrics = [str(one.inputs["name"]) for one in run.of_type("gcp:logging/metric:Metric")]
    assert set(metrics) >= {"checkout/payment.refused", "checkout/payment.asked"}
    alerts = {str(one.inputs["alert"]) for one in run.of_type("vigil:alerts:Alert")}
    assert {"refused", "gke-restarts", "sql-disk", "pubsub-oldest", "audit-key", "availability-burns-fast"} <= alerts
    assert "sql-deadlocks" not in alerts, "the program leaves it out"
    filters = [str(one.inputs["filter"]) for one in run.of_type("gcp:logging/metric:Metric")]
    assert not any("jsonPayload.event" in one for one in filters), "no line has Vigil's field"


def test_every_alert_is_proven() -> None:
    report = Suite.of("prod", root=ROOT).run(jobs=1)
    assert {one.name: one.explained() for one in report.failed} == {}
    assert len(report.verdicts) > 20


def test_recorded_lines_written_to_the_emulator_are_counted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vigil_emulator", "--port", "0", "--memory"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        try:
            vigil_runner.deploy(stacks.load("prod", root=ROOT), url=url, state=tmp_path / "deployment.json", root=ROOT)
            for name in ("payment-refused", "payment-others"):
                write(url, json.loads((ROOT / "recorded" / f"{name}.json").read_text()))
            assert entries(url, 'jsonPayload.msg="payment refused" AND severity>=WARNING') == 2
            assert entries(url, 'jsonPayload.logger="payments"') == 4
            policies = call(url, "GET", "v3/projects/foreign-shop/alertPolicies?pageSize=100")["alertPolicies"]
            assert any(one["displayName"].startswith("orders: sql-disk") for one in policies)
        finally:
            process.terminate()


def call(url: str, method: str, path: str, body: Any = None) -> Any:
    answer = httpx.request(method, f"{url}/{path}", json=body, trust_env=False, timeout=60)
    answer.raise_for_status()
    return answer.json()


def write(url: str, recorded: list[dict[str, Any]]) -> None:
    """Write recorded entries as if they came now."""
    fresh = [{name: value for name, value in one.items() if "imestamp" not in name} for one in recorded]
    for number, one in enumerate(fresh):
        one["insertId"] = f"{one['jsonPayload']['msg']}-{one['severity']}-{number}"
    call(url, "POST", "v2/entries:write", {"entries": fresh})


def entries(url: str, query: str) -> int:
    body = {"resourceNames": ["projects/foreign-shop"], "filter": query}
    return len(call(url, "POST", "v2/entries:list", body).get("entries", []))
