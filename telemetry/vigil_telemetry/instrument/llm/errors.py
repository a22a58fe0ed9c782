"""What kind of failure an error of a provider's library is, the same for all of them."""

from __future__ import annotations

import asyncio
import re

from vigil_telemetry.events.llm import LlmErrorType
from vigil_telemetry.instrument.llm.answers import get

_FILTERED = (
    "content_filter",
    "content_policy_violation",
    "responsibleaipolicyviolation",
    "safety",
    "prohibited_content",
)
_CONNECTION = ("APIConnectionError", "ConnectError", "ReadError", "WriteError", "RemoteProtocolError", "NetworkError")


def classify(error: BaseException) -> LlmErrorType:
    """Return the kind of an error: by its status where there is one, else by the names of its classes."""
    names = [kind.__name__ for kind in type(error).__mro__]
    status = status_of(error)
    if isinstance(error, asyncio.CancelledError | GeneratorExit | KeyboardInterrupt | SystemExit):
        found: LlmErrorType = "cancelled"
    elif isinstance(error, TimeoutError) or any("Timeout" in name for name in names) or status in (408, 504):
        found = "timeout"
    elif any("ContentFilter" in name for name in names) or _filtered(error):
        found = "content_filter"
    elif status is not None:
        found = of_status(status)
    elif isinstance(error, ConnectionError) or any(name in _CONNECTION for name in names):
        found = "connection"
    else:
        found = _by_body(error)
    return found


def describe(error: BaseException) -> str:
    """Describe a failure by class, status and the provider's codes. Never by its text, which quotes the prompt.

    `BadRequestError, status 400, invalid_request_error, context_length_exceeded, in messages`.
    """
    parts = [type(error).__name__]
    status = status_of(error)
    if status is not None:
        parts.append(f"status {status}")
    bodies = (
        error,
        get(error, "body"),
        get(error, "body", "error"),
        get(error, "error"),
        get(error, "details", "error"),
    )
    for name in ("type", "code", "status"):
        for body in bodies:
            found = _of(body, name)
            if isinstance(found, str) and _CODE.fullmatch(found) is not None and found not in parts:
                parts.append(found)
    where = next((found for body in bodies if isinstance(found := _of(body, "param"), str)), None)
    if where is not None and (head := _HEAD.match(where)) is not None:
        parts.append(f"in {head[0]}")
    return ", ".join(parts)


def _of(body: object, name: str) -> object:
    return get(body, name) if body is not None else None


_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{1,60}")
_HEAD = re.compile(r"[a-z_]{1,40}")
"""The first part of the path of a parameter: later parts may be names that a user chose."""


def of_status(status: int) -> LlmErrorType:
    """Return the kind of an answer's status."""
    match status:
        case 429:
            return "rate_limit"
        case 401 | 403:
            return "auth"
        case 408 | 504:
            return "timeout"
        case _ if status >= 500:  # noqa: PLR2004 - server errors
            return "server"
        case _:
            return "invalid_request"


def status_of(error: BaseException) -> int | None:
    """Return the status of the provider's answer, where the error has one."""
    for name in ("status_code", "code", "status"):
        found = get(error, name)
        if isinstance(found, int) and 100 <= found < 600:  # noqa: PLR2004 - HTTP
            return found
    return None


def _filtered(error: BaseException) -> bool:
    codes = [get(error, "code"), get(error, "body", "code"), get(error, "body", "error", "code")]
    return any(isinstance(code, str) and code.lower() in _FILTERED for code in codes)


def _by_body(error: BaseException) -> LlmErrorType:
    """Return an error inside a stream has no status: its body names its type, as Anthropic's `overloaded_error`."""
    kind = str(get(error, "body", "error", "type") or get(error, "body", "type") or get(error, "type") or "")
    if "rate_limit" in kind:
        return "rate_limit"
    if "overloaded" in kind or "api_error" in kind or "server" in kind:
        return "server"
    if "authentication" in kind or "permission" in kind:
        return "auth"
    return "invalid_request" if "invalid_request" in kind else "unknown"
