"""A project of `vigil init`, deployed by Pulumi's real engine; the provider and the language host are stand-ins.

`make engine` builds the engine. Nothing here needs an account or a network.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from vigil_runner import preview

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / ".vigil" / "pulumi" / "pulumi"
PLUGINS = {"pulumi-language-python": "language_host", "pulumi-resource-gcp": "provider gcp"}

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not ENGINE.exists(), reason="Pulumi's engine is not built here: make engine (needs Go)"),
    pytest.mark.timeout(600),
]


@dataclass(frozen=True)
class Project:
    """A project with a stack that is deployed."""

    folder: Path
    environment: Mapping[str, str]

    def pulumi(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the engine, errors into the output."""
        command = [str(ENGINE), *arguments, "--non-interactive", "--color", "never"]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, stdout=-1, stderr=subprocess.STDOUT, text=True, check=False
        )

    def with_change(self, old: str, new: str, *arguments: str) -> str:
        """Run the engine while the program has another text; the output."""
        program = self.folder / "__main__.py"
        before = program.read_text()
        assert old in before
        program.write_text(before.replace(old, new))
        try:
            return self.pulumi(*arguments).stdout
        finally:
            program.write_text(before)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    base = tmp_path_factory.mktemp("engine")
    for folder in ("plugins", "state", "home"):
        (base / folder).mkdir()
    for name, run in PLUGINS.items():
        plugin = base / "plugins" / name
        plugin.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m tests.engine.{run} "$@"\n')
        plugin.chmod(0o755)
    subprocess.run([sys.executable, "-m", "vigil_cli", "init", str(base / "shop")], check=True, capture_output=True)
    settings = base / "shop" / "Pulumi.yaml"
    own = ("options:", "toolchain:", "virtualenv:")  # the stand-in runs the program with our Python
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join(one for one in lines if not one.strip().startswith(own)))
    environment = {
        "PATH": f"{base / 'plugins'}:{os.environ['PATH']}",
        "HOME": str(base / "home"),
        "PULUMI_HOME": str(base / "home"),
        "PULUMI_BACKEND_URL": (base / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "of a test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    made = Project(folder=base / "shop", environment=environment)
    for arguments in (("stack", "init", "staging"), ("up", "--yes", "--skip-preview", "--stack", "staging")):
        ran = made.pulumi(*arguments)
        assert ran.returncode == 0, ran.stdout
    return made


def changed(output: str) -> list[str]:
    """The lines of what changes in a component's own text."""
    found = (line.strip() for line in output.splitlines())
    return [line for line in found if line.startswith(("- ", "+ "))]


def test_what_was_deployed_leaves_nothing_to_do(project: Project):
    ran = project.pulumi("preview", "--expect-no-changes", "--stack", "staging")
    assert ran.returncode == 0, ran.stdout


def test_the_difference_names_the_condition_and_the_tile_that_change(project: Project):
    shown = project.with_change("above=0.05", "above=0.02", "preview", "--diff", "--stack", "staging")
    tiles = [line for line in changed(shown) if "What alerts watch" in line or "thresholds" in line]
    assert [line.rpartition(",")[0] or line for line in tiles] == [
        "- What alerts watch / More than 5 % of orders are refused (xy chart, 48 x 16",
        "+ What alerts watch / More than 5 % of orders are refused (xy chart, 48 x 16",
        "-   thresholds[0].value = 0.05",
        "+   thresholds[0].value = 0.02",
    ]
    assert 'above 0.05 for 5 minutes" => "' in shown
    assert "~ facts (hidden)" in shown


def test_the_plan_says_why_a_metric_is_replaced_and_what_is_lost(project: Project):
    plan = project.with_change('name="orders"', 'name="shop"', "preview", "--json", "--stack", "staging")
    found = preview.plan(json.loads(plan[plan.index("{") :]))
    report = preview.compare(found.before, found.after, stack="staging", base="deployed", replaced=found.replaced)
    sentences = "\n".join(preview.sentences(report))
    assert "is replaced, because `name` (`orders/order.received` → `shop/order.received`) cannot change" in sentences


def test_a_mistake_of_the_program_is_shown_and_nothing_is_done(project: Project):
    shown = project.with_change("above=0.05", "above=-1", "preview", "--stack", "staging")
    assert "error: Program failed with an unhandled exception" in shown
    assert "above" in shown
