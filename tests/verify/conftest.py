"""The stack `local` deployed to a real emulator, in projects of the tests' own."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import vigil_runner
from vigil_proofs.documents import ProvenAlert, subject_of
from vigil_proofs.lines import Library
from vigil_proofs.samples import sample
from vigil_runner import stacks
from vigil_runner.program import Run
from vigil_verify import Access


@dataclass
class Place:
    """A project of an emulator with the stack deployed."""

    project: str
    url: str
    grpc: str
    run: Run
    pauses: list[float]

    @property
    def access(self) -> Access:
        return Access.emulator(self.project, url=self.url, grpc=self.grpc, sleep=self.pauses.append)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        response = httpx.request(method, f"{self.url}/{path}", json=body, trust_env=False, timeout=60)
        response.raise_for_status()
        return response.json()

    def fault(self, **rule: Any) -> None:
        self.call("POST", "vigil/v1/faults", rule)

    def write(self, origin: Any, event: str, *, minutes_ago: float, **fields: Any) -> None:
        """An event of a service, as if it had been logged so long ago."""
        library = Library(project=self.project, environment="local", level="DEBUG")
        when = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        with library.in_force():
            entries = library.entries(sample(event, fields), origin, int(when.timestamp() * 1e9))
        self.call("POST", "v2/entries:write", {"entries": entries})


@pytest.fixture(scope="session")
def emulator() -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "vigil_emulator", "--port", "0", "--memory", "--grpc-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


def deployed(emulator: dict[str, str], folder: Path, project: str) -> Place:
    """The stack in its own project."""
    stack = stacks.load("local")
    chosen = dataclasses.replace(stack, config={**stack.config, "gcp:project": project})
    summary = vigil_runner.deploy(chosen, url=emulator["url"], state=folder / "deployment.json")
    assert summary.run is not None
    return Place(project=project, url=emulator["url"], grpc=emulator["grpc"], run=summary.run, pauses=[])


@pytest.fixture(scope="session")
def shared(emulator: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    return deployed(emulator, tmp_path_factory.mktemp("quiet"), "vigil-quiet")


@pytest.fixture
def place(shared: Place) -> Iterator[Place]:
    """Deployed, and nothing has happened yet. What a test changes it takes back; faults end with it."""
    shared.pauses.clear()
    yield shared
    shared.call("DELETE", "vigil/v1/faults")


@pytest.fixture
def busy(emulator: dict[str, str], tmp_path: Path) -> Place:
    """A project of the test's own in which every event that a metric counts has happened."""
    place = deployed(emulator, tmp_path, f"vigil-{tmp_path.name[-20:].strip('-_').replace('_', '-').lower()}")
    for alert in origins(place.run):
        for metric in place.run.of_type("gcp:logging/metric:Metric"):
            service, _, rest = str(metric.inputs["name"]).partition("/")
            counts_events = "jsonPayload.event" in str(
                metric.inputs["filter"]
            )  # the others count Cloud Run's own lines
            if service == alert.service and counts_events:
                place.write(alert.origin, rest.partition("/")[0], minutes_ago=10)
    return place


def origins(run: Run) -> list[ProvenAlert]:
    found: dict[str, ProvenAlert] = {}
    for alert in subject_of(run, project="any").alerts:
        found.setdefault(alert.service, alert)
    return list(found.values())
