"""A client of the APIs without a server, and the corpus."""

import asyncio
import gzip
import json
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest

from tests.corpus import present
from vigil_emulator.clock import VirtualClock
from vigil_emulator.rest.request import Request
from vigil_emulator.server import Emulator


class Client:
    """Sends requests to an emulator's API; `ok` and `refused` say what is expected of the answer."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.clock = emulator.clock

    def send(self, http, path, body=None, *, query=None, headers=None, raw=None):
        """Status and parsed body. `path` is percent-encoded; `raw` is a body in bytes."""
        text = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        query = query if isinstance(query, str) else urlencode(query or {})
        request = Request(http=http, path=path, query=query, headers=headers or {}, body=text)
        answer = asyncio.run(self.emulator.api.answer(request))
        content = gzip.decompress(answer.body) if "content-encoding" in answer.headers else answer.body
        return answer.status, json.loads(content)

    def ok(self, http, path, body=None, **rest):
        status, answer = self.send(http, path, body, **rest)
        assert status == 200, answer
        return answer

    def refused(self, http, path, body=None, **rest):
        """`(code, status, message)` of an error."""
        status, answer = self.send(http, path, body, **rest)
        assert status >= 400, answer
        assert answer["error"]["code"] == status
        return status, answer["error"]["status"], answer["error"]["message"]


@pytest.fixture
def emulator():
    made = Emulator(clock=VirtualClock(datetime(2026, 1, 5, 12, tzinfo=UTC)))
    yield made
    asyncio.run(made.stop())


@pytest.fixture
def api(emulator):
    return Client(emulator)


@pytest.fixture(scope="session")
def corpus():
    return present()


def encoded(metric_id):
    """A metric's id as clients put it into a path."""
    return quote(metric_id, safe="")
