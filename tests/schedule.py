"""How test files share the cores: what runs the whole system comes first, in one process.

It takes most of the machine. Two such files beside each other would be slower, and alerts on what is late would open.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

WHOLE = ("tests/stories/", "tests/emulator/collector/")
"""Where tests run the whole system."""
TOGETHER = ("tests/verify/", "tests/proofs/", "tests/emulator/console/", "tests/telemetry/instrument/")
"""Folders whose files share what takes seconds to make or import.

An emulator with the stack deployed, the applied stacks, drawn pages, and the libraries of language models.
"""
LONG = (
    "tests/verify/test_verify.py",
    "tests/emulator/console/test_in_browser.py",
    "tests/emulator/charts/test_sample_dashboards.py",
    "tests/project/test_wheels.py",
    "tests/verify/test_fire.py",
    "tests/telemetry/instrument/test_temporal.py",
    "tests/demo/test_containers.py",
    "tests/proofs/test_reasons.py",
    "tests/proofs/test_every_alert.py",
    "tests/telemetry/test_libraries.py",
    "tests/infra/test_program.py",
    "tests/demo/test_database.py",
    "tests/cli/test_command.py",
    "tests/emulator/probing/test_probes.py",
    "tests/telemetry/instrument/test_llm.py",
    "tests/docs/test_extend_here.py",
    "tests/project/test_from_git.py",
    "tests/examples/test_opentelemetry.py",
    "tests/runner/test_infra_runs.py",
    "tests/components/test_watch_everything.py",
    "tests/docs/test_extend.py",
    "tests/telemetry/test_redaction.py",
    "tests/docs/test_first_alert.py",
    "tests/telemetry/instrument/test_llm_methods.py",
    "tests/telemetry/instrument/test_traced.py",
)
"""Files of seven seconds or more, the longest first. One that began last would leave the other processes idle at the end."""


def processes(cores: int) -> int:
    """Return how many processes run tests: half as many again as there are cores, since a third of their time is waiting.

    On two idle cores three processes took 288 s, two 334 s.
    """
    return cores + cores // 2


class ByFile(LoadFileScheduling):
    """Gives each file to one process, and those that run the whole system, or share what they test, to one together."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the order is that of `whole_first`

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(WHOLE):
            return "whole"
        shared = next((folder for folder in TOGETHER if nodeid.startswith(folder)), None)
        return super()._split_scope(nodeid) if shared is None else shared


def whole_first(items: list[pytest.Item]) -> None:
    """Put the tests of the whole system first, then the longest files, then the rest by name."""
    items.sort(key=lambda item: _place(item.nodeid.partition("::")[0]))


def _place(file: str) -> tuple[int, str]:
    """Return 0 for a file that runs the whole system, then the place among the long ones; all others come last."""
    if file.startswith(WHOLE):
        return 0, file
    return LONG.index(file) + 1 if file in LONG else len(LONG) + 1, file
