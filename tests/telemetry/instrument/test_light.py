"""Instrumentation of a library does not need the library: only using it does."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"httpx", "httpx2", "requests", "sqlalchemy", "openai", "anthropic", "google", "temporalio", "starlette", "fastapi"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import vigil_telemetry, vigil_telemetry.validate
from vigil_telemetry.instrument import _fastapi, _httpx, _requests, _sqlalchemy, agents, llm, outbound, propagation
try:
    import vigil_telemetry.instrument.temporal
except ModuleNotFoundError:
    print("only the plugin is a subclass of the SDK's")
"""


def test_all_but_the_temporal_plugin_can_be_imported_without_the_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("only the plugin is a subclass of the SDK's", "")
