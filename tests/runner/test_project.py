"""Where a project is looked for, and the error without one."""

from pathlib import Path

import pytest

from vigil_runner import project


def test_the_nearest_project_above_is_found(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    inner = tmp_path / "watch" / "tests"
    inner.mkdir(parents=True)
    assert project.find(inner) == tmp_path
    (tmp_path / "watch/Pulumi.yml").touch()
    assert project.find(inner) == tmp_path / "watch"


def test_an_error_in_the_root_of_a_repository_lists_its_projects(tmp_path: Path) -> None:
    for name in ("payments/monitoring", "stock", "a/b/too-deep"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "Pulumi.yaml").touch()
    with pytest.raises(project.ProjectError, match=r"Projects in it: payments/monitoring, stock\. Remedy: change to"):
        project.find(tmp_path)


def test_an_error_where_there_is_no_project_lists_none(tmp_path: Path) -> None:
    with pytest.raises(project.ProjectError, match=r"nor in a folder above it\. Remedy: "):
        project.find(tmp_path)
