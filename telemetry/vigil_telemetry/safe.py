"""Text and JSON that can always be written."""

from __future__ import annotations

from typing import cast

import msgspec

_encode = msgspec.json.Encoder().encode


def safe_text(text: str) -> str:
    """Return the text with lone surrogates replaced, which UTF-8 has no form for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def encode_safe(value: object) -> bytes:
    """Return plain values (dict, list, str, numbers) as JSON; lone surrogates are replaced."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _encode(_cleaned(value))


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in cast("dict[object, object]", value).items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in cast("list[object]", value)]
    return value
