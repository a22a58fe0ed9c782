"""The modules of one project at a time: two projects may both have a package ``infra`` or ``events``.

A module that a project has imported stays imported: event types are classes, and importing their module again would
declare them twice. While another project runs, such modules step aside where the two share a name.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

_aside: dict[tuple[Path, ...], dict[str, ModuleType]] = {}
"""Modules of projects that ran before, by the folders that their names were looked up in."""


@contextmanager
def importable(*folders: Path) -> Generator[None]:
    """Put ``folders`` first on the import path inside the block, and set aside other projects' modules they shadow."""
    foreign = {name: module for name, module in sys.modules.items() if _shadows(name, module, folders)}
    for name in foreign:
        del sys.modules[name]
    mine = _aside.pop(folders, {})
    sys.modules.update(mine)
    before = list(sys.path)
    sys.path[:0] = [str(folder) for folder in folders if str(folder) not in sys.path[: len(folders)]]
    try:
        yield
    finally:
        sys.path[:] = before
        if foreign:
            names = {name.partition(".")[0] for name in foreign}
            own = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in names}
            for name in own:
                del sys.modules[name]
            _aside[folders] = own
            sys.modules.update(foreign)


def _shadows(name: str, module: ModuleType, folders: tuple[Path, ...]) -> bool:
    """Whether ``module`` hides one that the project in ``folders`` would import by the same name."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top == "__main__":
        return False
    has = any((folder / top).is_dir() or (folder / f"{top}.py").is_file() for folder in folders)
    return has and not any(_from(module, folder) for folder in folders) and not _installed(sys.modules.get(top, module))


def _from(module: ModuleType, folder: Path) -> bool:
    return any(place.is_relative_to(folder) for place in _places(module))


def _installed(module: ModuleType) -> bool:
    return any(part in ("site-packages", "dist-packages") for place in _places(module) for part in place.parts)


def _places(module: ModuleType) -> list[Path]:
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        return [Path(file)]
    return [Path(part) for part in getattr(module, "__path__", ())]
