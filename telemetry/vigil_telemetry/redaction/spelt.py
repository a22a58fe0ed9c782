"""Addresses and numbers that are written so that no program reads them, or that only their place tells.

`anna.b (at) example.com`, `anna at example dot com`, `anna.b @example.com`, `wa.me/49170...`, `ip-203-0-113-7`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.checks import phone
from vigil_telemetry.redaction.letters import holds

_TOP = (
    "(?:com|net|org|edu|gov|info|biz|io|dev|app|ai|co|me|eu|de|at|ch|fr|it|es|nl|be|pl|pt|se|no|dk|fi|cz|ie|uk|us|ca"
    "|au|nz|in|jp|cn|br|mx|ru|ua|tr|kr|za|email|cloud|tech|online)"
)
"""Ends of most addresses; `foo[at] other.field` of a program has another one."""
_HOST = r"[a-z0-9][a-z0-9-]{0,60}"
_POINT = r"(?:[ ]?[(\[{<][ ]?(?:dot|punkt|punto|point|\.)[ ]?[)\]}>][ ]?|[ ](?:dot|punkt|punto|point)[ ])"
_SIGN = re.compile(
    r"\([ ]?(?:at|@|\u00e4t|arroba)[ ]?\)|\[[ ]?(?:at|@)[ ]?\]|\{[ ]?(?:at|@)[ ]?\}|<[ ]?(?:at|@)[ ]?>|\|at\||\*at\*|[-_]at[-_]|\(a\)"
    r"|[ ](?:at|arroba|arobase|\u00e4t)[ ](?!(?:this|that|the|an?|our|your|my|some|any)[ ])"
)
"""In lower case: what stands for the sign. A word of a language does only between words that `dot` joins."""
_BRACKETED = re.compile(r"[(\[{<][ ]?(?:a|@|\u00e4)")
_POINTS = ("dot", "punkt", "punto", "point", "[.", "(.", "{.")
_SPELT_HOST = re.compile(rf"[ ]?{_HOST}(?:(?:\.{_HOST})?{_POINT}{_HOST}){{1,4}}(?![\w-])")
_DOTTED_HOST = re.compile(rf"[ ]?(?:{_HOST}\.){{1,4}}{_TOP}(?![\w-])")
_LOCAL = re.compile(r"[a-z0-9][\w.+-]{0,63}\Z")
_SPELT_LOCAL = re.compile(r"(?<![\w.+-])[\w+-]{1,40}(?:[ ](?:dot|punkt|punto|point)[ ][\w+-]{1,40}){1,2}\Z")
_BLANK_AT = re.compile(r"[ ]{1,2}@[ ]{0,2}|@[ ]{1,2}")
_WORD_AT = re.compile(r"[ ]at[ ](?=[a-z0-9-]{1,60}\.)")
_DOMAIN = re.compile(rf"{_HOST}(?:\.{_HOST}){{0,2}}\.{_TOP}(?![\w.@/-])")
_ANY_DOMAIN = re.compile(rf"{_HOST}(?:\.{_HOST}){{1,3}}")
_NO_WORD = re.compile(r"[\w-]{1,40}(?:[.+][\w.+-]{0,40}\w|[0-9])")
"""A local part that no word of a sentence is."""
_REQUEST = re.compile(
    r"(?:e-?mail|mail|contact|reach|write|reply|address|ask)[a-z]{0,3}(?:[ ](?:to|me|us|is|address))?[ :=<]{1,3}\Z"
)
_NAMED = re.compile(r"[a-z]{2,20}[._+][a-z0-9]{2,20}|[a-z]{3,20}[0-9]{2,4}")
"""A local part of a first and a last name, or of a name and a year."""
_PERSON = re.compile(r"(?:user|customer|member|account|person|cc|bcc|recipient|sender|subscriber)[ :=\"']{1,2}\Z")
_PUBLIC = re.compile(
    rf"(?:{_HOST}\.){{1,2}}(?:com|net|org|de|fr|uk|eu|ch|at|it|es|nl|edu|email)(?![\w@/(-]|\.[\w]|:(?!\s))"
)
"""The domain of an address that somebody may write to."""
_AROUND = frozenset({"()", "<>", "[]", "''", '""'})
"""What stands around an address and nothing else."""
_OF_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._+-")
_WHATSAPP = re.compile(
    r"(?:wa\.me/|[?&]phone=|viber://\S{0,40}number=|signal\.me/#p/|t\.me/|(?<![a-z])(?:sips?|tel|callto|sms|facetime|imessage):(?://)?)(?:\+|%2b)?([0-9](?:[.-]?[0-9]){8,14})(?![0-9])"
)
_CALLED = re.compile(
    r"(?<![a-z])(?:phone|telephone|telefon|tel|mobile|mobil|handy|cell|cellphone|msisdn|fax|whatsapp|sms|caller(?:id)?|callee|recipient|subscriber|dial(?:l?ed|l?ing)?|call(?:ed|ing)?|r[iau]ng|ring|texted|contact|reach|callback|number(?= is)|anruf|rufnummer)"
    r"(?:[ _](?:no|nr|id|number|to|from|is|was|me|us|him|her|them|on|at|an|von|auf|unter|under|requested:?|customer|user|by)){0,3}[.:=#]{0,2}[ \"'(]{0,2}(\+?[0-9](?:[ ./_()-]{0,2}[0-9]){8,14})(?![0-9\w-]|\.[0-9])"
    r"|(?<![a-z_])(?:to|from)[=:][ ]?[\"']?(\+?[1-9][0-9]{10,12})(?![0-9\w.-])"
)
_HOST_OF = re.compile(
    r"(?<![\w-])(?:ip|ec2|host|addr|client|peer|dyn|dsl|pool|static|dhcp|cable|ppp|user)[-_](?P<named>[0-9]{1,3}(?:[-_][0-9]{1,3}){3})(?![-_]?[0-9])"
    r"|(?<![\w.-])[a-z]{0,8}(?P<first>[0-9]{1,3}(?:-[0-9]{1,3}){3})(?=(?:[.-][a-z][a-z0-9-]{1,40}){2,6})"
    r"|(?P<nibbles>(?:[0-9a-f]\.){32})(?=ip6\.arpa)|(?<=\.)(?P<wild>[0-9]{1,3}(?:[.-][0-9]{1,3}){3})(?=\.(?:nip|sslip|xip)\.io)"
    r"|(?<![\w.-])(?P<six>[0-9a-f]{1,4}(?:-[0-9a-f]{0,4}){2,7})(?=\.ipv6-literal\.net)"
)
_FOUR = re.compile(r"[0-9](?:[-_][0-9]{1,3}){3}")
_PRIVATE = re.compile(r"10[-_]|192[-_]168[-_]|172[-_](?:1[6-9]|2[0-9]|3[01])[-_]|127[-_]")
"""Private addresses (RFC 1918), by which clouds name machines."""
_NINE = re.compile(r"[0-9](?:[ ./_()-]{0,2}[0-9]){8}")
_CALLS = (
    "phon",
    "tel",
    "mobil",
    "handy",
    "cell",
    "msisdn",
    "fax",
    "whatsapp",
    "sms",
    "call",
    "recipient",
    "subscriber",
    "dial",
    " ring ",
    "rang ",
    "rung ",
    "texted",
    "contact",
    "reach",
    "number is",
    "anruf",
    "rufnummer",
    "to=",
    "to:",
    "from=",
    "from:",
)
_MOMENT = re.compile(r"20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_OCTET = 255


def scan_spelt(text: str, steps: Steps) -> str:
    """Replace e-mail addresses that are written in words."""
    lowered = text.lower()
    if len(lowered) != len(text):
        return text
    found: list[tuple[int, int, str]] = []
    if (
        (("(" in text or "[" in text or "{" in text or "<" in text) and _BRACKETED.search(lowered) is not None)
        or ("|" in text and "|at|" in lowered)
        or ("*" in text and "*at*" in lowered)
        or ("-" in text and "-at-" in lowered)
        or ("_" in text and "_at_" in lowered)
        or (" at " in lowered and holds(lowered, _POINTS))
        or ("arroba " in lowered and " punto " in lowered)
    ):
        _spelt(found, lowered, steps)
    if "@" in text and ("@ " in text or " @" in text):
        _apart(found, lowered, steps)
    if "@" in text and holds(lowered, _POINTS):
        _pointed(found, lowered, steps)
    if " at " in lowered and "." in text and _WORD_AT.search(lowered) is not None:
        _mailed(found, lowered, steps)
    return _replaced(text, found) if found else text


def scan_called(text: str, steps: Steps) -> str:
    """Replace phone numbers in digits alone, behind a word or in a link that says so."""
    lowered = text.lower()
    if len(lowered) != len(text):
        return text
    found: list[tuple[int, int, str]] = []
    if any(
        one in lowered for one in ("me/", "phone=", "number=", "sip", "tel:", "callto", "sms:", "facetime", "imessage")
    ):
        _add(found, _WHATSAPP, lowered, steps, lambda one: (1, "[phone]") if phone(_NO_DIGIT.sub("", one[1])) else None)
    if holds(lowered, _CALLS) and _NINE.search(text) is not None:
        _add(found, _CALLED, lowered, steps, _called)
    return _replaced(text, found) if found else text


def scan_hosts(text: str, steps: Steps) -> str:
    """Replace addresses of machines in the names of hosts."""
    lowered = text.lower()
    if len(lowered) != len(text):
        return text
    if (
        _FOUR.search(lowered) is None
        and "ip6.arpa" not in lowered
        and "ip.io" not in lowered
        and "literal" not in lowered
    ):
        return text
    found: list[tuple[int, int, str]] = []
    if "ip6.arpa" in lowered or "ip.io" in lowered or "literal" in lowered:
        _add(found, _HOST_OF, lowered, steps, _host)
    else:
        _around_four(found, lowered, steps)
    return _replaced(text, found) if found else text


def _around_four(found: list[tuple[int, int, str]], lowered: str, steps: Steps) -> None:
    """Look for names of hosts only where four numbers are: from the word before them, or from the first number."""
    for four in _FOUR.finditer(lowered):
        steps.spend(2)
        first = four.start()
        while first and lowered[first - 1].isdigit() and four.start() - first < 2:  # noqa: PLR2004 - the rest of a number
            first -= 1
        word = first - (lowered[first - 1 : first] in ("-", "_"))
        while word and lowered[word - 1].isalnum() and first - word < _WORD_MOST:
            word -= 1
        one = _HOST_OF.match(lowered, word) or _HOST_OF.match(lowered, first)
        judged = _host(one) if one is not None else None
        if one is not None and judged is not None:
            steps.spend(8)
            found.append((one.start(judged[0]), one.end(judged[0]), judged[1]))


_WORD_MOST = 9
"""Characters of the longest word before four numbers, with its hyphen."""


def _spelt(found: list[tuple[int, int, str]], lowered: str, steps: Steps) -> None:
    """`anna (at) example.com`, `anna at example dot com`."""
    for one in _SIGN.finditer(lowered):
        steps.spend(2)
        sign = one.start()
        place = one.end() - (one[0][-1] == " ")
        host = _SPELT_HOST.match(lowered, place)
        if host is None and one[0][0] != " ":
            host = _DOTTED_HOST.match(lowered, place)
        if host is None:
            continue
        steps.spend(6)
        if lowered[sign - 1 : sign] == " ":
            sign -= 1
        spelt = _SPELT_LOCAL.search(lowered, max(sign - _WORDS, 0), sign)
        start = spelt.start() if spelt is not None else _local(lowered, sign)
        if start < sign and (spelt is not None or _LOCAL.match(lowered, start, sign) is not None):
            found.append((start, host.end(), "[email]"))


_WORDS = 90
"""Characters of a local part in words that are looked at."""


def _apart(found: list[tuple[int, int, str]], lowered: str, steps: Steps) -> None:
    """`anna.b @example.com`: blanks beside the sign."""
    for one in _BLANK_AT.finditer(lowered):
        steps.spend(1)
        domain = _DOMAIN.match(lowered, one.end())
        if domain is None:
            continue
        steps.spend(4)
        start = _local(lowered, one.start())
        if _NO_WORD.fullmatch(lowered, start, one.start()) is not None or (one[0][0] == "@" and start < one.start()):
            found.append((start, domain.end(), "[email]"))


def _pointed(found: list[tuple[int, int, str]], lowered: str, steps: Steps) -> None:
    """`anna.b@example dot com`, `anna.b@example[.]com`: the sign as it is, the points in words."""
    for one in _JUST_AT.finditer(lowered):
        steps.spend(2)
        host = _SPELT_HOST.match(lowered, one.end())
        start = _local(lowered, one.start()) if host is not None else one.start()
        if host is not None and start < one.start():
            found.append((start, host.end(), "[email]"))


_JUST_AT = re.compile("@")


def _mailed(found: list[tuple[int, int, str]], lowered: str, steps: Steps) -> None:
    """`mail anna.b at example.com`: behind a word that says so."""
    for one in _WORD_AT.finditer(lowered):
        steps.spend(1)
        domain = _ANY_DOMAIN.match(lowered, one.end())
        if domain is None:
            continue
        steps.spend(4)
        start = _local(lowered, one.start())
        requested = start < one.start() and _REQUEST.search(lowered, max(start - 30, 0), start) is not None
        if (requested and "." in lowered[start : one.start()]) or (
            (
                requested
                or _NAMED.fullmatch(lowered, start, one.start())
                or _PERSON.search(lowered, max(start - 16, 0), start)
                or lowered[start - 1 : start] + lowered[domain.end() : domain.end() + 1] in _AROUND
            )
            and _LOCAL.match(lowered, start, one.start()) is not None
            and _PUBLIC.match(lowered, one.end()) is not None
        ):
            found.append((start, domain.end(), "[email]"))


def _local(lowered: str, end: int) -> int:
    """Where the local part begins that ends here."""
    start = end
    while start and end - start <= _LONGEST and lowered[start - 1] in _OF_LOCAL:
        start -= 1
    return start


_LONGEST = 64


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


def _called(one: re.Match[str]) -> tuple[int | str, str] | None:
    if one[1] is not None:
        return (1, "[phone]") if _dialled(_NO_DIGIT.sub("", one[1])) else None
    digits = one[2].lstrip("+")
    return (2, "[phone]") if phone(digits) and _MOMENT.match(digits) is None else None


_NO_DIGIT = re.compile(r"[^0-9]")
_TEN = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
"""A number of the North American plan without its country code."""


def _dialled(digits: str) -> bool:
    """Whether digits behind a word for phones are a number: with its country code, or its trunk prefix."""
    bare = digits.lstrip("+")
    return (
        phone(bare)
        or _TEN.fullmatch(bare) is not None
        or (bare[0] == "0" and bare[1] != "0")
        or (bare.startswith("00") and phone(bare[2:]))
    )


def _host(one: re.Match[str]) -> tuple[int | str, str] | None:
    group = one.lastgroup or ""
    if group == "nibbles":
        return group, "[ip]."
    if group != "six" and (
        any(int(part) > _OCTET for part in re.split("[-_.]", one[group])) or _PRIVATE.match(one[group])
    ):
        return None
    return group, "[ip]"
