"""Separators between the arguments of a command, replaced by blanks.

Programs write a list of arguments in many ways: one on a line, with NUL between, in quotes of any kind, as elements of
XML, numbered (`argv[1]=`, `a1="..."` of the Linux audit log), encoded for an address. `apart` turns whatever divides
two arguments into blanks and keeps every other character at its place, so that one scan finds the options of all of them.
"""

from __future__ import annotations

import re

_ENCODED = r"(?:\\{1,15}(?:[nt]|r(?:\\{1,15}n)?|x00|u00(?:00|0[aAdD9]|20)|0(?![0-9]))|%20|%0[AaDd90]|%00)"
"""A line break, a tab, a blank or NUL as `repr`, JSON, JSON in JSON or an address writes it."""
_WORD = r"(?:[^\s\\\"'`<>,%]|%(?!20|0[0-9AaDd])){1,200}"
_NUMBER = r"(?:[A-Za-z_]{1,12}\[[0-9]{1,3}\][ ]?[=:][ ]?|a[0-9]{1,3}=|\[?[0-9]{1,3}[\]:)][ ])"
_SEPARATORS = re.compile(
    rf"{_ENCODED}{{1,4}}(?=[\"']?-{{1,2}}[A-Za-z]|{_WORD}(?:{_ENCODED}|\\{{0,15}}[\"'`]|\s|$))"  # before one word
    r"|\\\r?\n[ \t]{0,80}"  # a continued line
    rf"|[ \t]{{0,80}}\r?\n[ \t]{{0,80}}(?:[-*][ ]{{1,4}})?(?={_NUMBER}?[\"'`]?{_WORD}[\"'`]?,?[ \t]{{0,80}}(?:[\r\n]|$))"  # a line of one word
    rf"|(?:(?<=[\s\x00])|^){_NUMBER}(?=[\"'-]|{_WORD})"
    r"|&(?:quot|#34|#39|apos);(?:[ ]?,[ ]?)?|</?[A-Za-z][\w:-]{0,20}>(?:[ \t]{0,80}\r?\n[ \t]{0,80}(?=<))?|(?<=[\"'])\),|(?<![\w\"'])b(?=[\"'][^\"'\n]{1,200}[\"'][,\])])|`"
    r"|[,+](?=--?[A-Za-z])"
)
_AFTER_OPTION = re.compile(r"(?<=\s)(--?[A-Za-z][\w-]{0,40})[,+](?=[^\s,+-])")
_OPTION = re.compile(
    r"-(?:(?<![A-Za-z0-9_]-)|(?<=\\[nrt0]-)|(?<=00-)|(?<=%[02][0-9a-f]-))-?[a-z]|/p|/user:|vault|htpasswd|set(?![a-z])|net user|/add|echo |<<<"
)
_DIVIDED = re.compile(r"\\(?:[nrtx0u])|[\n`]|,-|\+-|%[02]|&(?:quot|#3|apos)|</?[A-Za-z]|[\"']\)|[\[\d][\]=:)]|b[\"']")


def may_command(lowered: str) -> bool:
    """Return whether a text in lower case may hold the arguments of a command: a look that costs little."""
    return (
        "-" in lowered
        or "/" in lowered
        or "set" in lowered
        or "vault" in lowered
        or "net user" in lowered
        or "echo " in lowered
        or "<<<" in lowered
    ) and _OPTION.search(lowered) is not None


def apart(text: str) -> str | None:
    """Return the text with blanks in place of what divides arguments, every place the same; None where nothing does."""
    if _DIVIDED.search(text) is None:
        return None
    plain = _AFTER_OPTION.sub(r"\1 ", _SEPARATORS.sub(_blanks, text))
    return plain if plain != text else None


def _blanks(found: re.Match[str]) -> str:
    return " " * len(found[0])
