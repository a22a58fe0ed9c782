"""Redaction as the rest of the library uses it: it never raises and fails closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import cast
from uuid import UUID

from vigil_telemetry.counters import counters
from vigil_telemetry.redaction.budget import CHARACTERS, Budget, TooDenseError
from vigil_telemetry.redaction.commands import secret_arguments
from vigil_telemetry.redaction.keys import counts_tokens, sensitive_key
from vigil_telemetry.redaction.numbers import scan_number
from vigil_telemetry.redaction.phones import scan_phone
from vigil_telemetry.redaction.plain import plain
from vigil_telemetry.redaction.prose import is_state
from vigil_telemetry.redaction.values import DENSE, REDACTED, scan_head, scan_secrets, scan_text
from vigil_telemetry.safe import from_value, safe_text

FAILED = "[redaction failed]"
RANDOM = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
"""Ids as this library and most others make them: nothing in them to scan for."""
_DEPTH = 8
_MEMBERS = 200
_SHORT = 20
"""Shorter than every secret that is one word of letters and digits."""
_MORE = "<more>"
_RECIPIENT = re.compile(
    r"(?i)(?:to|from|number|recipients?|sender|receiver|callee|caller|called|calling|contact|sms|wa_?id|mobil\w*|cell|cellphone|(?:.*[_\-. ])?(?:phone|tel|number|msisdn|from|to))"
)
"""Names under which digits alone may be a phone number."""


def redact_text(text: str, budget: Budget | None = None) -> str:
    """Return free text without the personal data and secrets that the patterns know.

    Where scanning fails, none of the text. What is longer than the budget is cut, once it has been scanned.

    Args:
        text: the text.
        budget: what the record may still take; None for a text alone.
    """
    try:
        size = len(text)
        limit = CHARACTERS if budget is None else budget.characters_for(size)
        return scan_text(text, budget) if size <= limit else scan_head(text, limit, budget)
    except from_value():  # whatever goes wrong, the text must not get out
        if not issubclass(type(text), str):  # pyright: ignore[reportUnnecessaryIsInstance] - no type checker runs there
            counters.note("repaired", f"a text is of type {type(text).__name__}; give str")
            return f"<{type(text).__name__}>"
        counters.note("redaction_failed")
        return FAILED


def redact_label(name: str, value: object) -> str:
    """Return a label's text: as that of an id, and scanned as free text is, since anything may stand in it."""
    try:
        text = redact_identifier(name, value)
        if isinstance(value, int | float) and (mark := _mark(value, name)) is not None:
            return mark
        return text if text in (REDACTED, FAILED) else redact_text(text)
    except from_value():  # as above
        counters.note("redaction_failed")
        return FAILED


def redact_identifier(name: str, value: object) -> str:
    """Return an id's text without the secrets and e-mail addresses that people build ids from.

    Under a sensitive name, the whole id is kept back.
    """
    try:
        if not isinstance(value, str | int | float | UUID):
            return f"<{type(value).__name__}>"
        text = safe_text(str(value))
        if RANDOM.fullmatch(text) is not None and not sensitive_key(name):
            return text
        if text.isalnum() and len(text) < _SHORT:
            return REDACTED if sensitive_key(name) else text
        return REDACTED if sensitive_key(name) else scan_secrets(text)
    except from_value():  # as above
        counters.note("redaction_failed")
        return FAILED


def redact(value: object, name: str = "", budget: Budget | None = None) -> object:
    """Return any foreign value as JSON can hold it.

    Keys by the deny-list, text by the patterns, unknown objects by their type's name alone.

    Args:
        value: the value.
        name: the name that it stands under.
        budget: what the record may still take; None for a value alone.
    """
    try:
        return _redact(value, name, _DEPTH, budget or Budget())
    except from_value():  # as above
        counters.note("redaction_failed")
        return FAILED


def redact_exception_text(text: str, frames: Iterable[str]) -> str:
    """Return a rendered exception, scanned but for the lines that say where in the code it was.

    Args:
        text: what `traceback` rendered.
        frames: the lines `File "...", line 1, in f` of its frames, stripped; they stay as they are, since Error
            Reporting groups by them.
    """
    kept = set(frames)
    budget = Budget()
    out: list[str] = []
    scanned: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.strip(" |+-\r\n") in kept:
            if scanned:
                out.append(redact_text("".join(scanned), budget))
                scanned = []
            out.append(line)
        else:
            scanned.append(line)
    if scanned:
        out.append(redact_text("".join(scanned), budget))
    return "".join(out)


def _redact(value: object, name: str, depth: int, budget: Budget) -> object:
    if not budget.node():
        return _MORE
    if name and sensitive_key(name) and not (isinstance(value, int | float) and counts_tokens(name)):
        return REDACTED
    if isinstance(value, str) and name.lower() in _SHORT_NAMES and not is_state(value):
        return REDACTED
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if depth == 0:
            return "<nested too deeply>"
        if isinstance(value, tuple):
            value = _named(cast("tuple[object, ...]", value))
        if isinstance(value, Mapping):
            outer = name if name.lower().endswith("tokens") else ""
            return _members(cast("Mapping[object, object]", value), outer, depth, budget)
        return _items(cast("Sequence[object] | AbstractSet[object]", value), depth, budget)
    if isinstance(value, int | float) and (mark := _mark(value, name)) is not None:
        return mark
    return plain(value, lambda text: _text(text, name, budget))


_SHORT_NAMES = frozenset({"pw", "pass", "tok"})
"""Short for a password or a token where a text stands under them; `pass` counts tests where a number does."""


def _text(text: str, name: str, budget: Budget) -> str:
    """A text of a foreign value; digits alone under the name of a recipient are a phone number."""
    text = safe_text(text)
    if len(text) < _SHORT and text.isdecimal() and _RECIPIENT.fullmatch(name) and (mark := scan_phone(text)):
        return mark
    return redact_text(text, budget)


def _mark(value: float, name: str) -> str | None:
    """The mark of a number that is a card's or, under the name of a recipient, a phone's."""
    if not 10**9 <= value < 10**19 or value != int(value):  # too few digits, or too many, for either
        return None
    number = int(value)
    return scan_number(number) or (scan_phone(str(number)) if _RECIPIENT.fullmatch(name) else None)


def _named(value: tuple[object, ...]) -> tuple[object, ...] | dict[str, object]:
    """A named tuple with its names, another tuple as it is."""
    if type(value) is tuple:
        return value
    found: object = next((vars(kind)["_fields"] for kind in type(value).__mro__ if "_fields" in vars(kind)), ())
    fields = cast("tuple[str, ...]", found) if isinstance(found, tuple) else ()
    return dict(zip(fields, value, strict=True)) if len(fields) == len(value) else value


def _items(value: Sequence[object] | AbstractSet[object], depth: int, budget: Budget) -> list[object]:
    """The items of a list: of a pair `("x-api-key", ...)` and after a flag `--password`, the second is kept back."""
    items: list[object] = []
    secret = False
    pair = len(value) == 2 and isinstance(value, list | tuple)  # noqa: PLR2004 - a name and its value
    hidden = _arguments(value, budget)
    for place, item in enumerate(islice(value, _MEMBERS)):
        if budget.nodes <= 0:
            return [*items, _MORE]
        if place in hidden:
            items.append(hidden[place])
            secret = False
            continue
        if secret and _keeps_back(item):
            items.append(REDACTED)
            secret = False
            continue
        named = _name(item)
        secret = named is not None and (named.startswith("-") or (pair and not items)) and sensitive_key(named)
        items.append(_redact(item, "", depth - 1, budget))
    return [*items, _MORE] if len(value) > _MEMBERS else items


def _arguments(value: Sequence[object] | AbstractSet[object], budget: Budget) -> dict[int, str]:
    """The items that are secrets of a command, and what is shown instead."""
    if not isinstance(value, list | tuple) or len(value) < 2:  # noqa: PLR2004 - an option and its value
        return {}
    words = [item if isinstance(item, str) else "" for item in islice(value, _MEMBERS)]
    words = [word if len(word) < _LONGEST_ARGUMENT else "" for word in words]
    steps = budget.steps_for(sum(map(len, words)))
    try:
        return secret_arguments(words, steps)
    except TooDenseError:
        return {place: DENSE for place, word in enumerate(words) if word}
    finally:
        budget.settle(steps)


def _name(item: object) -> str | None:
    """An item's text where it may be the name of the next."""
    if isinstance(item, bytes) and len(item) < _LONGEST_NAME:
        item = item.decode("latin-1")
    return (
        item if isinstance(item, str) and 1 < len(item) < _LONGEST_NAME and _NAME.fullmatch(item) is not None else None
    )


_LONGEST_NAME = 100
_LONGEST_ARGUMENT = 500
_NAME = re.compile(r"-{0,2}[\w.\- ]+")
_NAME_KEYS = frozenset(
    {"name", "key", "field", "header", "param", "parameter", "variable", "var", "id", "k", "setting", "property", "n"}
)
_VALUE_KEYS = frozenset(
    {
        "value",
        "val",
        "v",
        "values",
        "content",
        "data",
        "default",
        "text",
        "stringvalue",
        "string_value",
        "is",
        "equals",
        "eq",
    }
)


def _keeps_back(item: object) -> bool:
    """Whether an item after the name of a secret is its value, and not another name."""
    if isinstance(item, str):
        return not item.startswith("--") and not (item.isidentifier() and sensitive_key(item))
    return item is not None and not isinstance(item, bool)


def _members(value: Mapping[object, object], outer: str, depth: int, budget: Budget) -> dict[str, object]:
    """The members of an object; `{"name": "DB_PASSWORD", "value": ...}` and the input of a validation error go.

    `outer` is the name of the object where it makes those of members sensitive: `tokens` with its `access`.
    """
    members: dict[str, object] = {}
    hidden = _hidden(value)
    for key, item in value.items():
        if len(members) == _MEMBERS or budget.nodes <= 0:
            members[_MORE] = True
            break
        name = _bytes_name(key) if isinstance(key, bytes) else str(plain(key, str))
        kept = (name in hidden and item is not None) or (
            outer and isinstance(item, str) and sensitive_key(f"{outer} {name}")
        )
        shown = REDACTED if kept else _redact(item, name, depth - 1, budget)
        members[redact_text(safe_text(name), budget)] = shown
    return members


def _bytes_name(key: bytes) -> str:
    return key.decode("latin-1") if len(key) < _LONGEST_NAME else f"<{len(key)} bytes>"


def _hidden(value: Mapping[object, object]) -> frozenset[str]:
    """Names of members that hold what another member names."""
    if not 2 <= len(value) <= 12:  # noqa: PLR2004 - such objects are small
        return frozenset()
    names = {key.lower(): key for key in value if isinstance(key, str)}
    if "loc" in names and "input" in names and ("msg" in names or "type" in names):
        return frozenset({names["input"], names.get("ctx", "")})
    for label in names.keys() & _NAME_KEYS:
        name = value[names[label]]
        if isinstance(name, str) and len(name) < _LONGEST_NAME and sensitive_key(name):
            return frozenset(names[one] for one in names.keys() & _VALUE_KEYS)
    return frozenset()
