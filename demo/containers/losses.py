"""What became of numbered lines: how many arrived, which are missing, which came twice."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The outcome of a delivery of lines numbered from 0."""

    written: int
    arrived: int
    """Different numbers that arrived."""
    missing: tuple[int, ...]
    repeated: tuple[int, ...]
    """Numbers that arrived more than once."""

    @property
    def complete(self) -> bool:
        """Whether each line arrived exactly once."""
        return not self.missing and not self.repeated

    def describe(self) -> str:
        """In words: `1000 written, 998 arrived, 2 missing (17-18), none twice`."""
        twice = f"{len(self.repeated)} twice ({_ranges(self.repeated)})" if self.repeated else "none twice"
        gone = f"{len(self.missing)} missing ({_ranges(self.missing)})" if self.missing else "none missing"
        return f"{self.written} written, {self.arrived} arrived, {gone}, {twice}"


def count(written: int, arrived: Iterable[int]) -> Losses:
    """Compare the numbers from 0 to below `written` with those that arrived.

    Raises ValueError for a number that was never written.
    """
    times = Counter(arrived)
    if strange := sorted(number for number in times if not 0 <= number < written):
        raise ValueError(f"numbers arrived that were never written: {_ranges(tuple(strange))}; {written} were written")
    return Losses(
        written=written,
        arrived=len(times),
        missing=tuple(number for number in range(written) if number not in times),
        repeated=tuple(sorted(number for number, seen in times.items() if seen > 1)),
    )


def _ranges(numbers: tuple[int, ...]) -> str:
    """Return sorted numbers in short: `3-5, 9`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
