"""The modules of one project at a time: two projects may both have a package `infra` or `events`.

A module that a project has imported stays imported: event types are classes, and importing their module again would
declare them twice. While another project runs, such modules step aside where the two share a name.
"""

import importlib
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, int]
"""Time and size of a file."""

_aside: dict[tuple[Path, ...], dict[str, tuple[ModuleType, Stamp | None]]] = {}
"""Modules of projects that ran before, by the folders that their names were looked up in; each as its file was then."""


@contextmanager
def importable(*folders: Path) -> Generator[None]:
    """Put `folders` first on the import path inside the block, and set aside other projects' modules they shadow.

    Modules of the project of the working directory stay loaded afterwards: its tests import them too. Those of another
    project are set aside for its next run, in which they are used again unless a file of theirs has changed.
    """
    home = any(Path.cwd().is_relative_to(folder) for folder in folders)
    own_names = {name for folder in folders for name in _top_level(folder)} - sys.stdlib_module_names - {"__main__"}
    foreign = {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] in own_names and _is_foreign(name, module, folders)
    }
    for name in foreign:
        del sys.modules[name]
    mine = _aside.pop(folders, {})
    if all(_stamp(module) == stamp for module, stamp in mine.values()):
        sys.modules.update({name: module for name, (module, _) in mine.items()})
    path, loaded = list(sys.path), set(sys.modules) - mine.keys()
    sys.path[:0] = [str(folder) for folder in folders if str(folder) not in sys.path[: len(folders)]]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        shadowed = {name.partition(".")[0] for name in foreign}
        own = {
            name: module
            for name, module in sys.modules.items()
            if name.partition(".")[0] in shadowed or (not home and name not in loaded and _of(module, folders))
        }
        for name in own:
            del sys.modules[name]
        if own:
            _aside[folders] = {name: (module, _stamp(module)) for name, module in own.items()}
        sys.modules.update(foreign)


def _stamp(module: ModuleType) -> Stamp | None:
    """Return what changes when a module's file is written; None for a module without a file."""
    file = getattr(module, "__file__", None)
    try:
        found = Path(file).stat() if isinstance(file, str) else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size)


def _of(module: ModuleType, folders: tuple[Path, ...]) -> bool:
    """Whether a module is the project's own, not one that is installed in an environment below its folder."""
    return any(_from(module, folder) for folder in folders) and not _installed(module)


def _top_level(folder: Path) -> Iterator[str]:
    """The names that a program imports from a folder. It is listed once: a process may have ten thousand modules."""
    if folder.is_dir():
        for entry in folder.iterdir():
            if entry.suffix == ".py" or entry.is_dir():
                yield entry.name.removesuffix(".py")


def _is_foreign(name: str, module: ModuleType, folders: tuple[Path, ...]) -> bool:
    """Whether `module`, which has the name of one in `folders`, is another project's."""
    top = sys.modules.get(name.partition(".")[0], module)
    return not any(_from(module, folder) for folder in folders) and not _installed(top)


def _from(module: ModuleType, folder: Path) -> bool:
    return any(place.is_relative_to(folder) for place in _places(module))


def _installed(module: ModuleType) -> bool:
    return any(part in ("site-packages", "dist-packages") for place in _places(module) for part in place.parts)


def _places(module: ModuleType) -> list[Path]:
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        return [Path(file)]
    return [Path(part) for part in getattr(module, "__path__", ())]
