"""Whether a value beside the name of a secret has to go."""

from __future__ import annotations

import re

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.keys import Beside, beside, counts_tokens
from vigil_telemetry.redaction.value import Value

_NUMBERS_ONLY = re.compile(r"[0-9][0-9,._]{0,11}")
LABELLED = re.compile(r"[A-Za-z_][\w-]{0,40}")
"""A text that may be the name of a field."""


def is_data(value: Value, name: str, how: Beside, *, loose: bool) -> bool:
    """Whether a value beside a sensitive name has to go."""
    text = value.text.strip()
    if not text or prose.is_mask(text) or text.startswith(("[redacted]", "[credentials]")):
        return False
    first = text.split(None, 1)[0]
    if value.held:
        return _holds_data(text)
    if text.replace(",", "").replace(".", "").isdigit():
        return _number_counts(text, name)
    if prose.is_sentence(text):
        return False
    if value.quoted:
        return not (prose.is_state(text) or prose.is_path(text) or (how is Beside.SOFT and prose.is_kind(text)))
    if prose.is_state(first) or prose.is_path(text) or (prose.is_simple_number(first) and how is Beside.SOFT):
        return False
    if how is Beside.SOFT:
        if prose.is_kind(first):
            return False
        return (any(c.isdigit() for c in first) and len(first) > 5) or "@" in first if loose else True  # noqa: PLR2004 - shorter ones are counts and versions
    return not (text.startswith("//") or (prose.is_kind(first) and len(first) == len(text)))


def _number_counts(text: str, name: str) -> bool:
    """Whether digits alone are a secret: not where tokens are counted, nor where they are too few."""
    if counts_tokens(name):
        return _NUMBERS_ONLY.fullmatch(text) is None and len(text) > 6  # noqa: PLR2004 - a login code has six
    lowered = name.lower()
    if lowered in ("auth", "session", "sig", "signature", "mail", "email", "cookies", "cookie", "phone", "mobile"):
        return len(text) > 6  # noqa: PLR2004 - as above
    return len(text) > 2  # noqa: PLR2004 - a check number has three


def _holds_data(text: str) -> bool:
    """Whether a list or an object beside a sensitive name holds more than prose, counts and names of fields."""
    for found in _MEMBERS.finditer(text):
        word = found[1] or found[2] or found[3]
        if (
            prose.is_state(word)
            or prose.is_sentence(word)
            or prose.is_mask(word)
            or prose.is_simple_number(word)
            or prose.is_kind(word)
        ):
            continue
        if text.startswith(":", found.end()) or (LABELLED.fullmatch(word) and beside(word) is not None):
            continue
        return True
    return False


_MEMBERS = re.compile(r"\"([^\"]{0,2000}+)\"?|'([^']{0,2000}+)'?|([^\s\"',:;(){}\[\]<>]++)")
