"""The stack files and the schema say what the code reads, no less and no more."""

from pathlib import Path
from typing import cast

import pytest
import yaml

from infra.settings import Settings, schema

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("local", "staging", "prod")


def stack_file(stack: str) -> dict[str, object]:
    return yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]


def test_the_schema_declares_every_key_that_the_code_reads_and_none_that_it_does_not():
    read = {field.alias or name for name, field in Settings.model_fields.items()} - {
        "stack",
        "project",
        "encrypted",
    }  # set by the loader, not by the file
    assert set(schema()) == read


def test_every_declared_key_has_a_type_that_pulumi_knows_and_a_description():
    for key, declared in schema().items():
        assert declared.get("secret") or declared["type"] in {"string", "integer", "boolean", "array", "object"}, key
        assert len(str(declared["description"])) > 20, key


def test_a_stack_needs_no_secret_of_a_channel_that_it_does_not_use():
    """The CLI refuses a declared secret with a type unless each stack has it encrypted ("must be encrypted as it's
    secret"), and one without a default unless each stack sets it ("missing configuration value")."""
    secrets = {key: declared for key, declared in schema().items() if declared.get("secret")}
    assert set(secrets) == {"webhookPassword", "pagerdutyKey", "vercelDrainSecret"}
    for key, declared in secrets.items():
        assert "type" not in declared, key
        assert declared["default"] == "", key


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_sets_declared_keys_and_provider_keys_only(stack: str):
    keys = stack_file(stack)
    ours = {key.removeprefix("vigil:") for key in keys if key.startswith("vigil:")}
    assert ours <= set(schema())
    assert {key.split(":")[0] for key in keys} <= {"vigil", "gcp", "vercel"}


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_no_secret_and_no_real_project_stands_in_a_stack_file_of_the_cloud(stack: str):
    keys = stack_file(stack)
    secret = {f"vigil:{key}" for key, declared in schema().items() if declared.get("secret")} | {"vercel:apiToken"}
    for key in secret & set(keys):
        assert set(cast("dict[str, str]", keys[key])) == {"secure"}, f"{key} stands in the clear"
    assert str(keys["gcp:project"]).startswith("example-")
    assert not {"gcp:accessToken", "gcp:loggingCustomEndpoint", "gcp:monitoringCustomEndpoint"} & set(keys)


def test_the_local_stack_talks_to_loopback_alone():
    keys = stack_file("local")
    assert str(keys["gcp:loggingCustomEndpoint"]).startswith("http://127.0.0.1:")
    assert str(keys["gcp:loggingCustomEndpoint"]).endswith("/v2/")
    assert str(keys["gcp:monitoringCustomEndpoint"]).startswith("http://127.0.0.1:")
    assert str(keys["vigil:webhookUrl"]).startswith("http://127.0.0.1:")


def test_pulumi_runs_the_program_from_infra_in_the_environment_of_the_set_up():
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    assert project["name"] == "vigil"
    assert project["main"] == "infra/"
    assert project["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    assert (ROOT / "infra" / "__main__.py").exists()


def test_no_module_of_infra_hides_a_standard_module():
    import sys

    assert not {path.stem for path in (ROOT / "infra").glob("*.py")} & (set(sys.stdlib_module_names) - {"__main__"})
