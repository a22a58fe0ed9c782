"""The frontend's visitors, as Vercel reports them: signed deliveries of logs, page views and web vitals.

Records follow https://vercel.com/docs/drains/reference (logs, analytics, speed-insights), signatures
https://vercel.com/docs/drains/security.
"""

import asyncio
import hashlib
import hmac
import json
import random
import time
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

PAGES = ("/", "/items", "/orders", "/checkout")
PAUSE = 0.25
"""Wall seconds between two deliveries."""
DEPLOYMENT = "dpl_local"


@dataclass(slots=True)
class Visitors:
    """Delivers records until it is cancelled; while `failing`, half of the pages end in an error."""

    url: str
    secret: str
    rate: float = 12.0
    """Visits per wall second."""
    failing: bool = False
    delivered: int = 0
    """Records that were taken."""
    refused: int = 0
    """Deliveries that were not."""
    _pick: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - which page is no secret

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with httpx.AsyncClient(base_url=self.url, timeout=5, trust_env=False) as http:
            while True:
                visits = [self._pick.choice(PAGES) for _ in range(max(1, round(self.rate * PAUSE)))]
                await self._deliver(http, "/vercel/logs", [self._request(page) for page in visits])
                await self._deliver(http, "/vercel/analytics", [self._view(page) for page in visits])
                await self._deliver(http, "/vercel/speed-insights", [self._vital(page) for page in visits])
                await asyncio.sleep(PAUSE)

    async def deployed(self, state: str) -> None:
        """Report a deployment to production, as the webhook does (https://vercel.com/docs/webhooks/webhooks-api).

        `state` is one of `created`, `ready`, `succeeded`, `error`, `canceled`, `promoted`, `rollback`.
        """
        payload = {"deployment": {"id": DEPLOYMENT}, "target": "production"}
        event: dict[str, object] = {"id": uuid4().hex, "type": f"deployment.{state}", "createdAt": _now()}
        async with httpx.AsyncClient(base_url=self.url, timeout=5, trust_env=False) as http:
            await self._deliver(http, "/vercel/deployments", {**event, "payload": payload})

    async def _deliver(
        self, http: httpx.AsyncClient, path: str, records: list[dict[str, object]] | dict[str, object]
    ) -> None:
        body = json.dumps(records).encode()
        headers = {"x-vercel-signature": signature(self.secret, body), "content-type": "application/json"}
        try:
            answer = await http.post(path, content=body, headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError:
            self.refused += 1
        else:
            self.delivered += len(records) if isinstance(records, list) else 1

    def _request(self, page: str) -> dict[str, object]:
        broken = self.failing and self._pick.random() < 0.5  # noqa: PLR2004 - every other one
        return {
            "id": uuid4().hex, "deploymentId": DEPLOYMENT, "source": "lambda", "host": "shop.example",
            "timestamp": _now(), "projectId": "prj_local", "level": "error" if broken else "info",
            "message": "TypeError: cart is undefined" if broken else "", "path": page, "entrypoint": page,
            "requestId": uuid4().hex, "statusCode": 500 if broken else 200, "environment": "production",
        }  # fmt: skip

    def _view(self, page: str) -> dict[str, object]:
        return {
            "schema": "vercel.analytics.v2", "eventType": "pageview", "timestamp": _now(), "projectId": "prj_local",
            "sessionId": self._pick.getrandbits(32), "deviceId": self._pick.getrandbits(32),
            "path": page, "route": page, "country": "DE",
            "deviceType": self._pick.choice(("desktop", "mobile")), "deployment": DEPLOYMENT,
            "vercelEnvironment": "production",
        }  # fmt: skip

    def _vital(self, page: str) -> dict[str, object]:
        vital, value = self._pick.choice((("LCP", 1800.0), ("INP", 90.0), ("CLS", 0.02), ("TTFB", 300.0)))
        return {
            "schema": "vercel.speed_insights.v1", "timestamp": _now(), "projectId": "prj_local", "metricType": vital,
            "value": value * self._pick.uniform(0.5, 2.0), "path": page, "route": page, "deviceType": "mobile",
            "deviceId": self._pick.getrandbits(32), "vercelEnvironment": "production",
        }  # fmt: skip


def signature(secret: str, body: bytes) -> str:
    """Return what Vercel puts into `x-vercel-signature`: the hexadecimal HMAC-SHA1 of the raw body."""
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


def _now() -> int:
    return int(time.time() * 1000)
