"""Secrets that words tie to their name, or nothing but a blank.

`API key provided: ...`, `the password for ann is ...`, `... is your login code`, `bad credentials (ann:...)`. A word goes
here only if it can be no word of a language.
"""

from __future__ import annotations

import base64
import binascii
import re

from vigil_telemetry.redaction.budget import Steps
from vigil_telemetry.redaction.commands import REDACTED, looks_secret, unlike_words

CREDENTIALS = "[credentials]"

_AFTER = re.compile(
    r"(?:pass(?:word|wd|wort|phrase|code)?|pwd|kennwort|secret|token|credentials?|api[ _-]?key|identified by|masterauth|jwt|pw)"
    r"(?:[^\w\r\n]{1,10}|\r?\n[ \t]{0,16}(?:[-*][ ]{1,4})?)"
    r"(?:(?:is|was|are|of|for|from|to|as|by|has|value|string|provided|given|received|entered|supplied|used|sent|now|set|changed|(?:for|of|user) [\w.@-]{1,40})[^\w\r\n]{1,4}){0,3}"
    r"([^\s\"'`,;()|<>{}\[\]:=]{6,80}={0,2})(?![^\s\"'`,;()|<>{}\[\]])(?:[\"'`]?[ ]to[ ][\"'`]?([^\s\"'`,;()|<>{}\[\]:=]{6,80}))?"
)
"""In lower case: a name, whatever stands behind it, and a word, which goes if it cannot be one of a language."""
_BEFORE = re.compile(
    r"[ ](?:as|is|was)[ ]{1,2}(?:(?:the|a|an|your|his|her|my|their|its)[ ])?(?:[a-z-]{2,12}[ ])?"
    r"(?:password|passwd|pwd|pass ?phrase|passcode|secret|token|api[ _-]?key|otp|pin|code)(?![\w-])"
)
"""In lower case: `... is your login code`, `... as the password`, behind the word that goes."""
_NOUNS = ("pass", "pwd", "secret", "token", "api", "otp", "pin", "code")
_LOGIN = re.compile(
    r"(?:auth|authentication|log(?:in|on)|credentials?|userpass|identity|logged in as)(?![\w-])[^\w\r\n]{1,6}[\w.@+-]{1,60}:([^\s\"'`,;()<>{}\[\]@/]{6,80})(?![\w@/])"
)
"""In lower case: `auth ann:...`, `bad credentials (ann:...)`."""
_BASIC = re.compile(r"basic(?<![\w-]basic)(?:\\[tn]|%20|%3a|[^\w\r\n]){1,6}+([a-z0-9._~+/=\-]{8,4000}+)")
"""In lower case: `['Basic', 'YW5u...']`, `Basic:YW5u...`."""
_CRYPT = re.compile(r"(?i:crypt)\([^()\n]{1,200}?,[ ]{0,4}'([^'\n]{4,200})'")
"""`pgp_sym_decrypt(body, '...')`: the key is the second argument."""


def scan_mentions(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Find secrets in sentences.

    Args:
        text: the whole text.
        lowered: the same in lower case.
        spans: the places to replace; new ones are added.
        steps: what scanning may still take.
    """
    _after(text, lowered, spans, steps)
    if (" as " in lowered or " is " in lowered or " was " in lowered) and any(one in lowered for one in _NOUNS):
        _before(text, lowered, spans, steps)
    if ":" in text and any(one in lowered for one in ("auth", "log", "cred", "identity", "userpass")):
        for found in _LOGIN.finditer(lowered):
            steps.spend(2)
            start, end = found.span(1)
            if looks_secret(text[start:end]) or unlike_words(text[start:end]):
                spans.append((start, end, REDACTED))
    if "basic" in lowered:
        for found in _BASIC.finditer(lowered):
            steps.spend(3)
            start, end = found.span(1)
            if is_basic(text[start:end]):
                spans.append((start, end, CREDENTIALS))
    if "crypt(" in lowered:
        spans.extend((one.start(1), one.end(1), REDACTED) for one in _CRYPT.finditer(text))


def _after(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _AFTER.finditer(lowered):
        steps.spend(2)
        for place in (1, 2):
            start, end = found.span(place)
            word = text[max(start, 0) : end] if start >= 0 else ""
            if unlike_words(word) or (len(word) >= _ENCODED and is_basic(word)):
                spans.append((start, end, REDACTED))


def _before(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _BEFORE.finditer(lowered):
        steps.spend(3)
        end = found.start() - (lowered[found.start() - 1 : found.start()] in ("'", '"', "`"))
        start = end
        while start and end - start <= _LONGEST and lowered[start - 1] not in _NOT_WORD:
            start -= 1
        word = text[start:end]
        if unlike_words(word) or (word.isdigit() and _SHORTEST <= len(word) <= _LOGIN_CODE and "your" in found[0]):
            spans.append((start, end, REDACTED))


_NOT_WORD = frozenset(" \t\r\n\"'`,;()|<>{}[]:=")
_LONGEST, _SHORTEST = 80, 4
_ENCODED = 12
"""Characters of base64 at least: a word of eight letters decodes, too."""
_LOGIN_CODE = 8


def is_basic(value: str) -> bool:
    """Return whether it is the base64 of `user:password`."""
    bare = value.rstrip(".=:")
    try:
        decoded = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded and all(byte >= 32 for byte in decoded)  # noqa: PLR2004 - printable
