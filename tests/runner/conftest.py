"""Small projects for single tests, and the real emulator in a separate process."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

Write = Callable[..., Path]

_PROJECTS = count(1)


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """Write a project into the test's folder: `project(program, config=..., stack=...)`."""
    root = tmp_path / "user"
    google = f"vigil-test-{next(_PROJECTS)}"

    def write(program: str, *, config: str = "", stack: str = "test", more: dict[str, str] | None = None) -> Path:
        folder = root / "infra"
        folder.mkdir(parents=True, exist_ok=True)
        (root / "Pulumi.yaml").write_text("name: toy\nmain: infra/\nruntime: python\n")
        (root / f"Pulumi.{stack}.yaml").write_text(f"config:\n  gcp:project: {google}\n{config}")
        (folder / "__main__.py").write_text(program)
        for name, text in (more or {}).items():
            (root / name).write_text(text)
        return root

    write.google = google
    return write


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """The address of the emulator, which keeps nothing."""
    process = subprocess.Popen(
        [sys.executable, "-m", "vigil_emulator", "--port", "0", "--memory"], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield json.loads(line)["url"]
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture
def api(emulator: str, project: Write) -> Iterator[Callable[..., dict]]:
    """Ask the emulator directly: `api("v2/projects/{p}/sinks")`, with `method` and `body`."""
    with httpx.Client(base_url=emulator, trust_env=False, timeout=60) as client:

        def ask(path: str, method: str = "GET", body: object = None) -> dict:
            answer = client.request(method, f"/{path.replace('{p}', project.google)}", json=body)
            return {"_status": answer.status_code, **answer.json()}

        yield ask
        client.delete("/vigil/v1/faults")
