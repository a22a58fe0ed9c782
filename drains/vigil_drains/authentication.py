"""Who is let in: Vercel by a signature over the raw body, Supabase by a secret header."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import TypeAlias

Headers: TypeAlias = Mapping[bytes, bytes]
Check: TypeAlias = Callable[[bytes, Headers, bytes], bool]
"""(secret, headers, raw body) -> whether the sender knows the secret."""

SIGNATURE = b"x-vercel-signature"
SECRET = b"x-vigil-drain-secret"
MIN_SECRET = 16
"""Bytes of a secret, at least: an empty one would let everybody in."""


def signed_by_vercel(secret: bytes, headers: Headers, body: bytes) -> bool:
    """Return whether the header is the hexadecimal HMAC-SHA1 of the body, compared in constant time.

    https://vercel.com/docs/drains/security; SHA-1 is Vercel's choice, and as a keyed hash still sound.
    """
    expected = hmac.new(secret, body, hashlib.sha1).hexdigest().encode()
    return hmac.compare_digest(expected, headers.get(SIGNATURE, b""))


def sent_by_supabase(secret: bytes, headers: Headers, body: bytes) -> bool:  # noqa: ARG001 - its requests are unsigned
    """Return whether the header that the drain was set up with holds the secret, compared in constant time.

    Supabase does not sign its deliveries (https://supabase.com/docs/guides/telemetry/log-drains).
    """
    return hmac.compare_digest(secret, headers.get(SECRET, b""))
