"""Deliveries to a receiver without a server: ASGI called directly, its lines collected."""

import asyncio
import hashlib
import hmac
import json

import pytest

from vigil_drains import supabase_app, vercel_app
from vigil_drains.secrets import FixedSecret
from vigil_telemetry import configure

SECRET = b"0123456789abcdef0123456789abcdef"
HOOK = b"fedcba9876543210fedcba9876543210"


class Lines:
    """An output that keeps what was written."""

    def __init__(self):
        self.all = []

    def write(self, line):
        self.all.append(json.loads(line))

    def flush(self, deadline):
        return None

    def close(self, deadline):
        return None

    def of(self, event):
        return [line for line in self.all if line["event"] == event]


class Receiver:
    """An application and its lines."""

    def __init__(self, app, lines):
        self.app, self.lines = app, lines

    def request(self, method, path, body=b"", headers=None, chunks=None):
        """Status and headers of the answer."""
        sent = []
        parts = list(chunks or [body])

        async def receive():
            if not parts:
                return {"type": "http.disconnect"}
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.lower().encode(), value) for name, value in (headers or {}).items()],
        }
        asyncio.run(self.app(scope, receive, send))
        return sent[0]["status"], dict(sent[0]["headers"])

    def deliver(self, path, body, secret=SECRET, **headers):
        """The status of a signed delivery."""
        signature = hmac.new(secret, body, hashlib.sha1).hexdigest().encode()
        return self.request("POST", path, body, {"x-vercel-signature": signature, **headers})[0]


@pytest.fixture
def lines():
    found = Lines()
    configure(service="drains", level="DEBUG", output=found, pseudonym_key="k")
    yield found
    configure()


@pytest.fixture
def receiver_of():
    """How to deliver to an application of the test's own."""
    return Receiver


@pytest.fixture
def vercel(lines):
    return Receiver(vercel_app(drains=FixedSecret(SECRET), webhook=FixedSecret(HOOK), verification="the-code"), lines)


@pytest.fixture
def supabase(lines):
    return Receiver(supabase_app(secret=FixedSecret(SECRET)), lines)
