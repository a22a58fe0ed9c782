"""Settings of a stack before and after: values in clear as they are, secrets by name alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import yaml

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_runner import project, project_yaml
from vigil_runner.preview._changes import differences
from vigil_runner.preview._words import HIDDEN, shown

_SECURE: Final = "secure"
_SEAL: Final = "\0encrypted:"
"""How the text of an encrypted value begins here: no file can hold it."""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting that differs. A secret's values are never read: only whether its encrypted value is another."""

    key: str
    before: str
    """The value in words, empty where there is none."""
    after: str
    secret: bool
    was_clear: bool = False
    """Whether a secret stood in clear in the file before the change."""
    in_clear: bool = False
    """Whether it stands there in clear after it."""

    @property
    def sentence(self) -> str:
        """What happens, in words."""
        if not self.secret:
            return f"Setting `{self.key}`: {self.before or 'not set'} → {self.after or 'not set'}."
        if self.in_clear:
            return (
                f"Secret `{self.key}` stands in clear in the stack file: whoever reads the repository has it. "
                f"Remedy: replace it where it is from, then `pulumi config set --secret {self.key}`."
            )
        if self.was_clear and self.after:
            return f"Secret `{self.key}` is encrypted from now on. Older revisions still have a value in clear."
        if not self.before:
            return f"Secret `{self.key}` is set."
        if not self.after:
            return f"Secret `{self.key}` is no longer set."
        return f"Secret `{self.key}` is rotated: its encrypted value is another."


def setting_changes(before: Path | None, after: Path, stack: str) -> tuple[SettingChange, ...]:
    """Return how the settings of a stack differ between two folders of a project; None has none.

    Reads `Pulumi.STACK.yaml` and the values in `Pulumi.yaml`, and never decrypts. An unreadable file has none.
    """
    old, new = _settings(before, stack) if before is not None else {}, _settings(after, stack)
    if before is None or not (before / f"Pulumi.{stack}.yaml").is_file():
        return ()
    secret = _declared_secrets(after) | _declared_secrets(before)
    return tuple(_changes(old, new, secret))


def _changes(old: JsonObject, new: JsonObject, secret: frozenset[str]) -> Iterator[SettingChange]:
    for each in differences(old, new):
        key, values = each.path, (each.before, each.after)
        declared = any(key == one or key.startswith((f"{one}.", f"{one}[")) for one in secret)
        hidden = declared or any(_holds_sealed(one) for one in values)
        before, after = ("" if one is None else HIDDEN if hidden else shown(one, _last(key)) for one in values)
        was_clear, in_clear = (hidden and _in_clear(one) for one in values)
        yield SettingChange(key, before, after, hidden, was_clear=was_clear, in_clear=in_clear)


def _last(key: str) -> str:
    return key.partition(":")[2] or key


def _sealed(value: JsonValue) -> JsonValue:
    """Return a value whose encrypted parts are one text each, so that nothing looks into them."""
    if isinstance(value, dict):
        return f"{_SEAL}{value[_SECURE]}" if _SECURE in value else {key: _sealed(one) for key, one in value.items()}
    return [_sealed(one) for one in value] if isinstance(value, list) else value


def _holds_sealed(value: JsonValue) -> bool:
    if isinstance(value, dict | list):
        return any(_holds_sealed(one) for one in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and value.startswith(_SEAL)


def _in_clear(value: JsonValue) -> bool:
    """Return whether a secret setting has a value that is not encrypted; an empty text is none."""
    if isinstance(value, dict | list):
        return any(_in_clear(one) for one in (value.values() if isinstance(value, dict) else value))
    return value not in (None, "") and not _holds_sealed(value)


def _settings(folder: Path | None, stack: str) -> JsonObject:
    if folder is None:
        return {}
    values: JsonObject = {}
    for key, entry in _section(project.project_file(folder)).items():
        if isinstance(entry, dict) and "value" in entry:
            values[key] = entry["value"]
    name = _name(folder)
    values |= _section(folder / f"Pulumi.{stack}.yaml")
    return {key if ":" in key else f"{name}:{key}": _sealed(value) for key, value in values.items()}


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
