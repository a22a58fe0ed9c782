"""A delivery's body, taken apart: a JSON array, one object, or an object a line. One bad record spoils no other."""

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

T = TypeVar("T")
UNREADABLE = (msgspec.MsgspecError, RecursionError, ValueError)
"""What msgspec raises for JSON that is none, too deep, or of other types."""

_raws = msgspec.json.Decoder(list[msgspec.Raw])
_raw = msgspec.json.Decoder(msgspec.Raw)


class TooLargeError(Exception):
    """A body larger than is read."""


class UnreadableError(Exception):
    """A body or record that is not what was promised; the message names the place, never the content."""


def decompressed(body: bytes) -> bytes:
    """The content of a gzip body. Raises TooLargeError, UnreadableError."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, MAX_PLAIN + 1)
    except zlib.error as error:
        raise UnreadableError("the body says gzip and is not") from error
    if len(plain) > MAX_PLAIN:
        raise TooLargeError
    if not inflater.eof:
        raise UnreadableError("the gzip body ends too early")
    return plain


def records(body: bytes) -> Iterator[bytes]:
    """The records of a body, each still JSON. Raises UnreadableError where the body as a whole is no such thing."""
    text = body.strip()
    if text.startswith(b"["):
        try:
            found = _raws.decode(text)
        except UNREADABLE as error:
            raise UnreadableError(f"the array: {_place(error)}") from error
        yield from (bytes(one) for one in found)
        return
    with suppress(*UNREADABLE):  # one object, perhaps over several lines
        yield bytes(_raw.decode(text))
        return
    for line in text.splitlines():
        if line.strip():
            yield line


def decode(decoder: "msgspec.json.Decoder[T]", record: bytes) -> T:
    """The record as the decoder's type. Raises UnreadableError."""
    if len(record) > MAX_RECORD:
        raise UnreadableError(f"larger than {MAX_RECORD} bytes")
    try:
        return decoder.decode(record)
    except UNREADABLE as error:
        raise UnreadableError(_place(error)) from error


def _place(error: Exception) -> str:
    """What msgspec says of types and paths; a message about malformed JSON names a byte, not the content."""
    return str(error)[:200] if isinstance(error, msgspec.MsgspecError) else type(error).__name__
