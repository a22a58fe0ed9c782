"""The shape of a made-up day: quiet at night, busy in the afternoon, and one incident."""

import math
from dataclasses import dataclass
from typing import Final

DAY: Final = 1440
"""Minutes."""
BUSIEST: Final = 15 * 60
"""Minute of the day with the most traffic."""
SWING: Final = 0.35
"""How far the day swings around its mean, as a part of it."""
INCIDENT: Final = (18 * 60 + 24, 19 * 60 + 36)
"""First and last minute of the incident: long enough to be seen on a chart of a day."""
NORMAL: Final = 0.2
"""Part of a threshold at which a signal usually is."""
CALM: Final = 1.9
"""The same for a signal that is bad below its threshold."""
WORST: Final = 1.5
"""Part of a threshold that a signal reaches in the incident."""
WITHIN: Final = 0.6
"""Part of the way from a threshold to the whole that a share reaches, where 1.5 times the threshold is beyond it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A series over the day: its mean, and what the incident makes of it."""

    level: float
    """The mean of the day."""
    factor: float = 1.0
    """What the incident multiplies it by."""
    quiet: bool = False
    """Whether it is there in the incident alone."""

    def at(self, minute: int, place: int = 0, *, calm: bool = False) -> float:
        """Return the value at a minute of the day; `place` tells a metric's series apart.

        `calm` leaves the incident out: a day that is not shown had none.
        """
        clock = minute % DAY
        rhythm = 1 + SWING * math.cos((clock - BUSIEST) / DAY * math.tau)
        ripple = 1 + 0.06 * math.sin(minute / 7 + 2 * place) + 0.04 * math.sin(minute / 3.1 + 5 * place)
        size = self.level * (1 if not place else 0.55 / place)
        within = in_incident(clock) and not calm
        if self.quiet and not within:
            return 0.0
        return size * rhythm * ripple * (self.factor if within else 1.0)


def worst(limit: float, *, share: bool) -> float:
    """Return what a signal above its threshold reaches: of a share never more than the whole."""
    return limit + (1 - limit) * WITHIN if share and 0 < limit < 1 and limit * WORST > 1 else limit * WORST


def in_incident(minute: int) -> bool:
    """Return whether a minute is within the day's incident."""
    return INCIDENT[0] <= minute % DAY <= INCIDENT[1]
