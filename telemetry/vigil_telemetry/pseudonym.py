"""Keyed hashes in place of personal identifiers."""

from __future__ import annotations

import hmac
import os
import re

PREFIX = "hmac:"
_FORM = re.compile(r"hmac:[0-9a-f]{32}", re.ASCII)
_REMEMBERED = 4096


class Pseudonymiser:
    """Turns a value into `hmac:` and 32 hex digits: the first 128 bits of HMAC-SHA256 under the key.

    The same value has the same pseudonym wherever the key is the same, so that lines of one person can be joined across
    services. A pseudonym is left as it is, so that it can be passed on between processes. Without a key, each process
    uses a random one: nothing leaks, but pseudonyms of two processes do not match.
    """

    def __init__(self, key: bytes | None) -> None:
        self._key = key or os.urandom(32)
        self._known: dict[str, str] = {}

    def __call__(self, value: object) -> str:
        text = str(value)
        known = self._known.get(text)
        if known is not None:
            return known
        if _FORM.fullmatch(text):
            return text
        digest = hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")
        found = PREFIX + digest.hex()[:32]
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[text] = found
        return found
