"""The files of `vigil init`: where they go, beside what is there already."""

from pathlib import Path, PurePosixPath

import pytest
import yaml

from vigil_cli.errors import CommandError
from vigil_cli.new_project import files, name_of, place, write

WORKFLOW = PurePosixPath(".github/workflows/monitoring.yaml")


def test_github_reads_workflows_in_the_root_of_a_repository_alone_so_that_is_where_they_go(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "payments" / "watch me"
    found = files("ledger", below=place(folder))
    write(folder, found)
    [workflow] = (tmp_path / ".github/workflows").iterdir()
    assert workflow.name == "ledger-monitoring.yaml"
    assert not (folder / ".github").exists()
    read = yaml.load(workflow.read_text(), yaml.BaseLoader)
    assert read["name"] == "ledger-monitoring"
    assert read["on"]["pull_request"]["paths"] == read["on"]["push"]["paths"] == ["payments/watch me/**"]
    assert read["jobs"]["test"]["defaults"]["run"]["working-directory"] == "payments/watch me"


@pytest.mark.parametrize("git", [None, "."])
def test_a_project_that_is_the_root_of_its_repository_or_in_none_keeps_its_workflow(
    tmp_path: Path, git: str | None
) -> None:
    if git:
        (tmp_path / git / ".git").write_text("gitdir: elsewhere")  # as in a worktree
    assert place(tmp_path) == PurePosixPath()
    assert files("ledger", below=place(tmp_path)) == files("ledger")
    assert WORKFLOW in files("ledger")


def test_two_projects_of_one_repository_have_a_workflow_each_and_none_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("ledger", "stock"):
        write(tmp_path / name, files(name, below=place(tmp_path / name)))
    assert len(list((tmp_path / ".github/workflows").iterdir())) == 2
    with pytest.raises(CommandError, match=r"already has \.\./\.github/workflows/ledger-monitoring\.yaml"):
        write(tmp_path / "other", files("ledger", below=place(tmp_path / "other")))
    assert not (tmp_path / "other").exists()


def test_a_readme_and_what_git_ignores_stay_as_they_are(tmp_path: Path) -> None:
    for name in ("README.md", ".gitignore", "LICENSE"):
        (tmp_path / name).write_text("mine")
    assert sorted(write(tmp_path, files("ledger"))) == [PurePosixPath(".gitignore"), PurePosixPath("README.md")]
    assert {(tmp_path / name).read_text() for name in ("README.md", ".gitignore", "LICENSE")} == {"mine"}
    assert (tmp_path / "Pulumi.yaml").is_file()


def test_any_other_file_that_is_there_stops_it_before_it_writes(tmp_path: Path) -> None:
    (tmp_path / "events.py").write_text("mine")
    (tmp_path / "README.md").mkdir()
    with pytest.raises(CommandError, match=r"already has README\.md, events\.py\. Nothing was written"):
        write(tmp_path, files("ledger"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "events.py"]


def test_an_error_is_two_sentences() -> None:
    error = CommandError("There is no stack 'x'. Stacks: prod, staging", remedy="name one of these.")
    assert error.describe() == {
        "message": "There is no stack 'x'. Stacks: prod, staging.",
        "remedy": "Name one of these.",
    }
    assert CommandError("Findings:\n  a", remedy="Mend them.").message == "Findings:\n  a"


@pytest.mark.parametrize(
    ("folder", "name"),
    [("My Shop", "my-shop"), ("Überblick", "uberblick"), ("Straße_2", "strasse-2"), ("cafe\u0301", "cafe"), ("店", "")],
)
def test_a_folder_gives_its_project_a_name_in_plain_letters(tmp_path: Path, folder: str, name: str) -> None:
    assert name_of(tmp_path / folder) == name
