"""What staging and prod declare is committed: a change of it is a difference that somebody reviews."""

from pathlib import Path

import pytest

from tests import rendered
from vigil_runner import goldens

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "infra" / "goldens"
STACKS = ["staging", "prod"]
REMEDY = "run `make goldens` and review the difference"


@pytest.fixture(scope="module", params=STACKS)
def run(request):
    return rendered.run(request.param)


def test_the_committed_files_are_what_the_program_declares(run):
    own = FOLDER / run.stack
    wanted = goldens.files(run)
    committed = {str(path.relative_to(own)): path.read_text() for path in own.rglob("*") if path.is_file()}
    assert sorted(committed) == sorted(wanted), REMEDY
    for path, text in wanted.items():
        assert committed[path] == text, f"{run.stack}/{path}: {REMEDY}"


def test_no_resource_is_lost_or_renamed_without_an_alias(run):
    urns = (FOLDER / run.stack / "urns.txt").read_text().splitlines()
    gone = goldens.lost(run, urns)
    assert not gone, (
        f"the next deployment would delete {gone}: a rename needs pulumi.Alias in the resource's options; "
        f"what is removed on purpose leaves the list by `make goldens`"
    )


def test_no_secret_and_no_machine_s_path_is_in_them():
    for file in FOLDER.rglob("*"):
        if file.is_file():
            text = file.read_text()
            assert str(ROOT) not in text, file
            assert "local-only" not in text, file


def test_a_renamed_resource_is_noticed(run):
    urn = run.registrations[3].urn
    assert goldens.lost(run, [urn, f"{urn}-renamed"]) == [f"{urn}-renamed"]
