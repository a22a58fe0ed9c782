"""Where a drain's secret comes from: a variable of the environment, or Secret Manager at run time.

At run time, since the webhook's secret exists only after Vercel has seen the service that needs it.
"""

import base64
import binascii
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeAlias, cast

import httpx

FRESH = 300.0
"""Seconds that a secret is used without asking again."""
RETRY = 10.0
"""Seconds before asking again for one that is not there, or that did not fit."""

_NOT_FOUND = 404

Fetch: TypeAlias = Callable[[], Awaitable[bytes | None]]


class SecretUnavailableError(Exception):
    """Secret Manager did not answer, or refused. The message names the secret and the remedy."""


class SecretSource(Protocol):
    """A secret that may not exist yet."""

    async def current(self, *, doubted: bool = False) -> bytes | None:
        """Return the secret, or None. With `doubted` the known one did not fit, so it may have been replaced."""
        ...


class FixedSecret:
    """A secret that does not change while the process runs."""

    def __init__(self, value: bytes | None) -> None:
        self._value = value

    async def current(self, *, doubted: bool = False) -> bytes | None:  # noqa: ARG002 - there is no other
        """Return the value."""
        return self._value


class ManagedSecret:
    """The latest version of a secret, fetched when needed and kept for a while.

    `fetch` asks Secret Manager; where that fails, the secret that is known stays in use.
    """

    def __init__(self, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._clock = fetch, clock
        self._value: bytes | None = None
        self._fetched: float | None = None

    async def current(self, *, doubted: bool = False) -> bytes | None:
        """See SecretSource. Asks at most once in ten seconds. Raises SecretUnavailableError where none is known."""
        now = self._clock()
        age = FRESH if self._value is not None and not doubted else RETRY
        if self._fetched is None or now - self._fetched >= age:
            self._fetched = now
            try:
                self._value = await self._fetch() or self._value
            except SecretUnavailableError:
                if self._value is None:
                    raise
        return self._value


class SecretManager:
    """Reads secrets by REST with the identity of the machine, from its metadata server.

    `api` and `metadata` are for tests.
    """

    def __init__(
        self,
        *,
        api: str = "https://secretmanager.googleapis.com",
        metadata: str = "http://metadata.google.internal",
    ) -> None:
        self._api, self._metadata = api, metadata

    def fetch(self, name: str) -> Fetch:
        """Return how to get the latest version of `projects/P/secrets/S`."""

        async def get() -> bytes | None:
            try:
                async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
                    return await self._read(http, name)
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                raise SecretUnavailableError(
                    f"{name} could not be read ({type(error).__name__}): check that the service runs as an account "
                    "with roles/secretmanager.secretAccessor on it"
                ) from error

        return get

    async def _read(self, http: httpx.AsyncClient, name: str) -> bytes | None:
        identity = await http.get(
            f"{self._metadata}/computeMetadata/v1/instance/service-accounts/default/token",
            headers={"Metadata-Flavor": "Google"},
        )
        identity.raise_for_status()
        token = str(cast("dict[str, object]", identity.json())["access_token"])
        answer = await http.get(
            f"{self._api}/v1/{name}/versions/latest:access", headers={"Authorization": f"Bearer {token}"}
        )
        if answer.status_code == _NOT_FOUND:
            return None  # no such secret, or no version yet
        answer.raise_for_status()
        payload = cast("dict[str, dict[str, str]]", json.loads(answer.content))["payload"]
        try:
            return base64.b64decode(payload["data"], validate=True).strip()
        except binascii.Error as error:
            raise ValueError("the payload is no base64") from error


def from_environment(variable: str, environment: Mapping[str, str] | None = None) -> SecretSource:
    """Return the secret of `VARIABLE`, or of the name in `VARIABLE_NAME` in Secret Manager; without both, none."""
    found = os.environ if environment is None else environment
    if value := found.get(variable):
        return FixedSecret(value.encode())
    if name := found.get(f"{variable}_NAME"):
        return ManagedSecret(SecretManager().fetch(name))
    return FixedSecret(None)
