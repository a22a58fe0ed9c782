"""Relabelling as Prometheus does it.

Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config. `hashmod` is left
out: it divides targets among several scrapers, and there is one here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from vigil_emulator.numerals import count
from vigil_emulator.regex import Match, Pattern, RegexError, compiled
from vigil_emulator.scraping.errors import ConfigurationError

ACTIONS: Final = (
    "replace",
    "keep",
    "drop",
    "keepequal",
    "dropequal",
    "labelmap",
    "labeldrop",
    "labelkeep",
    "lowercase",
    "uppercase",
)
ANY: Final = "(.*)"
_WRITES: Final = frozenset({"replace", "keepequal", "dropequal", "lowercase", "uppercase"})
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE: Final = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)


class RelabelRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule; names and defaults are Prometheus'."""

    source_labels: tuple[str, ...] = ()
    separator: str = ";"
    regex: str = ANY
    target_label: str = ""
    replacement: str = "$1"
    action: str = "replace"

    def check(self, where: str) -> None:
        """Raise ConfigurationError where Prometheus would refuse the rule, or the emulator does not know it."""
        action = self.action.lower()
        if action not in ACTIONS:
            raise ConfigurationError(
                f"{where}.action is {self.action!r}, which is not followed here; use one of {', '.join(ACTIONS)}"
            )
        if action in _WRITES and not self.target_label:
            raise ConfigurationError(f"{where}.target_label is missing: {action} needs the label to write or compare")
        if action in {"lowercase", "uppercase"} and not _NAME.fullmatch(self.target_label):
            raise ConfigurationError(f"{where}.target_label is {self.target_label!r}, no name of a label; rename it")
        if action in {"labeldrop", "labelkeep"} and (self.source_labels or self.target_label):
            raise ConfigurationError(f"{where}: {action} looks at names alone; leave out all but regex")
        try:
            self.pattern()
        except RegexError as error:
            raise ConfigurationError(f"{where}.regex: {error}; write it for RE2") from error

    def pattern(self) -> Pattern:
        """Return the expression, which must match the whole text."""
        return compiled(f"(?s:{self.regex})")

    def apply(self, labels: dict[str, str]) -> bool:
        """Change the labels in place; False says that the target or sample is dropped."""
        text = self.separator.join(labels.get(name, "") for name in self.source_labels)
        match self.action.lower():
            case "keep":
                return self.pattern().fullmatch(text) is not None
            case "drop":
                return self.pattern().fullmatch(text) is None
            case "keepequal":
                return labels.get(self.target_label, "") == text
            case "dropequal":
                return labels.get(self.target_label, "") != text
            case "lowercase":
                _put(labels, self.target_label, text.lower())
            case "uppercase":
                _put(labels, self.target_label, text.upper())
            case "labeldrop" | "labelkeep" | "labelmap" as action:
                self._by_name(labels, action)
            case _:
                self._replace(labels, text)
        return True

    def _by_name(self, labels: dict[str, str], action: str) -> None:
        for name, value in list(labels.items()):
            found = self.pattern().fullmatch(name)
            if action == "labelmap":
                if found is not None:
                    _put(labels, _expanded(self.replacement, found), value)
            elif (found is None) == (action == "labelkeep"):
                del labels[name]

    def _replace(self, labels: dict[str, str], text: str) -> None:
        found = self.pattern().fullmatch(text)
        if found is not None:
            target = _expanded(self.target_label, found)
            if _NAME.fullmatch(target):
                _put(labels, target, _expanded(self.replacement, found))


def relabelled(labels: Mapping[str, str], rules: Iterable[RelabelRule]) -> dict[str, str] | None:
    """Return the labels after all rules, without empty ones; None where a rule drops them."""
    found = {name: value for name, value in labels.items() if value}
    if all(rule.apply(found) for rule in rules):
        return found
    return None


def _put(labels: dict[str, str], name: str, value: str) -> None:
    """An empty value is no label."""
    if value:
        labels[name] = value
    else:
        labels.pop(name, None)


def _expanded(template: str, match: Match) -> str:
    """A template as Go's `Regexp.Expand` reads it: `$1`, `${name}`, `$$`; what is no group is empty."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if not name:
            return "$"
        try:
            return match.group(name if (number := count(name)) is None else number) or ""
        except (IndexError, KeyError):
            return ""

    return _VARIABLE.sub(value, template) if "$" in template else template
