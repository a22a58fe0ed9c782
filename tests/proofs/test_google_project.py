"""The Google project of a stack's alerts: that of the stack file, which the program must share."""

from pathlib import Path

import pytest

from tests.proofs.programs import HEAD
from vigil_components.testing import Recorded, record
from vigil_proofs.google_project import google_project_of
from vigil_runner.stacks import Stack, StackError

WATCHED = """
from vigil_telemetry import HttpRequestCompleted
alert = count(HttpRequestCompleted).alert(above=1, name="many", severity=AlertSeverity.TICKET, summary="Many", runbook="r")
ServiceMonitoring("api", ServiceMonitoringArgs(
    context=shared, source=CloudRunService(name="api", location="europe-west1"), team="shop", alerts=[alert]))
"""


@pytest.fixture(scope="module")
def run() -> Recorded:
    return record(lambda: exec(HEAD + WATCHED, {}))


def stack(**config: str) -> Stack:
    here = Path()
    return Stack(name="dev", project="corner", root=here, main=here, config=config, secrets=frozenset())


def test_it_is_the_stack_file_s(run):
    assert google_project_of(run, stack(**{"gcp:project": "p-1"})) == "p-1"


def test_it_is_the_program_s_where_the_stack_file_names_none(run):
    assert google_project_of(run, stack()) == "p-1"


def test_two_that_differ_are_refused_naming_both_and_what_to_do(run):
    """Without that, each proof would write its lines into a project in which no metric counts them."""
    with pytest.raises(StackError) as raised:
        google_project_of(run, stack(**{"gcp:project": "p-2"}))
    text = str(raised.value)
    assert "gcp:project of Pulumi.dev.yaml is 'p-2'" in text
    assert "another project (p-1: api-many)" in text
    assert "pulumi config set gcp:project p-1 --stack dev" in text
