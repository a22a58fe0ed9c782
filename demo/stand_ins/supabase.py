"""Supabase's log drain of a project: unsigned deliveries of the lines of the database and the services around it.

Batches, gzip and the header that the drain is set up with follow
https://supabase.com/docs/guides/monitoring-and-debugging/log-drains; the fields of a record
https://supabase.com/docs/guides/telemetry/logs (`event_message`, and `metadata` by the part that wrote it);
`source` is the name that the part's lines have in Supabase's own log pages. What the database writes depends on its
state, which the outside services report.
"""

import asyncio
import gzip
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from demo.stand_ins.database.invented_figures import State

PAUSE = 1.0
"""Wall seconds between two deliveries, as Supabase waits for a batch at most."""
BATCH = 250
"""Records of a delivery, at most."""
HEADER = "x-vigil-drain-secret"
USERS = ("authenticator", "supabase_admin", "supabase_auth_admin")


@dataclass(slots=True)
class Supabase:
    """Delivers records until it is cancelled."""

    url: str
    """The receiver's address."""
    secret: str
    outside: str = ""
    """Who knows how the database is; empty: it is well."""
    lines: int = 6
    """Records of a delivery while the database is well; three times as many while it is not."""
    delivered: int = 0
    """Records that were taken."""
    refused: int = 0
    """Deliveries that were not."""
    _database: State = State.WELL
    _pick: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - which line is no secret

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            while True:
                await self.deliver(http)
                await asyncio.sleep(PAUSE)

    async def deliver(self, http: httpx.AsyncClient) -> None:
        """Deliver one batch, of the database as it is now."""
        await self._look(http)
        await self._send(http, self.batch(self._database))

    def batch(self, database: State) -> list[dict[str, object]]:
        """Return the records of a delivery, with the database so."""
        kinds: list[Callable[[], dict[str, object]]] = [
            self._connected,
            self._checkpoint,
            self._request,
            self._signed_in,
        ]
        if database is State.WELL:
            return [self._pick.choice(kinds)() for _ in range(self.lines)]
        kinds += [lambda: self._trouble(database)] * 2 * len(kinds)
        return [self._pick.choice(kinds)() for _ in range(min(3 * self.lines, BATCH))]

    async def _look(self, http: httpx.AsyncClient) -> None:
        """Ask how the database is; where nobody tells, it is as it was."""
        if not self.outside:
            return
        try:
            answer = (await http.get(f"{self.outside}/_demo/trouble")).raise_for_status()
        except httpx.HTTPError:
            return
        self._database = State(answer.json()["database"])

    async def _send(self, http: httpx.AsyncClient, records: Sequence[Mapping[str, object]]) -> None:
        headers = {HEADER: self.secret, "content-type": "application/json", "content-encoding": "gzip"}
        body = gzip.compress(json.dumps(records).encode())
        try:
            answer = await http.post(f"{self.url}/supabase/logs", content=body, headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError:
            self.refused += 1
        else:
            self.delivered += len(records)

    def _connected(self) -> dict[str, object]:
        user = self._pick.choice(USERS)
        return self._postgres(f"connection authorized: user={user} database=postgres", user=user)

    def _checkpoint(self) -> dict[str, object]:
        buffers = self._pick.randrange(20, 400)
        return self._postgres(
            f"checkpoint complete: wrote {buffers} buffers (0.{buffers // 10}%); 0 WAL file(s) added",
            backend="checkpointer",
        )

    def _request(self) -> dict[str, object]:
        return self._gateway(self._pick.choice((200, 200, 200, 201, 206, 404)))

    def _signed_in(self) -> dict[str, object]:
        about = {"component": "api", "level": "info", "method": "POST", "msg": "request completed", "path": "/token"}
        return _record("auth_logs", json.dumps(about), {**about, "status": "200"})

    def _trouble(self, database: State) -> dict[str, object]:
        if self._pick.random() < 0.25:  # noqa: PLR2004 - what clients get to see of it
            return self._gateway(503 if database is State.DOWN else 504)
        if database is State.DOWN:
            text = self._pick.choice(("the database system is shutting down", "the database system is starting up"))
            return self._postgres(text, severity="FATAL", state="57P03")
        if self._pick.random() < 0.5:  # noqa: PLR2004 - either
            text = "sorry, too many clients already"
            return self._postgres(text, severity="FATAL", state="53300")
        text = "canceling statement due to statement timeout"
        return self._postgres(text, severity="ERROR", state="57014", command="SELECT")

    def _postgres(  # what a line of Postgres is described by
        self,
        text: str,
        *,
        severity: str = "LOG",
        state: str = "00000",
        user: str = "authenticator",
        backend: str = "client backend",
        command: str = "",
    ) -> dict[str, object]:
        parsed = {
            "backend_type": backend, "command_tag": command, "database_name": "postgres", "error_severity": severity,
            "process_id": self._pick.randrange(1000, 9000), "sql_state_code": state, "user_name": user,
        }  # fmt: skip
        return _record("postgres_logs", text, {"host": "db-local", "parsed": [parsed]})

    def _gateway(self, status: int) -> dict[str, object]:
        request = {"method": "GET", "path": "/rest/v1/orders", "host": "local.supabase.co", "protocol": "https:"}
        text = f"GET | {status} | https://local.supabase.co/rest/v1/orders"
        response = {"status_code": status, "origin_time": self._pick.randrange(4, 60)}
        return _record("edge_logs", text, {"request": [request], "response": [response]})


def _record(source: str, text: str, about: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": str(uuid4()), "timestamp": int(time.time() * 1_000_000), "event_message": text, "source": source,
        "project": "local", "metadata": [about],
    }  # fmt: skip
