"""When each alert opens and closes in its cases, as a text that is committed: what moves is seen in review.

A proof leaves an alert the freedom to open anywhere between its duration and its time. A changed window, duration or
number moves the minutes within that, and is noticed here.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from vigil_proofs.suite import Verdict

Times: TypeAlias = tuple[tuple[float, float | None], ...]
"""(opened, closed) of each incident of a case, minutes from its start; None where it was open when playing ended."""

HEADING: Final = """\
# When each alert opens and closes in the cases of its proof, in minutes from the beginning of the case.
# `make goldens` writes it, a test compares it: what moves without being meant to is a changed alert.
"""


def timetable(verdicts: Iterable["Verdict"]) -> str:
    """Return the whole text, by alert."""
    return HEADING + "".join(f"{row}\n" for one in sorted(verdicts, key=_named) for row in rows(one))


def rows(verdict: "Verdict") -> Iterator[str]:
    """Yield a line for each case of an alert: `api/error-ratio, fires: 4 to 17`."""
    for case, times in verdict.incidents:
        yield f"{_named(verdict)}, {case}: {spans(times)}"


def moved(verdict: "Verdict", committed: str) -> str:
    """Return how an alert's lines differ from those of a committed text, in words; empty where they do not."""
    there = [line for line in committed.splitlines() if line.startswith(f"{_named(verdict)}, ")]
    now = list(rows(verdict))
    if there == now:
        return ""
    gone, fresh = [line for line in there if line not in now], [line for line in now if line not in there]
    return "\n".join([*(f"  - {line}" for line in gone), *(f"  + {line}" for line in fresh)]) or "  another order"


def strangers(names: Iterable[str], committed: str) -> list[str]:
    """Return the alerts of a committed text that are not among `names` (`service/alert`)."""
    there = {line.partition(", ")[0] for line in committed.splitlines() if line and not line.startswith("#")}
    return sorted(there - set(names))


def spans(times: Sequence[tuple[float, float | None]]) -> str:
    """Return incidents in words: `4 to 17`, `silent` where there are none."""
    if not times:
        return "silent"
    return ", ".join(f"{opened:g} to {'the end' if closed is None else f'{closed:g}'}" for opened, closed in times)


def _named(verdict: "Verdict") -> str:
    return f"{verdict.service}/{verdict.alert}"
