"""The metrics collector that a program declares: its configuration, for whoever runs in its place."""

from vigil_runner.errors import EngineError
from vigil_runner.program import Run

TYPE = "vigil:collector:MetricsCollector"


def configuration(run: Run) -> str | None:
    """Return the configuration; None without a collector. Raises EngineError where the program declares several."""
    found = [str(each.inputs["configuration"]) for each in run.registrations if each.type == TYPE]
    if len(found) > 1:
        raise EngineError(
            f"the program declares {len(found)} metrics collectors, and an emulator follows one. Remedy: give one "
            "MetricsCollector all endpoints."
        )
    return found[0] if found else None
