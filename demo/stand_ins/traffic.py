"""Requests as customers send them: a steady stream over real HTTP, whatever the API answers."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from demo.shop.inventory import ITEMS

CREATED = 201
IN_FLIGHT = 64
"""Requests under way at once, at most; when the API is slower than that, the stream slows down."""


@dataclass(slots=True)
class Traffic:
    """Sends requests at a steady rate from `start` to `stop`: a fifth are new orders, the rest looks at them.

    Each new order is a workflow with a child and three activities, which two busy cores fulfil two or three times a
    second: with more of them the workers would never keep up.

    As a context manager it ends with the block.
    """

    url: str
    rate: float = 20.0
    """Requests per wall second."""
    seed: int = 1
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter[int])
    """Answers by HTTP status."""
    broken: int = 0
    """Requests that got no answer at all."""
    _http: httpx.AsyncClient = field(init=False)
    _flow: asyncio.Task[None] | None = None
    _newest: int = 0

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"rate must be positive, not {self.rate}: it is requests per second")
        # A connection for each request, as customers come, and because uvicorn closes one on which an exception was
        # answered, perhaps as the next request is on its way. Loopback only: the environment's proxies are not used.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(base_url=self.url, timeout=10, limits=limits, trust_env=False)

    @property
    def answered(self) -> int:
        """How many answers there were, of any status."""
        return self.statuses.total()

    def describe(self) -> str:
        """Return the counts in words: `120 answers (100 of 2xx, 20 of 5xx)`."""
        classes = Counter[str]()
        for status, count in self.statuses.items():
            classes[f"{status // 100}xx"] += count
        shown = ", ".join(f"{count} of {name}" for name, count in sorted(classes.items()))
        broken = f", {self.broken} requests without an answer" if self.broken else ""
        return f"{self.answered} answers" + (f" ({shown})" if shown else "") + broken

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._flow is not None:
            self._flow.cancel()
            await asyncio.gather(self._flow, return_exceptions=True)
        await self._http.aclose()

    def start(self) -> None:
        """Begin to send; once begun, nothing more happens."""
        if self._flow is None:
            self._flow = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop sending and wait for the answers that are under way."""
        flow, self._flow = self._flow, None
        if flow is not None:
            flow.cancel()
            await asyncio.gather(flow, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        pick = random.Random(self.seed)  # noqa: S311 - which request comes next is no secret
        free = asyncio.Semaphore(IN_FLIGHT)
        under_way: set[asyncio.Task[None]] = set()
        due = loop.time()
        looks = (self._list, self._get)
        kinds: tuple[Callable[[random.Random], httpx.Request], ...] = (self._create, *looks, *looks)
        try:
            while True:
                await free.acquire()
                request = pick.choice(kinds)(pick)
                task = asyncio.create_task(self._send(request))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                task.add_done_callback(lambda _: free.release())
                due = max(due + 1 / self.rate, loop.time() - 1)  # what was missed for longer is not made up for
                await asyncio.sleep(due - loop.time())
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _send(self, request: httpx.Request) -> None:
        self.sent += 1
        try:
            answer = await self._http.send(request)
        except httpx.HTTPError:
            self.broken += 1
            return
        self.statuses[answer.status_code] += 1
        if answer.status_code == CREATED:
            self._newest = max(self._newest, int(answer.json()["id"]))

    def _create(self, pick: random.Random) -> httpx.Request:
        order = {"item": pick.choice(ITEMS), "quantity": pick.randint(1, 3)}
        return self._http.build_request("POST", "/orders", json=order)

    def _list(self, pick: random.Random) -> httpx.Request:
        return self._http.build_request("GET", "/orders", params={"limit": pick.randint(1, 20)})

    def _get(self, pick: random.Random) -> httpx.Request:
        if not self._newest:
            return self._list(pick)
        number = max(1, self._newest - pick.randint(0, 50))
        return self._http.build_request("GET", f"/orders/{number}")
