"""`vigil test` works in several ways: an option that has no effect in the chosen one is refused, never ignored."""

import pytest
from typer.testing import CliRunner

from vigil_cli.app import app
from vigil_cli.commands.alert_proofs import TAKES, prove

WITHOUT_EFFECT = {
    "--schema -s prod": "--stack has no effect with --schema",
    "--derive alerts/ --junit report.xml": "--junit has no effect with --derive",
    "--from-promtool a.yml --timelines t.txt": "--timelines has no effect with --from-promtool",
    "a.test.yaml -s prod": "--stack has no effect with test files",
    "a.test.yaml --mutate -j 2": "--mutate and --jobs have no effect with test files",
    "--mutate --junit report.xml": "--junit has no effect with --mutate",
    "--explain api/error-ratio --write derived.yaml": "--write has no effect with --explain, which names the alert",
    "-s prod --write derived.yaml": "--write has no effect on the alerts of a stack",
    "--derive --from-promtool a.yml": "--from-promtool has no effect with --derive",
}


@pytest.mark.parametrize("given", WITHOUT_EFFECT)
def test_an_option_without_effect_is_refused_before_anything_runs(given: str) -> None:
    refused = CliRunner().invoke(app, ["test", *given.split()])
    assert refused.exit_code == 2
    assert WITHOUT_EFFECT[given] in " ".join(refused.output.split())
    assert "out, or see `vigil test --help`" in " ".join(refused.output.split())


def test_a_default_is_not_a_choice() -> None:
    """`--stack`, `--pictures` have defaults, which no way but one or two takes."""
    shown = CliRunner().invoke(app, ["test", "--schema"])
    assert shown.exit_code == 0
    assert shown.output.startswith("{")


def test_each_option_has_an_effect_in_some_way() -> None:
    options = {name for name in prove.__annotations__ if name not in {"context", "return"}}
    assert set().union(*TAKES.values()) == options
