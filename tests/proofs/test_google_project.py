"""The Google project of a stack's alerts: that of the stack file, which the program must share."""

import pytest

from tests.proofs.programs import HEAD
from vigil_cli.deployment import _elsewhere
from vigil_cli.local.deployment import Deployed
from vigil_components.testing import Recorded, record
from vigil_proofs.documents import subject_of
from vigil_proofs.google_project import refuse_another_project
from vigil_runner.stacks import StackError

WATCHED = """
from vigil_telemetry import HttpRequestCompleted
alert = count(HttpRequestCompleted).alert(above=1, name="many", severity=AlertSeverity.TICKET, summary="Many", runbook="r")
ServiceMonitoring("api", ServiceMonitoringArgs(
    context=shared, source=CloudRunService(name="api", location="europe-west1"), team="shop", alerts=[alert]))
"""


@pytest.fixture(scope="module")
def run() -> Recorded:
    return record(lambda: exec(HEAD + WATCHED, {}), stack="dev")


def test_alerts_of_the_stack_s_project_are_its_subject(run):
    assert [one.name for one in subject_of(run, project="p-1").alerts] == ["api-many"]
    refuse_another_project(subject_of(run, project="p-1"))


def test_alerts_of_another_project_are_refused_naming_both_and_what_to_do(run):
    """Without that, each proof would write its lines into a project in which no metric counts them."""
    with pytest.raises(StackError) as raised:
        refuse_another_project(subject_of(run, project="p-2"))
    text = str(raised.value)
    assert "stack 'dev' is of the Google project 'p-2' (gcp:project of Pulumi.dev.yaml; without one" in text
    assert "another project (p-1: api-many)" in text
    assert "pulumi config set gcp:project p-1 --stack dev" in text


def test_other_projects_of_policies_are_found(run):
    assert _elsewhere(run, "p-1") == ()
    assert _elsewhere(run, "p-2") == ("p-1",)


def test_a_deployment_says_that_alerts_are_in_another_project():
    counts = {"created": 3, "updated": 0, "replaced": 0, "deleted": 0, "unchanged": 0, "recorded": 1}
    assert Deployed(**counts, project="p-1").describe() == "3 applied (3 created), 1 recorded"
    description = Deployed(**counts, project="p-2", elsewhere=("p-1",)).describe()
    assert (
        "The stack's Google project is p-2, but the program puts alerts into p-1, where no line of p-2 arrives"
        in description
    )
