"""Capture of prompts and answers, for development: off by default, refused in production."""

from __future__ import annotations

from typing import cast

from vigil_telemetry import runtime

_PRODUCTION = frozenset({"prod", "production", "live"})


class ContentRefusedError(RuntimeError):
    """Prompts and answers hold personal data: production does not write them."""


class _Switch:
    on = False


def capture_content(*, on: bool = True) -> None:
    """Write prompts and answers as `llm.content.captured` (DEBUG), scanned for personal data, cut at a line's limit.

    `on=False` ends it.

    Raises ContentRefusedError in an environment named `prod`, `production` or `live`, and where none is named: set
    `VIGIL_ENVIRONMENT` or `configure(environment=...)`.
    """
    if on and not _allowed():
        environment = runtime.settings().environment or "one without a name"
        raise ContentRefusedError(
            f"prompts and answers are not written in {environment}: they hold personal data. "
            "Capture them in a separate environment, such as configure(environment='dev')"
        )
    _Switch.on = on


def capturing() -> bool:
    """Return whether content is written. It is checked at each call, because the environment may have changed."""
    return _Switch.on and _allowed()


def _allowed() -> bool:
    environment = runtime.settings().environment
    return environment is not None and environment.lower() not in _PRODUCTION


def characters(value: object, depth: int = 6) -> int:
    """Return length of all texts in what is sent."""
    if isinstance(value, str):
        return len(value)
    if depth == 0:
        return 0
    if isinstance(value, dict):
        items = cast("dict[object, object]", value)
        return sum(characters(item, depth - 1) for key, item in items.items() if key not in ("role", "type", "id"))
    if isinstance(value, list | tuple):
        members = cast("list[object] | tuple[object, ...]", value)
        return sum(characters(item, depth - 1) for item in members)
    return 0
