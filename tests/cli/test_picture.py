"""`vigil picture`: which dashboard is meant, where its picture goes, and the error when there is none."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigil_cli import pictures
from vigil_cli.app import app
from vigil_cli.errors import CommandError
from vigil_cli.pictures import Dashboard, chosen
from vigil_emulator.clock import VirtualClock
from vigil_emulator.http_server import in_thread
from vigil_emulator.server import Emulator

KNOWN = [
    Dashboard(name="projects/1/dashboards/a1", display_name="api (local)"),
    Dashboard(name="projects/1/dashboards/b2", display_name="agents (local)"),
    Dashboard(name="projects/1/dashboards/c3", display_name="api"),
]


@pytest.mark.parametrize(("wanted", "identifier"), [("b2", "b2"), ("API", "c3"), ("api (", "a1"), ("ag", "b2")])
def test_a_dashboard_is_meant_by_id_by_title_or_by_its_beginning(wanted: str, identifier: str) -> None:
    assert chosen(KNOWN, wanted).identifier == identifier


@pytest.mark.parametrize("wanted", ["a", "nothing"])
def test_what_may_be_several_or_none_is_reported_with_the_titles(wanted: str) -> None:
    with pytest.raises(CommandError) as raised:
        chosen(KNOWN, wanted)
    assert "agents (local)" in raised.value.message


def test_a_picture_is_written_in_the_form_that_the_files_name_says(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="pictures need vigil-emulator[console]")
    emulator = Emulator(clock=VirtualClock(datetime(2026, 11, 24, 12, tzinfo=UTC)), projects=("p",))
    text = {"title": "Note", "text": {"content": "hello"}}
    body = {"name": "projects/p/dashboards/d", "displayName": "Shop", "gridLayout": {"widgets": [text]}}
    emulator.store.put("monitoring.dashboards", "projects/p/dashboards/d", body)
    run = CliRunner().invoke
    with in_thread(emulator.app, around=emulator.running) as url:
        listed = run(app, ["picture", "--url", url, "--json"])
        assert json.loads(listed.stdout)["dashboards"] == [{"id": "d", "title": "Shop"}]
        assert run(app, ["picture", "shop", "--url", url, "-o", str(tmp_path / "x.png")]).exit_code == 0
        assert run(app, ["picture", "shop", "--url", url, "-o", str(tmp_path)]).exit_code == 0
        wrong = run(app, ["picture", "shop", "--url", url, "--range", "2y", "--json"])
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    assert "hello" in (tmp_path / "shop.svg").read_text(encoding="utf-8")
    assert wrong.exit_code == 2
    assert "--range" in json.loads(wrong.stdout)["error"]["remedy"]


def test_a_file_is_drawn_without_an_emulator_and_bad_ones_are_named_with_the_remedy(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="pictures need vigil-emulator[console]")
    file = tmp_path / "board.json"
    file.write_text(
        '{"displayName": "Orders", "gridLayout": {"widgets": [{"title": "Note", "text": {"content": "x"}}]}}'
    )
    pictures.draw_file(file, form=None, output=tmp_path, theme="light", json=False)
    assert "Illustrative data" in (tmp_path / "orders.svg").read_text()
    for text, message in (
        ("{", "is not JSON"),
        ("[]", "is no dashboard"),
        ('{"displayName": "x"}', "is no dashboard"),
        ('{"gridLayout": ' + "[" * 200 + "]" * 200 + "}", "nested too deep"),
        ('{"gridLayout": ' + "[" * 5000 + "]" * 5000 + "}", "nested too deep"),
        ('{"gridLayout": {"columns": 1,\n"columns": 2}}', "line 2: the key 'columns' stands here again"),
    ):
        file.write_text(text)
        with pytest.raises(CommandError, match=message):
            pictures.draw_file(file, form=None, output=tmp_path, theme="light", json=False)
    with pytest.raises(CommandError, match="cannot be read"):
        pictures.draw_file(tmp_path / "none.json", form=None, output=None, theme="light", json=False)
