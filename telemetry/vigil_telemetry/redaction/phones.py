"""Phone numbers in text: with the code of a country, in brackets, with a trunk prefix, as North America writes them."""

from __future__ import annotations

import re

from vigil_telemetry.redaction.checks import phone
from vigil_telemetry.redaction.matches import NOT_DIGIT

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


def scan_phones(text: str) -> str:
    """Replace phone numbers by a mark."""
    if "+" in text or "%2B" in text:
        text = _PLUS.sub(_plus, text)
    if "00" in text:
        text = _ZEROS.sub(_zeros, text)
    if "(" in text:
        text = _PARENS.sub(_parens, text)
    text = _NANP.sub("[phone]", text)
    text = _COUNTRY_FIRST.sub(_country_first, text)
    return _TRUNK.sub(_trunk, text)


def scan_phone(value: str) -> str | None:
    """Return the mark of digits that are a phone number with its country code, where their name allows one."""
    return "[phone]" if 10 <= len(value) <= 15 and value.isascii() and value.isdigit() and phone(value) else None  # noqa: PLR2004 - E.164


def _plus(found: re.Match[str]) -> str:
    text = found[0]
    if _THOUSANDS.fullmatch(text) is not None:
        return text
    if text.count(")") > text.count("(") and found.string[found.start() - 1 : found.start()] == "(":
        text = text.replace(")", "", 1)  # `(+49) 170 ...`
    national = text.removeprefix("%2B").replace("(0)", "").replace("%20", "")
    return "[phone]" if phone(NOT_DIGIT.sub("", national)) and text.count("(") == text.count(")") else found[0]


def _zeros(found: re.Match[str]) -> str:
    if _WORDS_OF_EIGHT.match(found.string, found.start()) is not None:
        return found[0]  # a dump of memory
    digits = NOT_DIGIT.sub("", found[0].replace("(0)", ""))[2:]
    return "[phone]" if len(digits) >= 10 and phone(digits) else found[0]  # noqa: PLR2004 - shorter ones are padded numbers


def _country_first(found: re.Match[str]) -> str:
    digits = NOT_DIGIT.sub("", found[0].replace("(0)", ""))
    return "[phone]" if 10 <= len(digits) <= 13 and phone(digits) else found[0]  # noqa: PLR2004 - E.164, and no date


def _parens(found: re.Match[str]) -> str:
    digits = NOT_DIGIT.sub("", found[0])
    return "[phone]" if 9 <= len(digits) <= 13 else found[0]  # noqa: PLR2004 - a national number (ITU-T E.164)


def _trunk(found: re.Match[str]) -> str:
    digits = NOT_DIGIT.sub("", found[0])
    shape = found[0].replace(" / ", "/", 1).replace(" - ", "-", 1)
    fits = 9 <= len(digits) <= 13 and _PHONE_SHAPES.fullmatch(shape) is not None  # noqa: PLR2004 - with its trunk prefix
    return "[phone]" if fits else found[0]
