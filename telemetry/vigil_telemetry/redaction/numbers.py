"""Cards, IBANs, social security numbers, IP addresses and phone numbers in text.

Every pattern begins with a character or a class of them, which `re` looks for fastest; what stands before is looked at
from there. What a pattern finds is checked by its digits before it is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.checks import IBAN_LENGTHS, card, iban_end, phone
from vigil_telemetry.redaction.letters import holds
from vigil_telemetry.redaction.spelt import scan_called, scan_hosts

_DIGIT = re.compile(r"[0-9]")
_GAP = (
    r"(?:[ \t\-._/·|*+,\u00a0\u00ad\u2000-\u200f\u2010-\u2015\u202f\u2060\u2212\u3000]{1,3}"
    r"|%20|%2D|%C2%A0|&nbsp;|&#160;|\\u00a0|\\u2013|\\xa0|\\t)"
)
_ANY_GAP = r"(?:[^0-9A-Za-z]{1,4}|%[0-9A-F]{2}|%C2%A0|%E2%80%[0-9A-F]{2}|&nbsp;|&#160;|\\[nrt]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|%2[0-9A-F]|<br[ ]?/?>)"
"""What divides groups of four that are all divided alike."""
"""What divides the groups of a number: by hand, by a form, by the encodings that a log adds."""
_MIXED = r"(?:[ \-.\u00a0]|%20|&nbsp;)"
"""What divides groups of four that are not divided alike: `4111 1111-1111 1111`."""
_START = r"(?:(?<![0-9].)|(?<=%[0-9A-Fa-f]{2}.)|(?<=\\u[0-9a-f]{4}.)|(?<=\\x[0-9a-f]{2}.))"
"""No digit before the character just matched, except where it ends an escape."""
_CARD = re.compile(
    rf"[2-689]{_START}"
    rf"(?=([0-9]{{12,18}})(?![0-9])|([0-9]{{3}}({_ANY_GAP})[0-9]{{4}}\3[0-9]{{4}}\3[0-9]{{1,4}}(?:\3[0-9]{{3}})?)(?![0-9])"
    rf"|([0-9]{{3}}(?:{_MIXED}[0-9]{{4}}){{3}})(?![0-9])"
    rf"|((?:([ \-./_])[0-9])(?:\6[0-9]){{13,14}})(?![0-9]|\6[0-9])"
    rf"|([0-9]{{1,14}}({_GAP})[0-9]{{2,14}}(?:\8[0-9]{{2,14}}){{0,7}})(?![0-9]))",
)
_IBAN = re.compile(r"[0-9](?:(?<=[A-Za-z]{2}.)|(?<=[A-Z]{2}[ \-./\u00a0].))[ \-./\u00a0]?[0-9]")
"""The start of every IBAN, and of much else: `DE89 3704 ...`, `DE 89 ...`, `DE8 9370 ...`."""
_IBAN_REST = re.compile(rf"(?:(?:{_GAP}|:|\r?\n)?[A-Za-z0-9]){{11}}")
_BEFORE_IBAN = re.compile(r"IBAN\Z|%[0-9A-F]{2}\Z")
_ROW = re.compile(
    r"[0-9](?:(?:[^0-9A-Za-z]{0,4}|\\u[0-9a-f]{3}|\\xa|\\[ntr]|&nbsp;|%C2%A|%2[0-9A-F]|<br[ ]?/?>)[0-9]){6}"
)
"""Seven digits close together, which cards, IBANs, and phone numbers have and most lines do not."""
_STAMP = re.compile(
    r"(?:(?:19|20)[0-9]{2}[-/.](?:0[1-9]|1[0-2])[-/.](?:0[1-9]|[12][0-9]|3[01])(?:[T ]|[ ]-[ ])|[0-3]?[0-9][ /]|[0-9]{2}[-/][0-9]{2}[-/](?:20)?[0-9]{2} )?"
    r"[0-2][0-9]:[0-5][0-9]:[0-6][0-9](?:[.,][0-9]{1,9})?(?:Z|[ ]?[+-][0-9]{2}:?[0-9]{2})?(?![0-9])(?=\W{0,3}(?:[^\W\d]|$|[\[(<\"']))"
)
"""A date with its time, or a time: most lines begin with one."""
_SSN = re.compile(r"[0-8](?=[0-9]{2}-)(?<![\w-].)[0-9]{2}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])")
_SSN_SAID = re.compile(r"(?i:\bssn|social security)(?:\b|_)[^0-9\n]{0,20}([0-9]{9})(?![0-9])")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})"
_DOT = r"(?:\.|\[\.\]|\(\.\)|\{\.\}|\\{1,4}\.|%2[Ee]|[ ]\.[ ]|[\[(]dot[\])])"
_IPV4 = re.compile(
    rf"[0-9](?=[0-9]{{0,2}}[.\[({{\\% ])(?:(?<=(?<![0-9A-Za-z.]).)|(?<=\\[nrt].)|(?<=[^A-Za-z](?:ip|IP).)|(?<=(?:host|Host|addr|from|peer).))[0-9]{{0,2}}(?:{_DOT}{_OCTET}){{3}}(?![0-9A-Za-z]|\.[0-9])"
)
_PASSIVE = re.compile(
    rf"(?:Passive Mode[ ]{{1,2}}\(|PORT[ ])({_OCTET}(?:,{_OCTET}){{3}})(?=,[0-9]{{1,3}},[0-9]{{1,3}})"
)
"""The address of a connection for data, as FTP writes it (RFC 959)."""
_ENCODED_COLON = re.compile(r"%3[Aa]|\[:\]|\\:")
_ENCODED_IPV6 = re.compile(r"(?:[0-9A-Fa-f]{0,4}(?:%3[Aa]|\[:\]|\\:)){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_IPV6 = re.compile(r":[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*+(?:(?<=:)(?:[0-9]{1,3}\.){3}[0-9]{1,3})?")
_PLUS = re.compile(
    r"(?:\+(?:(?<![\w+].)|(?<=(?<!\w)[pPtTmMfFcC].))(?<![0-9]/.)[ ]?|%2B)[1-9](?:(?:%20)?[ .\-/()\[\]_:~\u00b7|,\u00a0\u202f\u2010-\u2015]{0,3}[0-9]){6,14}(?:(?![0-9A-Za-z_])|(?=x[0-9]{1,5}(?![0-9a-z])))"
)
_THOUSANDS = re.compile(r"\+[0-9]{1,3}(?:,[0-9]{3}){2,4}")
_ZEROS = re.compile(r"00(?<![\w.+-]..)(?<![0-9][/:]..)[ ]?[1-9](?:[ .\-/()\u00a0]{0,3}[0-9]){7,14}(?![0-9A-Za-z_])")
_PARENS = re.compile(r"\(0?[0-9]{2,5}\)(?:[ \-/.\u00a0]{0,2}[0-9]{2,5}){2,4}(?![\w-])")
_NANP = re.compile(
    r"[1-9](?=[0-9]{0,3}[-. \u00a0/_])(?<![\w.+/-].)(?:(?<=1)[-. \u00a0]?[2-9]|(?<!1))[0-9]{2}(?:([-. \u00a0])[2-9][0-9]{2}\1|[ /][2-9][0-9]{2}-|_[2-9][0-9]{2}_|-[2-9][0-9]{2})[0-9]{4}(?![\w-])(?!\.[0-9])",
)
_COUNTRY_FIRST = re.compile(
    r"[3-9][0-9](?=[ .\-/][0-9(])(?<![\w.+/-]..)(?:(?<=49)(?P<de>[ \-/])(?:\(0\))?1[5-7][0-9](?P=de)?[0-9]{3,4}[ ]?[0-9]{3,4}|(?<=33)(?P<fr>[ .\-/])[1-9](?:(?P=fr)[0-9]{2}){4}"
    r"|(?<=44)(?P<uk>[ \-])(?:20(?P=uk)[0-9]{4}(?P=uk)[0-9]{4}|7[0-9]{3}(?P=uk)[0-9]{3}[ ]?[0-9]{3})"
    r"|-[1-9][0-9]{1,3}(?:-[0-9]{3,8}){1,2})(?![\w-])(?!\.[0-9])"
)
"""A country's code without a plus, where the groups are a phone number's."""
_TRUNK = re.compile(
    r"0[1-9](?<![\w+/-]..)(?<![0-9][:.]..)[0-9]{0,4}(?:([ \-/.\u00a0_]|[ ][/-][ ])[0-9]{2,8}(?:[ \-.\u00a0/_][0-9]{2,7}){0,4}(?:(?<=[0-9]{3})-[0-9](?![0-9]))?)(?!\w|[:./-]\w)"
)
_WORDS_OF_EIGHT = re.compile(r"[0-9]{8}(?: [0-9a-fA-F]{8})+(?![0-9A-Za-z])")
_ALONE = 24
"""Characters of a text that is an address and little else: nothing before it has to be looked at."""
_NOT_DIGIT = re.compile(r"[^0-9]+")
_KEPT_ADDRESSES = ("127.", "0.0.0.0", "255.255.255.255")  # not anybody's
_HEX = frozenset("0123456789abcdefABCDEF")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_CARD_WORD = re.compile(
    r"(?i)card|(?<![a-z])(?:pan|cc|visa|amex|maestro|mastercard|diners|discover|jcb|unionpay|credit|debit|karte|carte|tarjeta)(?![a-z])"
)
_ID_PREFIX = re.compile(r"[A-Za-z]_-?$")
_ID_WORD = re.compile(
    r"(?i)(?:\bid|_id|ids|snowflake|guild|channel|msg|message|tweet|trace|span|offset|timestamp|ts|time|nanos|epoch|seq|sequence|hash|token|rowid|oid|"
    r"order|ticket|lsn|version|revision|cursor|seed|checksum|bytes|size|memory)\W{0,4}$",
)
_COUNTER_WORD = re.compile(
    r"(?i)(?:\b|_)(?:offset|trace_?id|span_?id|lsn|timestamp|snowflake|nanos|micros|epoch|seq|checksum|bytes|ord|rnd|rand)\W{0,4}$"
)
_LIBRARY = re.compile(
    r"(?i)(?<![a-z])(?:package|upgrad\w+|updat\w+|install\w+|lib\w*) [\w.+-]{1,40} (?:from (?:\S{1,20} to )?)?$",
)
_LIBRARIES = ("package", "upgrad", "updat", "install", "lib")
_VERSION_WORD = re.compile(
    r"(?i:(?<![a-z])(?:(?:[a-z]*version|ver|(?<![\"'])v(?![\"'])|release|rev|revision|build|dll|driver|firmware|fw|sdk|runtime|upgrad\w+|updat\w+|assembly|plugin|package|installed|kernel|section|chapter|clause|appendix)"
    r"(?:\W{1,3}(?:to|from|is|of)?\W{0,3}|\W{0,3})))$|(?<![\w-])[A-Z][A-Za-z]{2,30}/[vV]?$|[a-z][a-z0-9.+-]{1,40}[-_@]{1,2}[vV]?$",
)
_NOT_WORDS = " \t\r\n:=\"'([{<>)]},;"
_NOT_PRODUCT = re.compile(
    r"(?i)(?:from|to|ip|addr|address|host|client|peer|remote|source|src|dst|server|node|by|at|for|via|forwarded|connection|user|visitor|x-real-ip|x-forwarded-for)(?:\W{1,3}|[=_-])$"
)
_PHONE_SHAPES = re.compile(
    r"0[1-9](?:([ .\-\u00a0/_])[0-9]{2})(?:\1[0-9]{2}){3}"  # France
    r"|0[0-9]{1,5}[ /\-\u00a0][0-9]{5,8}"  # area and number
    r"|0[0-9]{2,4}[ /\-\u00a0][0-9]{3,4}[ \-\u00a0][0-9]{3,4}"  # United Kingdom, Japan
    r"|0[0-9]{1,4}[ /\-\u00a0][0-9]{3,4}(?:[ \u00a0][0-9]{2}){1,3}"  # Germany, Switzerland, Austria
    r"|0[0-9]{1,3}[ /\-\u00a0][0-9]{4}[ \-\u00a0][0-9]{4}"
    r"|0[0-9]{1,5}/[0-9]{3,8}-[0-9]{1,4}"  # Germany, with an extension
    r"|0[0-9]{1,5}/[0-9]{2,4}(?:[ ][0-9]{2,4}){1,3}"
    r"|0[0-9]{2,4}(?:\.[0-9]{2,4}){3}",
)


def scan_numbers(text: str, steps: Steps) -> str:
    """Replace numbers that name a person, an account or a machine by a mark of their kind."""
    if _DIGIT.search(text) is None:
        return _replaced(_IPV6, text, _ipv6, steps, 4) if "::" in text else text
    text = _replaced(_IBAN, text, lambda text, found: _iban(text, found, steps), steps, 1)
    if text.count(".") > 2 or "dot" in text or "%2E" in text or "%2e" in text:  # noqa: PLR2004 - of an address
        text = _replaced(_IPV4, text, lambda text, found: _ipv4(text, found, steps), steps, 3)
    if "assive Mode (" in text or "PORT " in text:
        text = _replaced(_PASSIVE, text, lambda _, found: (*found.span(1), "[ip]"), steps, 3)
    if ":" in text:
        text = _replaced(_IPV6, text, _ipv6, steps, 4)
    if "%3" in text or "[:]" in text or "\\:" in text:
        text = _replaced(_ENCODED_IPV6, text, _encoded_ipv6, steps, 6)
    if text.count("-") > 2 or text.count("_") > 2 or "ip6.arpa" in text or "ip.io" in text:  # noqa: PLR2004 - of an address in the name of a host
        text = scan_hosts(text, steps)
    return _rows(text, steps) if _has_row(text) else text


def _has_row(text: str) -> bool:
    """Whether digits are close together that are no time."""
    place = 0
    while (found := _ROW.search(text, place)) is not None:
        stamp = _STAMP.match(text, found.start())
        if stamp is None:
            return True
        place = stamp.end()
    return False


def _rows(text: str, steps: Steps) -> str:
    """Replaces numbers of seven digits and more."""
    text = scan_called(text, steps)
    text = _replaced(_CARD, text, lambda text, found: _card(text, found, steps), steps, 5)
    if "-" in text:
        text = _SSN.sub(_ssn, text)
    if "ssn" in (lowered := text.lower()) or "social security" in lowered:
        text = _SSN_SAID.sub(lambda found: f"{found[0][:-9]}[ssn]", text)
    if "+" in text or "%2B" in text:
        text = _PLUS.sub(_plus, text)
    if "00" in text:
        text = _ZEROS.sub(_zeros, text)
    if "(" in text:
        text = _PARENS.sub(_parens, text)
    text = _NANP.sub("[phone]", text)
    text = _COUNTRY_FIRST.sub(_country_first, text)
    return _TRUNK.sub(_trunk, text)


_Found = tuple[int, int, str]
"""Where what was found begins and ends, and its mark."""


def _replaced(
    pattern: re.Pattern[str], text: str, judge: Callable[[str, re.Match[str]], _Found | None], steps: Steps, price: int
) -> str:
    """The text with what the judge says in place of what it finds; what it refuses may overlap."""
    done = 0
    parts: list[str] = []
    for found in pattern.finditer(text):
        if found.start() < done:
            continue
        steps.spend(price)
        judged = judge(text, found)
        if judged is not None and judged[0] >= done:
            start, end, mark = judged
            parts += [text[done:start], mark]
            done = end
    return "".join(parts) + text[done:] if parts else text


def _iban(text: str, found: re.Match[str], steps: Steps) -> _Found | None:
    start = found.start() - (2 if text[found.start() - 1].isalpha() else 3)
    country = text[start : start + 2]
    if country.upper() not in IBAN_LENGTHS:
        return None
    steps.spend(3)
    if _IBAN_REST.match(text, found.end()) is None:
        return None
    steps.spend(5)
    before = text[start - 1 : start]
    if before.isalnum() and not (
        (before.islower() and country.isupper()) or _BEFORE_IBAN.search(text, max(start - 4, 0), start)
    ):
        return None
    end = iban_end(text, start)
    return None if end is None else (start, end, "[iban]")


def _card(text: str, found: re.Match[str], steps: Steps) -> _Found | None:
    start = found.start()
    bare, grouped, _, mixed, single, sign, loose, gap = found.groups()
    if bare is not None:
        end = start + 1 + len(bare)
        digits = text[start:end]
        if card(digits):
            steps.spend(8)
            if _bare_card(text, start, end):
                return start, end, "[card]"
        return None
    if _in_word(text, start):
        return None
    if grouped is not None:
        steps.spend(4)
        return _longest_card(text, start, start + 1 + len(grouped), found[3])
    if mixed is not None:
        end = start + 1 + len(mixed)
        digits = _NOT_DIGIT.sub("", text[start:end].replace("%20", ""))
        return (start, end, "[card]") if card(digits) and not _uuid(text, start, end) else None
    if single is not None:
        end = start + 1 + len(single)
        digits = _NOT_DIGIT.sub("", text[start:end])
        fits = len(digits) in (15, 16) and card(digits) and not _DIGIT.search(text[max(start - 2, 0) : start])
        return (start, end, "[card]") if fits and text[start - 1 : start] != sign.strip() + "." else None
    # any other grouping: all of the row, or in a line that speaks of cards
    end = start + 1 + len(loose)
    digits = (
        _NOT_DIGIT.sub("", text[start:end]) if "%" not in gap and "\\" not in gap else text[start:end].replace(gap, "")
    )
    if not card(digits) or _uuid(text, start, end):
        return None
    joined = gap == "," or (gap in "._" and loose.count(gap) == 1)  # a fraction, an id of two parts
    alone = _alone(text, start, end) and not joined and len(digits) < 17  # noqa: PLR2004 - rows of measured values are longer
    return (start, end, "[card]") if alone or _CARD_WORD.search(text, max(start - 60, 0), start) else None


def _longest_card(text: str, start: int, end: int, gap: str) -> _Found | None:
    """In groups of four, of which the last may be what stands behind: a date, a check number."""
    groups = text[start:end].split(gap)
    for count in range(len(groups), 3, -1):
        if card("".join(groups[:count])):
            end = start + len(gap.join(groups[:count]))
            return None if _uuid(text, start, end) else (start, end, "[card]")
    return None


def _alone(text: str, start: int, end: int) -> bool:
    """Whether no other digits stand directly beside a row of groups."""
    before, after = text[max(start - 3, 0) : start], text[end : end + 3]
    return not (_DIGIT.search(before) or _DIGIT.search(after))


def _bare_card(text: str, start: int, end: int) -> bool:
    """Whether sixteen digits in a row stand where a number of a card may: in no hash, no fraction, no id."""
    size = end - start
    before = text[max(start - 40, 0) : start]
    after = text[end : end + 1]
    column = (
        before[-1:] == "," == after and text[end + 1 : end + 2].strip() != ""
    )  # of a row of values: `7,4111...,Ann`
    if before[-1:] in {".", ","} and not before[-2:-1].isalpha() and not column:
        return False
    if _in_word(text, start) or _uuid(text, start, end):
        return False
    tail = re.match(r"[A-Za-z0-9]{0,24}", text[end : end + 24])
    if (
        tail is not None
        and tail[0]
        and after.isalpha()
        and all(one in _HEX for one in tail[0])
        and not re.match(r"[Dd][0-9]{4}", text[end : end + 5])
    ):
        return False
    if after == "." and re.match(r"\.[0-9]", text[end : end + 2]) and text[end : end + 2] != ".0":
        return False
    if size > 16 and _ID_PREFIX.search(before) is not None and _CARD_WORD.search(before[-20:]) is None:  # noqa: PLR2004 - as below
        return False  # `blk_6400421658804613208`
    if size in (13, 17, 18):
        return _CARD_WORD.search(before) is not None
    if size < 17:  # noqa: PLR2004 - as long as ids of 64 bits
        return _COUNTER_WORD.search(before) is None
    return _ID_WORD.search(before) is None


def _in_word(text: str, start: int) -> bool:
    """Whether digits follow letters of a hash or an id; a word before them (`PAN4111...`, `cc_4111...`) is none."""
    place = start
    while place and start - place < 24 and text[place - 1].isascii() and text[place - 1].isalnum():  # noqa: PLR2004 - a word
        place -= 1
    word = text[place:start]
    if not word or (place and text[place - 1] in "%\\" and len(word) <= 5):  # noqa: PLR2004 - an escape: `%20`, `\u00a0`
        return False
    return any(c.isdigit() for c in word) or all(c in _HEX for c in word)


def _uuid(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a UUID."""
    if text[start - 1 : start] != "-" and text[end : end + 1] != "-" and "-" not in text[start:end]:
        return False
    around = max(start - 36, 0)
    return any(one.start() < end and one.end() > start for one in _UUID.finditer(text, around, end + 36))


def _ssn(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith(("000", "666")) else "[ssn]"


def _ipv4(text: str, found: re.Match[str], steps: Steps) -> _Found | None:
    address = _NOT_DIGIT.sub(".", found[0].replace("%2E", ".").replace("%2e", "."))
    if address.startswith(_KEPT_ADDRESSES) or any(int(part) > 255 for part in address.split(".")):  # noqa: PLR2004 - an octet
        return None
    before = text[max(found.start() - 48, 0) : found.start()]
    if not before or not (before[-1] in "/-_@=" or before.rstrip(_NOT_WORDS)[-1:].isalpha()):
        return found.start(), found.end(), "[ip]"  # no word before it
    steps.spend(5 if len(text) > _ALONE else 0)
    lowered = before.lower()
    if any(one in lowered for one in _LIBRARIES) and _LIBRARY.search(before) is not None:
        return None
    if (
        _may_version(lowered)
        and _VERSION_WORD.search(before[-28:]) is not None
        and _NOT_PRODUCT.search(before[-20:]) is None
    ):
        return None  # 120.0.0.0 of Chrome, 28.7.108.110 of a library
    return found.start(), found.end(), "[ip]"


def _may_version(lowered: str) -> bool:
    """Return whether `_VERSION_WORD` may end here: a look that costs little."""
    return lowered[-1:] in "/-_@v" or "v" in lowered[-12:] or holds(lowered[-28:], _VERSION_STEMS)


_VERSION_STEMS = ("rel", "rev", "build", "dll", "firm", "fw", "sdk", "runt", "upgrad", "updat", "assem", "plugin", "packag", "instal", "kernel", "ver", "section", "chapter", "clause", "appendix")  # fmt: skip


def _ipv6(text: str, found: re.Match[str]) -> _Found | None:  # noqa: C901 - one test for each form
    start, end = found.start(), found.end()
    if found[0].count(":") < 7 and "::" not in found[0]:  # noqa: PLR2004 - eight groups
        return None
    place = start
    while place and start - place < 5 and text[place - 1] in _HEX:  # noqa: PLR2004 - one more than a group has
        place -= 1
    before = text[place - 1 : place]
    # the group before the first colon is the end of a word, or there is none: `ip:2a02::1`
    start = place if start - place < 5 and not (before.isalnum() or before in ("_", ".")) else start  # noqa: PLR2004
    if text[start] == ":" and text[start + 1 : start + 2] != ":":
        start += 1
    elif start == found.start() and place < start:
        return None  # `Foo::bar`: what stands before two colons is a name
    if text[start] == ":" and (text[start - 1 : start].isalnum() or text[start - 1 : start] in (")", ">", "]", "_")):
        return None
    if text[end - 1] == ":" and text[end - 2] != ":":
        end -= 1
    elif text[end : end + 1] == ":":
        return None
    if (text[end : end + 1].isalnum() or text[end : end + 1] == "_") or end - start > 45:  # noqa: PLR2004 - the longest form
        return None
    address = text[start:end]
    groups = [group for group in address.split(":") if group]
    if not any(c.isdigit() for c in address) or not (any(len(group) > 2 for group in groups) or len(groups) > 3):  # noqa: PLR2004
        return None  # `1::2` of a slice, `ab::cd` of a name; eight pairs are a hardware address
    if len(groups) == 8 and all(len(group) <= 2 for group in groups):  # noqa: PLR2004 - as above
        return None
    return (start, end, "[ip]") if _is_ipv6(address) else None


def _encoded_ipv6(text: str, found: re.Match[str]) -> _Found | None:
    address = _ENCODED_COLON.sub(":", found[0])
    if sum(len(group) > 2 for group in address.split(":")) < 2 or text[found.start() - 1 : found.start()].isalnum():  # noqa: PLR2004 - a prefix
        return None
    return (found.start(), found.end(), "[ip]") if _is_ipv6(address) else None


def _is_ipv6(address: str) -> bool:
    """Whether it is an address of RFC 4291, and somebody's: not `::1`, not `::`."""
    head, gap, tail = address.partition("::")
    if ":::" in address or "::" in tail or _GROUPS.fullmatch(head) is None or _GROUPS.fullmatch(tail) is None:
        return False
    count = sum(len(part.split(":")) + ("." in part) for part in (head, tail) if part)
    return (count < 8 if gap else count == 8) and _LOOPBACK.fullmatch(address) is None  # noqa: PLR2004 - groups of an address


_GROUPS = re.compile(
    r"(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,7}(?:(?<=:)[0-9]{0,3}(?:\.[0-9]{1,3}){3})?|(?:[0-9A-Fa-f]{1,4}:){0,6}[0-9]{1,3}(?:\.[0-9]{1,3}){3})?"
)
_LOOPBACK = re.compile(r"(?:[0:]+:)?0{0,3}[01]")


def _plus(found: re.Match[str]) -> str:
    text = found[0]
    if _THOUSANDS.fullmatch(text) is not None:
        return text
    if text.count(")") > text.count("(") and found.string[found.start() - 1 : found.start()] == "(":
        text = text.replace(")", "", 1)  # `(+49) 170 ...`
    national = text.removeprefix("%2B").replace("(0)", "").replace("%20", "")
    return "[phone]" if phone(_NOT_DIGIT.sub("", national)) and text.count("(") == text.count(")") else found[0]


def _zeros(found: re.Match[str]) -> str:
    if _WORDS_OF_EIGHT.match(found.string, found.start()) is not None:
        return found[0]  # of a dump of memory
    digits = _NOT_DIGIT.sub("", found[0].replace("(0)", ""))[2:]
    return "[phone]" if len(digits) >= 10 and phone(digits) else found[0]  # noqa: PLR2004 - shorter ones are padded numbers


def _country_first(found: re.Match[str]) -> str:
    digits = _NOT_DIGIT.sub("", found[0].replace("(0)", ""))
    return "[phone]" if 10 <= len(digits) <= 13 and phone(digits) else found[0]  # noqa: PLR2004 - E.164, and no date


def _parens(found: re.Match[str]) -> str:
    digits = _NOT_DIGIT.sub("", found[0])
    return "[phone]" if 9 <= len(digits) <= 13 else found[0]  # noqa: PLR2004 - a national number (ITU-T E.164)


def _trunk(found: re.Match[str]) -> str:
    digits = _NOT_DIGIT.sub("", found[0])
    shape = found[0].replace(" / ", "/", 1).replace(" - ", "-", 1)
    fits = 9 <= len(digits) <= 13 and _PHONE_SHAPES.fullmatch(shape) is not None  # noqa: PLR2004 - with its trunk prefix
    return "[phone]" if fits else found[0]


def scan_number(value: int) -> str | None:
    """Return the mark of a number that is a card's; None for any other."""
    return "[card]" if 10**13 <= value < 10**19 and card(str(value)) and len(str(value)) in (14, 15, 16, 19) else None


def scan_phone(value: str) -> str | None:
    """Return the mark of digits that are a phone number with its country code, where their name allows one."""
    return "[phone]" if 10 <= len(value) <= 15 and value.isascii() and value.isdigit() and phone(value) else None  # noqa: PLR2004 - E.164
