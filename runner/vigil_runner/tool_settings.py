"""A project's settings for the `vigil` command: the table `[tool.vigil]` of its `pyproject.toml`."""

import importlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from vigil_runner.errors import EngineError
from vigil_runner.modules import importable
from vigil_runner.project import find


class ToolSettingsError(EngineError):
    """`[tool.vigil]` cannot be used. The message names the key, its value and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSettings:
    """What `[tool.vigil]` says; every key may be left out."""

    root: Path
    """The folder of the project."""
    events: tuple[str, ...] = ()
    """Modules that declare event types which the program itself does not import, such as `shop.events`."""
    catalog: str = "catalog.lock.json"
    """Lock file of `vigil catalog`, relative to the project."""
    run: dict[str, str] = field(default_factory=dict)
    """Commands of `vigil serve`, by the name of the process."""
    cost: dict[str, object] = field(default_factory=dict[str, object])
    """The table `[tool.vigil.cost]` as it stands; `vigil_runner.cost` reads it."""

    @property
    def lock(self) -> Path:
        """The lock file of `vigil catalog`."""
        return self.root / self.catalog

    def declare_events(self) -> None:
        """Import the modules of `events`. Raises ToolSettingsError for one that cannot be imported."""
        with importable(self.root):
            for name in self.events:
                try:
                    importlib.import_module(name)
                except ImportError as error:
                    raise ToolSettingsError(
                        f"[tool.vigil] events in {self.root / 'pyproject.toml'} names the module {name!r}, "
                        f"which cannot be imported: {error}. Remedy: name a module that {self.root} can import."
                    ) from error


def load(root: Path | None = None) -> ToolSettings:
    """Read `[tool.vigil]` of the project at `root` (default: of the working directory).

    Raises ToolSettingsError for a file that is no TOML, an unknown key, or a value of another type.
    """
    root = (root or find()).resolve()
    file = root / "pyproject.toml"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return ToolSettings(root=root)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ToolSettingsError(f"{file} is not valid TOML: {error}. Remedy: correct the file.") from error
    table = cast("dict[str, object]", document.get("tool", {})).get("vigil", {})
    if not isinstance(table, dict):
        raise ToolSettingsError(f"[tool.vigil] in {file} is not a table. Remedy: write [tool.vigil] and keys below it.")
    settings = cast("dict[str, object]", table)
    if unknown := sorted(settings.keys() - {"catalog", "cost", "events", "run"}):
        raise ToolSettingsError(
            f"[tool.vigil] in {file} has the unknown key {unknown[0]!r}. "
            "Remedy: the keys are catalog, cost, events and run."
        )
    catalog = settings.get("catalog", "catalog.lock.json")
    if not isinstance(catalog, str) or not catalog:
        raise ToolSettingsError(f"[tool.vigil] catalog in {file} is {catalog!r}. Remedy: name a file.")
    return ToolSettings(
        root=root,
        events=_events(settings.get("events", []), file),
        catalog=catalog,
        run=_run(settings.get("run", {}), file),
        cost=_cost(settings.get("cost", {}), file),
    )


def _events(value: object, file: Path) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(one, str) for one in cast("list[object]", value)):
        return tuple(cast("list[str]", value))
    raise ToolSettingsError(
        f"[tool.vigil] events in {file} is {value!r}. Remedy: give a list of module names, "
        'such as events = ["shop.events"].'
    )


def _cost(value: object, file: Path) -> dict[str, object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    raise ToolSettingsError(
        f"[tool.vigil] cost in {file} is {value!r}. Remedy: write the table [tool.vigil.cost], such as budget = 200."
    )


def _run(value: object, file: Path) -> dict[str, str]:
    example = 'such as api = "uvicorn shop.api:app --port $PORT"'
    if not isinstance(value, dict):
        raise ToolSettingsError(
            f"[tool.vigil] run in {file} is {value!r}. Remedy: write the table [tool.vigil.run] with a line for each "
            f"process, {example}."
        )
    entries = cast("dict[str, object]", value)
    for name, command in entries.items():
        if not name or not isinstance(command, str) or not command.strip():
            raise ToolSettingsError(
                f"[tool.vigil.run] in {file} has {name or repr(name)} = {command!r}. Remedy: give each process a name "
                f"and a command as one text, {example}."
            )
    return cast("dict[str, str]", entries)
