"""Check digits, issuers, country codes: what distinguishes a card, an IBAN or a phone number from other digits."""

from __future__ import annotations

import re

# Lengths of the SWIFT IBAN registry
IBAN_LENGTHS = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BR": 29,
    "BY": 28,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IQ": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LC": 32,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "LY": 25,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MR": 27,
    "MT": 31,
    "MU": 30,
    "NL": 18,
    "NO": 15,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "SA": 24,
    "SC": 31,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "ST": 25,
    "SV": 28,
    "TL": 23,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VA": 22,
    "VG": 24,
    "XK": 20,
}

_TO_DIGITS = {ord("A") + place: str(10 + place) for place in range(26)}
_NOT_ALNUM = re.compile(r"[^A-Za-z0-9]+")


def luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of ISO/IEC 7812."""
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


_DOUBLED = {ord(str(digit)): str(sum(divmod(2 * digit, 10))) for digit in range(10)}

# Issuer ranges of ISO/IEC 7812 as the schemes publish them, with the lengths that they issue
_SCHEMES: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = (
    (re.compile(r"4"), frozenset({13, 16, 19})),  # Visa
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), frozenset({16})),  # Mastercard
    (re.compile(r"3[47]"), frozenset({15})),  # American Express
    (re.compile(r"30[0-5]|3095|3[689]"), frozenset({14, 16})),  # Diners Club
    (re.compile(r"35(?:2[89]|[3-8])"), frozenset({16, 17, 18, 19})),  # JCB
    (re.compile(r"6011|64[4-9]|65"), frozenset({16, 17, 18, 19})),  # Discover
    (re.compile(r"62|81"), frozenset({16, 17, 18, 19})),  # UnionPay
    (re.compile(r"50|5[6-9]|6[0-9]"), frozenset({16, 18, 19})),  # Maestro, RuPay, Hipercard, Elo
    (re.compile(r"220[0-4]"), frozenset({16, 17, 18, 19})),  # Mir
    (re.compile(r"9792"), frozenset({16})),  # Troy
)


def card(digits: str) -> bool:
    """Return whether a row of digits is the number of a card: issuer, length and check digit fit."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "2345689":  # noqa: PLR2004 - ISO/IEC 7812
        return False
    return any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in _SCHEMES) and luhn(digits)


# Country codes of ITU-T E.164 (assigned, geographic and shared)
_CODES = re.compile(
    r"1|7|2(?:0|1[1-8]|[2-5][0-9]|6[0-9]|7|9[01789])|3(?:[0-469]|5[0-9]|7[0-8]|8[0-9])|4(?:[013-9]|2[0-13])"
    r"|5(?:0[0-9]|[1-8]|9[0-9])|6(?:[0-6]|7[02-9]|8[0-35-9]|9[0-2])|8(?:00|[1246]|5[02356]|70|78|8[0-368])|9(?:[0-58]|6[0-8]|7[0-79]|9[2-68])",
)


def phone(digits: str) -> bool:
    """Return whether digits with their country code can be a number of ITU-T E.164: code assigned, length possible."""
    if digits[:1] == "1":
        return len(digits) == 11 and digits[1] in "23456789" and digits[4] in "23456789"  # noqa: PLR2004 - the North American plan
    return 8 <= len(digits) <= 15 and _CODES.match(digits) is not None  # noqa: PLR2004 - E.164


def iban_end(text: str, start: int) -> int | None:
    """Return where the IBAN that starts here ends; what divides its groups does not count.

    None where there is none.
    """
    length = IBAN_LENGTHS.get(text[start : start + 2].upper())
    if length is None:
        return None
    window = text[start : start + 3 * length]
    compact = _NOT_ALNUM.sub("", window.replace("%20", "   "))[:length]
    if len(compact) < length:
        return None
    number = (compact[4:] + compact[:4]).upper()
    if not number.isascii() or int(number.translate(_TO_DIGITS)) % 97 != 1:
        return None
    found, place, behind = 0, start, start
    while found < length:
        if text.startswith("%20", place):
            place += 3
            continue
        if text[place].isascii() and text[place].isalnum():
            if place - behind > _WIDEST_GAP:
                return None  # two things beside each other
            found, behind = found + 1, place
        place += 1
    return None if text[place : place + 1].isalnum() and _BIC.match(text, place) is None else place


_WIDEST_GAP = 9
"""From one character of an IBAN to the next: blanks as a form or a table writes them, `%20` several times."""
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![A-Za-z0-9])")
"""The code of a bank (ISO 9362), which may stand directly behind."""
