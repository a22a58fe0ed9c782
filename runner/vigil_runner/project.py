"""Where a Pulumi project is: the folder with `Pulumi.yaml`, searched from the working directory upwards."""

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from vigil_runner.errors import EngineError

FILES: Final = ("Pulumi.yaml", "Pulumi.yml")
"""Names of the project file (https://www.pulumi.com/docs/iac/concepts/projects/project-file/)."""

_SHOWN: Final = 5
"""How many projects below a folder an error lists."""


class ProjectError(EngineError):
    """No Pulumi project was found. The message names the folder where the search began, and the remedy."""


def find(start: Path | None = None) -> Path:
    """Return the folder of the Pulumi project that `start` (default: the working directory) belongs to.

    Looks for `Pulumi.yaml` in `start`, then in each folder above it. Raises ProjectError where there is none.
    """
    began = (start or Path.cwd()).resolve()
    if not began.is_dir():
        raise ProjectError(f"There is no folder {began}. Remedy: name a folder inside a Pulumi project.")
    for folder in (began, *began.parents):
        if project_file(folder) is not None:
            return folder
    below = _below(began)
    some = f" Projects in it: {', '.join(below)}." if below else ""
    raise ProjectError(
        f"There is no Pulumi.yaml in {began}, nor in a folder above it.{some} Remedy: change to the folder of a Pulumi "
        "project, name it with --cwd DIR, or write a new one with `vigil init DIR`."
    )


def project_file(folder: Path) -> Path | None:
    """Return the project file of `folder`, or None where it has none."""
    return next((file for name in FILES if (file := folder / name).is_file()), None)


def _below(folder: Path) -> list[str]:
    """Return the first projects at most two folders below, for whoever stands in the root of a repository."""
    found: set[Path] = set()
    for name in FILES:
        for pattern in (f"*/{name}", f"*/*/{name}"):
            # The folders of a home directory or of / may refuse to be listed, or be many: a hint must not take long.
            with suppress(OSError):
                found |= {file.parent for file in islice(folder.glob(pattern), _SHOWN)}
    return [str(each.relative_to(folder)) for each in sorted(found)[:_SHOWN]]
