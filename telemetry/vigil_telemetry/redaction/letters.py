"""Letters and escapes that stand for ASCII ones.

Full-width letters, digits of other scripts, quotes and dashes of typography, invisible characters, and the escapes of
JSON, Python and HTML. The patterns of this package know ASCII: `in_ascii` gives them the text that a reader sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ZEROS = (
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810,
)  # fmt: skip
"""Where the decimal digits of a script begin (category Nd of Unicode)."""
_SIGNS = {
    '"': "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u300c\u300d\u300e\u300f",
    "'": "\u2018\u2019\u201a\u201b\u2039\u203a\u2032",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63",
    " ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    ".": "\u2024\u3002\uff61\ufe52",
    ":": "\u2236\ufe55\ufe13",
    "@": "\ufe6b",
    "=": "\ufe66\u207c",
    "+": "\ufe62",
    "/": "\u2044\u2215",
}
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\ufeff"
_ASCII: dict[int, str | None] = {
    **{zero + digit: str(digit) for zero in _ZEROS for digit in range(10)},
    **{0xFF01 + place: chr(0x21 + place) for place in range(94)},
    **{ord(sign): plain for plain, signs in _SIGNS.items() for sign in signs},
    **dict.fromkeys(map(ord, _INVISIBLE)),
}
_OTHER = re.compile(f"[{''.join(map(chr, _ASCII))}]")
_ESCAPED_SIGNS = frozenset("<>=&+@:.- /_")
"""Signs of ASCII that are read where they are escaped. Quotes are not: the patterns know their levels."""
_NAMED = {
    "commat": "@", "plus": "+", "equals": "=", "colon": ":", "period": ".", "lowbar": "_", "hyphen": "-", "dash": "-",
    "ndash": "-", "mdash": "-", "nbsp": " ", "ensp": " ", "emsp": " ", "thinsp": " ", "sol": "/",
}  # fmt: skip
_ESCAPE = re.compile(
    rf"\\{{1,8}}(?:u([0-9A-Fa-f]{{4}})|x([0-9A-Fa-f]{{2}}))|&(?:#([0-9]{{2,5}})|#[xX]([0-9A-Fa-f]{{2,4}})|({'|'.join(_NAMED)}));"
)


def holds(text: str, words: Iterable[str]) -> bool:
    """Return whether a text has one of these words: a look that costs little."""
    for word in words:  # noqa: SIM110 - `any` with a generator takes twice as long
        if word in text:
            return True
    return False


def in_ascii(text: str) -> str | None:
    """Return the text with ASCII in place of what stands for it; None where nothing does."""
    plain = text
    if ("\\" in text and ("\\u" in text or "\\x" in text)) or ("&" in text and ";" in text):
        plain = _ESCAPE.sub(_unescaped, text)
    if not plain.isascii() and _OTHER.search(plain) is not None:
        plain = plain.translate(_ASCII)
    return None if plain == text else plain


def _unescaped(found: re.Match[str]) -> str:
    if found[5] is not None:
        return _NAMED[found[5]]
    code = int(found[3]) if found[3] is not None else int(found[1] or found[2] or found[4], 16)
    if code in _ASCII or (code < 128 and chr(code) in _ESCAPED_SIGNS):  # noqa: PLR2004 - ASCII
        return chr(code)
    return found[0]
