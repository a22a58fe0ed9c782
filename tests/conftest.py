"""What holds for all tests: how properties are searched, and that no test file leaves events to the next.

A change is judged by the change, not by the machine's speed or a draw.

Each run takes the same examples, and how long one takes decides nothing. ``--hypothesis-profile=search`` looks for new
ones, more of them where a test does not say how many; ``--hypothesis-seed`` then repeats a search.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from vigil_telemetry import event

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", UNHURRIED, derandomize=True)
settings.register_profile("search", UNHURRIED, max_examples=1000)
settings.load_profile("same")


@pytest.fixture(scope="module", autouse=True)
def _events_of_programs() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest calls it
    """Remove the events that programs declared in a `__main__` of theirs: the next file's programs have others."""
    yield
    declared = event._declared  # pyright: ignore[reportPrivateUsage] - no program takes back an event
    for key in [key for key in declared if key[0] == "__main__"]:
        del declared[key]
