"""Whether a value beside the name of a secret has to go."""

from __future__ import annotations

import re

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.commands import looks_secret
from vigil_telemetry.redaction.keys import Beside, beside, counts_tokens
from vigil_telemetry.redaction.value import Value

_NUMBERS_ONLY = re.compile(r"[0-9][0-9,._]{0,11}")
LABELLED = re.compile(r"[A-Za-z_][\w-]{0,40}")
"""A text that may be the name of a field."""


def is_data(value: Value, name: str, how: Beside, *, loose: bool) -> bool:  # noqa: C901 - one test for each form
    """Return whether a value beside a sensitive name has to go."""
    text = value.text.strip()
    if not text or prose.is_mask(text) or text.startswith(("[redacted]", "[credentials]")):
        return False
    first = text.split(None, 1)[0]
    if _no_value(text, first, name, value) or (prose.is_kind(first) and prose.is_mask(text[len(first) :].strip())):
        return False  # the last: `Authorization: Bearer $TOKEN`
    if not value.quoted and (prose.is_reference(text) or _bare(text) == _bare(name.rpartition(".")[2])):
        return False
    if text.isupper() and (_bare(text) in _bare(name) or (text.isalpha() and name.lower() == "token")):
        return False  # where the secret is kept, or a placeholder: `--password PASSWORD`
    if value.held:
        return _holds_data(text)
    if first.replace(",", "").replace(".", "").isdigit():
        return _number_counts(first if not value.quoted else text, name)
    if prose.is_sentence(text):
        return False
    if value.quoted:
        return not (prose.is_state(text) or prose.is_path(text) or (how is Beside.SOFT and prose.is_kind(text)))
    if prose.is_state(first) or prose.is_path(text) or (prose.is_simple_number(first) and how is Beside.SOFT):
        return False
    if how is Beside.SOFT:
        if prose.is_kind(first) or _is_member(first):
            return False
        return (any(c.isdigit() for c in first) and len(first) > 5) or "@" in first if loose else True  # noqa: PLR2004 - shorter ones are counts and versions
    return not (
        text.startswith("//")
        or (prose.is_kind(first) and (len(first) == len(text) or text[len(first) :].lstrip().startswith("=")))
    )


def _no_value(text: str, first: str, name: str, value: Value) -> bool:
    """Whether it is a time, an object of a program, the port of a host, or the number of a session."""
    lowered = name.lower()
    if "birth" not in lowered and "dob" not in lowered and _TIME.match(text) is not None:
        return True
    if (lowered.endswith("tokens") and _DECIMAL.fullmatch(text)) or (
        lowered.endswith("signature") and (" " in text or _NUMBERED.fullmatch(text))
    ):
        return True  # how many there are; what an intrusion detection calls an attack
    if name in _DIRECTORIES and _TOP.fullmatch(text) is not None:
        return True
    if value.quoted:
        return False
    if prose.is_code(first) or (first == "pass" and "pass" not in lowered):  # `except InvalidToken: pass`
        return True
    if _OBJECT.match(first) is not None or _COUNTED.fullmatch(first.rstrip(",.;")) is not None:
        return True
    if "." in name and first.isdigit() and len(first) <= 5 and beside(name.rpartition(".")[2]) is None:  # noqa: PLR2004 - a port, a line
        return True
    return lowered == "session" and (
        value.held or (len(first) < 16 and "=" not in first) or first.replace("_", "").isdigit()  # noqa: PLR2004 - secret ones are longer
    )


def _is_member(first: str) -> bool:
    """Whether it is another name with a plain value: `auth: user=42 ok`."""
    member = _MEMBER.fullmatch(first)
    return (
        member is not None and member[1] not in _ANY_NAME and beside(member[1]) is None and not looks_secret(member[2])
    )


_MEMBER = re.compile(r"([a-z_]{2,20})=([\w.+-]{1,40})[,;]?")
_ANY_NAME = frozenset({"id", "sid", "key", "code", "value", "val", "data"})
"""Names of members that may hold the secret itself."""
_TIME = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]")
_OBJECT = re.compile(
    r"(?:[a-z]\w*\.){2,}[\w$]+(?:@[0-9a-f]{4,16}|/[0-9]+:?)|[A-Z][A-Za-z]+[{@][0-9a-f]{5,8}(?![0-9a-zA-Z])"
)
"""`android.os.BinderProxy@2bd79ce`, `Token{a64f992`: what distinguishes two objects of a program."""
_NUMBERED = re.compile(r"[A-Za-z]{2,10}:[0-9]{1,6}")
_DIRECTORIES, _TOP = frozenset({"PWD", "OLDPWD"}), re.compile(r"/[a-z]{0,20}")
"""The variables of a shell that hold a directory, and one that no password looks like: `PWD=/root` of sudo."""
_DECIMAL = re.compile(r"[0-9]{1,9}\.[0-9]{1,20}")
_COUNTED = re.compile(r"[0-9]{1,4}/[0-9]{1,4}")


def _bare(text: str) -> str:
    return text.lower().replace("_", "").replace("-", "")


def _number_counts(text: str, name: str) -> bool:
    """Whether digits alone are a secret: not where tokens are counted, nor where they are too few."""
    if counts_tokens(name):
        return _NUMBERS_ONLY.fullmatch(text) is None and len(text) > 6  # noqa: PLR2004 - a login code has six
    lowered = name.lower()
    if lowered.endswith("id") and "pass" not in lowered and len(text) < 10:  # noqa: PLR2004 - `eos_token_id`: ids that are secret are longer
        return False
    if lowered in (
        "auth",
        "pass",
        "pw",
        "session",
        "sig",
        "signature",
        "mail",
        "email",
        "cookies",
        "cookie",
        "phone",
        "mobile",
    ):
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
