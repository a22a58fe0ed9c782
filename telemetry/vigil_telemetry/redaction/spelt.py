"""Addresses and numbers that are written so that no program reads them, or that only their place tells.

`anna.b (at) example.com`, `anna at example dot com`, `anna.b @example.com`, `wa.me/49170...`, `ip-203-0-113-7`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.checks import phone

_TOP = (
    "(?:com|net|org|edu|gov|info|biz|io|dev|app|ai|co|me|eu|de|at|ch|fr|it|es|nl|be|pl|pt|se|no|dk|fi|cz|ie|uk|us|ca"
    "|au|nz|in|jp|cn|br|mx|ru|ua|tr|kr|za|email|cloud|tech|online)"
)
"""Ends of most addresses; `foo[at] other.field` of a program has another one."""
_LOCAL = r"(?<![\w.+-])[a-z0-9](?:[\w.+-]{0,62}[\w+-])?(?:[ ](?:dot|punkt|punto|point)[ ][\w+-]{1,40}){0,2}"
_HOST = r"[a-z0-9][a-z0-9-]{0,60}"
_POINT = r"(?:[ ]?[(\[{<][ ]?(?:dot|punkt|punto|point|\.)[ ]?[)\]}>][ ]?|[ ](?:dot|punkt|punto|point)[ ])"
_MARK = (
    r"(?:[ ]?(?:\([ ]?(?:at|@|\u00e4t|arroba)[ ]?\)|\[[ ]?(?:at|@)[ ]?\]|\{[ ]?(?:at|@)[ ]?\}|<[ ]?(?:at|@)[ ]?>"
    r"|\|at\||\*at\*|[-_]at[-_])[ ]?|\(a\))"
)
_SPELT = re.compile(
    rf"{_LOCAL}(?:{_MARK}|[ ](?:at|arroba|arobase|\u00e4t)[ ](?!(?:this|that|the|an?|our|your|my|some|any)[ ])){_HOST}(?:(?:\.{_HOST})?{_POINT}{_HOST}){{1,4}}(?![\w-])"
    rf"|{_LOCAL}{_MARK}(?:{_HOST}\.){{1,4}}{_TOP}(?![\w-])",
)
"""In lower case: a mark for the sign, or a word between words that are joined by `dot`."""
_MARKS = ("at", "(a)", "@", "arroba", "\u00e4t")
_HAS_SPELT = re.compile(
    r"[(\[{<][ ]?(?:at|a|@|\u00e4t|arroba)[ ]?[)\]}>]|\|at\||\*at\*|[-_]at[-_]"
    r"|[ ](?:at|arroba|arobase|\u00e4t)[ ][\w.-]{1,80}[ ]?[(\[{< ](?:dot|punkt|punto|point|[ ]?\.[ ]?[)\]}>])"
)
_APART = re.compile(
    rf"(?:e-?mail|mail|contact|reach|write|reply|address|ask)[a-z]{{0,3}}(?:[ ](?:to|me|us|is|address))?[ :=<]{{1,3}}(?P<mailed>[\w+-]{{1,40}}\.[\w.+-]{{1,40}}[ ]at[ ]{_HOST}(?:\.{_HOST}){{1,3}})"
    rf"|(?<![\w.+-])(?P<apart>[\w-]{{1,40}}(?:[.+][\w.+-]{{0,40}}\w|[0-9])(?:[ ]{{1,2}}@[ ]{{0,2}}|@[ ]{{1,2}}){_HOST}(?:\.{_HOST}){{0,2}}\.{_TOP})(?![\w.@/-])",
)
"""In lower case: `mail anna.b at example.com`, `anna.b @example.com`, whose local part no word of a sentence is."""
_WHATSAPP = re.compile(
    r"(?:wa\.me/|whatsapp[\w./]{0,40}[?&]phone=|viber://\S{0,40}number=|signal\.me/#p/|t\.me/)(?:\+|%2b)?([0-9]{9,15})(?![0-9])"
)
_CALLED = re.compile(
    r"(?<![a-z])(?:phone|telephone|telefon|tel|mobile|mobil|handy|cell|cellphone|msisdn|fax|whatsapp|sms|caller|callee|recipient|subscriber|dial(?:ed|ing)?)"
    r"(?:[ ](?:no|nr|number|to|from|is|was)){0,2}[.:=#]{0,2}[ \"']{0,2}(\+?[0-9]{9,15})(?![0-9\w.-])"
)
_HOST_OF = re.compile(
    r"(?<![\w-])(?:ip|ec2|host|addr|client|peer|dyn|dsl|pool|static|dhcp|cable|ppp|user)[-_](?P<named>[0-9]{1,3}(?:[-_][0-9]{1,3}){3})(?![-_]?[0-9])"
    r"|(?<![\w.-])(?P<first>[0-9]{1,3}(?:-[0-9]{1,3}){3})(?=(?:[.-][a-z][a-z0-9-]{1,40}){2,6})"
    r"|(?<![\w.-])(?P<six>[0-9a-f]{1,4}(?:-[0-9a-f]{0,4}){2,7})(?=\.ipv6-literal\.net)"
)
_PRIVATE = re.compile(r"10[-_]|192[-_]168[-_]|172[-_](?:1[6-9]|2[0-9]|3[01])[-_]|127[-_]")
"""Private addresses (RFC 1918), by which clouds name machines."""
_NINE = re.compile(r"[0-9]{9}")
_OCTET = 255


def scan_spelt(text: str, steps: Steps) -> str:
    """Replace addresses that are written in words, and numbers that only their place tells."""
    lowered = text.lower()
    if len(lowered) != len(text):
        return text
    found: list[tuple[int, int, str]] = []
    if any(one in lowered for one in _MARKS) and _HAS_SPELT.search(lowered) is not None:
        _add(found, _SPELT, lowered, steps, lambda _: (0, "[email]"))
    if "@ " in text or " @" in text or (" at " in lowered and "." in text):
        _add(found, _APART, lowered, steps, lambda one: (one.lastgroup or 0, "[email]"))
    if "me/" in lowered or "phone=" in lowered or "number=" in lowered:
        _add(found, _WHATSAPP, lowered, steps, lambda one: (1, "[phone]") if phone(one[1]) else None)
    if _NINE.search(text) is not None:
        _add(found, _CALLED, lowered, steps, lambda one: (1, "[phone]") if _dialled(one[1]) else None)
    if text.count("-") > 2 or text.count("_") > 2:  # noqa: PLR2004 - of an address
        _add(found, _HOST_OF, lowered, steps, _host)
    return _replaced(text, found) if found else text


def _add(
    found: list[tuple[int, int, str]],
    pattern: re.Pattern[str],
    lowered: str,
    steps: Steps,
    judge: Callable[[re.Match[str]], tuple[int | str, str] | None],
) -> None:
    """Add what the judge says of each place that a pattern finds: which group goes, and the mark in its place."""
    for one in pattern.finditer(lowered):
        steps.spend(8)
        judged = judge(one)
        if judged is not None:
            found.append((one.start(judged[0]), one.end(judged[0]), judged[1]))


def _replaced(text: str, found: list[tuple[int, int, str]]) -> str:
    done = 0
    parts: list[str] = []
    for start, end, mark in sorted(found, key=lambda one: (one[0], -one[1])):
        if start >= done:
            parts += [text[done:start], mark]
            done = end
    return "".join(parts) + text[done:]


def _dialled(digits: str) -> bool:
    """Whether digits behind a word for phones are a number: with its country code, or its trunk prefix."""
    bare = digits.lstrip("+")
    return phone(bare) or (bare[0] == "0" and bare[1] != "0") or (bare.startswith("00") and phone(bare[2:]))


def _host(one: re.Match[str]) -> tuple[int | str, str] | None:
    group = one.lastgroup or ""
    if group != "six" and (
        any(int(part) > _OCTET for part in re.split("[-_]", one[group])) or _PRIVATE.match(one[group])
    ):
        return None
    return group, "[ip]"
