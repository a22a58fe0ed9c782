"""Free text without the personal data and secrets that the patterns know.

Each scan looks only where a cheap test says that something could be; each is linear in the text. Their order matters:
what an error quotes and what has a name goes first, since its value may look like anything.
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction.addresses import scan_addresses, scan_links, scan_query
from vigil_telemetry.redaction.budget import Budget, Steps, TooDenseError
from vigil_telemetry.redaction.commands import REDACTED
from vigil_telemetry.redaction.letters import in_ascii
from vigil_telemetry.redaction.numbers import scan_numbers
from vigil_telemetry.redaction.pairs import scan_pairs
from vigil_telemetry.redaction.providers import scan_keys
from vigil_telemetry.redaction.reports import scan_reports
from vigil_telemetry.redaction.spelt import scan_spelt

__all__ = ["REDACTED", "scan_head", "scan_secrets", "scan_tail", "scan_text"]

_PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END).)*(?:-----END [A-Z0-9 ]{0,40}-----)?",
    re.DOTALL,
)
_JWT = re.compile(r"eyJ(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*+){1,4}")
_HASH = re.compile(
    r"\$(?:(?:2[abxy]?\$[0-9]{2}\$[A-Za-z0-9./]{22,})|(?:(?:5|6|y|7|gy|argon2(?:id|[id])|scrypt|pbkdf2-\w{1,10})\$[^\s\"'$]{1,80}(?:\$[^\s\"'$]{4,200}){1,3}))"
)
"""The hash of a password, as crypt(3) and the PHC string format write it."""
_JOINTS = re.compile(r"[:\uff1a=\uff1d>←\"'\-%→(&\\|│]")


CUT = "… [cut]"
DENSE = "… [too dense to scan]"
MARGIN = 4_000
"""Characters scanned beyond a cut and then dropped: longer than any secret (a private key of 4096 bits has 3,300)."""
_DENSE_HEADS, _DENSE_MARGIN = ((1_200, 9_600), (500, 4_000), (220, 2_000)), 100
"""Starts of a text that is too dense, and how long it must be for them: they take a small part of what it may cost."""


def scan_text(text: str, budget: Budget | None = None) -> str:
    """Replace every kind of personal data and secret that the patterns know, by a mark that names the kind.

    Of a text with more places to look at than its length allows for, only the start is kept. Where other letters stand
    for ASCII ones, what is found there is replaced in the ASCII text; a text in which nothing is found stays as it is.
    """
    plain = in_ascii(text)
    if plain is None:
        return _bounded(text, budget)
    out = _bounded(plain, budget)
    return text if out == plain else out


def _bounded(text: str, budget: Budget | None) -> str:
    """The text scanned, or its start where the whole has too many places to look at."""
    steps = Steps(len(text)) if budget is None else budget.steps_for(len(text))
    try:
        out = _scan(text, steps)
    except TooDenseError:
        return _start(text, budget or Budget(), steps)
    if budget is not None:
        budget.settle(steps)
    return out


def _start(text: str, budget: Budget, spent: Steps) -> str:
    """The start of a text that is too dense as a whole."""
    budget.settle(spent)
    for size, least in _DENSE_HEADS:
        if len(text) < least:
            continue
        steps = budget.steps_for(size)
        try:
            return _scan(text[:size], steps)[:-_DENSE_MARGIN] + DENSE
        except TooDenseError:
            continue
        finally:
            budget.settle(steps)
    return DENSE


def scan_head(text: str, limit: int, budget: Budget | None = None) -> str:
    """Return the start of a text, scanned before it is cut: a secret across the cut is not torn."""
    if len(text) <= limit:
        return scan_text(text, budget)
    return scan_text(text[: limit + MARGIN], budget)[:-MARGIN][:limit] + CUT


def scan_tail(text: str, limit: int) -> str:
    """Return the end of a text, scanned in the same way."""
    if len(text) <= limit:
        return scan_text(text)
    return CUT + scan_text(text[-limit - MARGIN :])[MARGIN:][-limit:]


def scan_secrets(text: str) -> str:
    """Replace what is a secret or an e-mail address wherever it stands, also inside identifiers."""
    plain = in_ascii(text) or text
    try:
        out = _secrets(plain, Steps(len(plain)))
    except TooDenseError:
        return DENSE
    return text if out == plain else out


def _scan(text: str, steps: Steps) -> str:
    low = text.lower()
    if (
        _JOINTS.search(text) is not None
        or "oken" in low
        or "ass" in low
        or "ecret" in low
        or "auth" in low
        or "set" in low
        or " is " in low
        or " as your " in low
        or " key " in low
        or "pw" in low
        or " code" in low
        or ("\n" in text and "," in text)
        or "chpasswd" in low
        or "otp" in low
        or "redential" in low
        or "asic" in low
        or "earer" in low
        or "vault" in low
        or "jwt" in low
        or "identified" in low
        or "net user" in low
        or " LOGIN " in text
    ):
        if "-----BEGIN" in text:
            text = _PEM.sub("[private key]", text)
        text = scan_reports(text, steps)
        text = scan_pairs(text, steps)
        if "=" in text:
            text = scan_query(text, steps)
    if text.count("/") > 1:
        text = scan_links(text, steps)
    text = scan_spelt(_secrets(text, steps), steps)
    return scan_numbers(text, steps)


def _secrets(text: str, steps: Steps) -> str:
    if "-----BEGIN" in text:
        text = _PEM.sub("[private key]", text)
    if text.count("$") > 2:  # noqa: PLR2004 - of a hash
        text = _HASH.sub("[hash]", text)
    if "eyJ" in text:
        text = _JWT.sub("[jwt]", text)
    return scan_addresses(scan_keys(text), steps)
