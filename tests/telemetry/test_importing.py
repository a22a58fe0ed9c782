"""What importing the library costs and needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from temporalio.worker.workflow_sandbox import SandboxRestrictions
from temporalio.worker.workflow_sandbox._importer import Importer
from temporalio.worker.workflow_sandbox._restrictions import RestrictionContext

import vigil_telemetry


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


def test_what_only_declares_events_loads_nothing_that_writes_them() -> None:
    code = """
import sys
import vigil_telemetry
class OrderPlaced(vigil_telemetry.Event, tag="order.placed"):
    severity = vigil_telemetry.Severity.INFO
vigil_telemetry.schema_of(OrderPlaced), vigil_telemetry.catalog(), vigil_telemetry.counters.snapshot()
print([name for name in sys.modules if name.startswith(("vigil_telemetry.redaction", "vigil_telemetry.emitter"))])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_first_line_loads_no_module_of_the_library() -> None:
    """It may be a signal handler's, or come while the process ends."""
    code = """
import sys
from vigil_telemetry import Event, Severity, emit
class OrderPlaced(Event, tag="order.placed"):
    severity = Severity.INFO
before = set(sys.modules)
emit(OrderPlaced())
print([name for name in sys.modules if name.startswith("vigil_telemetry") and name not in before])
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "[]"


def test_a_shell_lists_every_public_name_before_any_is_loaded() -> None:
    code = "import vigil_telemetry; print(sorted(set(vigil_telemetry.__all__) - set(dir(vigil_telemetry))))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    named = vigil_telemetry.__all__
    assert [name for name in named if not hasattr(vigil_telemetry, name)] == []
    assert not hasattr(vigil_telemetry, "emitted")


def test_a_bridge_alone_reports_what_it_could_not_write() -> None:
    code = """
import logging
from vigil_telemetry.bridges.stdlib import capture
capture()
logging.getLogger("shop").warning("x" * 9000)
"""
    limited = {**os.environ, "VIGIL_LINE_LIMIT": "4096"}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=limited)
    assert "telemetry.entry.truncated" in [json.loads(line).get("event") for line in answer.stdout.splitlines()]


def test_a_signal_handler_may_emit_whichever_module_is_loading() -> None:
    """The first use of a name loads what writes lines, in the thread whose handlers run between any two instructions."""
    code = """
import signal, sys
import vigil_telemetry
class Stopped(vigil_telemetry.Event, tag="stopped"):
    severity = vigil_telemetry.Severity.INFO
class Interrupting:
    seen = []
    def find_spec(self, name, path=None, target=None):
        self.seen.append(name)
        signal.raise_signal(signal.SIGUSR1)
def handle(*_):
    sys.meta_path.remove(interrupting)
    vigil_telemetry.emit(Stopped())
interrupting = Interrupting()
sys.meta_path.insert(0, interrupting)
signal.signal(signal.SIGUSR1, handle)
vigil_telemetry.emit(Stopped())
print(len(interrupting.seen) > 20, signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *lines, last = answer.stdout.splitlines()
    assert (last, answer.stderr) == ("True set()", "")
    assert [json.loads(line)["event"] for line in lines] == ["stopped"] * 2
