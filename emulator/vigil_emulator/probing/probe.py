"""One probe: a request over HTTP or a connection over TCP, bounded in time and in bytes."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, cast

import httpx

from vigil_emulator.loopback import is_loopback, refusal
from vigil_emulator.probing.certificate import ends
from vigil_emulator.probing.check import MAXIMUM_PORT, Check, HttpRequest, TcpRequest
from vigil_emulator.probing.errors import ContactError, NotProbedError
from vigil_emulator.probing.matchers import HTTP_EXAMINED, TCP_EXAMINED

REDIRECTS: Final = 20
"""That are followed; Google says all of them."""
PIECE: Final = 65_536
"""Bytes that are read at once."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a probe found; what it did not come to is None."""

    passed: bool = False
    seconds: float | None = None
    """Until the answer was read, where there was one."""
    status: int | None = None
    mismatch: bool | None = None
    """Whether the content was not as required, where any is and there was an answer."""
    code: str = ""
    """What prevented contact; empty where there was one."""
    reason: str = ""
    """Why it failed, for people."""
    certificate_ends: datetime | None = None


class Manners:
    """Whom a prober may contact, and how it knows them."""

    def __init__(self, *, anywhere: bool = False) -> None:
        """`anywhere` allows other machines."""
        self._anywhere = anywhere

    @cached_property
    def trusting(self) -> ssl.SSLContext:
        """Believes the authorities of the system, or those of `SSL_CERT_FILE`."""
        return ssl.create_default_context()

    @cached_property
    def unverified(self) -> ssl.SSLContext:
        """Takes any certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def allow(self, host: str) -> None:
        """Raise NotProbedError for a host that must not be contacted."""
        if not self._anywhere and not is_loopback(host):
            raise NotProbedError(refusal(host))


async def ask(check: Check, manners: Manners) -> Outcome:
    """Probe once. Raises NotProbedError where that is not allowed, at the start or after a redirect."""
    manners.allow(check.host)
    outcome = Outcome()
    began = time.monotonic()
    try:
        match check.request:
            case HttpRequest() as request:
                async with asyncio.timeout(check.timeout):
                    answer = await _http(request, manners, outcome)
            case TcpRequest() as request:
                answer = await _tcp(check, request)
    except TimeoutError:
        return Outcome(code="timeout", reason=f"no whole answer within {check.timeout:g} s")
    except ContactError as error:
        return Outcome(code=error.code, reason=str(error))
    outcome.seconds = time.monotonic() - began
    if check.matcher is not None:
        outcome.mismatch = not check.matcher.accepts(answer)
        if outcome.mismatch:
            outcome.reason = "the answer's content is not as required"
    if isinstance(check.request, HttpRequest) and outcome.status not in check.request.accepted:
        outcome.reason = f"the answer's status {outcome.status} is not accepted"
    outcome.passed = not outcome.reason
    return outcome


async def _http(probe: HttpRequest, manners: Manners, outcome: Outcome) -> bytes:
    """The final response's body, as far as it is examined; its status and certificate go into the outcome."""
    verify = manners.trusting if probe.validated else manners.unverified
    # each probe opens a new connection, as a visitor would; proxies of the environment are not used
    async with httpx.AsyncClient(verify=verify, trust_env=False, timeout=None) as http:  # noqa: S113 - ask() has one
        try:
            request = http.build_request(
                probe.method, probe.url, headers=list(probe.headers), content=probe.body or None
            )
            for _ in range(REDIRECTS + 1):
                response = await http.send(request, stream=True)
                if response.next_request is None:
                    outcome.status, outcome.certificate_ends = response.status_code, _certificate_ends(response)
                    return await _body(response)
                await response.aclose()
                request = response.next_request
                manners.allow(request.url.host)
                if (request.url.port or 0) > MAXIMUM_PORT:
                    raise ContactError("protocol_error", f"a redirect leads to port {request.url.port}")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _explained(error) from error
    raise ContactError("too_many_redirects", f"more than {REDIRECTS} redirects")


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw(PIECE):
        body += chunk
        if len(body) >= HTTP_EXAMINED:
            break
    await response.aclose()
    return bytes(body[:HTTP_EXAMINED])


def _certificate_ends(response: httpx.Response) -> datetime | None:
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    if not isinstance(tls, ssl.SSLObject):
        return None
    der = tls.getpeercert(binary_form=True)
    with suppress(ValueError):
        return ends(der) if der else None
    return None


async def _tcp(check: Check, probe: TcpRequest) -> bytes:
    """What the server says by itself, until it is settled, the connection ends, or time or size are used up."""
    deadline = asyncio.get_running_loop().time() + check.timeout
    data = bytearray()
    try:
        async with asyncio.timeout_at(deadline):
            reader, writer = await asyncio.open_connection(probe.host, probe.port, limit=PIECE)
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        raise _explained(error) from error
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                while check.matcher is not None and len(data) < TCP_EXAMINED and not check.matcher.settled(data):
                    piece = await reader.read(PIECE)
                    if not piece:
                        break
                    data += piece
    except OSError as error:
        raise _explained(error) from error
    finally:
        writer.transport.abort()
    return bytes(data[:TCP_EXAMINED])


def _explained(error: Exception) -> ContactError:
    """The emulator's own `error_code`, since Google's values are not published, and the first cause in words."""
    causes = list(_causes(error))
    for kind, code in (
        (ssl.SSLError, "ssl_error"),
        (socket.gaierror, "dns_error"),
        (ConnectionRefusedError, "connection_refused"),
    ):
        for cause in causes:
            if isinstance(cause, kind):
                return ContactError(code, str(getattr(cause, "verify_message", "") or cause))
    protocol = isinstance(error, (httpx.ProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL))
    reason = next((str(cause) for cause in causes if str(cause)), "the connection was lost")
    return ContactError("protocol_error" if protocol else "connection_error", f"{type(error).__name__}: {reason}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in cast("tuple[BaseException, ...]", error.exceptions):
            yield from _causes(inner)
    before = error.__cause__ or error.__context__
    if before is not None:
        yield from _causes(before)
