"""Exceptions in the form that Error Reporting groups, without personal data."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import cast

from vigil_telemetry.counters import counters
from vigil_telemetry.redaction.redactor import FAILED, redact_exception_text, redact_text
from vigil_telemetry.redaction.values import MARGIN
from vigil_telemetry.safe import from_value, safe_text

_REPORTED = "_vigil_reported"
LEFT_OUT = "(the provider's text is left out)"
_MODELS = frozenset({"openai", "anthropic", "google", "mistralai", "cohere", "groq", "litellm", "together"})
"""Packages of language models: their errors repeat the provider's message, which quotes the prompt."""
_CHAIN = 50
_SHORT_LINE = 12
_LIMIT = 64_000
"""Characters of a rendered exception: beyond it, the middle is left out (the end names the error, the start its
origin).
"""


def stack_trace(error: BaseException) -> str:
    """Return the error as `traceback.format_exc` does, which Error Reporting requires: causes, groups and notes.

    Messages are redacted.

    It never raises: where rendering fails, only the error's type is left.
    """
    try:
        return _rendered(error)
    except from_value():  # an exception's own __str__ may do anything
        counters.note("redaction_failed")
        return f"Traceback (most recent call last):\n{type(error).__name__}: {FAILED}"


def _rendered(error: BaseException) -> str:
    rendered = traceback.TracebackException.from_exception(error, limit=-60, max_group_width=8, max_group_depth=5)
    text = safe_text("".join(rendered.format()))
    for quoted in _quoting(error):
        text = text.replace(quoted, LEFT_OUT)
        for line in quoted.splitlines():  # in a group, each is indented
            if len(line) > _SHORT_LINE:
                text = text.replace(line, LEFT_OUT)
    frames = list(_frames(rendered))
    if len(text) <= _LIMIT:
        return redact_exception_text(text, frames)
    half = _LIMIT // 2  # scanned with a margin that is dropped: nothing is torn that a pattern would have found
    start = redact_exception_text(text[: half + MARGIN], frames)[:-MARGIN][:half]
    end = redact_exception_text(text[-half - MARGIN :], frames)[MARGIN:][-half:]
    return f"{start}\n... left out ...\n{end}"


def error_text(error: BaseException) -> str:
    """Return the error's message, redacted; its type's name where it has none."""
    try:
        return _message(error) or type(error).__name__
    except from_value():  # as above
        counters.note("redaction_failed")
        return FAILED


def _message(error: BaseException) -> str:
    return f"{type(error).__name__}: {LEFT_OUT}" if _is_quoting(error) else redact_text(safe_text(str(error)))


def _is_quoting(error: BaseException) -> bool:
    module = type(error).__module__
    root = module.partition(".")[0] if isinstance(module, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance] - a class may have anything there
    return root in _MODELS and (root != "google" or module.startswith("google.genai"))


def _quoting(error: BaseException) -> Iterator[str]:
    """The texts of the errors of a chain that may quote a prompt."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending and len(seen) < _CHAIN:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if _is_quoting(one) and (message := safe_text(str(one)).strip()):
            yield message
        pending += [one.__cause__, one.__context__]
        if issubclass(type(one), BaseExceptionGroup):
            pending += cast("BaseExceptionGroup[BaseException]", one).exceptions


def error_type(error: BaseException) -> str:
    """Return the error's qualified type: `builtins` are named without their module."""
    kind = type(error)
    try:
        return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    except from_value():  # a class may have anything in place of its module
        return "unknown"


def mark_reported(error: BaseException) -> None:
    """Note on an exception that a line about it is written, so that a server does not write a second one."""
    try:
        error.__dict__[_REPORTED] = True
    except from_value():  # an exception's own __dict__ may do anything
        return


def was_reported(error: BaseException) -> bool:
    """Return whether a line about it is written; of a group, about each of its exceptions."""
    try:
        if error.__dict__.get(_REPORTED) is True:
            return True
        if issubclass(type(error), BaseExceptionGroup):
            group = cast("BaseExceptionGroup[BaseException]", error)
            return all(was_reported(member) for member in group.exceptions)
    except from_value():  # as above
        return False
    return False


def _frames(rendered: traceback.TracebackException) -> Iterator[str]:
    pending: list[traceback.TracebackException | None] = [rendered]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        for frame in one.stack:
            yield f'File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        pending += [one.__cause__, one.__context__, *(one.exceptions or ())]
