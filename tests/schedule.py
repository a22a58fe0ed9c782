"""The order of test files on several cores: what runs the whole system comes first, in one process.

It takes most of the machine. Two such files beside each other would be slower, and alerts on what is late would open.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

WHOLE = ("tests/stories/", "tests/emulator/collector/")
"""Where tests run the whole system."""


class ByFile(LoadFileScheduling):
    """Gives each file to one process, and those that run the whole system to one together."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the order is that of `whole_first`

    def _split_scope(self, nodeid: str) -> str:
        return "whole" if nodeid.startswith(WHOLE) else super()._split_scope(nodeid)


def whole_first(items: list[pytest.Item]) -> None:
    """Put the tests of the whole system before the others; the rest keeps its order."""
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE))
