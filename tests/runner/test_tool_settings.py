"""`[tool.vigil]` of a project: what it says is read, and a mistake in it names the key, the value and the remedy."""

from pathlib import Path

import pytest

from vigil_runner.tool_settings import ToolSettings, ToolSettingsError, load


def settings(folder: Path, text: str) -> ToolSettings:
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "pyproject.toml").write_text(text)
    return load(folder)


def test_a_project_without_settings_has_the_defaults(tmp_path: Path) -> None:
    assert settings(tmp_path, "") == ToolSettings(root=tmp_path)
    (tmp_path / "pyproject.toml").unlink()
    assert load(tmp_path) == ToolSettings(root=tmp_path)


def test_what_it_says_is_read(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        '[tool.vigil]\nevents = ["shop.events"]\ncatalog = "locks/events.json"\n[tool.vigil.run]\napi = "uvicorn shop:app"\n',
    )
    assert (found.events, found.run) == (("shop.events",), {"api": "uvicorn shop:app"})
    assert found.lock == tmp_path / "locks" / "events.json"


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert settings(tmp_path, '\ufeff[tool.vigil]\nevents = ["shop.events"]\n').events == ("shop.events",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.vigil", "is not valid TOML"),
        ("[tool]\nvigil = 5", "[tool.vigil] in {file} is not a table"),
        ("[tool.vigil]\nrum = 5", "the unknown key 'rum'. Remedy: the keys are catalog, cost, events and run."),
        ("[tool.vigil]\ncatalog = 5", "[tool.vigil] catalog in {file} is 5."),
        ("[tool.vigil]\nevents = 'events'", "[tool.vigil] events in {file} is 'events'. Remedy: give a list of module"),
        ("[tool.vigil]\ncost = 5", "[tool.vigil] cost in {file} is 5. Remedy: write the table [tool.vigil.cost]"),
        ("[tool.vigil]\nrun = 'python'", "[tool.vigil] run in {file} is 'python'. Remedy: write the table [tool.vigil.run]"),
        ("[tool.vigil.run]\napi = 5", "[tool.vigil.run] in {file} has api = 5. Remedy: give each process a name"),
        ("[tool.vigil.run]\napi = ['python']", "[tool.vigil.run] in {file} has api = ['python']. Remedy: give each"),
        ("[tool.vigil.run]\napi = ' '", "[tool.vigil.run] in {file} has api = ' '."),
        ("[tool.vigil.run]\n'' = 'python'", "[tool.vigil.run] in {file} has '' = 'python'."),
    ],
)  # fmt: skip
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ToolSettingsError) as raised:
        settings(tmp_path, text)
    assert message.format(file=tmp_path / "pyproject.toml") in str(raised.value)


def test_a_module_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    found = settings(tmp_path, '[tool.vigil]\nevents = ["no_such_module_of_a_shop"]\n')
    with pytest.raises(ToolSettingsError, match=r"names the module 'no_such_module_of_a_shop', which cannot be"):
        found.declare_events()
