"""Settings of a stack before and after: values in clear as they are, secrets by name alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_runner import project, project_yaml
from vigil_runner.preview._changes import differences
from vigil_runner.preview._words import HIDDEN, shown

_SECURE = "secure"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting that differs. A secret's values are never read: only whether its encrypted value is another."""

    key: str
    before: str
    """The value in words, empty where there is none."""
    after: str
    secret: bool

    @property
    def sentence(self) -> str:
        """What happens, in words."""
        if not self.secret:
            return f"Setting `{self.key}`: {self.before or 'not set'} → {self.after or 'not set'}."
        if not self.before:
            return f"Secret `{self.key}` is set."
        if not self.after:
            return f"Secret `{self.key}` is no longer set."
        return f"Secret `{self.key}` is rotated: its encrypted value is another."


def setting_changes(before: Path | None, after: Path, stack: str) -> tuple[SettingChange, ...]:
    """Return how the settings of a stack differ between two folders of a project; None has none.

    Reads ``Pulumi.STACK.yaml`` and the values in ``Pulumi.yaml``, and never decrypts. An unreadable file has none.
    """
    old, new = _settings(before, stack) if before is not None else {}, _settings(after, stack)
    if before is None or not (before / f"Pulumi.{stack}.yaml").is_file():
        return ()
    secret = _declared_secrets(after) | _declared_secrets(before)
    return tuple(_changes(old, new, secret))


def _changes(old: JsonObject, new: JsonObject, secret: frozenset[str]) -> Iterator[SettingChange]:
    seen: set[str] = set()
    for each in differences(old, new):
        key = each.path.removesuffix(f".{_SECURE}")
        hidden = each.path.endswith(f".{_SECURE}") or key in secret or _holds_secret(each.before, each.after)
        if key in seen:
            continue
        seen.add(key)
        before, after = each.before, each.after
        if hidden:
            before = _at(old, key) if before is None else before
            after = _at(new, key) if after is None else after
        yield SettingChange(key, _words(before, key, hidden=hidden), _words(after, key, hidden=hidden), hidden)


def _words(value: JsonValue, key: str, *, hidden: bool) -> str:
    if value is None:
        return ""
    return HIDDEN if hidden else shown(value, key.partition(":")[2] or key)


def _at(values: JsonObject, key: str) -> JsonValue:
    return values.get(key)


def _holds_secret(*values: JsonValue) -> bool:
    return any(
        (isinstance(value, dict) and (_SECURE in value or _holds_secret(*value.values())))
        or (isinstance(value, list) and _holds_secret(*value))
        for value in values
    )


def _settings(folder: Path | None, stack: str) -> JsonObject:
    if folder is None:
        return {}
    values: JsonObject = {}
    for key, entry in _section(project.project_file(folder)).items():
        if isinstance(entry, dict) and "value" in entry:
            values[key] = entry["value"]
    name = _name(folder)
    values |= _section(folder / f"Pulumi.{stack}.yaml")
    return {key if ":" in key else f"{name}:{key}": value for key, value in values.items()}


def _declared_secrets(folder: Path) -> frozenset[str]:
    name = _name(folder)
    return frozenset(
        key if ":" in key else f"{name}:{key}"
        for key, entry in _section(project.project_file(folder)).items()
        if isinstance(entry, dict) and entry.get("secret") is True
    )


def _name(folder: Path) -> str:
    return str(_document(project.project_file(folder)).get("name", ""))


def _section(file: Path | None) -> JsonObject:
    section = _document(file).get("config")
    return cast("JsonObject", section) if isinstance(section, dict) else {}


def _document(file: Path | None) -> Mapping[str, object]:
    if file is None or not file.is_file():
        return {}
    try:
        document: object = project_yaml.parse(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return {}
    return cast("Mapping[str, object]", document) if isinstance(document, dict) else {}
