"""Errors that quote what they refuse.

pydantic, FastAPI, SQLAlchemy, asyncpg, PostgreSQL and jsonschema put the rejected input into their text. Input is what
users typed: it goes whatever its field is called.
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.value import value_at

REDACTED = "[redacted]"
_INPUT_VALUE = re.compile(r"input_value=")
_INPUT_TYPE = re.compile(r", input_type=[\w.\[\], ]{1,80}\]")
_INPUT = re.compile(r"(\\{0,31}[\"'])input\1:\s{0,4}")
_ERROR_DICT = re.compile(r"\\{0,31}[\"'](?:loc|msg)\\{0,31}[\"']:")
_PARAMETERS = re.compile(r"\[parameters: ")
_PARAMETERS_END = re.compile(r"\]\s*(?:\n|\\n|\(Background|$)")
_ARGUMENT = re.compile(
    r"(?:query argument \$[0-9]{1,4}|portal parameter \$[0-9]{1,4}|parameter \$[0-9]{1,4})(?::| =)\s{0,2}(?:'((?:[^']|''){0,4000})'|(\S{1,400}))"
)
_SYNTAX = re.compile(
    r"(?:invalid input (?:syntax|value) for (?:type|enum) [\w\s\"]{1,60}?|date/time field value out of range|value out of range|malformed \w{1,20} literal): (\"[^\"\n]{1,4000}\")"
)
_ROW = re.compile(r"(?i)failing row contains \(")
_BOUND = re.compile(r"(?i)(?:DETAIL:\s{1,4})?parameters: (?=\$[0-9])([^\n]{1,8000})")
_INSTANCE = re.compile(r"On instance[^\n:]{0,400}:\n((?:[ \t]+[^\n]*\n?){1,60})")
_INSTANCE_HEAD = re.compile(
    r"(?m)^(?:[\w.]{1,100}: )?(.{1,4000}?) (?=is too (?:short|long)|does not match|is not of type|is not one of|is not valid under|is not a )"
)
_REFUSED = re.compile(
    r"(?:invalid literal for \w{1,12}\(\)(?: with base [0-9]{1,2})?: |could not convert string to \w{1,12}: |[Cc]annot (?:parse|convert) |"
    r"[Ii]nvalid (?:enum )?(?:value|UUID|date|number|integer|boolean)(?: string)?:? )(?P<mark>[\"'`])(?P<value>[^\n]{1,400}?)(?P=mark)(?!\w)"
)
_VALUE_FIRST = re.compile(
    r"(?P<mark>[\"'`])(?P<value>[^\"'`\n]{1,400})(?P=mark) (?:value must be|is not a valid|is not valid|cannot be parsed|could not be parsed)"
)
_DUPLICATE = re.compile(
    r"(?:Duplicate entry '(?P<entry>[^\n]{1,400}?)' for key|duplicate key value is \((?P<row>[^\n]{1,400}?)\)|Select a valid choice\. (?P<choice>[^\n]{1,200}?) is not one of)"
)
_KEYLESS = re.compile(r"dup key: \{ (?:\w{0,60}: (?:\"[^\"\n]{0,400}\"|[^\s,{}]{1,60}),? ){1,8}\}")
_HARMLESS = re.compile(r"[A-Za-z_ -]{0,24}|[+-]?[0-9]{0,6}(?:[.,:/-][0-9]{1,4}){0,2}|[\w.%+-]{0,5}")
"""Inputs too short or too plain to say anything about anybody: they help to find the mistake."""
_PLAIN = re.compile(
    r"None|null|True|False|true|false|\{\}|\[\]|''|\"\"|\[redacted\]|PydanticUndefined|<[\w .]{1,60} object.{0,40}>"
)


def scan_reports(text: str, steps: Steps) -> str:
    """Replace the input that an error quotes."""
    if "input" in text:
        if "input_value=" in text:
            text = _between(text, _INPUT_VALUE, _INPUT_TYPE, steps)
        if "loc" in text and _ERROR_DICT.search(text) is not None:
            text = _inputs(text, steps)
        if "invalid input" in text:
            text = _SYNTAX.sub(_group, text)
    text = _refused(text)
    if "$" in text:
        text = _ARGUMENT.sub(_group, text)
        text = _BOUND.sub(_group, text)
    if "[parameters: " in text:
        text = _between(text, _PARAMETERS, _PARAMETERS_END, steps)
    if "ailing row contains (" in text:
        text = _rows(text, steps)
    if "out of range: " in text or "literal: " in text:
        text = _SYNTAX.sub(_group, text)
    if "On instance" in text:
        text = _INSTANCE_HEAD.sub(_group, _INSTANCE.sub(_group, text), count=1)
    return text


def _refused(text: str) -> str:
    """The text without the values that conversions and keys refused."""
    if "'" in text or '"' in text or "`" in text:
        if "nvalid " in text or "onvert " in text or "annot parse" in text:
            text = _REFUSED.sub(_input, text)
        if "not " in text or " must be" in text:
            text = _VALUE_FIRST.sub(_input, text)
    if "uplicate" in text:
        text = _KEYLESS.sub(f"dup key: {{ {REDACTED} }}", _DUPLICATE.sub(_input, text))
    return _DUPLICATE.sub(_input, text) if "alid choice" in text else text


def _group(found: re.Match[str]) -> str:
    place = found.lastindex or 0
    start, end = found.start(place) - found.start(), found.end(place) - found.start()
    return found[0][:start] + REDACTED + found[0][end:]


def _input(found: re.Match[str]) -> str:
    """What was refused, unless it is harmless."""
    name, value = next(
        (name, value) for name, value in found.groupdict().items() if name != "mark" and value is not None
    )
    if _HARMLESS.fullmatch(value) is not None and not (name == "entry" and not value.isdigit()):
        return found[0]
    start, end = found.start(name) - found.start(), found.end(name) - found.start()
    return found[0][:start] + REDACTED + found[0][end:]


def _between(text: str, opening: re.Pattern[str], closing: re.Pattern[str], steps: Steps) -> str:
    """What stands between two marks; without the second, all of the rest of the line."""
    done = 0
    parts: list[str] = []
    for found in opening.finditer(text):
        start = found.end()
        if start < done:
            continue
        ended = closing.search(text, start, start + 20_000)
        steps.spend(2 + ((ended.start() if ended is not None else start + 20_000) - start) // 200)
        end = ended.start() if ended is not None else _line(text, start)
        if end > start and _PLAIN.fullmatch(text[start:end]) is None:
            parts += [text[done:start], REDACTED]
            done = end
    return "".join(parts) + text[done:] if parts else text


def _inputs(text: str, steps: Steps) -> str:
    done = 0
    parts: list[str] = []
    for found in _INPUT.finditer(text):
        if found.start() < done:
            continue
        value = value_at(text, found.end(), words=False)
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is None or _PLAIN.fullmatch(value.text):
            continue
        parts += [text[done : value.start], REDACTED]
        done = value.end
    return "".join(parts) + text[done:] if parts else text


def _rows(text: str, steps: Steps) -> str:
    done = 0
    parts: list[str] = []
    for found in _ROW.finditer(text):
        value = value_at(text, found.end() - 1, words=False)
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is None or found.start() < done:
            continue
        end = value.end - 1 if text[value.end - 1] == ")" else value.end
        parts += [text[done : found.end()], REDACTED]
        done = end
    return "".join(parts) + text[done:] if parts else text


def _line(text: str, place: int) -> int:
    found = text.find("\n", place)
    return found if found >= 0 else len(text)
