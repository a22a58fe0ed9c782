"""`vigil traffic` before it sends anything: which stories there are, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from demo.stand_ins.commands.app import app
from demo.stand_ins.local_run.announcement import Demo, announced, running_demo
from demo.stand_ins.stories.traffic import STORIES, share
from vigil_cli.app import app as vigil_app
from vigil_cli.errors import CommandError
from vigil_cli.local import stack_config

API_ALONE = Demo(api="http://127.0.0.1:1")
WHOLE = Demo(api="http://127.0.0.1:1", outside="o", llm="l", vercel_drain="v", supabase_drain="s", workers=1)


def vigil(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}).invoke(app, ["traffic", *arguments])


def test_the_command_imports_only_where_ctrl_c_is_caught() -> None:
    program = "import sys; sys.modules['demo.stand_ins'] = None; import demo.__main__"  # importing it would fail
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])


def test_the_list_names_each_story_with_its_alerts() -> None:
    shown = vigil("--list").stdout
    alerts_of = {each["story"]: each["alerts"] for each in json.loads(vigil("--list", "--json").stdout)}
    assert set(alerts_of) == {
        "normal-day", "error-burst", "slow-database", "llm-rate-limit", "worker-stuck", "bad-deployment", "frontend-wave",
    }  # fmt: skip
    assert alerts_of["error-burst"] == ["api/error-ratio"]
    for story, alerts in alerts_of.items():
        assert story in shown
        assert all(alert in shown for alert in alerts)
    assert [story for story, alerts in alerts_of.items() if not alerts] == ["normal-day"]


def test_every_expected_alert_is_one_that_the_stack_declares() -> None:
    rendered = CliRunner().invoke(vigil_app, ["render", "-s", "local", "--json"]).stdout
    declared = {
        f"{labels['service']}/{labels['alert']}"
        for each in json.loads(rendered)["resources"]
        if each["type"] == "gcp:monitoring/alertPolicy:AlertPolicy"
        for labels in [each["inputs"]["userLabels"]]
    }
    for story in STORIES.values():
        assert set(story.alerts) <= declared, story.name


@pytest.mark.parametrize("arguments", [(), ("nonsense",)])
def test_without_a_known_story_it_names_the_stories(arguments: tuple[str, ...]) -> None:
    refused = vigil(*arguments, "--json")
    assert refused.exit_code == 2
    remedy = json.loads(refused.stdout)["error"]["remedy"]
    assert all(name in remedy for name in STORIES)


def test_without_a_running_system_it_says_how_to_start_one(tmp_path: Path) -> None:
    refused = vigil("error-burst", "--json", "--state", str(tmp_path))
    assert refused.exit_code == 2
    assert "vigil serve" in json.loads(refused.stdout)["error"]["remedy"]


def test_a_story_names_the_part_that_it_needs_and_that_does_not_run() -> None:
    for story in STORIES.values():
        story.check(WHOLE)
    STORIES["error-burst"].check(API_ALONE)
    with pytest.raises(CommandError, match="worker-stuck needs workers"):
        STORIES["worker-stuck"].check(API_ALONE)


def test_a_demo_is_announced_while_it_runs(tmp_path: Path) -> None:
    with announced(tmp_path, WHOLE):
        assert running_demo(tmp_path) == WHOLE
        assert stack_config.read(tmp_path) == {}
    with pytest.raises(CommandError, match="No demo runs"):
        running_demo(tmp_path)


def test_what_a_run_sets_for_its_stack_is_kept_while_it_runs(tmp_path: Path) -> None:
    config = {"vigil:workers": '{"scrape":["127.0.0.1:9464"]}'}
    with stack_config.kept(tmp_path, config):
        assert stack_config.read(tmp_path) == config
    assert stack_config.read(tmp_path) == {}


def test_a_day_is_quiet_at_four_in_the_night_and_busiest_at_four_in_the_afternoon() -> None:
    assert share(4) == pytest.approx(0.1)
    assert share(16) == pytest.approx(1.0)
    assert share(10) == pytest.approx(0.55)
    assert share(24) == pytest.approx(share(0))
