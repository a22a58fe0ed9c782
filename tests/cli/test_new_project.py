"""`vigil init`: all of its files or none, and steps that can be pasted."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigil_cli.app import app


def init(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["init", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"})
    return done.exit_code, done.output


def everything(folder: Path) -> dict[str, str | None]:
    return {str(path.relative_to(folder)): path.read_text() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("way", ["tests", "runbooks", ".github"])
def test_a_file_where_a_folder_must_be_leaves_all_as_it_was(tmp_path: Path, way: str) -> None:
    (tmp_path / way).write_text("mine")

    code, told = init(str(tmp_path), "--name", "shop")

    assert code == 2
    assert "Nothing was written" in told
    assert everything(tmp_path) == {way: "mine"}


def test_a_link_to_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "events.py").symlink_to(tmp_path / "elsewhere.py")

    code, told = init(str(tmp_path), "--name", "shop")

    assert (code, [path.name for path in tmp_path.iterdir()]) == (2, ["events.py"])
    assert "already has events.py" in told


def test_a_folder_that_cannot_be_made_leaves_no_half(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    code, _ = init(str(tmp_path / "file" / "shop"))

    assert (code, everything(tmp_path)) == (2, {"file": "mine"})


def test_the_steps_quote_a_folder_with_spaces(tmp_path: Path) -> None:
    _, told = init(str(tmp_path / "our shop"))

    assert f"cd '{tmp_path}/our shop'" in told


def test_an_empty_name_is_refused_and_not_replaced(tmp_path: Path) -> None:
    code, told = init(str(tmp_path / "shop"), "--name", "")

    assert code == 2
    assert "'' cannot be the project's name" in told
