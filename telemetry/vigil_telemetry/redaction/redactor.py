"""Redaction as the rest of the library uses it: it never raises and fails closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import cast
from uuid import UUID

from vigil_telemetry.counters import counters
from vigil_telemetry.redaction.keys import counts_tokens, sensitive_key
from vigil_telemetry.redaction.plain import plain
from vigil_telemetry.redaction.values import REDACTED, scan_secrets, scan_text
from vigil_telemetry.safe import safe_text

FAILED = "[redaction failed]"
RANDOM = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
"""Ids as this library and most others make them: nothing in them to scan for."""
_DEPTH = 8
_MEMBERS = 200


def redact_text(text: str) -> str:
    """Free text without the personal data and secrets that the patterns know.

    Where scanning fails, none of the text.
    """
    try:
        return scan_text(text)
    except Exception:  # noqa: BLE001 - whatever goes wrong, the text must not get out
        counters.note("redaction_failed")
        return FAILED


def redact_identifier(name: str, value: object) -> str:
    """An id's text: kept back under a sensitive name.

    Without the secrets and e-mail addresses that people build ids from.
    """
    try:
        if not isinstance(value, str | int | float | UUID):
            return f"<{type(value).__name__}>"
        text = safe_text(str(value))
        if RANDOM.fullmatch(text) is not None and not sensitive_key(name):
            return text
        if text.isalnum() and len(text) < 20:  # noqa: PLR2004 - shorter than every secret that is one word
            return REDACTED if sensitive_key(name) else text
        return REDACTED if sensitive_key(name) else scan_secrets(text)
    except Exception:  # noqa: BLE001 - as above
        counters.note("redaction_failed")
        return FAILED


def redact(value: object, name: str = "") -> object:
    """Any foreign value as JSON can hold it.

    Keys by the deny-list, text by the patterns, unknown objects by their type's name alone.
    """
    try:
        return _redact(value, name, _DEPTH)
    except Exception:  # noqa: BLE001 - as above
        counters.note("redaction_failed")
        return FAILED


def redact_exception_text(text: str, frames: Iterable[str]) -> str:
    """A rendered exception: everything but the lines that say where in the code it was is scanned.

    Args:
        text: what `traceback` rendered.
        frames: the lines `File "...", line 1, in f` of its frames, stripped; they stay as they are, since Error
            Reporting groups by them.
    """
    kept = set(frames)
    out: list[str] = []
    scanned: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.strip(" |+-\r\n") in kept:
            if scanned:
                out.append(redact_text("".join(scanned)))
                scanned = []
            out.append(line)
        else:
            scanned.append(line)
    if scanned:
        out.append(redact_text("".join(scanned)))
    return "".join(out)


def _redact(value: object, name: str, depth: int) -> object:
    if name and sensitive_key(name) and not (isinstance(value, int | float) and counts_tokens(name)):
        return REDACTED
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if depth == 0:
            return "<nested too deeply>"
        if isinstance(value, Mapping):
            return _members(cast("Mapping[object, object]", value), depth)
        return _items(cast("Sequence[object] | AbstractSet[object]", value), depth)
    return plain(value, _text)


def _text(text: str) -> str:
    return redact_text(safe_text(text))


def _items(value: Sequence[object] | AbstractSet[object], depth: int) -> list[object]:
    items = [_redact(item, "", depth - 1) for item in islice(value, _MEMBERS)]
    return [*items, "<more>"] if len(value) > _MEMBERS else items


def _members(value: Mapping[object, object], depth: int) -> dict[str, object]:
    members: dict[str, object] = {}
    for key, item in value.items():
        if len(members) == _MEMBERS:
            members["<more>"] = True
            break
        name = str(plain(key, str))
        members[redact_text(safe_text(name))] = _redact(item, name, depth - 1)
    return members
