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
from vigil_telemetry.redaction.keys import Beside, beside
from vigil_telemetry.redaction.letters import holds

CREDENTIALS = "[credentials]"

_AFTER = re.compile(
    r"(?:pass(?:word|wd|wort|phrase|code)?|pwd|kennwort|secret|token|credentials?|api[ _-]?key|identified by|masterauth|jwt|pw|(?:recovery|backup|access) codes?|unseal key(?: [0-9])?)"
    r"(?:[^\w\r\n]{1,10}+|\r?\n[ \t]{0,16}(?:[-*][ ]{1,4})?)"
    r"(?:(?:is|was|are|of|for|from|to|as|by|has|you|that|value|string|provided|given|received|entered|supplied|used|sent|now|set|changed|(?:for|of|user) [\w.@-]{1,40})[^\w\r\n]{1,4}){0,3}"
    r"([^\s\"'`,;()|<>{}\[\]:=]{6,80}+={0,2})(?![^\s\"'`,;()|<>{}\[\]])(?:[\"'`]?[ ]to[ ][\"'`]?([^\s\"'`,;()|<>{}\[\]:=]{6,80}))?"
)
"""In lower case: a name, whatever stands behind it, and a word, which goes if it cannot be one of a language."""
_BELOW = re.compile(r":(?:\\n|\r?\n){1,2}+[ \t]{0,8}+([^\s\"'`,;()|<>{}\[\]:=\\]{8,80}+)(?=\\n|[ \t]{0,8}(?:\r?\n|$))")
_NAME_ABOVE = re.compile(r"(?:pass(?:word|phrase|code)|token|secret|api[ _-]key|credentials?)(?![\w-])[^\n]{0,80}\Z")
"""In lower case: `use the following password to proceed:`, and the password below."""
_BEFORE = re.compile(
    r"[ ](?:as|is|was)[ ]{1,2}(?:(?:the|a|an|your|his|her|my|their|its)[ ])?(?:[a-z-]{2,12}[ ]){0,2}"
    r"(?:password|passwd|pwd|pass ?phrase|passcode|secret|token|api[ _-]?key|otp|pin|code)(?![\w-])"
)
"""In lower case: `... is your login code`, `... as the password`, behind the word that goes."""
_KINDS = (
    "pass",
    "token",
    "secret",
    "credential",
    "key",
    "pwd",
    "pw",
    "kennwort",
    "identified by",
    "masterauth",
    "jwt",
    " code",
)
_NOUNS = ("pass", "pwd", "secret", "token", "api", "otp", "pin", "code")
_LOGIN = re.compile(
    r"(?:auth|authentication|log(?:in|on)|credentials?|userpass|identity|logged in as)(?![\w-])[^\w\r\n]{1,6}[\w.@+-]{1,60}[:/]([^\s\"'`,;()<>{}\[\]@/]{6,80})(?![\w@/])"
)
"""In lower case: `auth ann:...`, `bad credentials (ann:...)`."""
_BASIC = re.compile(r"basic(?<![\w-]basic)(?:\\[tn]|%20|%3a|[^\w\r\n]){1,6}+([a-z0-9._~+/=\-]{8,4000}+)")
"""In lower case: `['Basic', 'YW5u...']`, `Basic:YW5u...`."""
_CRYPT = re.compile(r"(?i:crypt)\((?:[^()\n]{1,200}?,[ ]{0,4})?'([^'\n]{4,200})'")
"""`pgp_sym_decrypt(body, '...')`, `crypt('...', gen_salt('bf'))`: the key or the password is an argument."""
_SIGN_IN = re.compile(
    r"(?:code|pin)[^\n.:0-9]{0,30}(?:sign|log|verif)[^\n.:0-9]{0,20}[: ]{1,3}([0-9]{4,8}|(?=[a-z]*[0-9])[a-z0-9]{6,12})(?![\w.-])"
    r"|(?:sign[ -]?in|log[ -]?in|verif\w{1,10})[^\n.:0-9]{0,30}(?:code|pin)[^\n.:0-9]{0,12}[: ]{1,3}([0-9]{4,8})(?![\w.-])"
    r"|(?:telegram|whatsapp|signal|google|facebook|microsoft|apple|amazon|login|access|sms|confirmation|security|auth)[ ]code[: ]{1,3}([0-9]{4,8})(?![\w.-])"
    r"|one[ -]time[ -](?:password|code|pin)[^\w\n]{1,4}([0-9]{4,8})(?![\w.-])"
)
"""In lower case: `Use this code to sign in: 481907`."""
_MADE = re.compile(r"([A-Z]\w{2,60})\([bu]?(\\{0,31}[\"'])([^\"'\\\n]{6,200})\2\)")
"""`AzureKeyCredential('...')`: an object that holds nothing but a secret."""


def scan_mentions(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Find secrets in sentences.

    Args:
        text: the whole text.
        lowered: the same in lower case.
        spans: the places to replace; new ones are added.
        steps: what scanning may still take.
    """
    if holds(lowered, _KINDS):
        _after(text, lowered, spans, steps)
        if ":\n" in text or ":\r\n" in text or ":\\n" in text:
            _below(text, lowered, spans, steps)
    if (" as " in lowered or " is " in lowered or " was " in lowered) and holds(lowered, _NOUNS):
        _before(text, lowered, spans, steps)
    if (":" in text or "/" in text) and holds(lowered, ("auth", "log", "cred", "identity", "userpass")):
        _logins(text, lowered, spans, steps)
    if "basic" in lowered:
        for found in _BASIC.finditer(lowered):
            steps.spend(3)
            start, end = found.span(1)
            if is_basic(text[start:end]):
                spans.append((start, end, CREDENTIALS))
    if "('" in text or '("' in text or "(b" in text or "(\\" in text or "crypt(" in lowered:
        _calls(text, lowered, spans, steps)
    if ("code" in lowered or "pin" in lowered or "one" in lowered) and _ANY_DIGITS.search(text) is not None:
        steps.spend(2 * (lowered.count("code") + lowered.count("pin") + lowered.count("log")))
        spans.extend((*one.span(one.lastindex or 0), REDACTED) for one in _SIGN_IN.finditer(lowered))


def _logins(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """`auth ann:...`, `bad credentials (ann/...)`."""
    for found in _LOGIN.finditer(lowered):
        steps.spend(3)
        start, end = found.span(1)
        if (_mixed if text[start - 1] == "/" else looks_secret)(text[start:end]) or unlike_words(text[start:end]):
            spans.append((start, end, REDACTED))


def _calls(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """`crypt('...', gen_salt('bf'))`, `AzureKeyCredential('...')`."""
    if "crypt(" in lowered:
        steps.spend(6 * lowered.count("crypt("))
        spans.extend((one.start(1), one.end(1), REDACTED) for one in _CRYPT.finditer(text))
    for found in _MADE.finditer(text):
        steps.spend(2)
        if (looks_secret(found[3]) or unlike_words(found[3])) and beside(found[1]) is Beside.SECRET:
            spans.append((found.start(3), found.end(3), REDACTED))


def _after(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _AFTER.finditer(lowered):
        steps.spend(5)
        for place in (1, 2):
            start, end = found.span(place)
            word = text[max(start, 0) : end].rstrip(".!?") if start >= 0 else ""
            if word.isalpha() and len(word) < _ENCODED:
                continue  # looks like a word of a language
            if (
                unlike_words(word)
                or (len(word) >= _ENCODED and is_basic(word))
                or (looks_secret(word) if lowered[start - 1 : start] in _SET_OFF else _mixed(word))
            ):
                spans.append((start, start + len(word), REDACTED))


def _below(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _BELOW.finditer(lowered):
        steps.spend(3)
        start, end = found.span(1)
        word = text[start:end]
        if (looks_secret(word) or unlike_words(word)) and _NAME_ABOVE.search(
            lowered, max(found.start() - _ABOVE, 0), found.start()
        ) is not None:
            spans.append((start, end, REDACTED))


_ABOVE = 100
"""Characters of the line above that are looked through for a name."""
_SET_OFF = frozenset("\"'`([")
"""What sets a word off from the sentence that names it."""
_TWICE = re.compile(r"[a-z]{2,}[0-9]{1,4}[a-z]{2,}[\w!$&*]*|[a-z]+[0-9]+[a-z]+[0-9]+[a-z0-9]{2,}")


def _mixed(word: str) -> bool:
    """Whether letters and digits change places in a word as in `hunter2pw`, and in no version, name or id in groups."""
    return len(word) >= _LEAST and _TWICE.fullmatch(word.lower()) is not None and not _VERSIONED.search(word)


_LEAST = 8
_VERSIONED = re.compile(
    r"(?i)v[0-9]|utf|x509|sha[0-9]|md5|base64|oauth2|http2|log4j|i18n|k8s|s3|ed25519|[0-9](?:st|nd|rd|th|px|ms|kb|mb|gb)"
)


def _before(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _BEFORE.finditer(lowered):
        steps.spend(3)
        end = found.start() - (lowered[found.start() - 1 : found.start()] in ("'", '"', "`"))
        start = end
        while start and end - start <= _LONGEST and lowered[start - 1] not in _NOT_WORD:
            start -= 1
        word = text[start:end]
        if unlike_words(word) or (
            word.removeprefix("G-").isdigit() and _SHORTEST <= len(word) <= _LOGIN_CODE and "your" in found[0]
        ):
            spans.append((start, end, REDACTED))


_ANY_DIGITS = re.compile(r"[0-9]")
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
