"""The repository installed from Git in one piece: what the command needs of others is read from its parts."""

import re
import tomllib
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

PARTS = ("cli", "verify", "proofs", "runner", "emulator", "components", "apimodel", "telemetry")
"""The folders of the distributions that `vigil` is made of."""
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?")


class CommandMetadata(MetadataHookInterface):
    """Version and dependencies of the command, without the parts that are inside."""

    def update(self, metadata: dict[str, object]) -> None:
        """Set both from the `pyproject.toml` of each part."""
        projects = {each: _project(Path(self.root) / each) for each in PARTS}
        metadata["version"] = projects["cli"]["version"]
        metadata["dependencies"] = sorted(_others(projects))


def _project(folder: Path) -> dict[str, object]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _others(projects: dict[str, dict[str, object]]) -> set[str]:
    """What the parts need of others; an extra that one part wants of another brings its dependencies."""
    by_name = {project["name"]: project for project in projects.values()}
    waiting = [each for project in projects.values() for each in project["dependencies"]]
    found: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name, extras = _REQUIREMENT.match(requirement).groups()
        if name not in by_name:
            found.add(requirement)
        for extra in filter(None, (extras or "").split(",")):
            if name in by_name:
                waiting += by_name[name]["optional-dependencies"][extra.strip()]
    return found
