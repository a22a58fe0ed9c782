"""Series that the emulator makes itself, by scraping and probing, on their way into the store, counted."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.errors import ApiError
from vigil_emulator.resources import StorageError

Write: TypeAlias = Callable[[str, Sequence[JsonObject]], list[ApiError]]
"""Takes a project's series as `timeSeries.create` does; returns why some were not written."""


class Tally(Protocol):
    """How many points were written and not, and what kept the last of these from it."""

    points: int
    refused: int
    error: str


def save(write: Write, project: str, series: Sequence[JsonObject], tally: Tally) -> None:
    """Write the series and count them. Where they cannot be stored, the tally tells; nothing is raised."""
    try:
        problems = write(project, series)
    except StorageError as error:
        tally.refused += len(series)
        tally.error = f"not saved: {error}"
        return
    tally.points += len(series) - len(problems)
    tally.refused += len(problems)
    if problems:
        tally.error = problems[0].message
