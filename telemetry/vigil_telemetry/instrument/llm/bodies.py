"""The bytes of a provider's answer, read on their way to the caller.

Whatever form the caller wants the answer in (an object, the raw response, lines, a stream), it is the same bytes that
come from the network: reading them there changes nothing that the caller sees.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator

import msgspec

from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reader, get
from vigil_telemetry.instrument.llm.calls import LlmCall
from vigil_telemetry.instrument.llm.content import capturing
from vigil_telemetry.safe import from_value

_MOST = 64 << 20
"""Bytes of an answer that are kept to be read; of a longer one the tokens are not known."""
_BOUNDARY = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_NO_USAGE = re.compile(rb',\s*"usage"\s*:\s*null(?=\s*[,}])|(?<=\{)\s*"usage"\s*:\s*null\s*,')
_NO_USAGE_TRIES = 8
"""Places that are looked at in one event, from its end: OpenAI's own member stands last."""
_GZIP_OR_ZLIB = 47  # zlib.decompressobj: it finds out which of both by itself
_PRELUDE, _CHECKSUM = 12, 4

Hidden = Callable[[Duck], bool]


class StreamError(Exception):
    """An error that a provider sends inside a stream, whose status says that all is well."""

    def __init__(self, body: Duck) -> None:
        super().__init__(str(get(body, "error", "message") or get(body, "message") or "the provider sent an error"))
        self.body = body


class Body:
    """What is known of one answer so far. No method raises.

    Args:
        call: gets the outcome.
        reader: reads the provider's JSON.
        hidden: which parts of a stream the caller did not ask for.
        kind: the answer's `Content-Type`.
        encoding: its `Content-Encoding`.
    """

    def __init__(self, call: LlmCall, reader: Reader, hidden: Hidden | None, kind: str, encoding: str) -> None:
        self._call, self._reader, self._answer = call, reader, Answer()
        self._events, self._frames = "event-stream" in kind, "amazon.eventstream" in kind
        plain = encoding in ("", "identity")
        self._split = self._events and plain
        """Whether the caller gets one event at a time, so that none is read that the caller has not got."""
        self._hidden = hidden if self._split else None
        self._inflate = None if plain or "," in encoding else zlib.decompressobj(_GZIP_OR_ZLIB)
        self._blind = not plain and encoding not in ("gzip", "x-gzip", "deflate")
        self._held = bytearray()
        self._error: StreamError | None = None
        self._over = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take bytes from the network, and give those that go on to the caller."""
        if self._blind:
            yield chunk
            return
        if not self._split:
            yield chunk
        try:
            self._held += self._inflate.decompress(chunk) if self._inflate is not None else chunk
        except zlib.error:
            self._blind = True
        if self._frames:
            self._read_frames()
        elif self._events:
            while (event := self._next_event()) is not None:
                shown = self._shows(event)
                if self._split and shown:
                    yield event if self._hidden is None else _without_empty_usage(event)
        if len(self._held) > _MOST:
            self._blind = True
            rest = bytes(self._held)
            self._held.clear()
            if self._split:
                yield rest

    def ended(self) -> bytes:
        """Note that the provider has sent all; return what is still held back from the caller."""
        rest = bytes(self._held) if self._split and not self._blind else b""
        if self._events and self._held:
            rest = rest if self._shows(bytes(self._held)) else b""
        elif not self._events and not self._frames:
            self._read_whole()
        self._finish()
        return rest

    def broke(self, error: BaseException) -> bytes:
        """Note that the network failed; return what came before and is held back from the caller.

        The library may ask again, where its caller has got nothing yet.
        """
        self._over = True
        rest = bytes(self._held) if self._split and not self._blind else b""
        if self._answer.ended:
            self._finish()  # what follows the end of an answer belongs to the connection
        elif self._call.returned:
            self._call.failed(error, self._answer)
        else:
            self._call.broke(error)
        return rest

    def left(self) -> None:
        """Note that the caller wants no more of it. An answer that had come to its end is complete."""
        if self._over:
            return
        self._over = True
        if self._answer.ended:
            while (event := self._next_event()) is not None:
                self._shows(event)  # its tokens may have come together with its end
        if self._answer.ended or self._error is not None:
            self._finish()
        else:
            self._call.abandoned(self._answer)

    def _finish(self) -> None:
        self._over = True
        if not capturing():
            self._answer.text.clear()
        if self._error is not None:
            self._call.failed(self._error, self._answer)
        else:
            self._call.answered(self._answer)

    def _next_event(self) -> bytes | None:
        found = _BOUNDARY.search(self._held)
        if found is None:
            return None
        event = bytes(self._held[: found.end()])
        del self._held[: found.end()]
        return event

    def _shows(self, event: bytes) -> bool:
        """Read an event; whether the caller is to see it."""
        data = _data_of(event)
        return self._read_part(data) if data and data != b"[DONE]" else True

    def _read_part(self, data: bytes) -> bool:
        try:
            part = msgspec.json.decode(data)
            if get(part, "type") == "error" or get(part, "error"):
                self._error = StreamError(part)
                return True
            self._reader.part(self._answer, part)
            if self._answer.begun:
                self._call.first_part()
            return self._hidden is None or not self._hidden(part)
        except from_value():  # a part of unknown form is the caller's all the same
            return True

    def _read_whole(self) -> None:
        try:
            if self._blind:
                raise ValueError("the answer's encoding or size is not read")
            self._reader.whole(self._answer, msgspec.json.decode(self._held))
        except from_value():  # an answer of unknown form is one all the same
            self._answer = Answer(finish_reason="other")

    def _read_frames(self) -> None:
        """Amazon's framing of a stream: length, length of headers, checksum; headers; JSON; checksum.

        https://smithy.io/2.0/aws/amazon-eventstream.html
        """
        while len(self._held) >= _PRELUDE:
            size, headers = int.from_bytes(self._held[:4]), int.from_bytes(self._held[4:8])
            if size <= _PRELUDE + headers:
                self._blind = True
                return
            if len(self._held) < size:
                return
            frame = bytes(self._held[_PRELUDE + headers : size - _CHECKSUM])
            del self._held[:size]
            try:
                inner = get(msgspec.json.decode(frame), "bytes")
                self._read_part(base64.b64decode(inner) if isinstance(inner, str) else frame)
            except ValueError:
                continue


def _data_of(event: bytes) -> bytes:
    return b"\n".join(line[5:].strip() for line in event.splitlines() if line.startswith(b"data:"))


def _without_empty_usage(event: bytes) -> bytes:
    """Return a part of a stream without the member `"usage": null` of its top level, which comes unasked.

    One of the same name further down, as some providers put it into a choice, is the provider's own.
    """
    places = list(_NO_USAGE.finditer(event))[-_NO_USAGE_TRIES:]
    if places and _has_usage(event):
        for place in reversed(places):
            shorter = event[: place.start()] + event[place.end() :]
            if not _has_usage(shorter):
                return shorter
    return event


def _has_usage(event: bytes) -> bool:
    """Whether the top level has the member; what is no object counts as having it, so that nothing is cut from it."""
    try:
        return "usage" in msgspec.json.decode(_data_of(event), type=dict[str, msgspec.Raw])
    except ValueError:
        return True
