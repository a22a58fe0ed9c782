"""Errors that quote what they refuse.

pydantic, FastAPI, SQLAlchemy, asyncpg, PostgreSQL and jsonschema put the rejected input into their text. Input is what
users typed: it goes whatever its field is called.
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.commands import REDACTED
from vigil_telemetry.redaction.value import value_at

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
_ECHOED = re.compile(
    r"\[(?:generated in|cached since|no key|raw sql|dialect [\w+]{1,40})[^\[\]\n]{0,60}\] (?=[(\[{])|(?<![\w\"'])(?:[Pp]arameters|[Bb]indings): (?=\[ ?[\"'])|(?<=\$[0-9] )params: (?=\[[\"'])"
    r"|binding parameter (?:\[[0-9]{1,3}\]|\([0-9]{1,3}:\w{1,20}\))(?: as \[\w{1,20}\])? (?:-|<-) (?=\[)"
)
"""Before what SQLAlchemy's echo, Sequelize, Knex, Prisma and Hibernate write of the values of a statement."""
_QUOTED_LINE = re.compile(r"(?m)^(LINE [0-9]{1,5}: )([^\n]{1,2000})")
_LITERAL = re.compile(r"'[^'\n]{1,400}'|'[^'\n]{1,400}$")
"""The line of a statement that PostgreSQL quotes, and its literals."""
_INSTANCE = re.compile(r"On instance[^\n:]{0,400}:\n((?:[ \t]+[^\n]*\n?){1,60})")
_INSTANCE_HEAD = re.compile(
    r"(?m)^(?:[\w.]{1,100}: )?(.{1,4000}?) (?=is too (?:short|long)|does not match|is not of type|is not one of|is not valid under|is not a )"
)
_REFUSED = re.compile(
    r"(?:invalid literal for \w{1,12}\(\)(?: with base [0-9]{1,2})?: |could not convert string to \w{1,12}: |[Cc]annot (?:parse|convert) |"
    r"[Ii]nvalid (?:type|value): string |[Ii]nvalid (?:enum )?(?:value|UUID|date|number|integer|boolean|port)(?: string)?:? |\.(?:Atoi|Parse[A-Z]\w{1,10}): parsing |nonnumeric port: )"
    r"(?P<mark>[\"'`]):?(?P<value>[^\n]{1,400}?)(?P=mark)(?!\w)"
)
_VALUE_FIRST = re.compile(
    r"(?P<mark>[\"'`])(?P<value>[^\"'`\n]{1,400})(?P=mark) (?:value must be|is not a valid|is not valid|cannot be parsed|could not be parsed)"
)
_DUPLICATE = re.compile(
    r"(?:Duplicate entry '(?P<entry>[^\n]{1,400}?)' for key|duplicate key value is \((?P<row>[^\n]{1,400}?)\)|Select a valid choice\. (?P<choice>[^\n]{1,200}?) is not one of)"
)
_REJECTED = re.compile(r"rejected value \[(?P<value>[^\n]{1,400}?)\](?=[;,\s]|$)")
"""What Spring writes of a field that does not bind or validate."""
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
            text = _values(text, _INPUT, steps, harmless=_PLAIN, brackets=False)
    text = _statements(_refused(text, steps), steps)
    if '"' in text and ("invalid input" in text or "out of range: " in text or "literal: " in text):
        _pay(text, steps, "invalid input", "out of range: ", "literal: ")
        text = _SYNTAX.sub(_group, text)
    if "On instance" in text:
        _pay(text, steps, "On instance", "\n")
        text = _INSTANCE_HEAD.sub(_group, _INSTANCE.sub(_group, text), count=1)
    return text


def _statements(text: str, steps: Steps) -> str:
    """The text without the values of a statement's parameters."""
    if "$" in text and ("argument $" in text or "arameter" in text):
        _pay(text, steps, "argument $", "arameter")
        text = _BOUND.sub(_group, _ARGUMENT.sub(_group, text))
    if "[" in text:
        if "[parameters: " in text:
            text = _between(text, _PARAMETERS, _PARAMETERS_END, steps)
        if "] (" in text or "] {" in text or "] [" in text or "s: [" in text or "- [" in text:
            text = _values(text, _ECHOED, steps, harmless=_NOTHING)
    if "LINE " in text and "'" in text:
        _pay(text, steps, "LINE ")
        text = _QUOTED_LINE.sub(lambda found: found[1] + _LITERAL.sub(f"'{REDACTED}'", found[2]), text)
    if "(" in text and "ailing row contains (" in text:
        text = _values(text, _ROW, steps, back=1)
    return text


def _refused(text: str, steps: Steps) -> str:
    """The text without the values that conversions and keys refused."""
    if "'" in text or '"' in text or "`" in text:
        if (
            "nvalid " in text
            or "onvert " in text
            or "annot parse" in text
            or ": parsing " in text
            or "ic port: " in text
        ):
            _pay(text, steps, "nvalid ", "onvert ", "annot parse", ": parsing ")
            text = _REFUSED.sub(_input, text)
        if " must be" in text or "t valid" in text or "t a valid" in text or " be parsed" in text:
            _pay(text, steps, "'", '"', "`")
            text = _VALUE_FIRST.sub(_input, text)
    if "rejected value [" in text:
        _pay(text, steps, "rejected value [")
        text = _REJECTED.sub(_input, text)
    if "uplicate" in text or "alid choice" in text:
        _pay(text, steps, "uplicate", "alid choice", "dup key")
        text = _KEYLESS.sub(f"dup key: {{ {REDACTED} }}", _DUPLICATE.sub(_input, text))
    return text


def _pay(text: str, steps: Steps, *begun: str) -> None:
    """Pay for the places where a form may begin, whether or not it ends there."""
    steps.spend(sum(map(text.count, begun)) * _PLACE)


_PLACE = 4


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


def _values(
    text: str,
    opening: re.Pattern[str],
    steps: Steps,
    *,
    back: int = 0,
    harmless: re.Pattern[str] | None = None,
    brackets: bool = True,
) -> str:
    """Replace the value behind each opening, or that begins `back` characters before its end; its `brackets` stay."""
    done = 0
    parts: list[str] = []
    for found in opening.finditer(text):
        if found.start() < done:
            continue
        value = value_at(text, found.end() - back, words=False)
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is None or (harmless is not None and harmless.fullmatch(value.text)):
            continue
        parts += [text[done : value.start + brackets], REDACTED]
        done = value.end - (brackets and text[value.end - 1] in ")]}")
    return "".join(parts) + text[done:] if parts else text


_NOTHING = re.compile(r"[(\[{\s)\]},]*|[(\[{](?:['\"]\w{1,60}['\"]: |[0-9.]{1,12}|None|True|False|,|\s){1,60}[)\]}]")
"""Values that say nothing about anybody: none, and short numbers."""


def _line(text: str, place: int) -> int:
    found = text.find("\n", place)
    return found if found >= 0 else len(text)
