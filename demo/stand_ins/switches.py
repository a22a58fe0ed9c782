"""What goes wrong in the demo, decided from outside: the switches of its parts, over HTTP.

The outside services have one switch for every fault. It is kept here, so that one fault may begin and end while
another lasts.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx


@dataclass(slots=True, kw_only=True)
class Switches:
    """The switches of one running demo. Methods raise httpx.HTTPError where a part does not answer."""

    api: str
    outside: str = ""
    """Empty where only the API runs; so is `llm`."""
    llm: str = ""
    _outside: dict[str, str] = field(default_factory=dict[str, str])
    _http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        # One connection for each: the server closes an idle one, perhaps as the next request is on its way.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(timeout=30, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def inventory(self, *, failing: bool) -> None:
        """Set whether the API's inventory service fails. Its end also ends a slow database."""
        await self._send("POST" if failing else "DELETE", f"{self.api}/_demo/trouble")

    async def database(self, *, slow: bool) -> None:
        """Set whether the API's database answers late, and is crowded by its metrics."""
        if slow:
            await self._send("POST", f"{self.api}/_demo/trouble?of=database")
        else:
            await self._send("DELETE", f"{self.api}/_demo/trouble")
        await self.around(database="crowded" if slow else "well")

    async def around(self, **states: str) -> None:
        """Change how `payments` or `database` are (words: `dependencies`); what is not named stays."""
        self._outside |= states
        await self._send("PUT", f"{self.outside}/_demo/trouble", self._outside)

    async def models(self, **behaviour: str | float) -> None:
        """Set how the model provider answers; without an argument, well."""
        await self._send("PUT", f"{self.llm}/_demo/behaviour", behaviour)

    async def all_well(self) -> None:
        """End every trouble, whoever began it, of every part that answers."""
        mending = [self.inventory(failing=False)]
        if self.outside:
            mending.append(self.around(payments="well", database="well"))
        if self.llm:
            mending.append(self.models())
        for each in await asyncio.gather(*mending, return_exceptions=True):
            if isinstance(each, BaseException):
                raise each

    async def _send(self, method: str, url: str, body: Mapping[str, str | float] | None = None) -> None:
        answer = await self._http.request(method, url, json=None if body is None else dict(body))
        answer.raise_for_status()
