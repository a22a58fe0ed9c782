"""What to write instead of a field that no description of its message names.

Descriptions lag behind what Google serves, so a name that none has may be right. It counts as a mistake where it is
close to a known name, or where the message that holds this one, or one that this one holds, has it.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeAlias

Messages: TypeAlias = Mapping[str, Mapping[str, str]]
"""By message: its fields, each with the message that it holds, empty for values."""

_CLOSE = 0.8


def remedy(messages: Messages, message: str, name: str) -> str:
    """Return what to write instead, such as `write title`; empty where the name may be newer than the description."""
    wanted = _folded(name)
    fields = messages[message]
    known = {_folded(field): field for field in fields}
    near = get_close_matches(wanted, known, n=1, cutoff=_CLOSE)
    if near:
        return f"write {known[near[0]]}"
    for field, inner in fields.items():
        if _has(messages.get(inner, {}), wanted):
            return f"write it in {field}"
    for outer in messages.values():
        beside = next((field for field, inner in outer.items() if inner == message), None)
        if beside is not None and _has(outer, wanted):
            return f"write it beside {beside}, one level up"
    return ""


def _has(fields: Mapping[str, str], wanted: str) -> bool:
    return any(_folded(field) == wanted for field in fields)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()
