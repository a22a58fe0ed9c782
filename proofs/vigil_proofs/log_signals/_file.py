"""Files of recorded entries: one object, a list, JSON lines, or objects one after another."""

import codecs
import json
from collections.abc import Iterator
from typing import Final, cast

from vigil_apimodel import unique_keys
from vigil_apimodel.json_values import JsonObject
from vigil_runner.errors import EngineError

_PAYLOADS: Final = ("textPayload", "jsonPayload", "protoPayload", "httpRequest")
_PRINT: Final = "record some with `gcloud logging read FILTER --format=json --limit=20 > FILE`"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""What a file begins with that PowerShell's `>` wrote."""


class EntriesFileError(EngineError):
    """A file that holds no log entries. The message names the place and the remedy."""


def read_entries(data: bytes, *, name: str) -> tuple[JsonObject, ...]:
    """Return the entries of a file, in its order. Raises EntriesFileError, which names the entry or the line.

    A list, one object, JSON lines and objects one after another are read, and the answer of `entries.list`.
    """
    text = _text(data, name)
    if not text.strip():
        raise EntriesFileError(f"{name} is empty. Remedy: {_PRINT}")
    found = tuple(_flat(_values(text, name)))
    if not found:
        raise EntriesFileError(f"{name} holds an empty list: the filter matched no entry. Remedy: {_PRINT}")
    for number, entry in enumerate(found, 1):
        _check(entry, f"{name}: entry {number}")
    return cast("tuple[JsonObject, ...]", found)


def _text(data: bytes, name: str) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise EntriesFileError(
            f"{name} is not text in UTF-8 (byte {error.start}). Remedy: unpack it if it is compressed, or {_PRINT}"
        ) from error


def _values(text: str, name: str) -> Iterator[object]:
    decoder = json.JSONDecoder()
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return
        try:
            _, end = cast("tuple[object, int]", decoder.raw_decode(text, at))
        except (json.JSONDecodeError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", at)) + 1
            problem = getattr(error, "msg", "nested too deeply")
            hint = " It looks like YAML, gcloud's default." if text.lstrip().startswith(("---", "insertId:")) else ""
            raise EntriesFileError(f"{name}: line {line} is not JSON: {problem}.{hint} Remedy: {_PRINT}") from error
        try:
            yield unique_keys.loads(text[at:end], line=text.count("\n", 0, at) + 1)
        except unique_keys.RepeatedKeyError as error:
            raise EntriesFileError(f"{name}: {error.reason}. Remedy: {error.remedy.lower()}") from error
        at = end


def _flat(values: Iterator[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, list):
            yield from cast("list[object]", value)
        elif isinstance(value, dict) and isinstance(held := cast("JsonObject", value).get("entries"), list):
            yield from held
        else:
            yield value


def _check(entry: object, place: str) -> None:
    if not isinstance(entry, dict):
        raise EntriesFileError(f"{place} is no JSON object, as a log entry is. Remedy: {_PRINT}")
    fields = cast("JsonObject", entry)
    if not any(name in fields for name in _PAYLOADS):
        raise EntriesFileError(
            f"{place} has none of {', '.join(_PAYLOADS)}, so it is no log entry of Cloud Logging. Remedy: {_PRINT}"
        )
    for name, kind in (("resource", dict), ("jsonPayload", dict), ("protoPayload", dict), ("httpRequest", dict)):
        if name in fields and not isinstance(fields[name], kind):
            raise EntriesFileError(f"{place}: {name} is no JSON object. Remedy: {_PRINT}")
    for name in ("textPayload", "logName", "severity"):
        if name in fields and not isinstance(fields[name], str):
            raise EntriesFileError(f"{place}: {name} is no text. Remedy: {_PRINT}")
