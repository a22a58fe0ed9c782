"""Check digits: what tells a card number or an IBAN from any other row of digits."""

from __future__ import annotations

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


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2  # noqa: PLR2004 - doubling 5 to 9 gives two digits
        total += value
    return total % 10 == 0


def iban_end(text: str, start: int) -> int | None:
    """Where the IBAN that starts here ends: single spaces and dashes between its characters do not count.

    None where there is none.
    """
    length = IBAN_LENGTHS.get(text[start : start + 2].upper())
    if length is None:
        return None
    found: list[str] = []
    place, end = start, len(text)
    while place < end and len(found) < length:
        character = text[place]
        if character.isascii() and character.isalnum():
            found.append(character)
        elif character not in " -\u00a0" or text[place - 1] in " -\u00a0":
            return None
        place += 1
    if len(found) < length or (place < end and text[place].isalnum()):
        return None
    number = "".join(found[4:] + found[:4])
    return place if int("".join(str(int(c, 36)) for c in number)) % 97 == 1 else None
