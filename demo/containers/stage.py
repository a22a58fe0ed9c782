"""What a proof with containers needs, running: emulator, receiver of notifications, front door, room and engine."""

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx

from demo.containers import images
from demo.containers.bases import make_bases, pull_bases
from demo.containers.compose import Service, services
from demo.containers.engine import Engine, EngineError, damaged
from demo.containers.front_door import ADDRESS, GOOGLE, FrontDoor
from demo.containers.room import Room
from vigil_cli.local.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "vigil-containers"
IMAGES = Path(os.environ.get("VIGIL_CONTAINERS") or Path.home() / ".cache" / "vigil" / "containers")
"""Keeps the images from one run to the next; outside the tree, whose files are read by linters. Remove it at will."""
MONITORING = ROOT / "examples" / "docker-host" / "monitoring"
HOST = ("gcp-meta-id=1234567890", "gcp-meta-name=docker-1", "gcp-meta-zone=europe-west1-b")
"""What the engine's own daemon.json would say outside Compute Engine: which machine this is."""
PATIENCE = 240.0
"""Wall seconds in which what must come has come, on a busy machine as well."""
_T = TypeVar("_T")


@dataclass
class Stage:
    """What runs; made by `staged`."""

    folder: Path
    room: Room
    door: FrontDoor
    engine: Engine
    services: dict[str, Service]
    port: int
    grpc: int
    webhook: str
    notifications: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _emulator: "subprocess.Popen[str] | None" = None

    @property
    def root(self) -> Path:
        """Where compose.yaml is."""
        return ROOT

    @property
    def url(self) -> str:
        """Where the emulator is."""
        return f"http://127.0.0.1:{self.port}"

    def start_emulator(self) -> None:
        """Start the emulator on its folder, with what it held before, and lead the driver to it."""
        with (self.folder / "emulator.log").open("ab") as log:
            self._emulator = subprocess.Popen(
                [
                    *(sys.executable, "-m", "vigil_emulator", "--state", str(self.folder / "emulator")),
                    *("--port", str(self.port), "--grpc-port", str(self.grpc)),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._emulator.stdout is not None  # noqa: S101 - stdout=PIPE
        if not self._emulator.stdout.readline():
            raise OSError(f"the emulator does not start: {(self.folder / 'emulator.log').read_text()[-1000:]}")
        self.door.lead_to(f"127.0.0.1:{self.grpc}")

    def kill_emulator(self) -> None:
        """Kill the emulator; to the driver Google is gone."""
        self.door.lead_to(None)
        if self._emulator is not None:
            self._emulator.kill()
            self._emulator.communicate()
            self._emulator = None

    def deploy(self) -> None:
        """Deploy the monitoring of the containers to the emulator. Raises RuntimeError where it fails."""
        answer = subprocess.run(
            [
                *(sys.executable, "-m", "vigil_cli", "--cwd", str(MONITORING), "deploy", "--stack", "local"),
                *("--emulator", self.url, "--state", str(self.folder / "deployment")),
                *("--config", f"docker-host:webhook={self.webhook}"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise RuntimeError(f"the monitoring cannot be deployed: {answer.stdout}{answer.stderr}")

    def entries(self, query: str = "") -> list[dict[str, Any]]:
        """Return all entries of the driver that match a Logging query, oldest first."""
        found: list[dict[str, Any]] = []
        token = ""
        while True:
            answer = httpx.post(
                f"{self.url}/v2/entries:list",
                json={
                    "resourceNames": [f"projects/{PROJECT}"],
                    "filter": query,
                    "pageSize": 1000,
                    **({"pageToken": token} if token else {}),
                },
                timeout=PATIENCE,
                trust_env=False,
            )
            answer.raise_for_status()
            page = answer.json()
            found += page.get("entries", [])
            token = page.get("nextPageToken", "")
            if not token:
                return found

    def lines(self, query: str = "") -> list[str]:
        """Return the text of each entry that matches."""
        return [str(one["jsonPayload"].get("message", "")) for one in self.entries(query)]

    def ask(self, port: int, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Send a request to a port that a container publishes in the room."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.sock = self.room.tcp()
        try:
            connection.sock.settimeout(PATIENCE)
            connection.sock.connect(("127.0.0.1", port))
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"content-type": "application/json"} if text else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()


def until(condition: Callable[[], _T | None], otherwise: Callable[[], str], patience: float = PATIENCE) -> _T:
    """Wait until the condition holds, and return its value. Raises TimeoutError with what `otherwise` says."""
    deadline = time.monotonic() + patience
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise())
        time.sleep(0.2)


def build_images(folder: Path, wanted: Sequence[Service], *, temporal: Path | None, pull: bool = False) -> None:
    """Make the bases, or pull them, and build the services' images, with an engine that has the machine's network.

    A damaged store of images is removed, and all are built once more. Raises EngineError where one cannot be built.
    """
    try:
        _build_images(folder, wanted, temporal=temporal, pull=pull)
    except EngineError as error:
        if not damaged(error, folder / "engine"):
            raise
        shutil.rmtree(folder / "engine" / "data")
        _build_images(folder, wanted, temporal=temporal, pull=pull)


def _build_images(folder: Path, wanted: Sequence[Service], *, temporal: Path | None, pull: bool) -> None:
    plain = ("--iptables=false", "--ip6tables=false", "--bridge=none")
    with (
        Room.opened(folder, hosts={}, network=False) as room,
        Engine.running(folder / "engine", room, environment={}, options=plain) as engine,
    ):
        if pull:
            pull_bases(engine, wanted)
        else:
            make_bases(engine, temporal=temporal)
        images.build(engine, ROOT, images.outdated(engine, ROOT, wanted))


@contextmanager
def staged(folder: Path, state: Path) -> Generator[Stage]:
    """Run everything inside the block. `folder` keeps the engine's images, `state` what is of this run alone.

    Raises EngineError and OSError where a part does not start.
    """
    with ExitStack() as stack:
        room = stack.enter_context(Room.opened(state, hosts={GOOGLE: ADDRESS}, network=True))
        door = stack.enter_context(FrontDoor.opened(state / "door", room))
        webhook, notifications = stack.enter_context(_receiver())
        options = ["--log-driver", "gcplogs", "--log-opt", f"gcp-project={PROJECT}"]
        options += [word for each in HOST for word in ("--log-opt", each)]
        engine = stack.enter_context(
            Engine.running(folder / "engine", room, environment=door.environment, options=options)
        )
        found = services(ROOT / "compose.yaml", {"GOOGLE_CLOUD_PROJECT": PROJECT})
        stage = Stage(
            state,
            room,
            door,
            engine,
            {one.name: one for one in found},
            free_port(),
            free_port(),
            webhook,
            notifications,
        )
        stack.callback(stage.kill_emulator)
        stage.start_emulator()
        try:
            yield stage
        finally:
            # while the emulator takes their last lines: the engine holds a container until these are delivered
            with contextlib.suppress(EngineError, subprocess.TimeoutExpired):
                engine.remove_containers()


@contextmanager
def _receiver() -> Generator[tuple[str, list[dict[str, Any]]]]:
    """Take notifications: the person at the end of the way."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            received.append(cast("dict[str, Any]", json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/alerts", received
        finally:
            server.shutdown()
            thread.join()
