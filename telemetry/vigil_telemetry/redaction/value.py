"""Where the value beside a name ends: quoted on any level of escaping, in brackets, in a block, or bare."""

from __future__ import annotations

import re
from typing import NamedTuple

QUOTE = re.compile(r"(\\{0,31})([\"'`])|(&quot;|&#34;|&#39;|&apos;|%22|%27|\\u0022|\\u0027)")
NEXT = re.compile(r"\\{0,31}[\"']\s{0,4},\s{0,4}")
"""The end of a literal, and a comma: another one follows."""
_WRAPPED = re.compile(
    r"(?:!!?\w{1,10}[ ](?=[\"'])|string\([0-9]{1,6}\)[ ](?=[\"'])|\(string\)[ ]?\(len=[0-9]{1,6}\)[ ](?=\"))?"
    r"(?:(?<=[\w)][ ])|[bBuUrRfF]{1,2}|&|[$@]|(?:[A-Z][A-Za-z]{1,24}|bytearray|bytes|memoryview)\(\s{0,2}(?:value=)?[bu]?|\[\]string\{)(?=\\{0,31}[\"'`])"
)
_AFTER = re.compile(r"\s*(?:[,;:)\]}>&|/]|\\[nrt]|--|$|\w+=)|\s|[\"'`.!?]")
_BARE = re.compile(
    r"(?:[^\s,;&|\"'`()\[\]{}<>\\%]++"
    r"|[,;&|](?![\s\"'()\[\]{}<>\\,;&|]|$|[\w.\-\[\]]{1,40}[=:])"
    r"|[\"'`()\[\]{}](?!\s|[\s,;:.!?\"'`()\[\]{}<>]*(?:[\s,;]|\\[nrt\"']|$))"
    r"|[<>](?=[\w!@#$%^&*])(?!/)"
    r"|%(?!2[26C07]|0[AaDd]|3[Bb])"
    r"|\\(?![nrt\"'`]|u002[267]|u003[ce]))++",
)
_WORDS_END = re.compile(
    r"[\r\n\"'`<>]|\\[nrt\"']|[,;|](?=\s|$)|\s(?=[\w.\-]{1,60}[=:](?!/)|--?\w|[(\[{]|at \d)|\.(?=\s|$)"
)
_LINE_END = re.compile(r"[\r\n]|\\[nr](?![a-z]{3})")
_VARIABLE = re.compile(r"\$\{\{?[^{}\n]{1,80}\}?\}|\$\([^()\n]{1,80}\)")
_BLOCK = re.compile(r"[|>][+-]?[0-9]?[ \t]*\r?\n")
_OPEN = {"(": ")", "[": "]", "{": "}"}
_BRACKETS = re.compile(r"[()\[\]{}\"']")
_DEEPEST = 16
"""Brackets in one another that are looked into: with more, nobody closes them."""
_MOST = 8_000
"""Characters of a value that are looked at: one that is longer is replaced this far, and what is left is scanned."""


class Value(NamedTuple):
    """A value in a text."""

    start: int
    end: int
    """Of what is replaced."""
    text: str
    quoted: bool = False
    held: bool = False
    """Whether it holds other values: a list, an object."""


def value_at(text: str, place: int, *, words: bool) -> Value | None:
    """Return the value that begins here; None where there is none.

    Args:
        text: the whole text.
        place: where it begins, or the white space before it.
        words: whether a bare value may be of several words.
    """
    end = len(text)
    while place < end and text[place] in " \t":
        place += 1
    if place < end and text[place] in "\r\n":
        return _after_break(text, place)
    if place >= end:
        return None
    wrapped = _WRAPPED.match(text, place)
    quote = QUOTE.match(text, wrapped.end() if wrapped is not None else place)
    if quote is not None:
        return _quoted(text, quote)
    if text[place] in _OPEN:
        return _held(text, place)
    if text[place] in "$<|>" and (marked := _marked(text, place)) is not None:
        return marked
    bare = _BARE.match(text, place, min(end, place + _MOST))
    if bare is None:
        return None
    stop = bare.end()
    if words and stop < end and text[stop] in " \t":
        stop = _end_of_words(text, stop)
    return Value(place, stop, text[place:stop])


_HEREDOC = re.compile(r"<<[-~]?[\"']?([A-Za-z_]\w{0,20})[\"']?[ \t]*\r?\n")
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w ./-]{0,24}>(?=[\s\"',;)\]}]|$)")
"""`password: <redacted>`: what stands for a value that was left out."""


_WORDS_MOST = 32
"""Places that are looked at for the end of a here-document."""


def _marked(text: str, place: int) -> Value | None:
    """A variable, a placeholder, a here-document, a block: what one sign begins."""
    sign = text[place]
    if sign == "<" and (heredoc := _HEREDOC.match(text, place)) is not None:
        return _until(text, heredoc)
    stand_in = _PLACEHOLDER.match(text, place) if sign == "<" else _VARIABLE.match(text, place)
    if stand_in is not None:
        return Value(place, stand_in.end(), stand_in[0])
    block = _BLOCK.match(text, place) if sign in "|>" else None
    return _block(text, block.end()) if block is not None else None


def _until(text: str, heredoc: re.Match[str]) -> Value:
    """The lines of a here-document, up to the word that ends it."""
    start, limit = heredoc.end(), min(len(text), heredoc.end() + _MOST)
    place = start
    for _ in range(_WORDS_MOST):
        stop = text.find(heredoc[1], place, limit)
        if stop < 0:
            break
        if not text[text.rfind("\n", start - 1, stop) + 1 : stop].strip():
            end = max(text.rfind("\n", start - 1, stop), start)
            return Value(start, end, text[start:end])
        place = stop + 1
    return Value(start, limit, text[start:limit])


def _after_break(text: str, place: int) -> Value | None:
    """On the next line a quoted value, indented: as `pprint` and JSON write long ones."""
    found = _NEXT_LINE.match(text, place)
    if found is None:
        item = _ITEM.match(text, place) or _WORD_BELOW.match(text, place)
        return Value(item.start(1), item.end(1), item[1]) if item is not None else None
    quote = QUOTE.match(text, found.end())
    return _quoted(text, quote) if quote is not None else None


_ITEM = re.compile(r"\r?\n[ \t]{0,16}-[ ]{1,4}(?:value:[ ])?([^\s\"'`,;:=()<>{}\[\]]{1,200})[ \t]{0,4}(?=\r?\n|$)")
"""An item of a list of YAML that is one word."""
_WORD_BELOW = re.compile(
    r"\r?\n[ \t]{1,16}([^\s\"'`,;:=()<>{}\[\]#-](?=\S{0,80}[0-9]|(?<=[0-9]))[^\s\"'`,;:=()<>{}\[\]]{3,200})[ \t]{0,4}(?=\r?\n|$)"
)
"""A word with a digit, alone and indented on the next line, as YAML allows it."""
_NEXT_LINE = re.compile(r"\r?\n[ \t]{0,40}(?:string\([0-9]{1,6}\)[ ])?(?=[\"'])")


def _quoted(text: str, quote: re.Match[str]) -> Value:
    """Up to the quote of the same level of escaping, or to the end of the line."""
    start = quote.end()
    limit = min(len(text), start + _MOST)
    if quote[3] is not None:
        found = text.find(quote[3], start, limit)
        stop = found if found >= 0 else _line_end(text, start, limit)
        return Value(start, stop, text[start:stop], quoted=True)
    level, mark = len(quote[1]), quote[2]
    if not level and text.startswith(mark * 2, start) and (closing := text.find(mark * 3, start + 2, limit)) > 0:
        return Value(start + 2, closing, text[start + 2 : closing], quoted=True)
    place = start
    while True:
        close = text.find(mark, place, limit)
        if close < 0:
            stop = _line_end(text, start, limit)
            return Value(start, stop, text[start:stop], quoted=True)
        slashes = close
        while slashes > start and text[slashes - 1] == "\\":
            slashes -= 1
        if _closes(text, close, close - slashes, level, empty=slashes == start):
            stop = max(close - min(close - slashes, level), start)
            return Value(start, stop, text[start:stop], quoted=True)
        place = close + (2 if text.startswith(mark * 2, close) and slashes == close else 1)


def _closes(text: str, close: int, slashes: int, level: int, *, empty: bool) -> bool:
    """Whether a quote with so many backslashes before it ends a value that was opened with `level` of them."""
    if slashes < level:
        return True
    if slashes == level and text.startswith(text[close] * 2, close) and not empty:
        return False  # a doubled quote, as SQL and CSV write one
    after = _AFTER.match(text, close + 1) is not None
    if slashes == level:
        return after or empty
    # more backslashes: an escaped quote, unless they are the value's own, doubled
    return (slashes - level) % (2 * (level + 1)) == 0 and _ENDS.match(text, close + 1) is not None


_ENDS = re.compile(r"\s*(?:[,;)\]}]|\\[nr]|$)")


def _held(text: str, place: int) -> Value | None:
    """A list or an object, up to its bracket; quotes inside are passed over."""
    depth, limit, quote = 0, min(len(text), place + _MOST), ""
    for found in _BRACKETS.finditer(text, place, limit):
        mark = found[0]
        if mark in "\"'":
            if quote == mark:
                quote = ""
            elif not quote and text[found.start() - 1] in "([{,: =bu\\":
                quote = mark
        elif quote:
            continue
        elif mark in _OPEN:
            depth += 1
            if depth > _DEEPEST:
                break
        else:
            depth -= 1
            if depth == 0:
                return Value(place, found.end(), text[place : found.end()], held=True)
    stop = _line_end(text, place, limit)
    return Value(place, stop, text[place:stop], held=True) if stop - place > 1 else None


def _block(text: str, place: int) -> Value:
    """A block of YAML: the lines that are indented."""
    start = place
    limit = min(len(text), place + _MOST)
    while place < limit and text[place] in " \t\r\n":
        found = text.find("\n", place, limit)
        if found < 0:
            place = limit
            break
        place = found + 1
    return Value(start, max(place - 1, start), text[start : max(place - 1, start)])


def _line_end(text: str, place: int, limit: int) -> int:
    found = _LINE_END.search(text, place, limit)
    return found.start() if found is not None else limit


def _end_of_words(text: str, place: int) -> int:
    found = _WORDS_END.search(text, place, min(len(text), place + _MOST))
    return found.start() if found is not None else min(len(text), place + _MOST)
