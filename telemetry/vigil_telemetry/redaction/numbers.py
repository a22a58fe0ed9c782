"""Numbers in text that name a person, an account or a machine: cards, IBANs and social security numbers are here.

`ips` knows the addresses of machines, `phones` phone numbers.

Every pattern begins with a character or a class of them, which `re` looks for fastest; what stands before is looked at
from there. What a pattern finds is checked by its digits before it is replaced.
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.checks import IBAN_LENGTHS, card, iban_end
from vigil_telemetry.redaction.ips import scan_ips, scan_short_ips
from vigil_telemetry.redaction.matches import HEX, NOT_DIGIT, Found, replaced
from vigil_telemetry.redaction.phones import scan_phones
from vigil_telemetry.redaction.spelt import scan_called, scan_hosts

_DIGIT = re.compile(r"[0-9]")
_GAP = (
    r"(?:[ \t\-._/·|*+,\u00a0\u00ad\u2000-\u200f\u2010-\u2015\u202f\u2060\u2212\u3000]{1,3}"
    r"|%20|%2D|%C2%A0|&nbsp;|&#160;|\\u00a0|\\u2013|\\xa0|\\t)"
)
"""What divides the groups of a number: by hand, by a form, by the encodings that a log adds."""
_ANY_GAP = r"(?:[^0-9A-Za-z]{1,4}|%[0-9A-F]{2}|%C2%A0|%E2%80%[0-9A-F]{2}|&nbsp;|&#160;|\\[nrt]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|%2[0-9A-F]|<br[ ]?/?>)"
"""What divides groups of four that are all divided alike."""
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
_SSN_NAMED = re.compile(r"(?i:\bssn|social security)(?:\b|_)[^0-9\n]{0,20}([0-9]{9})(?![0-9])")
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


def scan_numbers(text: str, steps: Steps) -> str:
    """Replace numbers that name a person, an account or a machine by a mark of their kind."""
    if _DIGIT.search(text) is None:
        return scan_short_ips(text, steps)
    text = replaced(_IBAN, text, lambda text, found: _iban(text, found, steps), steps, 1)
    text = scan_ips(text, steps)
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
    text = replaced(_CARD, text, lambda text, found: _card(text, found, steps), steps, 5)
    if "-" in text:
        text = _SSN.sub(_ssn, text)
    if "ssn" in (lowered := text.lower()) or "social security" in lowered:
        text = _SSN_NAMED.sub(lambda found: f"{found[0][:-9]}[ssn]", text)
    return scan_phones(text)


def _iban(text: str, found: re.Match[str], steps: Steps) -> Found | None:
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


def _card(text: str, found: re.Match[str], steps: Steps) -> Found | None:
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
        digits = NOT_DIGIT.sub("", text[start:end].replace("%20", ""))
        return (start, end, "[card]") if card(digits) and not _uuid(text, start, end) else None
    if single is not None:
        end = start + 1 + len(single)
        digits = NOT_DIGIT.sub("", text[start:end])
        fits = len(digits) in (15, 16) and card(digits) and not _DIGIT.search(text[max(start - 2, 0) : start])
        return (start, end, "[card]") if fits and text[start - 1 : start] != sign.strip() + "." else None
    # any other grouping: all of the row, or in a line that speaks of cards
    end = start + 1 + len(loose)
    digits = (
        NOT_DIGIT.sub("", text[start:end]) if "%" not in gap and "\\" not in gap else text[start:end].replace(gap, "")
    )
    if not card(digits) or _uuid(text, start, end):
        return None
    joined = gap == "," or (gap in "._" and loose.count(gap) == 1)  # a fraction, an id of two parts
    alone = _alone(text, start, end) and not joined and len(digits) < 17  # noqa: PLR2004 - rows of measured values are longer
    return (start, end, "[card]") if alone or _CARD_WORD.search(text, max(start - 60, 0), start) else None


def _longest_card(text: str, start: int, end: int, gap: str) -> Found | None:
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
    column = before[-1:] == "," == after and text[end + 1 : end + 2].strip() != ""  # a row of values: `7,4111...,Ann`
    if before[-1:] in {".", ","} and not before[-2:-1].isalpha() and not column:
        return False
    if _in_word(text, start) or _uuid(text, start, end):
        return False
    tail = re.match(r"[A-Za-z0-9]{0,24}", text[end : end + 24])
    if (
        tail is not None
        and tail[0]
        and after.isalpha()
        and all(one in HEX for one in tail[0])
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
    return any(c.isdigit() for c in word) or all(c in HEX for c in word)


def _uuid(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a UUID."""
    if text[start - 1 : start] != "-" and text[end : end + 1] != "-" and "-" not in text[start:end]:
        return False
    around = max(start - 36, 0)
    return any(one.start() < end and one.end() > start for one in _UUID.finditer(text, around, end + 36))


def _ssn(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith(("000", "666")) else "[ssn]"


def scan_number(value: int) -> str | None:
    """Return the mark of a number that is a card's; None for any other."""
    return "[card]" if 10**13 <= value < 10**19 and card(str(value)) and len(str(value)) in (14, 15, 16, 19) else None
