"""A small REST client for the emulator: loopback only, with time limits and patience.

No request leaves this machine: an address that is not loopback is refused before anything is sent, proxies of the
environment are not used, and redirects are not followed.
"""

import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.loopback import is_loopback
from vigil_runner.errors import EngineError
from vigil_runner.wire import Exchange, Request
from vigil_runner.wire.exchange import json_object

ATTEMPTS: Final = 6
"""How often a request is sent at most, where the server is too busy."""
FIRST_PAUSE: Final = 0.1
"""Seconds before the second attempt; each pause doubles."""
TIMEOUT: Final = 30.0
"""Seconds that one request may take."""
OPERATION_LIMIT: Final = 120.0
"""Seconds that a long-running operation may take."""
_BUSY: Final = frozenset({429, 503})


class ApiError(EngineError):
    """The API refused a request.

    `code` is HTTP's, `status` Google's name of it, `message` Google's words, `fields` the fields it objects
    to, where it names them.
    """

    def __init__(self, code: int, status: str, message: str, *, fields: tuple[str, ...] = ()) -> None:
        """See the class."""
        where = f" (field {', '.join(fields)})" if fields else ""
        super().__init__(f"{code} {status}{where}: {message}")
        self.code = code
        self.status = status
        self.message = message
        self.fields = fields


class NotFoundError(ApiError):
    """404: it is not there."""


class ConflictError(ApiError):
    """409: it is there already, or was changed meanwhile."""


class UnreachableError(EngineError):
    """Nobody answers at the address."""


class RefusedAddressError(EngineError):
    """An address that is not on this machine."""


def loopback(url: str) -> str:
    """Return `url` without a trailing slash. Raises RefusedAddressError where its host is not this machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname or ""):
        raise RefusedAddressError(
            f"{url} is not on this machine: a local deployment talks to 127.0.0.1, ::1 or localhost only. "
            "Remedy: start the emulator with `vigil serve` and pass its address; Google Cloud is `pulumi up`'s."
        )
    return url.rstrip("/")


class Client:
    """Sends requests and exchanges to one server. Usable from several threads at once."""

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`url` is the server's address; raises RefusedAddressError where it is not loopback.

        `sleep` pauses between attempts, `transport` replaces the network. `writes` counts the requests that
        change something.
        """
        self.url = loopback(url)
        self.writes = 0
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=self.url, timeout=TIMEOUT, transport=transport, trust_env=False, follow_redirects=False
        )

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, request: Request) -> JsonObject:
        """Send one request and return the answer's JSON; that of a long-running operation is its result.

        A server too busy (429, 503) is tried again, with doubling pauses or as long as it says. Raises ApiError
        (NotFoundError, ConflictError), UnreachableError. A request that may miss answers {} to 404.
        """
        self.writes += request.writes
        try:
            answer = self._once(request)
            return self._result(answer) if request.operation else answer
        except NotFoundError:
            if request.may_miss:
                return {}
            raise

    def run(self, exchange: Exchange) -> JsonObject | None:
        """Play an exchange to its end and return what it returns. Raises as `send`."""
        answer: JsonObject | None = None
        try:
            request = next(exchange)
            while True:
                answer = self.send(request)
                request = exchange.send(answer)
        except StopIteration as end:
            return end.value

    def _once(self, request: Request) -> JsonObject:
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            response = self._answer(request)
            if response.status_code not in _BUSY or attempt == ATTEMPTS:
                return _json(response)
            self._sleep(_seconds(response.headers.get("retry-after")) or pause)
            pause *= 2
        raise AssertionError("the last attempt returns")

    def _answer(self, request: Request) -> httpx.Response:
        content = None if request.body is None else json.dumps(request.body).encode()
        headers = {} if content is None else {"content-type": "application/json"}
        try:
            return self._http.request(
                request.method, request.path, params=dict(request.query), content=content, headers=headers
            )
        except httpx.TimeoutException as error:
            raise UnreachableError(
                f"{request.method} {request.path}: no answer from {self.url} in {TIMEOUT:g} s"
            ) from error
        except httpx.TransportError as error:
            raise UnreachableError(
                f"nobody answers at {self.url} ({error}). "
                "Remedy: start the emulator with `vigil serve`, or name the address of a running one with --emulator"
            ) from error

    def _result(self, operation: JsonObject) -> JsonObject:
        waited, pause = 0.0, FIRST_PAUSE
        while not operation.get("done") and operation.get("name"):
            if waited >= OPERATION_LIMIT:
                raise ApiError(504, "DEADLINE_EXCEEDED", f"{operation['name']} is not done after {waited:g} s")
            self._sleep(pause)
            waited, pause = waited + pause, min(pause * 2, 5.0)
            path = f"/v2/{text(operation, 'name')}"
            operation = self._once(Request(method="GET", path=path, query={"alt": "json"}))
        if error := child(operation, "error"):
            raise ApiError(400, "FAILED_PRECONDITION", text(error, "message", "the operation failed"))
        return child(operation, "response")


def _json(response: httpx.Response) -> JsonObject:
    try:
        body = json_object(response.json() if response.content else {})
    except (ValueError, TypeError):
        body = {}
    if response.is_success:
        return body
    error = child(body, "error")
    kind = {404: NotFoundError, 409: ConflictError}.get(response.status_code, ApiError)
    message = text(error, "message") or response.text[:500] or response.reason_phrase
    raise kind(response.status_code, text(error, "status", response.reason_phrase), message, fields=_fields(error))


def _fields(error: JsonObject) -> tuple[str, ...]:
    """The fields of google.rpc.BadRequest in an error's details."""
    violations = [each for detail in children(error, "details") for each in children(detail, "fieldViolations")]
    return tuple(field for each in violations if (field := text(each, "field")))


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdigit() else None
