"""The stack's own alerts, on an uptime check that really probes: a server that stops, and a certificate that ends."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from tests.emulator.probing.servers import answer, certificate, serving
from vigil_emulator.clock import VirtualClock
from vigil_proofs.inprocess import apply
from vigil_runner import stacks

UNREACHABLE = "api: unreachable (staging)"
CERTIFICATE = "api: certificate-expiry (staging)"


class System:
    """The staging stack with its API at an address here, applied to an emulator on a clock that stands still.

    It is today there, since certificates are validated by the wall's clock.
    """

    def __init__(self, url):
        stack = stacks.load("staging")
        config = {**stack.config, "vigil:api": {**stack.config["vigil:api"], "url": url}}
        self.clock = VirtualClock(datetime.now(UTC))
        _, self.emulator = apply(dataclasses.replace(stack, config=config), clock=self.clock)
        self.data = self.emulator.data

    def minutes(self, count, *, every=60):
        """So many minutes, each with one probe and one evaluation of each policy that is due."""
        for _ in range(count):
            self.clock.advance(every)
            asyncio.run(self.probe())
            self.data.step()

    async def probe(self):
        await self.data.probing.look()
        await self.data.probing.probe_all()

    def state(self, alert):
        """Of the alert's incidents, in the order of their opening."""
        return [one["state"] for one in self.data.incidents() if one["policyName"] == alert]

    def uptime(self):
        (check,) = self.data.probing.status()["checks"]
        return check


@pytest.fixture
def system():
    made = []

    def make(url):
        made.append(System(url))
        return made[-1]

    yield make
    for one in made:
        asyncio.run(one.emulator.stop())


def test_the_alert_opens_when_the_server_stops_and_closes_when_it_is_back(system):
    with serving() as server:
        found = system(f"http://127.0.0.1:{server.port}/health")
        found.minutes(5)
        assert (found.uptime()["state"], found.state(UNREACHABLE)) == ("passed", [])
        server.stop()
        found.minutes(3)
        assert (found.uptime()["state"], found.state(UNREACHABLE)) == ("failed", [])
        found.minutes(5)
        assert found.state(UNREACHABLE) == ["OPEN"]
        server.start()
        found.minutes(5)
        assert found.state(UNREACHABLE) == ["CLOSED"]
        assert {head for head, _ in server.heads} == {"GET /health HTTP/1.1"}
        server.answer = answer(503)
        found.minutes(8)
        assert found.state(UNREACHABLE) == ["CLOSED", "OPEN"]


def test_the_ticket_opens_a_fortnight_before_the_certificate_ends_and_wakes_nobody(system, tmp_path, monkeypatch):
    file, tls, _ = certificate(tmp_path, ends=datetime.now(UTC) + timedelta(days=15))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(tls=tls) as server:
        found = system(f"https://127.0.0.1:{server.port}/health")
        found.minutes(20)
        assert (found.uptime()["state"], found.state(CERTIFICATE)) == ("passed", [])
        found.clock.advance(timedelta(days=1).total_seconds())
        found.minutes(20)
        assert found.state(CERTIFICATE) == ["OPEN"]
        assert found.state(UNREACHABLE) == []
