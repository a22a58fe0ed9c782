"""The project and its stacks as the files say: what the Pulumi CLI reads before it runs a program.

Secrets stay closed: a `secure:` value becomes one opaque placeholder and is never decrypted. A secret that the schema
declares and the stack file leaves out is that placeholder too: a run without the cloud needs no secret to be set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import yaml

from vigil_runner import project, project_yaml
from vigil_runner.errors import EngineError
from vigil_runner.unique_keys import RepeatedKeyError

if TYPE_CHECKING:
    from vigil_components.testing import ConfigValue

PLACEHOLDER: Final = "[secret]"
"""What stands for every `secure:` value."""


class StackError(EngineError):
    """A project or stack file that is missing or cannot be used. The message names file and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One stack: its name, its project's, its configuration by full key, and which keys are secret."""

    name: str
    project: str
    root: Path
    """The folder with Pulumi.yaml."""
    main: Path
    """What runs: a folder with `__main__.py`, or a Python file."""
    config: "Mapping[str, ConfigValue]"
    secrets: frozenset[str]

    @property
    def gcp_project(self) -> str | None:
        """The Google project of the provider's configuration."""
        value = self.config.get("gcp:project")
        return value if isinstance(value, str) else None


def names(root: Path | None = None) -> tuple[str, ...]:
    """Return the stacks that have a file, sorted."""
    return tuple(
        sorted(
            file.name.removeprefix("Pulumi.").removesuffix(".yaml")
            for file in (root or project.find()).glob("Pulumi.*.yaml")
        )
    )


def default(root: Path | None = None) -> str:
    """Return the stack for work on this machine: `local` where there is one, else the only one.

    Raises StackError where neither says which.
    """
    known = names(root)
    if "local" in known:
        return "local"
    if len(known) == 1:
        return known[0]
    raise StackError(
        f"The project has {len(known)} stacks and none is called local. Remedy: choose one with --stack: "
        f"{', '.join(known) or 'write a file Pulumi.NAME.yaml first'}."
    )


def load(stack: str, *, root: Path | None = None) -> Stack:
    """Read Pulumi.yaml and Pulumi.<stack>.yaml of the project at `root` (default: of the working directory).

    Values that Pulumi.yaml itself gives (`value:`) apply to every stack; defaults of its schema are the program's
    business. Raises StackError for a missing file (listing the stacks), one that is no mapping, or one with ESC
    environments, whose values are not in the file.
    """
    root = (root or project.find()).resolve()
    file_of_project = project.project_file(root) or root / "Pulumi.yaml"
    settings = _mapping(file_of_project)
    known = names(root)
    if stack not in known:
        raise StackError(f"there is no stack {stack!r} (no Pulumi.{stack}.yaml). Stacks: {', '.join(known) or 'none'}")
    file = root / f"Pulumi.{stack}.yaml"
    document = _mapping(file)
    if document.get("environment"):
        raise StackError(
            f"{file.name} imports environments (`environment:`), whose values only the Pulumi CLI can read. "
            "Remedy: write the values that this run needs into the stack file."
        )
    name = settings.get("name")
    if not isinstance(name, str):
        raise StackError("Pulumi.yaml has no name")
    config = _common(settings, name)
    secrets: set[str] = set()
    for key, value in _section(document, file).items():
        full = key if ":" in key else f"{name}:{key}"
        opened, secret = _open(value)
        config[full] = opened
        if secret:
            secrets.add(full)
    for key in _declared_secrets(settings, name):
        secrets.add(key)
        config.setdefault(key, PLACEHOLDER)
    return Stack(
        name=stack,
        project=name,
        root=root,
        main=root / str(settings.get("main") or "."),
        config=config,
        secrets=frozenset(secrets),
    )


def _common(settings: Mapping[str, object], name: str) -> "dict[str, ConfigValue]":
    """What Pulumi.yaml sets for all stacks."""
    declared = _section(settings, Path("Pulumi.yaml"))
    values: dict[str, ConfigValue] = {}
    for key, entry in declared.items():
        if isinstance(entry, dict) and "value" in entry:
            values[key if ":" in key else f"{name}:{key}"] = cast("ConfigValue", entry["value"])
    return values


def _declared_secrets(settings: Mapping[str, object], name: str) -> list[str]:
    """The full keys that the schema of Pulumi.yaml marks as secret."""
    return [
        key if ":" in key else f"{name}:{key}"
        for key, entry in _section(settings, Path("Pulumi.yaml")).items()
        if isinstance(entry, dict) and cast("dict[str, object]", entry).get("secret") is True
    ]


def _open(value: object) -> "tuple[ConfigValue, bool]":
    """The value with placeholders for what is encrypted, and whether anything was."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        if set(fields) == {"secure"}:
            return PLACEHOLDER, True
        opened = {key: _open(item) for key, item in fields.items()}
        return {key: item for key, (item, _) in opened.items()}, any(secret for _, secret in opened.values())
    if isinstance(value, list):
        items = [_open(item) for item in cast("list[object]", value)]
        return [item for item, _ in items], any(secret for _, secret in items)
    return cast("ConfigValue", value), False


def _section(document: Mapping[str, object], file: Path) -> dict[str, object]:
    section: object = document.get("config") or {}
    if not isinstance(section, dict):
        raise StackError(f"{file.name}: config is no mapping")
    return cast("dict[str, object]", section)


def _mapping(file: Path) -> dict[str, object]:
    try:
        document: object = project_yaml.parse(file.read_text(encoding="utf-8")) or {}
    except FileNotFoundError as error:
        raise StackError(f"{file.name} is missing in {file.parent}") from error
    except RepeatedKeyError as error:
        raise StackError(f"{file.name}, {error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StackError(f"{file.name} is no YAML: {error}") from error
    if not isinstance(document, dict):
        raise StackError(f"{file.name} is no mapping")
    return cast("dict[str, object]", document)
