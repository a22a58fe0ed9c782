"""Secrets whose name is itself a value: `{"name": "DB_PASSWORD", "value": "..."}`, parts of forms, attributes.

A label such as `name` stands before the name, another such as `value` before the secret, in either order.
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.commands import REDACTED
from vigil_telemetry.redaction.judgement import is_data
from vigil_telemetry.redaction.keys import Beside, beside
from vigil_telemetry.redaction.value import value_at

CLOSERS = r"(?:\\{0,31}[\"'`]|\]|\[[0-9]{0,3}\]|%5[Bb][0-9]{0,3}%5[Dd]|\)|\*\*|&quot;|&#3[49];|%22|%27|%5[Dd]|%(?==)|\\u0022|:(?:\"?[\w\\]{1,80}+\"?:)?(?:protected|private)(?=\])){0,4}+"
"""What may stand between the end of a name and what joins it with a value: quotes, brackets, escapes."""
NAMES = frozenset(
    [
        "name",
        "key",
        "field",
        "header",
        "param",
        "parameter",
        "variable",
        "var",
        "id",
        "k",
        "env",
        "setting",
        "property",
        "attribute",
        "option",
        "label",
        "loc",
        "column",
        "n",
        "instancepath",
        "parameterkey",
    ]
)
"""Labels behind which a name stands."""
VALUES = frozenset(
    [
        "value",
        "val",
        "v",
        "values",
        "content",
        "contents",
        "data",
        "default",
        "text",
        "input",
        "string_value",
        "stringvalue",
        "defaultvalue",
    ]
)
"""Labels behind which a value stands."""
_MEMBER = r"\\{0,31}[\"'`]?\s{0,4}[,;\s]\s{0,4}\\{0,31}[\"'`]?(?!val|content|default|data|text|v\b)\w{1,30}\\{0,31}[\"'`]?\s{0,4}[:=]\s{0,4}\\{0,31}[\"'`]?[^\"'`\\,;:=<>{}\[\]]{0,60}"
"""Another member of an object, or attribute of an element, between a name and its value."""
_NAMED_VALUE = re.compile(
    rf"(?:{_MEMBER}){{0,3}}?\\{{0,31}}[\"'`]?[,;&\s>}})\]][^:=]{{0,60}}?(?<![\w.-])(?:string_?value|default_?value|value|val|v|values|contents?|data|default|text|(?:new|old|previous|current)(?:_?value)?|(?:rejected|invalid|parameter)_?value|before|after)({CLOSERS})[ \t]{{0,8}}(?:=>|:=|[:=])[ \t]{{0,8}}",
)
_NAME_AFTER = re.compile(
    rf"\\{{0,31}}[\"']?(?:\s{{0,4}},\s{{0,4}}|\s{{1,4}})(?:type=[\"'][\w-]{{1,20}}[\"'][ ]{{1,4}})?(?:[\"']\w{{1,20}}[\"']:\s?[\"'][^\"'\n]{{0,80}}[\"'],\s?){{0,2}}\\{{0,31}}[\"']?(?:name|key|field|header|id|k|param|path|property)({CLOSERS})[ \t]{{0,8}}[:=][ \t]{{0,8}}[bu]?\\{{0,31}}[\"']?([\w.\- ]{{2,80}}+)",
    re.IGNORECASE,
)
_ENCODED_NAME = re.compile(r"name\*=[\w-]{0,20}'[\w-]{0,8}'([\w.-]{2,80})")
_PART = re.compile(r"\"?(?:;[^\r\n\\]{0,200})?(\r?\n|\\r\\n|\\n)(?:[A-Za-z-]{1,40}:[^\r\n\\]{0,200}\1){0,4}\1")
_PART_END = re.compile(r"\r?\n--|\\r\\n--|\\n--|\r?\n|\\r\\n|$")
_QUICK_NAME = re.compile(r"[ \t]{0,8}[\"']([\w.\-]{2,100})[\"']")
_LABELLED_NAME = re.compile(r"[\w.\-/ ]{2,100}")
_REST_OF_TAG = re.compile(r"[\"'](?:\s[^<>/]{0,200})?>(?:\s{0,40}<(?:value|string)>)?")
_VALUES_MOST = 2
"""Values beside one name: the old one and the new one."""


def scan_member(text: str, found: re.Match[str], label: str, spans: list[tuple[int, int, str]], steps: Steps) -> int:
    """Find `name: K, value: V` in all its forms, `V` before `K` too, and parts of forms; return where the last one ends."""
    steps.spend(3)
    if label not in VALUES:
        quick = _QUICK_NAME.match(text, found.end())
        if quick is not None and beside(quick[1]) is None:
            return 0
    value = value_at(text, found.end(), words=False)
    if value is None:
        return 0
    steps.spend(5 + (value.end - value.start) // LENGTH)
    if label in VALUES:
        after = _NAME_AFTER.match(text, value.end)
        if after is None or not (value.quoted or "," in after[0]):
            return 0
        if (how := beside(after[2])) is not None and is_data(value, after[2], how, loose=False):
            spans.append((value.start, value.end, REDACTED))
            return value.end
        return 0
    name = value.text.strip()
    if _LABELLED_NAME.fullmatch(name) is None:
        return 0
    name = name.rpartition("/")[2]  # `/prod/db/password` of a store of parameters
    how = beside(name)
    values = _values(text, value.end, name, how) if how is not None else []
    steps.spend(5 * len(values))
    spans.extend((*span, REDACTED) for span in values)
    return values[-1][1] if values else 0


def scan_encoded_parts(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Find parts of forms whose name is encoded as RFC 8187 says: `name*=UTF-8''password`."""
    for found in _ENCODED_NAME.finditer(text):
        steps.spend(4)
        if beside(found[1]) is not None and (span := _part(text, found.end())) is not None:
            spans.append((*span, REDACTED))


def _values(text: str, place: int, name: str, how: Beside) -> list[tuple[int, int]]:
    """What stands beside a name that was itself a value: the body of a part, the text of an element, other members."""
    span = _part(text, place) or _inner(text, place)
    if span is not None:
        return [span]
    found: list[tuple[int, int]] = []
    while len(found) < _VALUES_MOST and (span := _second(text, found[-1][1] if found else place, name, how)):
        found.append(span)
    return found


def _part(text: str, place: int) -> tuple[int, int] | None:
    """The body of a part of a form: `name="password"`, an empty line, the value."""
    part = _PART.match(text, place)
    stop = _PART_END.search(text, part.end()) if part is not None else None
    return (part.end(), stop.start()) if part is not None and stop is not None and stop.start() > part.end() else None


def _inner(text: str, place: int) -> tuple[int, int] | None:
    """The text of an element whose attribute names it: `<entry key="password">...`."""
    tag = _REST_OF_TAG.match(text, place)
    if tag is None:
        return None
    stop = text.find("<", tag.end(), tag.end() + 4_000)
    end = stop if stop >= 0 else min(len(text), tag.end() + 4_000)
    inner = text[tag.end() : end].strip()
    return (tag.end(), end) if inner and not prose.is_mask(inner) and not prose.is_simple_number(inner) else None


def _second(text: str, place: int, name: str, how: Beside) -> tuple[int, int] | None:
    """The value in `name: DB_PASSWORD, value: ...`."""
    joint = _NAMED_VALUE.match(text[place : place + 200].lower())
    value = value_at(text, place + joint.end(), words=False) if joint is not None else None
    return (value.start, value.end) if value is not None and is_data(value, name, how, loose=False) else None
