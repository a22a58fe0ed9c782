"""Etags: what makes a change that is based on an old state fail.

An etag of the emulator has a mark inside. One without it was not given by the emulator (a recording is being replayed),
so there is nothing to compare it with, and it passes; Google would refuse it (docs/emulator.md).
"""

import base64
import binascii

from vigil_emulator.errors import ApiError

_MARK = b"\x07\xe1"


def new_etag(digest: bytes) -> str:
    """Return an etag of the emulator, from at least six bytes that say what it stands for."""
    return base64.b64encode(_MARK + digest[:6]).decode()


def check_etag(etag: str, current: str, message: str) -> None:
    """Raise ApiError ABORTED with `message` when `etag` is the emulator's, but of another state."""
    if etag and etag != current and _ours(etag):
        raise ApiError("ABORTED", message)


def _ours(etag: str) -> bool:
    try:
        return base64.b64decode(etag, validate=True).startswith(_MARK)
    except (binascii.Error, ValueError):
        return False
