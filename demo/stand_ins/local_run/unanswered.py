"""A part of the demo that does not answer a story, in words: which one, at which address, and where its errors are."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import httpx

from vigil_cli.errors import CommandError, ProcessEndedError
from vigil_cli.local.keeper import ended
from vigil_cli.local.processes import Child, Crew

TO_BE_SEEN = 5.0
"""Wall seconds in which the end of a process is known here, after its connections broke."""


@contextlib.asynccontextmanager
async def answering(addresses: Mapping[str, str], *, logs: Path, crew: Crew | None = None) -> AsyncGenerator[None]:
    """Turn an error of HTTP inside the block into ProcessEndedError.

    `addresses` are the parts' by name, empty where one does not run; `logs` is the folder of their output. With the
    `crew` that runs them, the error tells whether the part has ended.
    """
    try:
        yield
    except httpx.HTTPError as error:
        raise await _ended_error(error, addresses, logs, crew) from error


async def _ended_error(
    error: httpx.HTTPError, addresses: Mapping[str, str], logs: Path, crew: Crew | None
) -> CommandError:
    try:
        request = error.request
    except RuntimeError:  # raised before there was a request
        method, url = "a request", "an unknown address"
    else:
        method, url = request.method, str(request.url)
    name = next((name for name, base in addresses.items() if base and url.startswith(base)), "")
    part = f"{name} (at {addresses[name]})" if name else "A part of the demo"
    if isinstance(error, httpx.HTTPStatusError):
        failure = f"{part} answers {error.response.status_code} to {method} {url}"
    else:
        failure = f"{part} does not answer {method} {url}: {type(error).__name__} {error}".rstrip()
    child = None if crew is None else next((each for each in reversed(crew.children) if each.name == name), None)
    end = "" if child is None else await _end(child)
    log = logs / f"{name}.log" if name else logs
    remedy = f"Its errors are in {log}" if name else f"The logs of all processes are in {logs}"
    return ProcessEndedError(
        f"{failure.rstrip('.')}.{end}", remedy=f"{remedy}; mend what they name, and start it again."
    )


async def _end(child: Child) -> str:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TO_BE_SEEN):
            code = await child.process.wait()
        return f" It has ended ({ended(code)}). Its last words: {child.tail() or 'none'}."
    return ""
