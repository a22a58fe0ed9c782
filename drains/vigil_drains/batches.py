"""A delivery's body, taken apart: a JSON array, one object, or one object per line. A bad record spoils no other.

A body of any size is taken apart step by step: every generator here yields after a bounded amount of work, so that the
caller can serve other requests in between.
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

import msgspec

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a body as it is sent."""
MAX_PLAIN = 32 * 1024 * 1024
"""Bytes of a body once decompressed: what a small bomb may become."""
MAX_RECORD = 1024 * 1024
"""Bytes of one record. Vercel cuts messages at 256 KB; what is longer is no record of theirs."""
MAX_RECORDS = 20_000
"""Records of one delivery. Supabase sends at most 250 (https://supabase.com/docs/guides/telemetry/log-drains)."""
MAX_MEMBERS = 1_000
"""Members of one gzip body. A sender that compresses each record by itself has one for each."""
_STEP = 256 * 1024
"""Bytes that are decompressed in one step."""

T = TypeVar("T")
UNREADABLE = (msgspec.MsgspecError, RecursionError, ValueError)
"""Errors of msgspec for text that is not JSON, is too deep, or has other types."""

_raw = msgspec.json.Decoder(msgspec.Raw)
_LINE = re.compile(rb"[^\s][^\r\n]*")
MAX_BRACKETS = 2_000_000
"""Brackets of an array. A record of Vercel's has fewer than ten."""
_BRACKETS = 1_000
"""Brackets that are looked at in one step."""
_UP_TO_BRACKET = re.compile(rb'((?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"){0,4000}+)([\[\]{}]?)', re.DOTALL)
"""Of valid JSON: up to 4,000 values and texts, and the bracket behind them, which stands in no text."""

_FIELD = r"\$(?:\.[A-Za-z_]+|\[\d+\]|\[\.\.\.\])*"
_SAFE = re.compile(
    r"(?:Expected `[a-z |]+`, got `[a-z]+`|Object missing required field `[A-Za-z_]+`|Input data was truncated"
    r"|JSON is malformed: [a-z' ,-]+ \(byte \d+\))"
    rf"(?: - at `{_FIELD}`)?"
)
"""What msgspec says without quoting a value. Its other messages do quote: an enum's value, for example."""
_AT = re.compile(rf" - at `({_FIELD})`\Z")


class TooLargeError(Exception):
    """A body larger than is read."""


class UnreadableError(Exception):
    """A body or record that is not what was promised; the message names the place, never the content."""


def decompressed(body: bytes) -> bytes:
    """Return the content of a gzip body, all its members. Raises TooLargeError, UnreadableError."""
    return b"".join(decompressing(body))


def decompressing(body: bytes) -> Iterator[bytes]:
    """Yield the content of a gzip body, piece by piece. Raises TooLargeError, UnreadableError."""
    size = members = 0
    rest = memoryview(body)
    while rest:
        members += 1
        if members > MAX_MEMBERS:
            raise TooLargeError
        inflater = zlib.decompressobj(wbits=31)
        while not inflater.eof:
            chunk = inflater.unconsumed_tail
            if not chunk:
                chunk, rest = rest[:_STEP], rest[_STEP:]
                if not chunk:
                    raise UnreadableError("the gzip body ends too early")
            try:
                piece = inflater.decompress(chunk, _STEP)
            except zlib.error as error:
                raise UnreadableError("the body says gzip and is not") from error
            size += len(piece)
            if size > MAX_PLAIN:
                raise TooLargeError
            yield piece
        # what follows a member is the next one, or the zeros that tools pad with
        behind = len(inflater.unused_data)
        rest = memoryview(body)[len(body) - len(rest) - behind :]
        if rest and not rest[0] and not any(rest):
            return


def records(body: bytes) -> Iterator[bytes]:
    """Return the records of a body, each still JSON. Raises as `separating` does."""
    return (record for record in separating(body) if record is not None)


def separating(body: bytes) -> Iterator[bytes | None]:
    """Yield the records of a body, each still JSON; None after a step in which none was found.

    Raises UnreadableError where the body as a whole is no such thing, TooLargeError at one record too many.
    """
    found = 0
    for record in _separating(body):
        found += record is not None
        if found > MAX_RECORDS:
            raise TooLargeError
        yield record


def _separating(body: bytes) -> Iterator[bytes | None]:
    text = body.strip()
    if text.startswith(b"["):
        try:
            _raw.decode(text)  # checks all of it, and builds nothing
        except UNREADABLE as error:
            raise UnreadableError(f"the array: {_reason(error)}") from error
        yield from _elements(text)
        return
    with suppress(*UNREADABLE):  # one object, perhaps over several lines
        yield bytes(_raw.decode(text))
        return
    for line in _LINE.finditer(text):
        yield line[0]


def _elements(array: bytes) -> Iterator[bytes | None]:
    """The elements of a valid array. Neighbours that are neither objects nor arrays come together: none is a record."""
    depth = start = others = 0
    for number, found in enumerate(_UP_TO_BRACKET.finditer(array)):
        if number > MAX_BRACKETS:
            raise TooLargeError
        if depth == 1 and found[1].strip(b" \t\r\n,"):
            others += found[1].count(b",")
            if others > MAX_RECORDS:
                raise TooLargeError
            yield found[1]
        elif number % _BRACKETS == 0:
            yield None
        if not found[2]:
            continue
        if found[2] in b"[{":
            depth += 1
            if depth == 2:  # noqa: PLR2004 - an element begins
                start = found.end() - 1
        else:
            depth -= 1
            if depth == 1:
                yield array[start : found.end()]


def decode(decoder: "msgspec.json.Decoder[T]", record: bytes) -> T:
    """Return the record as the decoder's type. Raises UnreadableError."""
    if len(record) > MAX_RECORD:
        raise UnreadableError(f"larger than {MAX_RECORD} bytes")
    try:
        return decoder.decode(record)
    except UNREADABLE as error:
        raise UnreadableError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """What is wrong and at which field, without a word of the content."""
    message = str(error)
    if not isinstance(error, msgspec.MsgspecError):
        return type(error).__name__
    if _SAFE.fullmatch(message):
        return message
    where = _AT.search(message)
    return f"a value that is not allowed, at `{where[1]}`" if where else "a value that is not allowed"
