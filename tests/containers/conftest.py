"""One engine for all tests of containers; they are skipped, with the remedy, where none can run.

They need the machine for themselves, so they run in a separate process: `.venv/bin/python -m pytest tests/containers`.
"""

import os
import shutil
from pathlib import Path

import pytest

from demo.containers.bases import missing_for_bases
from demo.containers.compose import services
from demo.containers.engine import EngineError, missing
from demo.containers.stage import IMAGES, PROJECT, ROOT, build_images, staged


@pytest.fixture(scope="session")
def stage(tmp_path_factory):
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip("an engine needs the machine for itself: .venv/bin/python -m pytest tests/containers, as root")
    if reason := missing() or missing_for_bases():
        pytest.skip(reason)
    found = shutil.which("temporal", path=str(ROOT / ".vigil" / "tools"))
    wanted = services(ROOT / "compose.yaml", {"GOOGLE_CLOUD_PROJECT": PROJECT})
    try:
        build_images(IMAGES, wanted, temporal=Path(found) if found else None)
    except EngineError as error:
        if "cannot be made" in str(error):  # packages cannot be downloaded: a fault of the machine, not of the project
            pytest.skip(f"{error}; remedy: a machine that reaches a mirror of Debian")
        raise
    with staged(IMAGES, tmp_path_factory.mktemp("containers")) as running:
        yield running
