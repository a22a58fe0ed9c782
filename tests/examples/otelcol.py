"""A real OpenTelemetry Collector with the example's configuration: only the places of the files and of the emulator differ."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "examples" / "docker-host" / "otel-collector" / "collector.yaml"
COLLECTOR = shutil.which("otelcol", path=str(ROOT / ".vigil" / "tools"))


def needed() -> str:
    """Returns the program. Skips the test where it is not built, or built from an older list of parts."""
    if COLLECTOR is None:
        pytest.skip("no OpenTelemetry Collector is built here: make collector (needs Go)")
    parts = subprocess.run([COLLECTOR, "components"], capture_output=True, text=True, check=True).stdout
    if "file_log" not in parts:
        pytest.skip("the OpenTelemetry Collector built here reads no files: make collector (needs Go)")
    return COLLECTOR


@dataclass
class Collector:
    """A collector that runs, or ran."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def output(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def collecting(containers: Path, state: Path, *, grpc: str, project: str) -> Iterator[Collector]:
    """Ships what is in the containers' folder to the emulator at `grpc`; `state` outlives the collector."""
    state.mkdir(exist_ok=True)
    here = state / "here.yaml"
    client = {"endpoint": grpc, "use_insecure": True}
    override = {"exporters": {"googlecloud": {"log": client}}, "service": {"telemetry": {"metrics": {"level": "none"}}}}
    here.write_text(yaml.safe_dump(override))
    log = state / "collector.log"
    variables = {
        "COLLECTOR_STATE": str(state / "offsets"),
        "DOCKER_CONTAINERS": str(containers),
        "GOOGLE_CLOUD_PROJECT": project,
    }
    with log.open("ab") as file:
        process = subprocess.Popen(
            [needed(), "--config", str(CONFIGURATION), "--config", str(here)],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        yield Collector(process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def written_by_docker(containers: Path, lines: list[str], *, aside: str = "", **labels: str) -> None:
    """Writes lines as the driver `json-file` does: in pieces of 16 KB, each wrapped in JSON.

    `aside` goes to the standard error after each piece.
    """
    identity = "a1b2c3d4e5f6" + "0" * 52
    folder = containers / identity
    folder.mkdir(parents=True)
    time = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.123456789Z"
    with (folder / f"{identity}-json.log").open("w") as file:
        for line in lines:
            text = f"{line}\n"
            for start in range(0, len(text), 16_384):
                attributes = {"attrs": labels} if labels else {}
                piece = {"log": text[start : start + 16_384], "stream": "stdout", **attributes, "time": time}
                file.write(json.dumps(piece) + "\n")
                if aside:
                    file.write(json.dumps({**piece, "log": f"{aside}\n", "stream": "stderr"}) + "\n")
