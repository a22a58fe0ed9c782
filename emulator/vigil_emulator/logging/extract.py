"""Extractors of log-based metrics: `EXTRACT(field)` and `REGEXP_EXTRACT(field, "regex")`.

Rules: google/logging/v2/logging_metrics.proto, `value_extractor` and `label_extractors`: the expression has exactly
one capture group; what is not found or does not convert gives a label its type's default and a distribution no value.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from vigil_apimodel import limits, lql
from vigil_apimodel.syntax import unquote
from vigil_emulator import regex
from vigil_emulator.logging.casts import number_of
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.paths import canonical, text_getter

Extractor: TypeAlias = Callable[[Entry], "str | None"]

_PLAIN = re.compile(r"\s*EXTRACT\s*\(\s*(.+?)\s*\)\s*", re.DOTALL)
_REGEX = re.compile(
    r"""\s*REGEXP_EXTRACT\s*\(\s*(.+?)\s*,\s*((?:"(?:[^"\\]|\\.)*")|(?:'(?:[^'\\]|\\.)*'))\s*\)\s*""", re.DOTALL
)


@lru_cache(maxsize=4096)
def extractor(text: str) -> Extractor:
    """Return the extractor as a function; raise FilterError where it is neither form."""
    if match := _REGEX.fullmatch(text):
        get, pattern = _field(match[1], text), unquote(match[2])
        try:
            compiled = regex.compiled(pattern)
        except regex.RegexError as error:
            raise FilterError(f"{text}: {error}") from error
        if compiled.groups != 1:
            raise FilterError(f"{text}: the regular expression needs exactly one capture group, not {compiled.groups}")
        find = compiled.search

        def extract(entry: Entry) -> str | None:
            found = get(entry)
            match = find(found) if found is not None else None
            return match.group(1) if match else None

        return extract
    if match := _PLAIN.fullmatch(text):
        return _field(match[1], text)
    raise FilterError(f'{text!r} is no extractor: write EXTRACT(field) or REGEXP_EXTRACT(field, "regex")')


def label_reader(get: Extractor, value_type: str) -> Callable[[Entry], str]:
    """Return a reader of a label's value: the type's default where nothing is extracted or it does not convert."""
    if value_type == "INT64":
        return lambda entry: _whole(get(entry))
    if value_type == "BOOL":
        return lambda entry: "true" if (get(entry) or "").lower() == "true" else "false"
    return lambda entry: (get(entry) or "")[: limits.LOG_METRIC_LABEL_VALUE_CHARS]


def _whole(text: str | None) -> str:
    number = number_of(text) if text is not None else None
    return str(int(number)) if number is not None and number.is_integer() else "0"


def _field(name: str, text: str) -> Extractor:
    try:
        path = canonical(lql.field(name))
    except ValueError as error:
        raise FilterError(f"{text}: {error}") from error
    if path is None:
        raise FilterError(f"{text}: LogEntry has no field {name}")
    return text_getter(path)
