"""`vigil up` on real processes: every part has data and a fault whose start and end are notified."""

import json
import time
from pathlib import Path

import pytest

from demo.stand_ins.local_run.postgres import NONE, VARIABLE
from demo.stand_ins.temporal import free_port
from tests import temporal
from tests.postgres import programs
from tests.stories.running import ROOT, Vigil
from vigil_cli.errors import FAILED

pytestmark = [pytest.mark.timeout(900)]


def test_the_trouble_of_each_part_is_received_and_its_end_too(vigil: Vigil, tmp_path: Path) -> None:
    temporal.binary()
    programs()
    began = time.time()
    running = vigil.start("up", "--json", "--state", str(tmp_path), "--receiver-port", str(free_port()))
    code, out, err = running.end()
    assert code == 0, err
    report = json.loads(out)
    assert running.alive() == []
    assert report["database"].startswith("PostgreSQL ")
    words = (tmp_path / "logs" / "postgres.log").read_text()
    assert words.count("database system is ready to accept connections") == 2, "it was stopped, and started again"
    assert words.count("database system is shut down") == 2
    assert {each["part"] for each in report["troubles"]} == {"workers", "agents", "database", "frontend"}
    states = {(each["incident"]["incident_id"], each["incident"]["state"]) for each in report["notifications"]}
    reached = {step["name"]: step["cloudSeconds"] for step in report["milestones"]}
    for each in report["troubles"]:
        after = "recoveryReceived" if each["part"] == "database" else "recoveryBegan"
        assert reached[after] <= each["began"] < each["opened"] <= each["notified"]
        assert each["mended"] < each["closed"] <= each["endNotified"]
        assert {(each["incident"], "open"), (each["incident"], "closed")} <= states
    for part in ("api", "workers", "agents", "database", "frontend"):
        with_data = int(report["charts"][f"{part} (local)"].split()[0])
        assert with_data >= 6, report["charts"]
    with_data, of = map(int, report["charts"]["api (local)"].split(" of "))
    assert of == 27
    never = 3  # the alerts on orders that are refused or wait, and the line of refusals: none need happen in this run
    never += 10  # what Cloud Run itself measures and writes about a service, which no Cloud Run does here
    assert with_data >= of - never, "the first line too, written at the start, is counted by its metric"
    seen = "database: database-unseen (local)"
    assert seen not in report["alsoOpened"], "a new stack has time for its first scrape"
    assert report["lines"]["written"] == report["lines"]["delivered"] == report["entries"]
    assert report["wallSeconds"] > 0
    assert err.index("Every line is an entry") < err.index("8 dashboards drawn"), "results are not waited for"
    pictures = {file.name: file for file in (ROOT / report["pictures"]).iterdir() if file.stat().st_mtime > began}
    assert set(pictures) == {
        f"{name}-local.png"
        for name in ("agents", "api", "audit", "database", "frontend", "logging", "system", "workers")
    }
    for name, file in pictures.items():
        assert file.read_bytes().startswith(b"\x89PNG"), name

    logs = tmp_path / "logs"
    lines = {
        name: [json.loads(line) for line in (logs / f"{name}.jsonl").read_text().splitlines()]
        for name in ("api", "workers", "agents")
    }
    # a run that ended well: one that began before the database or the models were mended may have ended at its first tool
    correlation = next(line["correlation_id"] for line in lines["agents"] if line["event"] == "agent.run.completed")
    followed = {
        name: {line["event"] for line in found if line.get("correlation_id") == correlation}
        for name, found in lines.items()
    }
    assert "http.request.completed" in followed["api"]
    assert "temporal.workflow.started" in followed["workers"]
    assert {"temporal.activity.started", "agent.tool.completed", "llm.call.completed"} <= followed["agents"]


@pytest.mark.system
def test_without_postgresql_the_database_has_its_trouble_too_by_invented_metrics(vigil: Vigil, tmp_path: Path) -> None:
    temporal.not_while_built()
    command = ("up", "--no-pictures", "--json", "--state", str(tmp_path), "--receiver-port", str(free_port()))
    code, out, err = vigil.start(*command, variables={VARIABLE: NONE}).end()
    assert code == 0, err
    report = json.loads(out)
    assert report["database"].startswith("SQLite in memory, with invented metrics (no PostgreSQL: ")
    assert f"No PostgreSQL: orders are in SQLite, the database's metrics invented ({VARIABLE}={NONE}" in err
    assert not (tmp_path / "postgres").exists()
    (trouble,) = [each for each in report["troubles"] if each["part"] == "database"]
    assert trouble["began"] < trouble["opened"] <= trouble["notified"]
    assert trouble["mended"] < trouble["closed"] <= trouble["endNotified"]
    assert int(report["charts"]["database (local)"].split()[0]) >= 6
    assert report["lines"]["written"] == report["lines"]["delivered"] == report["entries"]


@pytest.mark.system
def test_a_part_that_ends_before_its_trouble_is_named_and_everything_is_stopped(vigil: Vigil, tmp_path: Path) -> None:
    temporal.binary()  # without one, no model is called
    running = vigil.start("up", "--json", "--state", str(tmp_path), "--receiver-port", str(free_port()))
    running.until("The other parts run")
    running.kill("demo.stand_ins.llm")
    code, out, err = running.end()
    assert code == FAILED, err
    error = json.loads(out)["error"]
    assert "llm (at http://127.0.0.1:" in error["message"]
    assert "/_demo/behaviour" in error["message"]
    assert "It has ended (signal SIGKILL)" in error["message"]
    assert str(tmp_path / "logs" / "llm.log") in error["remedy"]
    assert "Traceback" not in err
    assert running.nothing_left(), running.alive()
