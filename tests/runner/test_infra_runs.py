"""The project's own program runs both ways, in every stack, and declares the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import rendered
from vigil_runner import deploy, destroy, render, stacks
from vigil_runner.wire import APPLIED

ROOT = Path(__file__).parents[2]

AS_THE_CLI_DOES = """
import json, os, runpy, sys
root, stack = sys.argv[1], sys.argv[2]
sys.path[0] = os.path.join(root, "infra")   # what Python puts first for a script in infra/
from vigil_runner import stacks, render
from vigil_runner.program import Run
from vigil_components.testing import RecordingMonitor, SyntheticMocks, run_program, Recorded
os.chdir(os.path.join(root, "infra"))
chosen = stacks.load(stack)
monitor = RecordingMonitor(SyntheticMocks(project=chosen.gcp_project))
log = run_program(lambda: runpy.run_path(os.path.join(root, "infra"), run_name="__main__"), monitor, stack=stack,
    project=chosen.project, preview=False, config=chosen.config, secrets=chosen.secrets)
print(render.dumps(Recorded(stack=stack, project=chosen.project, preview=False, registrations=monitor.registrations,
    exports=monitor.exports, secret_exports=monitor.secret_exports, invocations=monitor.invocations, diagnostics=log)))
"""


@pytest.mark.parametrize("stack", stacks.names())
def test_from_the_root_and_from_infra_with_infra_first_on_the_path(stack, tmp_path):
    in_process = render.document(rendered.run(stack))
    other = subprocess.run(
        [sys.executable, "-c", AS_THE_CLI_DOES, str(ROOT), stack],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    )

    assert other.returncode == 0, other.stderr[-2000:]
    assert json.loads(other.stdout) == in_process
    assert in_process["resources"]


@pytest.mark.parametrize("stack", stacks.names())
def test_a_preview_declares_the_same_resources(stack):
    preview, update = (rendered.run(stack, preview=preview) for preview in (True, False))

    assert {each.urn for each in preview.registrations} == {each.urn for each in update.registrations}


def test_the_local_stack_deploys_and_a_second_time_changes_nothing(emulator, tmp_path):
    state = tmp_path / "deployment.json"

    first = deploy("local", url=emulator, state=state)
    second = deploy("local", url=emulator, state=state)

    assert first.created == len([each for each in first.run.registrations if each.type in APPLIED])
    assert (second.writes, second.unchanged) == (0, first.created)
    assert destroy("local", url=emulator, state=state).deleted == first.created
