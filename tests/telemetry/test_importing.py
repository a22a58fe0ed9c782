"""What importing the library costs and needs."""

from __future__ import annotations

import subprocess
import sys

from temporalio.worker.workflow_sandbox import SandboxRestrictions
from temporalio.worker.workflow_sandbox._importer import Importer
from temporalio.worker.workflow_sandbox._restrictions import RestrictionContext


def test_it_needs_nothing_but_msgspec_and_the_standard_library() -> None:
    code = """
import sys
before = {name.partition(".")[0] for name in sys.modules}
import vigil_telemetry, vigil_telemetry.asgi, vigil_telemetry.lockfile, vigil_telemetry.outputs, vigil_telemetry.bridges.stdlib, vigil_telemetry.bridges.genai
vigil_telemetry.catalog()
new = {name.partition(".")[0] for name in sys.modules} - before - set(sys.stdlib_module_names) - {"typing_extensions"}  # which msgspec takes where it is
print(sorted(name for name in new if not name.startswith("_") and name not in ("__editable__", "sitecustomize")))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "['msgspec', 'vigil_telemetry']"


def test_it_can_be_imported_inside_temporals_sandbox_without_being_passed_through() -> None:
    restrictions = SandboxRestrictions.default
    with Importer(restrictions, RestrictionContext()).applied():
        import vigil_telemetry as inside
        from vigil_telemetry.asgi import RequestLogging

        assert inside.schema_of(inside.ServiceStarted).name == "service.started"
        assert RequestLogging
