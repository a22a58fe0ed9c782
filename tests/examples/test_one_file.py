"""A newcomer's service in one file of under 40 lines: event, alert with its proof, objective and dashboard."""

import json
import runpy
from pathlib import Path

import pytest

from vigil_components.testing import record

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "one-file" / "__main__.py"


def test_it_has_fewer_than_40_lines():
    assert len(PROGRAM.read_text().splitlines()) < 40


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_it_declares_metrics_alerts_an_objective_and_a_dashboard(preview):
    run = record(lambda: runpy.run_path(str(PROGRAM), run_name="__main__"), project="payments", preview=preview)
    run.check(counts={"gcp:logging/metric:Metric": 2, "gcp:monitoring/alertPolicy:AlertPolicy": 3})
    alerts = {one.inputs["alert"]: one.inputs for one in run.registrations if one.type == "vigil:alerts:Alert"}
    assert set(alerts) == {"failures", "availability-burns-fast", "availability-burns-slowly"}
    fires = alerts["failures"]["proof"]["fires"]["emissions"]
    assert {one["event"] for one in fires} == {"payment.attempted", "payment.failed"}
    (dashboard,) = (one for one in run.registrations if one.type == "gcp:monitoring/dashboard:Dashboard")
    titles = [
        tile["widget"].get("title") for tile in json.loads(dashboard.inputs["dashboardJson"])["mosaicLayout"]["tiles"]
    ]
    assert "Payments fail" in titles
    assert any("Error budget of availability" in str(title) for title in titles)
