"""Names of foreign keys whose values never leave the process.

The list joins those of `sentry_sdk/scrubber.py` and `logfire/_internal/scrubbing.py`; unlike theirs it is compared by
words, so that
`userPassword`, `x-api-key`, `X_API_KEY` and `prod.db.accessToken` are found as well as `password`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")

_WORD = frozenset(
    {
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pwd",
        "secret",
        "secrets",
        "token",
        "credential",
        "credentials",
        "auth",
        "authorization",
        "authentication",
        "bearer",
        "cookie",
        "cookies",
        "session",
        "sessionid",
        "csrf",
        "csrftoken",
        "xsrf",
        "jwt",
        "apikey",
        "privatekey",
        "signature",
        "sig",
        "otp",
        "pin",
        "cvv",
        "cvc",
        "ssn",
        "iban",
        "email",
        "mail",
        "phone",
        "telephone",
        "mobile",
        "msisdn",
        "birthday",
        "birthdate",
        "dob",
        "phpsessid",
        "symfony",
        "passport",
        "surname",
        "firstname",
        "lastname",
        "fullname",
    },
)
_PHRASES = frozenset(
    {
        "api key",
        "private key",
        "access key",
        "secret key",
        "signing key",
        "encryption key",
        "account key",
        "session id",
        "connect sid",
        "social security",
        "credit card",
        "card number",
        "forwarded for",
        "real ip",
        "ip address",
        "remote addr",
        "client ip",
        "remote ip",
        "first name",
        "last name",
        "full name",
        "family name",
        "given name",
        "date of birth",
        "e mail",
        "home address",
        "postal address",
        "billing address",
        "shipping address",
        "street address",
        "tax id",
        "national id",
        "bank account",
    },
)
_INSIDE = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "idtoken",
    "apitoken",
    "sessiontoken",
    "credential",
    "apikey",
    "privatekey",
    "accesskey",
    "authorization",
    "cookie",
    "sessionid",
    "csrf",
    "xsrf",
    "creditcard",
    "cardnumber",
    "emailaddress",
    "phonenumber",
    "socialsecurity",
    "ipaddress",
)
"""Found also where a name runs its words together: `dbpassword`, `useremailaddress`."""

_ALSO_PROSE = frozenset(
    {
        "auth",
        "authentication",
        "session",
        "pin",
        "signature",
        "sig",
        "iban",
        "email",
        "mail",
        "e mail",
        "phone",
        "telephone",
        "mobile",
        "birthday",
        "passport",
        "tax id",
        "national id",
        "bank account",
        "credit card",
        "ip address",
        "client ip",
        "remote ip",
    },
)

_LONGEST = 256


@lru_cache(maxsize=4096)
def sensitive_key(name: str) -> bool:
    """Whether the value under this name is kept back, whatever it is."""
    return _hit(name) is not None


@lru_cache(maxsize=4096)
def counts_tokens(name: str) -> bool:
    """Whether `token` is all that is sensitive about a name: then a number under it is a count, not a secret."""
    return _hit(name) == "token"


@lru_cache(maxsize=4096)
def secret_key(name: str) -> bool:
    """Whether a name stands for a secret itself.

    `password`, not `email` or `session`, after which prose may go on (`session: closed`).
    """
    hit = _hit(name)
    return hit is not None and hit not in _ALSO_PROSE


def _hit(name: str) -> str | None:
    words = [word.lower() for word in _WORDS.findall(name[:_LONGEST])]
    joined = "".join(words)
    for part in _INSIDE:
        if part in joined:
            return part
    spaced = f" {' '.join(words)} "
    for phrase in _PHRASES:
        if f" {phrase} " in spaced:
            return phrase
    hits = [word for word in words if word in _WORD]
    return next((word for word in hits if word != "token"), hits[0] if hits else None)
