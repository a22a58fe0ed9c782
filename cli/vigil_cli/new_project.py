"""A new project: the files of `vigil init`, filled in and written without touching what is there."""

import contextlib
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import Final

from vigil_cli.errors import CommandError

TEMPLATE: Final = "project_template"
ROOT: Final = PurePosixPath()
WORKFLOW: Final = PurePosixPath(".github/workflows/monitoring.yaml")
KEPT: Final = frozenset({PurePosixPath("README.md"), PurePosixPath(".gitignore")})
"""Files that a new repository often has already, and without which a project works as well: they stay as they are."""
NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,20}[a-z0-9]")
"""Names that also fit into the id of a Google Cloud project (6 to 30 characters with an ending such as -staging)."""


def files(name: str, *, below: PurePosixPath = ROOT) -> dict[PurePosixPath, str]:
    """Return the files of a new project called `name`, by their path in it.

    `below` is the project's folder in its Git repository. GitHub reads workflows in the root of a repository
    alone: the workflow of a project below it goes there, under the project's name, and runs in the project's folder.
    Raises CommandError for a name that neither Pulumi nor Google Cloud takes.
    """
    if not NAME.fullmatch(name):
        raise CommandError(
            f"{name!r} cannot be the project's name.",
            remedy="Give one with --name: 3 to 22 lower-case letters, digits and hyphens, beginning with a letter.",
        )
    root = resources.files("vigil_cli") / TEMPLATE
    found = {_target(path): text.replace("{{name}}", name) for path, text in _read(root, PurePosixPath())}
    return found if below == ROOT else dict(_in_repository(each, name, below) for each in found.items())


def name_of(folder: Path) -> str:
    """Return the name that a project has from its folder: `uberblick` for `Überblick`."""
    letters = unicodedata.normalize("NFKD", folder.resolve().name.casefold())
    plain = "".join(one for one in letters if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def place(folder: Path) -> PurePosixPath:
    """Return the path of `folder` in its Git repository; `.` where it is the root of one, or in none."""
    whole = folder.resolve()
    root = next((above for above in (whole, *whole.parents) if (above / ".git").exists()), whole)
    return PurePosixPath(whole.relative_to(root).as_posix())


def write(folder: Path, found: dict[PurePosixPath, str], *, command: str = "vigil init DIR") -> list[PurePosixPath]:
    """Write the files below `folder`, which is made where it is missing; return those that were there and are `KEPT`.

    Raises CommandError where another one exists or the folder cannot be written to; what was written is taken back.
    """
    whole = folder.resolve()
    kept = [path for path in found if path in KEPT and (whole / path).is_file()]
    targets = {path: Path(os.path.normpath(whole / path)) for path in found if path not in kept}
    existing = [str(path) for path, file in targets.items() if os.path.lexists(file)]
    if existing:
        where = "This folder" if folder == Path() else folder
        raise CommandError(
            f"{where} already has {', '.join(sorted(existing))}. Nothing was written.",
            remedy=f"Name a new folder: `{command}`.",
        )
    made: list[Path] = []
    try:
        for path, file in targets.items():
            for above in reversed(file.parents):
                if not above.is_dir():
                    above.mkdir()
                    made.append(above)
            with file.open("x", encoding="utf-8") as out:
                made.append(file)
                out.write(found[path])
    except OSError as error:
        for one in reversed(made):
            with contextlib.suppress(OSError):
                one.rmdir() if one.is_dir() else one.unlink()
        raise CommandError(
            f"{error.filename or folder} cannot be written: {error.strerror}. Nothing was written.",
            remedy="Name another folder.",
        ) from error
    return kept


def _in_repository(file: tuple[PurePosixPath, str], name: str, below: PurePosixPath) -> tuple[PurePosixPath, str]:
    """Return a file of a project that is not the root of its repository: the workflow moves, all others stay."""
    path, text = file
    if path != WORKFLOW:
        return file
    workflow = PurePosixPath(*[".."] * len(below.parts)) / WORKFLOW.with_name(f"{name}-monitoring.yaml")
    run = f"    defaults:\n      run:\n        working-directory: {json.dumps(str(below))}\n"
    watched = f"    paths: [{json.dumps(f'{below}/**')}]\n"
    return workflow, (
        text.replace("name: monitoring\n", f"name: {name}-monitoring\n")
        .replace("  pull_request:\n", f"  pull_request:\n{watched}")
        .replace("    branches: [main]\n", f"    branches: [main]\n{watched}")
        .replace("    runs-on: ubuntu-latest\n", f"    runs-on: ubuntu-latest\n{run}")
    )


def _read(folder: Traversable, below: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        path = below / entry.name
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _read(entry, path)
        else:
            yield path, entry.read_text(encoding="utf-8")


def _target(path: PurePosixPath) -> PurePosixPath:
    """Return where a file of the template goes; Python files have a second ending there, so that no tool reads them."""
    if path.name == "gitignore.txt":
        return path.with_name(".gitignore")
    return path.with_suffix("") if path.name.endswith(".py.txt") else path
