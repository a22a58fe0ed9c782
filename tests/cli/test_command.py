"""The `vigil` command as it is typed: help that teaches, documents for machines, errors with a remedy."""

import json
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import vigil_cli
from vigil_cli.app import app
from vigil_cli.commands.options import RECEIVER_PORT, overrides

COMMANDS = ("init", "serve", "render", "deploy", "destroy", "env", "version")
STACKS = ("local", "prod", "staging")


def vigil(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}).invoke(app, list(arguments))


def test_the_entry_point_is_main() -> None:
    (script,) = entry_points(group="console_scripts", name="vigil")
    assert script.load() is vigil_cli.main


def test_without_arguments_it_teaches_what_to_begin_with() -> None:
    shown = vigil().output
    assert "vigil init" in shown
    for command in COMMANDS:
        assert f" {command} " in shown


@pytest.mark.parametrize("command", COMMANDS[:-1])
def test_the_help_of_each_command_has_examples(command: str) -> None:
    shown = vigil(command, "--help").output
    assert f"vigil {command}" in shown
    assert "Examples" in shown


def test_help_is_there_at_once_because_nothing_heavy_is_loaded() -> None:
    code = "import sys; import vigil_cli.app; print([name for name in ('pulumi', 'httpx', 'uvicorn', 'fastapi', 'vigil_runner', 'vigil_emulator') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_stack_file_is_read_without_pulumi() -> None:
    code = "import sys; from vigil_runner import stacks; stacks.load('local'); print('pulumi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_version_prints_what_is_installed() -> None:
    shown = vigil("version").output
    assert vigil("--version").output == shown
    assert f"vigil-gcp {version('vigil-gcp')}\n" in shown
    assert f"pulumi-gcp {version('pulumi-gcp')}\n" in shown


@pytest.mark.parametrize("stack", STACKS)
def test_render_prints_the_same_document_each_time(stack: str) -> None:
    first, second = (vigil("render", "-s", stack, "--json") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == second.stdout
    document = json.loads(first.stdout)
    assert document["stack"] == stack
    assert any(resource["type"] == "gcp:monitoring/alertPolicy:AlertPolicy" for resource in document["resources"])


@pytest.mark.usefixtures("rendered_once")
def test_configuration_goes_before_the_stack_files() -> None:
    def bucket(*arguments: str) -> int:
        document = json.loads(vigil("render", "-s", "staging", "--json", *arguments).stdout)
        (found,) = [each for each in document["resources"] if each["name"] == "vigil-logs-bucket"]
        return found["inputs"]["retentionDays"]

    assert bucket() == 30
    assert bucket("-c", "vigil:retentionDays=11") == 11


def test_a_mistake_in_the_configuration_is_reported_by_its_key() -> None:
    result = vigil("render", "-s", "staging", "-c", "vigil:retentionDays=0")
    assert result.exit_code == 2
    assert "vigil:retentionDays" in result.stderr
    assert "Pulumi.staging.yaml" in result.stderr


@pytest.mark.usefixtures("rendered_once")
def test_render_shows_components_with_what_they_consist_of() -> None:
    shown = vigil("render", "-s", "staging").output
    api = next(line for line in shown.splitlines() if "vigil-api " in line)
    policy = next(line for line in shown.splitlines() if "gcp:monitoring/alertPolicy:AlertPolicy" in line)
    assert policy.index("gcp:monitoring") > api.index("vigil-api")
    assert "apiDashboard" in shown


@pytest.mark.usefixtures("rendered_once")
def test_render_never_shows_a_secret() -> None:
    assert "local-only" not in vigil("render", "-s", "local", "--json").stdout


def test_a_stack_that_is_not_there_is_reported_with_those_that_are() -> None:
    result = vigil("render", "-s", "nowhere")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "nowhere" in result.stderr
    assert "local, prod, staging" in result.stderr


def test_errors_for_machines_are_a_document() -> None:
    result = vigil("render", "-s", "nowhere", "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert "nowhere" in error["message"]
    assert error["remedy"]


def test_no_emulator_is_reported_with_how_to_start_one(tmp_path: Path) -> None:
    result = vigil("deploy", "--emulator", "http://127.0.0.1:9", "--json", "--state", str(tmp_path))
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert "http://127.0.0.1:9" in error["message"]
    assert "vigil serve" in error["remedy"]


def test_an_address_elsewhere_is_refused(tmp_path: Path) -> None:
    for command in ("deploy", "destroy"):
        result = vigil(command, "--emulator", "https://monitoring.googleapis.com", "--state", str(tmp_path))
        assert result.exit_code == 2
        assert "not on this machine" in result.stderr


def test_destroy_where_nothing_was_deployed_does_nothing(tmp_path: Path) -> None:
    result = vigil("destroy", "--emulator", "http://127.0.0.1:9", "--json", "--state", str(tmp_path))
    assert result.exit_code == 0
    assert json.loads(result.stdout)["resources"]["deleted"] == 0


def test_env_without_an_emulator_says_how_to_start_one(tmp_path: Path) -> None:
    (tmp_path / "addresses.json").write_text('{"url": "http://127.0.0.1:9"}')
    for folder in (tmp_path, tmp_path / "missing"):
        result = vigil("env", "--state", str(folder))
        assert result.exit_code == 2
        assert result.stdout == ""
        assert str(folder) in result.stderr
        assert "vigil serve" in result.stderr


def test_configuration_on_the_command_line_is_key_and_value() -> None:
    assert overrides(["vigil:webhookUrl=http://h/?a=b", "vigil:empty="]) == {
        "vigil:webhookUrl": "http://h/?a=b",
        "vigil:empty": "",
    }
    assert vigil("deploy", "--config", "nonsense").exit_code == 2


def test_the_default_receiver_is_the_one_that_the_stack_file_names() -> None:
    from vigil_runner import stacks

    assert stacks.load("local").config["vigil:webhookUrl"] == f"http://127.0.0.1:{RECEIVER_PORT}/alerts"


@pytest.mark.parametrize("more", [("--name", "api"), ("-c", "gcp:region=us-east1"), ("--", "python", "app.py")])
def test_what_an_empty_emulator_would_leave_out_is_refused(more: tuple[str, ...]) -> None:
    ran = vigil("serve", "--bare", *more)
    assert ran.exit_code == 2
    assert "--bare deploys nothing and runs no process" in ran.output


@pytest.mark.parametrize(
    "command",
    ["render", "test", "diff", "cost", "preview", "deploy", "verify", "entries export -", "snooze all", "serve --bare"],
)
def test_a_wrong_key_of_the_project_s_settings_stops_each_command_that_reads_a_stack(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  gcp:project: shop\n")
    (tmp_path / "__main__.py").write_text("")
    (tmp_path / "pyproject.toml").write_text('[tool.vigil]\nevent = ["shop.events"]\n')
    monkeypatch.chdir(tmp_path)
    result = vigil(*command.split(), "-s", "dev")
    assert result.exit_code == 2
    assert "unknown key 'event'" in result.output
    assert "The keys are catalog, cost, events and run." in result.output
