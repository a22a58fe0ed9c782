"""`vigil preview` as people run it: two revisions of a repository, each rendered by its own code."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from vigil_cli import previews
from vigil_cli.app import app
from vigil_cli.errors import CommandError
from vigil_runner import preview

SHOP = Path(__file__).parents[1] / "runner" / "preview" / "shop"


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    ran = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def vigil(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["-C", str(root), "preview", *arguments])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop in a folder of a repository. Its event is in a module that is imported, and the change is in there."""
    top = tmp_path_factory.mktemp("repository")
    root = top / "monitoring"
    shutil.copytree(SHOP, root, ignore=shutil.ignore_patterns("__pycache__"))
    program = (root / "__main__.py").read_text()
    (root / "limits.py").write_text("THRESHOLD = 0.02\n")
    program = program.replace('float(config.require("errorRatio"))', "limits.THRESHOLD")
    (root / "__main__.py").write_text(program.replace("import pulumi\n", "import limits\nimport pulumi\n", 1))
    git(top, "init", "--quiet", "--initial-branch=main")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message=base")
    (root / "limits.py").write_text("THRESHOLD = 0.05\n")
    return root


def test_each_revision_is_rendered_by_its_own_modules_and_nothing_is_left_behind(project: Path, tmp_path: Path) -> None:
    files = [tmp_path / "report.md", tmp_path / "report.json"]
    ran = vigil(project, "-s", "prod", "--no-proofs", *(f"--write={file}" for file in files))
    assert ran.exit_code == 0, ran.stderr
    report = json.loads(files[1].read_text())
    assert report["counts"]["changed"] == 2
    (alert,) = report["alerts"]
    assert (alert["before"]["threshold"], alert["after"]["threshold"]) == ("> 0.02, >= 20", "> 0.05, >= 20")
    assert files[0].read_text().startswith("**prod: 2 changed (compared with HEAD (")
    assert git(project, "worktree", "list").count("\n") == 0


def test_a_base_that_cannot_be_rendered_counts_as_empty_and_a_change_that_cannot_ends_with_the_reason(
    project: Path, tmp_path: Path
) -> None:
    repaired = tmp_path / "repository"
    shutil.copytree(project.parent, repaired)
    root = repaired / "monitoring"
    (root / "limits.py").write_text("THRESHOLD = (\n")
    git(root, "commit", "--quiet", "--all", "--message=broken")
    (root / "limits.py").write_text("THRESHOLD = 0.05\n")
    ran = vigil(root, "-s", "prod", "--no-proofs", "--json")
    assert ran.exit_code == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["counts"]["changed"], report["counts"]["removed"]) == (0, 0)
    assert report["counts"]["added"] > 5
    assert any("cannot be rendered" in note and "limits.py" in note for note in report["notes"])
    (root / "limits.py").write_text("THRESHOLD = 'many'\n")
    ran = vigil(root, "-s", "prod", "--no-proofs", "--base", "HEAD^1", "--json")
    assert ran.exit_code == 2
    assert "'many'" in json.loads(ran.stdout)["error"]["message"]
    assert git(root, "worktree", "list").count("\n") == 0


def test_an_unknown_revision_is_named_with_the_remedy(project: Path) -> None:
    ran = vigil(project, "-s", "prod", "--base", "origin/nowhere", "--json")
    assert ran.exit_code == 2
    error = json.loads(ran.stdout)["error"]
    assert "origin/nowhere" in error["message"]
    assert "fetch" in error["remedy"]


def test_the_base_is_where_the_branch_began(project: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(project.parent), str(clone)], check=True, capture_output=True)
    began = git(clone, "rev-parse", "HEAD")
    assert preview.default_base(clone) == "HEAD"
    git(clone, "checkout", "--quiet", "-b", "work")
    git(clone, "commit", "--quiet", "--allow-empty", "--message=work")
    assert preview.default_base(clone) == began


def test_outside_a_repository_the_remedy_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(preview.RevisionError, match=r"in no git repository. Remedy"),
        preview.revision(tmp_path, "HEAD"),
    ):
        pass
    with pytest.raises(preview.RevisionError, match=r"in no git repository. Remedy"):
        preview.default_base(tmp_path)


def test_a_repository_without_a_commit_has_no_base(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(preview.RevisionError, match=r"has no commit yet. Remedy: commit the program first"):
        preview.default_base(tmp_path)


def test_an_unknown_file_ending_is_refused_before_anything_runs() -> None:
    with pytest.raises(CommandError, match="known ending"):
        previews.form_of(Path("report.pdf"))


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """A repository whose working tree has another lock file than its commit."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / ".gitignore").write_text(".vigil\n")
    (tmp_path / "requirements.txt").write_text("before==1\n")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=base")
    with preview.revision(tmp_path, "HEAD") as same:
        assert same.python == sys.executable
    (tmp_path / "requirements.txt").write_text("after==2\n")
    return tmp_path


def test_where_the_lock_file_differs_the_other_revision_has_its_own_environment_which_is_kept(locked: Path) -> None:
    made = locked / ".vigil" / "environments" / hashlib.sha256(b"before==1\n").hexdigest()[:12]
    made.mkdir(parents=True)
    (made / ".ready").touch()
    with preview.revision(locked, "HEAD") as other:
        assert other.python == str(made / "bin" / "python")
        assert other.notes == ("requirements.txt differs: the other revision ran in its own environment.",)
    with preview.revision(locked, "HEAD", python="/usr/bin/python3") as named:
        assert (named.python, named.notes) == ("/usr/bin/python3", ())


def test_a_lock_file_that_only_its_own_tool_reads_is_named_with_the_remedy(locked: Path) -> None:
    (locked / "requirements.txt").rename(locked / "poetry.lock")
    git(locked, "add", "--all")
    git(locked, "commit", "--quiet", "--message=poetry")
    (locked / "poetry.lock").write_text("other\n")
    with pytest.raises(preview.RevisionError, match="--base-python"), preview.revision(locked, "HEAD"):
        pass
    assert git(locked, "worktree", "list").count("\n") == 0
